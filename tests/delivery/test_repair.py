"""Whose a finding is, and who is given what back."""

from datetime import UTC, datetime

import pytest

from jupiter.delivery.repair import attributed, requests
from jupiter.fold.state import State, fold
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished
from jupiter.model.edit import FileText, Rename, Replace
from jupiter.model.event import Draft, Event, Payload
from jupiter.model.finding import Finding, FindingKind
from jupiter.model.name import ImportedName
from jupiter.model.repair import Attributed, Failure, RepairRequested
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.tree_events import EditAccepted, InterfacePublished, NameDropped

NAME = "0" * 64
OWNED = {1: ("a.py:f", "a.py:g", "a.py:C"), 2: ("b.py:h", "a.py:C.m"), 3: ("c.py",)}


def state(*records: tuple[Payload, int]) -> State:
    owned = tuple(
        Owned(briefing=n, steps=("s",), symbols=symbols, constraints=())
        for n, symbols in OWNED.items()
    )
    begin: tuple[Payload, None] = WavePlanned(wave=1, steps=("s",), workers=3, owned=owned), None
    failed = {n for data, n in records if isinstance(data, BriefingFailed)}
    ends = tuple((BriefingFinished(), n) for n in OWNED if n not in failed)
    return fold(
        Event(
            seq=seq,
            time=datetime(2026, 11, 26, tzinfo=UTC),
            run="r",
            step=None,
            briefing=briefing,
            worker=None,
            data=data,
        )
        for seq, (data, briefing) in enumerate((begin, *records, *ends), start=1)
    )


def finding(symbol: str, name: str = "f", kind: FindingKind = "call") -> Finding:
    path = symbol.partition(":")[0]
    return Finding(
        symbol=symbol, path=path, line=1, column=0, kind=kind, name=name, message="it is broken"
    )


def wrote(briefing: int, symbol: str) -> tuple[Payload, int]:
    return EditAccepted(edit=Replace(symbol=symbol, base=NAME, text=NAME)), briefing


def published(briefing: int, symbol: str, after: str | None = "x") -> tuple[Payload, int]:
    return InterfacePublished(symbol=symbol, before="y", after=after), briefing


MOVED = EditAccepted(edit=FileText(path="c.py", base=NAME, text=NAME, symbols=(), to="d.py"))
RENAMED = EditAccepted(edit=Rename(symbol="b.py:h", to="new", base=NAME, text=NAME))
DROPPED = NameDropped(path="b.py", name=ImportedName(module="a", name="f"))


@pytest.mark.parametrize(
    ("found", "records", "owner", "cause"),
    [
        pytest.param(finding("b.py:h"), [], 2, None, id="owner"),
        pytest.param(finding("b.py:h"), [published(1, "a.py:f")], 2, 1, id="owner-and-cause"),
        pytest.param(finding("a.py:g"), [published(1, "a.py:f")], 1, None, id="own-fault"),
        pytest.param(finding("z.py:z"), [published(1, "a.py:f")], 1, None, id="nobodys-symbol"),
        pytest.param(finding("z.py:z"), [wrote(1, "a.py:f")], None, None, id="a-body-is-no-cause"),
        pytest.param(
            finding("z.py:z"),
            [published(1, "a.py:f"), published(2, "b.py:f")],
            None,
            None,
            id="two-of-that-name",
        ),
        pytest.param(finding("d.py:z"), [(MOVED, 3)], 3, None, id="in-a-file-that-moved"),
        pytest.param(finding("b.py:new"), [(RENAMED, 2)], 2, None, id="in-a-renamed-symbol"),
        pytest.param(finding("b.py:h", kind="name"), [(DROPPED, 1)], 2, 1, id="a-dropped-import"),
        pytest.param(
            finding("b.py:h", kind="name"),
            [published(1, "b.py:f", None), wrote(3, "b.py:<imports>")],
            2,
            1,
            id="who-took-a-name-away-before-who-changed-imports",
        ),
        pytest.param(
            finding("a.py:C", "C", "abstract"),
            [wrote(2, "a.py:C.m")],
            1,
            2,
            id="a-method-that-went",
        ),
        pytest.param(
            finding("b.py:h"),
            [published(1, "a.py:f"), (BriefingFailed(reason="…"), 1)],
            2,
            None,
            id="what-failed-is-no-cause",
        ),
    ],
)
def test_a_finding_is_its_owners_or_of_who_changed_what_it_names(
    found: Finding, records: list[tuple[Payload, int]], owner: int | None, cause: int | None
) -> None:
    (one,) = attributed([found], state(*records))
    assert (one.briefing, one.cause) == (owner, cause)


def given(drafts: list[Draft]) -> dict[int, tuple[int, int]]:
    """How many findings and failures each briefing is given."""
    return {
        one.briefing: (len(one.data.findings), len(one.data.failures))
        for one in drafts
        if isinstance(one.data, RepairRequested)
    }


@pytest.mark.parametrize(
    ("kind", "able", "expected"),
    [
        pytest.param("call", {1, 2}, {2: (1, 0)}, id="a-call-is-for-its-owner"),
        pytest.param("call", {1}, {1: (1, 0)}, id="or-for-the-cause-if-the-owner-cannot"),
        pytest.param("attribute", {1, 2}, {1: (1, 0), 2: (1, 0)}, id="what-is-gone-for-both"),
        pytest.param("attribute", set(), {}, id="nobody-can"),
    ],
)
def test_who_can_repair_a_finding_is_given_it(
    kind: FindingKind, able: set[int], expected: dict[int, tuple[int, int]]
) -> None:
    one = Attributed(**dict(finding("b.py:h", kind=kind)), briefing=2, cause=1)
    assert given(requests([one], [], state(), able)) == expected


def test_a_failure_is_for_every_owner_on_its_way() -> None:
    one = Failure(title="t", text="", symbols=("a.py:f", "b.py:h", "c.py:any", "z.py:z"))
    assert given(requests([], [one], state(), {1, 3})) == {1: (0, 1), 3: (0, 1)}


def test_rounds_are_counted_by_wave() -> None:
    before = state((RepairRequested(round=1), 1))
    one = Attributed(**dict(finding("b.py:h")), briefing=2)
    (draft,) = requests([one], [], before, {2})
    assert isinstance(draft.data, RepairRequested)
    assert draft.data.round == 2
    before.wave = 2
    (draft,) = requests([one], [], before, {2})
    assert isinstance(draft.data, RepairRequested)
    assert draft.data.round == 1
