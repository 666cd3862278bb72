"""The mirror: what a run's log says, as Prefect artifacts, off the workers' path.

A thread follows the log and turns its events into the artifacts `plan`, `briefing-N`, `bus` and
`report`; texts are made when they are sent. Nobody waits for it but the end of the run, and that not
for long.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from functools import partial
from typing import Self

from jupiter.bus.log import Log
from jupiter.compiler.artifacts import ArtifactSender, Connect
from jupiter.compiler.markdown import SHOWN, bus_text
from jupiter.compiler.markdown_report import CHANGES, report_text
from jupiter.delivery.report_full import full_report
from jupiter.delivery.report_interfaces import Interfaces
from jupiter.fold.records import BriefingState
from jupiter.fold.state import State
from jupiter.fold.tree import Base
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingStarted
from jupiter.model.event import Event
from jupiter.model.repair import ResultNarrowed
from jupiter.model.report import Report
from jupiter.model.run_events import Owned, RunFinished, WavePlanned
from jupiter.model.tree_events import EditAccepted, EditRefused, InterfacePublished

_LATEST = 20  # events that the bus artifact shows
_PATHS = 8  # paths of a briefing that the plan shows
_LOOK = 0.01  # seconds between two looks whether all is told
_REASON = 300  # characters of why a briefing failed
_PATIENCE = 30.0  # seconds that the end of a run waits for a server that is slow or away


class Mirror:
    """A follower of one run's log; a context manager around the run."""

    def __init__(
        self,
        log: Log,
        flow_run_id: object,
        base: Base,
        connect: Connect | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self._patience = patience
        self._log = log
        self._base = base
        self._sender = ArtifactSender(str(flow_run_id), connect=connect)
        self._state = State()
        self._interfaces = Interfaces()
        self._plan: list[dict[str, object]] = []
        self._owned: dict[int, int] = {}
        self._changed: Counter[int] = Counter()
        self._latest: deque[Event] = deque(maxlen=_LATEST)
        self._lock = threading.Lock()
        """Held while what is known changes, and while a text is made of it."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="mirror", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        end = self._log.look(lambda state: state.seq)
        deadline = time.monotonic() + self._patience
        while self._state.seq < end and time.monotonic() < deadline:
            self._stop.wait(_LOOK)
        self._stop.set()
        self._sender.close(self._patience)

    def report(self, report: Report) -> None:
        """Show the report of the run."""
        self._sender.markdown("report", partial(self._told, report), report.run_id)

    def _told(self, report: Report) -> str:
        """The report with all that it does not count itself."""
        told = full_report(
            list(self._log.events()),
            log=report.log,
            base=self._base,
            blob=self._log.get,
            most=CHANGES,
        )
        return report_text(told.model_copy(update=dict(report)))

    def _follow(self) -> None:
        for event in self._log.follow(stop=self._stop):
            with self._lock:
                self._state.apply(event)
                self._interfaces.take(event, 0.0)
                self._latest.append(event)
            self._show(event)

    def _show(self, event: Event) -> None:
        match event.data:
            case WavePlanned() as plan:
                self._show_plan(plan)
            case BriefingStarted() | EditAccepted() | BriefingFinished() | BriefingFailed():
                if event.briefing is not None:
                    self._progress(event.briefing, event)
            case ResultNarrowed(left_out=numbers):
                for number in numbers:
                    self._progress(number, event)
            case _:
                pass
        if isinstance(event.data, InterfacePublished | EditAccepted | EditRefused | RunFinished):
            self._sender.markdown("bus", self._bus)

    def _show_plan(self, plan: WavePlanned) -> None:
        self._plan += [_planned(plan.wave, one) for one in plan.owned]
        self._owned.update(
            (one.briefing, len(one.symbols) + len(one.receives)) for one in plan.owned
        )
        self._sender.table("plan", self._plan, _wave(plan))

    def _progress(self, number: int, event: Event) -> None:
        """What was changed, of what is owned; what stays as it was shows when the briefing ends."""
        briefing = self._state.briefings[number]
        self._changed[number] += isinstance(event.data, EditAccepted)
        part = self._changed[number] / max(1, self._owned.get(number, 0))
        percent = 100.0 if briefing.has_ended else min(99.0, 99.0 * part)
        self._sender.progress(f"briefing-{number}", percent, _described(briefing))

    def _bus(self) -> str:
        with self._lock:
            state, latest = self._state, tuple(self._latest)
            published = self._interfaces.published(SHOWN)
            counts = (
                f"{len(state.published)} published interfaces, {state.accepted} accepted edits, "
                f"{len(state.refused)} refused, {state.seq} events"
            )
        return bus_text(counts, published, latest)


def _planned(wave: int, owned: Owned) -> dict[str, object]:
    symbols = (*owned.symbols, *owned.receives)
    return {
        "wave": wave,
        "briefing": owned.briefing,
        "after": ", ".join(map(str, owned.after)),
        "steps": ", ".join(owned.steps),
        "owns": len(symbols),
        "paths": ", ".join(symbols[:_PATHS]) + (" …" if len(symbols) > _PATHS else ""),
    }


def _wave(plan: WavePlanned) -> str:
    hazards = f", {len(plan.hazards)} hazards" if plan.hazards else ""
    return (
        f"Wave {plan.wave}: {', '.join(plan.steps)}; {len(plan.owned)} briefings, "
        f"{plan.workers} workers{hazards}"
    )


def _described(briefing: BriefingState) -> str:
    reason = f": {briefing.reason}" if briefing.reason else ""
    text = f"{', '.join(briefing.steps)}: {briefing.progress}, {len(briefing.changes)} edits"
    return f"{text}{reason}"[:_REASON]
