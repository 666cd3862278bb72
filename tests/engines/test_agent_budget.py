"""What budgets count, minutes above all: those that the log shows, of all processes that were at the run."""

from datetime import UTC, datetime, timedelta

import pytest

from jupiter.engines.agent_budget import Budgets, failed, minutes_left, paused
from jupiter.fold.state import State
from jupiter.model.briefing_events import BriefingStarted
from jupiter.model.event import AnyPayload, Event
from jupiter.model.run_events import Owned, RunResumed, WavePlanned
from jupiter.model.step import Limits

START = datetime(2026, 11, 26, 12, tzinfo=UTC)
WAVE = WavePlanned(
    wave=1,
    steps=("a",),
    workers=1,
    owned=(Owned(briefing=1, steps=("a",), symbols=("a.py",), constraints=()),),
)
TOLD: tuple[tuple[float, AnyPayload], ...] = (
    (0, WAVE),
    (1, BriefingStarted()),
    (4, RunResumed(jupiter="1")),  # its process had died at once
    (100, RunResumed(jupiter="1", budget={"minutes": 8})),
    (101, BriefingStarted()),
)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.fixture
def state() -> State:
    made = State()
    for seq, (minutes, data) in enumerate(TOLD, start=1):
        of_briefing = isinstance(data, BriefingStarted)
        made.apply(
            Event(
                seq=seq,
                time=at(minutes),
                run="r",
                step="a" if of_briefing else None,
                briefing=1 if of_briefing else None,
                worker=None,
                data=data,
            )
        )
    return made


def test_the_minutes_of_a_run_go_on_where_an_earlier_process_has_left_them(state: State) -> None:
    limits = Budgets("a", run=Limits(minutes=2))  # a resume has said 8
    assert state.clocks.run.minutes(at(106)) == pytest.approx(1 + 6)
    assert paused(limits, state, at(106)) is None
    assert paused(limits, state, at(107)) == "the budget of the run is used up: 8 of 8 minutes"


def test_the_minutes_of_a_step_and_of_a_briefing_are_those_of_their_work(state: State) -> None:
    limits = Budgets("a", Limits(minutes=5), Limits(minutes=6))
    assert paused(limits, state, at(106.5)) is None
    assert paused(limits, state, at(107)) == "the budget of the step a is used up: 6 of 6 minutes"
    assert failed(limits, state, 1, at(105.5)) is None
    assert failed(limits, state, 1, at(106)) == "5 of 5 minutes"


@pytest.mark.parametrize(
    ("limits", "left"),
    [
        pytest.param(Budgets("a"), (4, False), id="the run's, as the resume has said"),
        pytest.param(Budgets("a", Limits(minutes=5)), (3, True), id="its own, which are fewer"),
        pytest.param(
            Budgets("a", Limits(minutes=90)), (4, False), id="not its own, which are more"
        ),
        pytest.param(Budgets("a", None, Limits(minutes=4)), (2, False), id="the step's"),
        pytest.param(Budgets("a", Limits(usd=1)), (4, False), id="no minutes of its own"),
    ],
)
def test_what_is_left_for_a_briefing_is_the_least_that_anything_leaves(
    state: State, limits: Budgets, left: tuple[float, bool]
) -> None:
    found = minutes_left(limits, state, 1, at(103))
    assert found is not None
    minutes, is_own = found
    # the run: 1 minute before the resumes and 3 since; step and briefing: 2
    assert (round(minutes, 6), is_own) == left


def test_nothing_is_left_to_count_where_nobody_limits_minutes() -> None:
    assert minutes_left(Budgets("a", Limits(usd=1)), State(), 1, START) is None
