"""When what was done in a run: the times of its events, as bars and marks on the lanes of workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingStarted
from jupiter.model.edit import symbols_of
from jupiter.model.event import Event
from jupiter.model.report import Mark, Span, Timeline, WaveBegun
from jupiter.model.run_events import CheckFinished, RunFinished, RunResumed, RunStopped, WavePlanned
from jupiter.model.tree_events import EditAccepted, InterfacePublished, UpdateDelivered

RUN = "run"
"""The lane of what no worker does: checks."""


def moments(events: Sequence[Event]) -> dict[int, float]:
    """The seconds since the run began of each event, by `seq`.

    Time in which nobody worked on the run, before it was resumed, does not count; and no clock that
    was set back makes time go backwards.
    """
    found: dict[int, float] = {}
    at, before = 0.0, None
    for event in events:
        if before is not None and not isinstance(event.data, RunResumed):
            at += max(0.0, (event.time - before).total_seconds())
        found[event.seq], before = at, event.time
    return found


def timeline(events: Sequence[Event], at: Mapping[int, float]) -> Timeline:
    """The timeline of a log; `at` is what `moments` gives for it."""
    spans = _Spans(at)
    for event in events:
        spans.take(event)
    return Timeline(
        seconds=max(at.values(), default=0.0),
        waves=tuple(
            WaveBegun(wave=e.data.wave, at=at[e.seq])
            for e in events
            if isinstance(e.data, WavePlanned)
        ),
        resumed=tuple(at[e.seq] for e in events if isinstance(e.data, RunResumed)),
        spans=tuple(spans.ended()),
        marks=tuple(_marks(events, at)),
    )


@dataclass(slots=True)
class _Spans:
    at: Mapping[int, float]
    done: list[Span] = field(default_factory=list[Span])
    under_way: dict[int, Event] = field(default_factory=dict[int, Event])
    last: float = 0.0

    def take(self, event: Event) -> None:
        self.last = self.at[event.seq]
        match event.data:
            case BriefingStarted() if event.briefing is not None:
                self.under_way[event.briefing] = event
            case BriefingFinished():
                self._close(event.briefing, "finished")
            case BriefingFailed():
                self._close(event.briefing, "failed")
            case CheckFinished() as check:
                self._check(event.step or "", check)
            case RunResumed() | RunStopped() | RunFinished():
                for briefing in list(self.under_way):
                    self._close(briefing, "broken off")
            case _:
                pass

    def ended(self) -> Iterator[Span]:
        """All spans; those that nothing has ended go on until the last event."""
        yield from self.done
        for number, begun in self.under_way.items():
            yield self._span(number, begun, "under way")

    def _close(self, number: int | None, how: Literal["finished", "failed", "broken off"]) -> None:
        if number is not None and (begun := self.under_way.pop(number, None)) is not None:
            self.done.append(self._span(number, begun, how))

    def _span(
        self,
        number: int,
        begun: Event,
        how: Literal["finished", "failed", "broken off", "under way"],
    ) -> Span:
        return Span(
            lane=begun.worker or RUN,
            title=begun.step or "",
            briefing=number,
            begun=self.at[begun.seq],
            ended=self.last,
            how=how,
        )

    def _check(self, step: str, check: CheckFinished) -> None:
        self.done.append(
            Span(
                lane=RUN,
                title=step,
                briefing=None,
                begun=max(0.0, self.last - check.seconds),
                ended=self.last,
                how="green" if check.is_green else "red",
            )
        )


def _marks(events: Sequence[Event], at: Mapping[int, float]) -> Iterator[Mark]:
    for event in events:
        match event.data:
            case InterfacePublished(symbol=symbol):
                yield _mark(event, at, "published", (symbol,))
            case EditAccepted(edit=edit, follows=follows) if follows:
                yield _mark(event, at, "adapted", symbols_of(edit))
            case UpdateDelivered():
                yield _mark(event, at, "told", ())
            case _:
                pass


def _mark(
    event: Event,
    at: Mapping[int, float],
    kind: Literal["published", "adapted", "told"],
    symbols: tuple[str, ...],
) -> Mark:
    return Mark(
        lane=event.worker or RUN,
        kind=kind,
        at=at[event.seq],
        briefing=event.briefing,
        seq=event.seq,
        symbols=symbols,
    )
