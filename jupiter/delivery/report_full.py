"""The full report of a run, from its log alone, and from the base commit where that is still there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from itertools import islice

from jupiter.delivery.report import report, status_of
from jupiter.delivery.report_changes import symbol_changes
from jupiter.delivery.report_interfaces import Interfaces
from jupiter.delivery.report_timeline import RUN, moments, timeline
from jupiter.errors import LogError
from jupiter.fold.file import Blob
from jupiter.fold.state import State, fold
from jupiter.fold.tree import Base
from jupiter.model.edit import path_of, symbols_of
from jupiter.model.event import Event
from jupiter.model.report import FullReport, Holding, Published, Refusal, Seconds, Timeline
from jupiter.model.run_events import WavePlanned
from jupiter.model.tree_events import EditRefused, SymbolClaimed, SymbolReleased


def full_report(
    events: Sequence[Event],
    *,
    log: str,
    base: Base | None,
    blob: Blob,
    missing: str = "",
    most: int | None = None,
) -> FullReport:
    """All that a log tells; `missing` says why there is no `base`, `most` is how many changes are wanted.

    Raises:
        LogError: the log has no beginning yet.
    """
    state = fold(events)
    if state.started is None:
        raise LogError(f"{log}: the log is empty: its run has not begun")
    at = moments(events)
    when = timeline(events, at)
    counted = report(
        state,
        run=events[0].run,
        log=log,
        base=base,
        blob=blob,
        workers=max((e.data.workers for e in events if isinstance(e.data, WavePlanned)), default=0),
        status=state.status or "unfinished",
        reason=_reason(state),
        notices=(),
        seconds=_seconds(when),
    )
    return FullReport(
        **dict(counted),
        begun=events[0].time.astimezone(UTC).isoformat(timespec="seconds"),
        changes=tuple(islice(symbol_changes(state, base, blob), most)) if base else (),
        changes_missing=missing if state.changes else "",
        published=_published(events, at),
        refusals=tuple(_refusals(events, at)),
        holdings=tuple(_holdings(events)),
        timeline=when,
    )


def _reason(state: State) -> str:
    if state.stopped is not None:
        return state.stopped
    if state.verified is not None and not state.verified.green:
        return state.verified.reason
    return status_of(state, changed=True)[1] if state.status else ""


def _seconds(when: Timeline) -> Seconds:
    """What the times of events tell: how long workers and checks took, and all of it."""
    spans = sorted((s.begun, s.ended) for s in when.spans if s.lane != RUN)
    work = until = 0.0
    for begun, ended in spans:
        work += max(0.0, ended - max(begun, until))
        until = max(until, ended)
    verify = sum(s.ended - s.begun for s in when.spans if s.lane == RUN)
    return Seconds(work=round(work, 3), verify=round(verify, 3), total=round(when.seconds, 3))


def _published(events: Sequence[Event], at: Mapping[int, float]) -> tuple[Published, ...]:
    interfaces = Interfaces()
    for event in events:
        interfaces.take(event, at[event.seq])
    return interfaces.published()


def _refusals(events: Sequence[Event], at: Mapping[int, float]) -> Iterator[Refusal]:
    for event in events:
        if isinstance(event.data, EditRefused):
            edit = event.data.edit
            yield Refusal(
                seq=event.seq,
                at=at[event.seq],
                briefing=event.briefing,
                worker=event.worker,
                path=path_of(edit),
                symbols=symbols_of(edit),
                reason=event.data.reason,
                message=event.data.message,
            )


def _holdings(events: Sequence[Event]) -> Iterator[Holding]:
    """What the plans gave to each briefing, and what it claimed besides."""
    planned: dict[int, Holding] = {}
    extra: dict[int, dict[str, None]] = {}
    for event in events:
        match event.data:
            case WavePlanned() as plan:
                for owned in plan.owned:
                    planned[owned.briefing] = Holding(
                        wave=plan.wave,
                        briefing=owned.briefing,
                        steps=owned.steps,
                        symbols=owned.symbols,
                    )
            case SymbolClaimed(symbol=symbol) if event.briefing is not None:
                extra.setdefault(event.briefing, {})[symbol] = None
            case SymbolReleased(symbol=symbol) if event.briefing is not None:
                extra.get(event.briefing, {}).pop(symbol, None)
            case _:
                pass
    for number, one in planned.items():
        yield one.model_copy(update={"symbols": (*one.symbols, *extra.get(number, {}))})
