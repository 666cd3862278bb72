"""The most of a red result that is green: closed, green, and nothing can be put back."""

import random
from datetime import UTC, datetime
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.delivery.narrowing import TimeOver, green_part, needs_of
from jupiter.fold.state import fold
from jupiter.model.briefing_events import BriefingFailed
from jupiter.model.edit import FileText, Replace
from jupiter.model.event import Event, Payload
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.tree_events import EditAccepted, InterfacePublished, SymbolHandedOver

MOST = 9
NAME = "0" * 64


@st.composite
def graphs(draw: st.DrawFn) -> dict[int, set[int]]:
    """Briefings and what they need, in circles too."""
    number = draw(st.integers(1, MOST))
    one = st.integers(1, number)
    return {
        n: draw(st.sets(one.filter(lambda other, n=n: other != n), max_size=2))
        if number > 1
        else set[int]()
        for n in range(1, number + 1)
    }


class Judge:
    """Green sets by the toss of a coin, the same for the same set; the base is green, all of it is red."""

    def __init__(self, seed: int, everything: frozenset[int], calls: int | None = None) -> None:
        self.seed, self.everything, self.left = seed, everything, calls
        self.asked: list[frozenset[int]] = []

    def __call__(self, kept: frozenset[int]) -> bool:
        if self.left is not None:
            if self.left == 0:
                raise TimeOver
            self.left -= 1
        self.asked.append(kept)
        return self.says(kept)

    def says(self, kept: frozenset[int]) -> bool:
        if not kept or kept == self.everything:
            return not kept
        return random.Random(f"{self.seed} {sorted(kept)}").random() < 0.5


def closed(kept: frozenset[int], needs: dict[int, set[int]]) -> bool:
    return all(needs[one] <= kept for one in kept)


@given(graphs(), st.integers(0, 10_000))
def test_what_is_kept_is_closed_and_green_and_nothing_can_be_put_back(
    needs: dict[int, set[int]], seed: int
) -> None:
    judge = Judge(seed, frozenset(needs))
    found = green_part(needs, judge)
    assert found.is_maximal
    assert closed(found.kept, needs)
    assert judge.says(found.kept)
    assert all(closed(one, needs) for one in judge.asked)
    for one in needs.keys() - found.kept:
        more = found.kept | {one}
        assert not (closed(more, needs) and judge.says(more))


@given(graphs(), st.integers(0, 10_000), st.integers(0, 6))
def test_when_the_time_is_over_what_is_kept_is_green_all_the_same(
    needs: dict[int, set[int]], seed: int, calls: int
) -> None:
    judge = Judge(seed, frozenset(needs), calls)
    found = green_part(needs, judge)
    assert closed(found.kept, needs)
    assert judge.says(found.kept)
    assert found.is_maximal or judge.left == 0


def test_a_red_base_keeps_nothing_and_is_asked_once() -> None:
    asked: list[frozenset[int]] = []
    found = green_part({1: set(), 2: set()}, lambda kept: bool(asked.append(kept)))
    assert (found.kept, asked) == (frozenset(), [frozenset()])


@pytest.mark.parametrize("bad", [{1}, {77}, {3, 200}, {5, 6, 7}], ids=str)
def test_few_culprits_among_many_are_found_by_few_trials(bad: set[int]) -> None:
    judge = Judge(0, frozenset())
    judge.says = lambda kept: not kept & bad  # type: ignore[method-assign]  # one of the test's own
    found = green_part({n: set() for n in range(1, 215)}, judge)
    assert found.kept == frozenset(range(1, 215)) - bad
    assert len(judge.asked) <= len(bad) * (2 * ceil(log2(214)) + 2) + 2


def events(*records: tuple[Payload, int | None]) -> list[Event]:
    return [
        Event(
            seq=seq,
            time=datetime(2026, 11, 26, tzinfo=UTC),
            run="r",
            step=None,
            briefing=briefing,
            worker=None,
            data=data,
        )
        for seq, (data, briefing) in enumerate(records, start=1)
    ]


def planned(wave: int, *briefings: int) -> tuple[Payload, None]:
    owned = tuple(
        Owned(briefing=n, steps=("s",), symbols=(f"m{n}.py",), constraints=()) for n in briefings
    )
    return WavePlanned(wave=wave, steps=("s",), workers=1, owned=owned), None


def wrote(
    briefing: int, symbol: str, to: str | None = None, follows: tuple[str, ...] = ()
) -> tuple[Payload, int]:
    edit = Replace(symbol=symbol, base=NAME, text=NAME)
    if to is not None:
        edit = FileText(path=symbol, base=NAME, text=NAME, symbols=(), to=to)
    return EditAccepted(edit=edit, follows=follows), briefing


FIRST, SECOND = planned(1, 1, 2), planned(2, 3)
GIVEN = SymbolHandedOver(symbol="a.py:f", to=2), 1
SAID = InterfacePublished(symbol="a.py:f", before="x", after="y"), 1


@pytest.mark.parametrize(
    ("records", "needs"),
    [
        pytest.param(
            [FIRST, wrote(1, "a.py:f"), wrote(2, "a.py:g")],
            {1: set(), 2: set()},
            id="side-by-side-nobody-needs-anybody",
        ),
        pytest.param(
            [FIRST, wrote(1, "a.py:f"), SECOND, wrote(3, "a.py:g")],
            {1: set(), 3: {1}},
            id="a-later-wave-needs-who-touched-its-files",
        ),
        pytest.param(
            [FIRST, wrote(1, "a.py", to="b.py"), SECOND, wrote(3, "b.py:g")],
            {1: set(), 3: {1}},
            id="also-when-they-moved",
        ),
        pytest.param(
            [FIRST, wrote(1, "a.py:f"), GIVEN, wrote(2, "a.py:f")],
            {1: set(), 2: {1}},
            id="who-was-handed-a-symbol-needs-the-giver",
        ),
        pytest.param(
            [FIRST, wrote(1, "a.py:f"), SAID, wrote(2, "b.py:g", follows=("a.py:f",))],
            {1: set(), 2: {1}},
            id="who-follows-an-interface-needs-its-publisher",
        ),
        pytest.param(
            [FIRST, wrote(1, "a.py:f"), wrote(2, "b.py:g"), (BriefingFailed(reason="…"), 1)],
            {2: set()},
            id="what-failed-is-not-there",
        ),
    ],
)
def test_what_a_briefing_was_built_on(
    records: list[tuple[Payload, int | None]], needs: dict[int, set[int]]
) -> None:
    told = events(*records)
    assert needs_of(fold(told), told) == needs
