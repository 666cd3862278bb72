"""Published interfaces and who adapted to them, told by a log event by event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jupiter.model.event import Event
from jupiter.model.report import Published
from jupiter.model.run_events import WavePlanned
from jupiter.model.tree_events import EditAccepted, InterfacePublished


@dataclass(slots=True)
class Interfaces:
    """What has been published so far; `take` each event of a log in order."""

    wave: int = 0
    _found: list[tuple[int, float, Event, InterfacePublished]] = field(
        default_factory=list[tuple[int, float, Event, InterfacePublished]]
    )
    _followers: dict[tuple[int, str], set[int]] = field(
        default_factory=dict[tuple[int, str], set[int]]
    )
    """By wave and symbol: the briefings whose edits follow it, before or after it was published."""

    def take(self, event: Event, at: float) -> None:
        """Take the next event; `at` are seconds since the run began."""
        match event.data:
            case WavePlanned(wave=wave):
                self.wave = wave
            case InterfacePublished() as data:
                self._found.append((self.wave, at, event, data))
            case EditAccepted(follows=follows) if event.briefing is not None:
                for symbol in follows:
                    self._followers.setdefault((self.wave, symbol), set()).add(event.briefing)
            case _:
                pass

    def published(self, most: int | None = None) -> tuple[Published, ...]:
        """All, or the latest, in the order of the log."""
        return tuple(self._told(self._found[-most:] if most else self._found))

    def _told(
        self, found: list[tuple[int, float, Event, InterfacePublished]]
    ) -> Iterator[Published]:
        for wave, at, event, data in found:
            adapted = self._followers.get((wave, data.symbol), set[int]())
            yield Published(
                seq=event.seq,
                at=at,
                symbol=data.symbol,
                before=data.before,
                after=data.after,
                briefing=event.briefing,
                worker=event.worker,
                adapted=tuple(sorted(one for one in adapted if one != event.briefing)),
            )
