"""The mirror: what a run's log says, as Prefect artifacts, off the workers' path.

A thread follows the log and turns its events into the artifacts `plan`, `briefing-N`, `bus` and
`report`. Nobody waits for it but the end of the run, and that not for long.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Self

from jupiter.bus.log import Log
from jupiter.compiler.artifacts import ArtifactSender
from jupiter.compiler.markdown import bus_text, report_text
from jupiter.fold.records import BriefingState
from jupiter.fold.state import State
from jupiter.model.event import (
    BriefingFailed,
    BriefingFinished,
    EditAccepted,
    Event,
    InterfacePublished,
    Owned,
    RunFinished,
    WavePlanned,
)
from jupiter.model.report import Report

_LATEST = 20  # events that the bus artifact shows
_PATHS = 8  # paths of a briefing that the plan shows
_PATIENCE = 10.0  # seconds that the end of a run waits for what is still to be sent


class Mirror:
    """A follower of one run's log; a context manager around the run."""

    def __init__(self, log: Log, flow_run_id: object) -> None:
        self._log = log
        self._sender = ArtifactSender(str(flow_run_id))
        self._state = State()
        self._changed: dict[int, int] = {}
        self._latest: deque[Event] = deque(maxlen=_LATEST)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="mirror", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(_PATIENCE)
        self._stop.set()
        self._sender.close(_PATIENCE)

    def report(self, report: Report) -> None:
        """Show the report of the run."""
        self._sender.markdown("report", report_text(report), report.run_id)

    def _follow(self) -> None:
        for event in self._log.follow(stop=self._stop):
            self._state.apply(event)
            self._latest.append(event)
            self._show(event)

    def _show(self, event: Event) -> None:
        match event.data:
            case WavePlanned() as plan:
                self._sender.table("plan", [_planned(one) for one in plan.owned], _wave(plan))
                for one in plan.owned:
                    self._sender.progress(f"briefing-{one.briefing}", 0.0, ", ".join(one.steps))
            case EditAccepted() | BriefingFinished() | BriefingFailed() if event.briefing:
                self._progress(event.briefing, event)
            case _:
                pass
        if isinstance(event.data, InterfacePublished | EditAccepted | RunFinished):
            self._sender.markdown("bus", bus_text(self._state, tuple(self._latest)))

    def _progress(self, number: int, event: Event) -> None:
        """What was changed, of what is owned; what stays as it was shows when the briefing ends."""
        briefing = self._state.briefings[number]
        self._changed[number] = self._changed.get(number, 0) + 1
        owned = sum(owner == number for owner in self._state.owners.values())
        over = not isinstance(event.data, EditAccepted)
        percent = 100.0 if over else 99.0 * self._changed[number] / max(1, owned)
        self._sender.progress(f"briefing-{number}", percent, _described(briefing))


def _planned(owned: Owned) -> dict[str, object]:
    return {
        "briefing": owned.briefing,
        "steps": ", ".join(owned.steps),
        "owns": len(owned.symbols),
        "paths": ", ".join(owned.symbols[:_PATHS]) + (" …" if len(owned.symbols) > _PATHS else ""),
    }


def _wave(plan: WavePlanned) -> str:
    return f"Wave {plan.wave}: {', '.join(plan.steps)}; {len(plan.owned)} briefings, {plan.workers} workers"


def _described(briefing: BriefingState) -> str:
    return f"{', '.join(briefing.steps)}: {briefing.progress}, {len(briefing.changes)} edits"
