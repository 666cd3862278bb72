"""The projections of a log: progress, owners, conflicts, counts."""

from datetime import UTC, datetime

import pytest

from jupiter.fold.state import State, fold
from jupiter.model.briefing_events import (
    BriefingFailed,
    BriefingFinished,
    BriefingStarted,
    FileFailure,
)
from jupiter.model.edit import FileText, Replace
from jupiter.model.event import Event, Payload
from jupiter.model.run_events import (
    CheckFinished,
    Owned,
    RunDelivered,
    RunFinished,
    RunStarted,
    RunStopped,
    RunVerified,
    WavePlanned,
)
from jupiter.model.tree_events import EditAccepted, EditRefused, InterfacePublished, Reason

NAME = "0" * 64


def log(*records: tuple[Payload, int | None]) -> list[Event]:
    return [
        Event(
            seq=seq,
            time=datetime(2026, 11, 23, tzinfo=UTC),
            run="r",
            step="modernise",
            briefing=briefing,
            worker="worker-1",
            data=data,
        )
        for seq, (data, briefing) in enumerate(records, start=1)
    ]


def planned(wave: int, **owned: tuple[str, ...]) -> tuple[Payload, None]:
    """A wave; `b1=("a.py",)` lets briefing 1 own a.py."""
    found = tuple(
        Owned(briefing=int(name[1:]), steps=("s",), symbols=symbols, constraints=())
        for name, symbols in owned.items()
    )
    return WavePlanned(wave=wave, steps=(f"s{wave}",), workers=3, owned=found), None


def accepted(briefing: int, symbol: str) -> tuple[Payload, int]:
    return EditAccepted(edit=Replace(symbol=symbol, base=NAME, text=NAME)), briefing


def accepted_file(briefing: int, path: str, *symbols: str) -> tuple[Payload, int]:
    return EditAccepted(edit=FileText(path=path, base=NAME, text=NAME, symbols=symbols)), briefing


def refused(briefing: int, reason: Reason) -> tuple[Payload, int]:
    edit = Replace(symbol="a.py:f", base=NAME, text=NAME)
    return EditRefused(edit=edit, reason=reason, message="…"), briefing


BOTH = planned(1, b1=("a.py",), b2=("b.py:f", "b.py:g"))


@pytest.mark.parametrize(
    ("records", "count"),
    [
        pytest.param([accepted(1, "a.py:f"), accepted(2, "b.py:f")], 0, id="a-symbol-each"),
        pytest.param([accepted(1, "a.py:f"), accepted(1, "a.py:f")], 0, id="the-owner-twice"),
        pytest.param([refused(1, "stale"), refused(2, "stale")], 2, id="stale-edits-count"),
        pytest.param(
            [
                refused(1, reason)
                for reason in ("not_owned", "unparsable", "constraint", "finished")
            ],
            0,
            id="other-refusals-do-not",
        ),
        pytest.param([accepted(1, "a.py:f"), accepted(2, "a.py:f")], 1, id="two-writers"),
        pytest.param(
            [accepted(1, "a.py:f"), accepted_file(2, "a.py", "a.py:f", "a.py:g")],
            1,
            id="a-whole-file-counts-for-the-symbols-that-differ",
        ),
        pytest.param(
            [accepted(1, "a.py:f"), planned(2, b3=("a.py",)), accepted(3, "a.py:f")],
            0,
            id="the-next-wave-has-been-handed-the-symbol",
        ),
    ],
)
def test_conflicts_are_stale_edits_and_symbols_with_two_writers(
    records: list[tuple[Payload, int]], count: int
) -> None:
    assert fold(log(BOTH, *records)).conflicts == count


@pytest.mark.parametrize(
    ("symbol", "owner"),
    [
        ("a.py", 1),
        ("a.py:f", 1),
        ("a.py:anything.that.is.made", 1),
        ("b.py:f", 2),
        ("b.py:h", None),
        ("b.py", None),
        ("c.py:f", None),
    ],
)
def test_who_owns_a_file_owns_what_is_in_it_and_nobody_owns_the_rest(
    symbol: str, owner: int | None
) -> None:
    assert fold(log(BOTH)).owner(symbol) == owner


def test_a_wave_ends_the_ownership_of_the_one_before() -> None:
    state = fold(log(BOTH, planned(2, b3=("b.py",))))
    assert state.owner("a.py") is None
    assert state.owner("b.py:f") == 3
    assert state.waves == [("s1",), ("s2",)]
    assert sorted(state.briefings) == [1, 2, 3]


def test_a_briefing_goes_from_planned_to_its_end() -> None:
    failure = FileFailure(path="a.py", step="s", reason="broken")
    records = [
        BOTH,
        (BriefingStarted(), 1),
        (BriefingFinished(failures=(failure,), warnings=("w",)), 1),
        (BriefingStarted(), 2),
        (BriefingFailed(reason="out of memory"), 2),
    ]
    state, seen = State(), []
    for event in log(*records):
        state.apply(event)
        seen.append(tuple(b.progress for b in state.briefings.values()))
    assert seen == [
        ("planned", "planned"),
        ("working", "planned"),
        ("finished", "planned"),
        ("finished", "working"),
        ("finished", "failed"),
    ]
    one, two = state.briefings[1], state.briefings[2]
    assert (one.worker, one.failures, one.warnings, one.counts) == (
        "worker-1",
        (failure,),
        ("w",),
        True,
    )
    assert (two.reason, two.counts) == ("out of memory", False)


def test_what_a_failed_briefing_has_written_is_counted_nowhere_but_as_accepted() -> None:
    state = fold(log(BOTH, accepted(1, "a.py:f"), (BriefingFailed(reason="broken"), 1)))
    assert state.accepted == 1
    assert (state.symbols_changed, state.paths_edited) == (frozenset(), frozenset())


def test_the_events_of_the_run_are_kept_as_they_were() -> None:
    started = RunStarted(
        recipe="r",
        recipe_text=NAME,
        parameters={},
        repository="/r",
        ref="HEAD",
        base_commit="c",
        jupiter="0",
    )
    check = CheckFinished(command=("pytest",), exit_code=0, seconds=1.0, output="")
    published = InterfacePublished(symbol="a.py:f", before="def f()", after="def f(x)")
    records: list[tuple[Payload, int | None]] = [
        (started, None),
        BOTH,
        (published, 1),
        (check, None),
        (RunVerified(green=True), None),
        (RunDelivered(branch="b", commit="c"), None),
        (RunStopped(reason="asked"), None),
        (RunFinished(status="interrupted"), None),
    ]
    state = fold(log(*records))
    assert state.seq == len(records)
    assert state.started == started
    assert state.checks == [("modernise", check)]
    assert [(p.seq, p.symbol, p.before, p.after, p.briefing) for p in state.published] == [
        (3, "a.py:f", "def f()", "def f(x)", 1)
    ]
    assert state.verified == RunVerified(green=True)
    assert state.delivered == RunDelivered(branch="b", commit="c")
    assert (state.stopped, state.status) == ("asked", "interrupted")


def test_folding_in_two_parts_is_folding_at_once() -> None:
    events = log(BOTH, (BriefingStarted(), 1), accepted(1, "a.py:f"), refused(2, "stale"))
    for middle in range(len(events) + 1):
        assert fold(events[middle:], fold(events[:middle])) == fold(events)
