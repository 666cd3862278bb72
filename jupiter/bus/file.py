"""The log in a file: a journal of lines, the state that they fold to, and the blobs beside them.

Deciding takes the lock of the journal, folds what others have appended since, decides, and writes. What
needs no decision is only given its number. Either way the lines are flushed after the lock is released,
while others write theirs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from jupiter.bus.blobs import Blobs
from jupiter.bus.codec import decode, encode, line, seq_of, unplaced
from jupiter.bus.journal import (
    DURABLE,
    EVENTS,
    Journal,
    Tail,
    read_between,
    split,
    unreadable,
)
from jupiter.bus.log import Decide, fold_in, placed, refusable
from jupiter.bus.snapshot import Snapshot, is_due, load, save
from jupiter.bus.waking import changes
from jupiter.errors import LogError
from jupiter.fold.state import State
from jupiter.model.event import Draft, Event
from jupiter.model.recipe import Durability
from jupiter.model.run_events import RunFinished

T = TypeVar("T")

_LOOK_AFTER = 1 << 14
"""The bytes of the log after which to ask whether a snapshot is due."""


class FileLog:
    """The log of one run in its folder; safe for many threads and many processes."""

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder
        self.run = run
        self._journal = Journal(folder)
        self._blobs = Blobs(folder / "blobs")
        self._mutex = threading.Lock()
        self._state = State()
        self._offset = 0
        self._line = b""
        self._begun = False
        self._looked = 0
        self._seq = self._end = -1

    @classmethod
    def create(cls, folder: Path, run: str, durability: Durability = "disk") -> FileLog:
        """A new, empty log; raises LogError if the folder cannot be made or holds a log already."""
        Journal.create(folder, durability)
        try:
            (folder / "blobs").mkdir(mode=0o700)
        except OSError as error:
            raise LogError(f"cannot create the event log in {folder}: {error.strerror}") from error
        return cls(folder, run)

    @classmethod
    def open(cls, folder: Path) -> FileLog:
        """The log of an earlier run; raises LogError if there is none."""
        if not (folder / EVENTS).is_file():
            raise LogError(f"there is no event log in {folder}")
        return cls(folder, folder.name)

    def append(self, decide: Decide) -> tuple[Event, ...]:
        """See `Log.append`; raises LogError when the disk refuses, and then nothing was appended."""
        with self._mutex:
            with self._journal.locked() as tail:
                self._catch_up(tail)
                events = placed(decide(self._state), self.run, self._state.seq)
                end = self._take(tail, events) if events else None
            self._save_now_and_then()
        if end is not None:
            self._journal.make_durable(end)
        return events

    def record(self, *drafts: Draft) -> tuple[Event, ...]:
        """See `Log.record`; raises LogError as `append` does."""
        if any(refusable(draft.data) for draft in drafts):
            return self.append(lambda _state: drafts)
        texts = [unplaced(draft, self.run) for draft in drafts]
        with self._mutex, self._journal.locked() as tail:
            self._find_end(tail)
            seq, now = self._seq, datetime.now(UTC)
            lines = [line(number, now, text) for number, text in enumerate(texts, start=seq + 1)]
            end = self._end = tail.append(b"".join(lines), self._end)
            self._seq += len(lines)
        self._journal.make_durable(end)
        return placed(drafts, self.run, seq, now)

    def events(self, after: int = 0) -> Iterator[Event]:
        """See `Log.events`; raises LogError at a damaged line that is not the torn last one."""
        lines, _ = self._journal.read(self._position(after) if after else 0)
        yield from map(decode, _later(lines, after))

    def follow(self, after: int = 0, stop: threading.Event | None = None) -> Iterator[Event]:
        """See `Log.follow`; woken by the file system."""
        with changes(self.folder / DURABLE, stop) as moments:
            offset = self._position(after) if after else 0
            for _ in moments:
                lines, offset = self._journal.read(offset)
                event = None
                for event in map(decode, _later(lines, after)):
                    yield event
                if event is not None and isinstance(event.data, RunFinished):
                    return

    def look(self, read: Callable[[State], T]) -> T:
        """See `Log.look`."""
        with self._mutex, self._journal.locked() as tail:
            self._catch_up(tail)
            return read(self._state)

    def put(self, text: bytes) -> str:
        """See `Log.put`; the text is on disk when this returns."""
        return self._blobs.put(text)

    def get(self, name: str) -> bytes:
        """See `Log.get`; raises LogError if the text is missing or damaged."""
        return self._blobs.get(name)

    def _catch_up(self, tail: Tail) -> None:
        if not self._begun:
            self._begin(tail)
        lines, end = tail.lines(self._offset)
        try:
            for one in split(lines):
                self._apply(decode(one))
                self._line = one
        except BaseException:
            self._forget()
            raise
        self._offset = end

    def _begin(self, tail: Tail) -> None:
        """Start from the snapshot if there is one."""
        tail.last()
        found = load(self.folder)
        self._begun = True
        if found is not None:
            self._state, self._offset, self._line = found
        self._looked = self._offset

    def _apply(self, event: Event) -> None:
        try:
            fold_in(self._state, event)
        except LogError as error:
            raise LogError(f"{self.folder / EVENTS}: {error}") from error

    def _take(self, tail: Tail, events: Sequence[Event]) -> int:
        """Fold events and write them; where they end. What the fold cannot take must not reach the disk."""
        try:
            for event in events:
                self._apply(event)
            lines = [encode(event) for event in events]
            end = tail.append(b"".join(lines), self._offset)
        except BaseException:
            self._forget()
            raise
        self._offset, self._line = end, lines[-1]
        return end

    def _forget(self) -> None:
        """Fold anew at the next chance: the state may have taken what the file has not."""
        self._state, self._offset, self._line, self._begun = State(), 0, b"", False

    def _find_end(self, tail: Tail) -> None:
        """How many events there are and where they end, without folding them."""
        if self._end < 0:
            last, self._end = tail.last()
            self._seq = decode(last).seq if last else 0
            return
        lines, self._end = tail.lines(self._end)
        if lines:
            self._seq = seq_of(lines[lines.rfind(b"\n", 0, -1) + 1 :])

    def _save_now_and_then(self) -> None:
        if self._offset - self._looked < _LOOK_AFTER:
            return
        self._looked = self._offset
        if is_due(self.folder, self._offset):
            save(self.folder, Snapshot(self._state, self._offset, self._line))

    def _position(self, seq: int) -> int:
        """An offset at which a line begins, at or before that of the event behind `seq`."""
        path = self.folder / EVENTS
        try:
            with path.open("rb", buffering=0) as file:
                low, high = 0, self._journal.read_size()
                while high - low > _NEAR:
                    middle = (low + high) // 2
                    at, found = _line_behind(file.fileno(), middle, high)
                    if not found:
                        break
                    low, high = (at, high) if seq_of(found) <= seq else (low, middle)
        except OSError as error:
            raise unreadable(path, error) from error
        return low


_NEAR = 1 << 16


def _line_behind(file: int, offset: int, end: int) -> tuple[int, bytes]:
    """The first line that begins behind an offset, and where; empty if none begins before the end."""
    data = b""
    while offset + len(data) < end and data.count(b"\n") < 2:
        at = offset + len(data)
        data += read_between(file, at, min(end, at + _NEAR))
    first = data.find(b"\n") + 1
    last = data.find(b"\n", first) + 1
    return offset + first, data[first:last]


def _later(lines: bytes, after: int) -> Iterator[bytes]:
    """The lines of the events behind `after`."""
    return (one for one in split(lines) if not after or seq_of(one) > after)
