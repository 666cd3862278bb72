"""How long a run, a step, a briefing was worked on: what the times of their events say, across resumes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from jupiter.model.briefing_events import (
    BriefingFailed,
    BriefingFinished,
    BriefingPaused,
    BriefingStarted,
)
from jupiter.model.event import Event
from jupiter.model.run_events import RunFinished, RunResumed, RunStopped


@dataclass(slots=True)
class Clock:
    """It runs in stretches; `seconds` are those of the stretches that have ended."""

    seconds: float = 0.0
    since: datetime | None = None
    """When the stretch began that goes on."""

    def begin(self, now: datetime) -> None:
        """Run, if it does not yet."""
        self.since = self.since or now

    def end(self, now: datetime) -> None:
        """Stand still."""
        self.seconds, self.since = 60 * self.minutes(now), None

    def minutes(self, now: datetime) -> float:
        """What it shows at a moment."""
        running = (now - self.since).total_seconds() if self.since else 0.0
        return (self.seconds + max(0.0, running)) / 60


@dataclass(slots=True)
class Clocks:
    """The clocks of a run. What happened between the last event of a process and a resume is no work."""

    run: Clock = field(default_factory=Clock)
    steps: dict[str, Clock] = field(default_factory=dict[str, Clock])
    """Each runs while somebody works on a briefing of the step."""
    briefings: dict[int, Clock] = field(default_factory=dict[int, Clock])
    at_work: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    """The briefings that somebody works on, with their steps."""
    latest: datetime | None = None
    """When the last event was written."""

    def tick(self, event: Event) -> None:
        """Take the next event."""
        now = event.time
        match event.data:
            case BriefingStarted():
                self._begin(event.briefing or 0, tuple((event.step or "").split("+")), now)
            case BriefingFinished() | BriefingFailed() | BriefingPaused():
                self._end(event.briefing or 0, now)
            case RunResumed():
                self._end_all(self.latest or now)
            case RunStopped() | RunFinished():
                self._end_all(now)
            case _:
                pass
        if self.latest is None or isinstance(event.data, RunResumed):
            self.run.begin(now)
        self.latest = now

    def of_step(self, step: str, now: datetime) -> float:
        """The minutes that were worked on a step."""
        return self.steps.get(step, Clock()).minutes(now)

    def of_briefing(self, number: int, now: datetime) -> float:
        """The minutes that were worked on a briefing."""
        return self.briefings.get(number, Clock()).minutes(now)

    def _begin(self, number: int, steps: tuple[str, ...], now: datetime) -> None:
        self.at_work[number] = steps
        self.briefings.setdefault(number, Clock()).begin(now)
        for step in steps:
            self.steps.setdefault(step, Clock()).begin(now)

    def _end(self, number: int, now: datetime) -> None:
        steps = self.at_work.pop(number, ())
        self.briefings.setdefault(number, Clock()).end(now)
        still = {step for others in self.at_work.values() for step in others}
        for step in steps:
            if step not in still:
                self.steps[step].end(now)

    def _end_all(self, now: datetime) -> None:
        for number in tuple(self.at_work):
            self._end(number, now)
        self.run.end(now)
