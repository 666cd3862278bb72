"""`jupiter bus verify`: whether a log is whole, and whether what it says ever broke a promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jupiter.bus.blobs import Blobs
from jupiter.bus.codec import decode
from jupiter.bus.journal import EVENTS, Journal, split
from jupiter.bus.log import fold_in
from jupiter.errors import LogError
from jupiter.fold.audit import breaches
from jupiter.fold.state import State
from jupiter.model.event import Event, texts_of

_AT_ONCE = 8 << 20


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found; `problems` is empty when all is well."""

    events: int
    problems: tuple[str, ...]
    torn: tuple[str, ...]
    """Files with what crashes left behind the last whole line; nothing acknowledged is in them."""


def verify(folder: Path) -> Verification:
    """Read the whole log: checksums, numbers, models, the order of events, one owner a
    symbol, and every text that is named.

    Raises:
        LogError: the file cannot be read at all.
    """
    state, blobs, seen = State(), Blobs(folder / "blobs"), set[str]()
    problems: list[str] = []
    for number, line in enumerate(_lines(folder), start=1):
        try:
            event = decode(line)
            problems += [f"event {event.seq}: {one}" for one in breaches(state, event)]
            problems += [f"event {event.seq}: {one}" for one in _missing(blobs, event, seen)]
            fold_in(state, event)
        except LogError as error:
            problems.append(f"{folder / EVENTS}:{number}: {error}")
            break
    torn = sorted(path.name for path in folder.glob("events.torn-*"))
    return Verification(state.seq, tuple(problems), tuple(torn))


def _missing(blobs: Blobs, event: Event, seen: set[str]) -> Iterator[str]:
    """Texts that an event names and that are not there as they were; each is read once."""
    for name in texts_of(event.data):
        if name not in seen:
            seen.add(name)
            try:
                blobs.get(name)
            except LogError as error:
                yield str(error)


def _lines(folder: Path) -> Iterator[bytes]:
    """The durable lines, a few at a time."""
    journal, offset = Journal(folder), 0
    while True:
        lines, end = journal.read(offset, _AT_ONCE)
        if end == offset:
            return
        offset = end
        yield from split(lines)
