"""What was worked on is what the times of events say, across resumes and whoever died in between."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.fold.clock import Clock, Clocks
from jupiter.model.briefing_events import BriefingFinished, BriefingPaused, BriefingStarted
from jupiter.model.event import AnyPayload, Event
from jupiter.model.run_events import RunFinished, RunResumed, RunStopped
from jupiter.model.tree_events import NoteAdded

START = datetime(2026, 11, 26, 12, tzinfo=UTC)
RESUMED = RunResumed(jupiter="1")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def event(minutes: float, data: AnyPayload, briefing: int | None = None, step: str = "a") -> Event:
    return Event(
        seq=1,
        time=at(minutes),
        run="r",
        step=step if briefing else None,
        briefing=briefing,
        worker=None,
        data=data,
    )


def told(*events: Event) -> Clocks:
    clocks = Clocks()
    for one in events:
        clocks.tick(one)
    return clocks


def test_a_run_is_worked_on_from_its_first_event() -> None:
    assert told(event(0, NoteAdded(text="x"))).run.minutes(at(7)) == pytest.approx(7)


@pytest.mark.parametrize(
    "end",
    [
        RunStopped(reason="x"),
        RunFinished(status="budget"),
        NoteAdded(text="the last before a crash"),
    ],
    ids=["stopped", "finished", "killed"],
)
def test_the_time_between_the_end_of_a_process_and_a_resume_is_no_work(end: AnyPayload) -> None:
    clocks = told(
        event(0, NoteAdded(text="x")),
        event(1, BriefingStarted(), 1),
        event(3, end),
        event(60, RESUMED),
        event(61, BriefingStarted(), 1),
    )
    assert clocks.run.minutes(at(65)) == pytest.approx(3 + 5)
    assert clocks.of_step("a", at(65)) == pytest.approx(2 + 4)
    assert clocks.of_briefing(1, at(65)) == pytest.approx(2 + 4)


def test_a_step_is_worked_on_while_any_of_its_briefings_is() -> None:
    clocks = told(
        event(0, BriefingStarted(), 1, "a"),
        event(2, BriefingStarted(), 2, "a+b"),
        event(3, BriefingFinished(), 1, "a"),
        event(6, BriefingPaused(reason="x"), 2, "a+b"),
        event(20, BriefingStarted(), 3, "b"),
    )
    assert clocks.of_step("a", at(30)) == pytest.approx(6)
    assert clocks.of_step("b", at(30)) == pytest.approx(4 + 10)
    assert clocks.of_briefing(2, at(30)) == pytest.approx(4)
    assert clocks.of_step("unknown", at(30)) == 0


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=20))
def test_a_clock_never_runs_backwards(moves: list[tuple[float, bool]]) -> None:
    clock, now, shown = Clock(), START, 0.0
    for minutes, goes_on in moves:
        now += timedelta(minutes=minutes)
        (clock.begin if goes_on else clock.end)(now)
        assert clock.minutes(now) >= shown - 1e-9
        shown = clock.minutes(now)
        assert clock.minutes(now - timedelta(hours=9999)) >= 0
