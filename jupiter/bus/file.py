"""The log in a file: `events.jsonl`, `events.lock` and `blobs/` in a run's folder.

Appending takes the lock (flock), reads what others have appended since, decides, writes the new
lines with one `write` and flushes them to disk before the lock is released: whoever reads under the
lock, or after an `append` has returned, sees only what is durable. A torn last line, left by a
crash, has never been acknowledged; it is moved to `events.torn-N` before the next append.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import watchfiles

from jupiter.bus.codec import decode, encode
from jupiter.bus.log import Decide
from jupiter.errors import LogError
from jupiter.fold.state import State
from jupiter.model.event import Draft, Event, RunFinished

T = TypeVar("T")

EVENTS = "events.jsonl"

# macOS has no fdatasync.
_flush = getattr(os, "fdatasync", os.fsync)


class FileLog:
    """The log of one run in its folder; safe for many threads and many processes."""

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder
        self.run = run
        self._path = folder / EVENTS
        self._blobs = folder / "blobs"
        self._mutex = threading.Lock()
        self._state = State()
        self._offset = 0

    @classmethod
    def create(cls, folder: Path, run: str) -> FileLog:
        """A new, empty log; raises LogError if the folder cannot be made or holds a log already."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / "blobs").mkdir(mode=0o700)
            (folder / EVENTS).touch(mode=0o600, exist_ok=False)
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
        with self._mutex, self._locked() as file:
            self._catch_up(file)
            events = self._place(decide(self._state))
            if events:
                self._write(file, b"".join(encode(event) for event in events))
                for event in events:
                    self._state.apply(event)
            return events

    def events(self, after: int = 0) -> Iterator[Event]:
        """See `Log.events`; raises LogError at a damaged line that is not the torn last one."""
        lines, _ = self._complete_lines(0)
        for event in map(decode, lines):
            if event.seq > after:
                yield event

    def follow(self, after: int = 0, stop: threading.Event | None = None) -> Iterator[Event]:
        """See `Log.follow`; woken by the file system."""
        offset = 0
        changes = watchfiles.watch(
            self._path,
            stop_event=stop,
            debounce=5,
            step=1,
            rust_timeout=500,
            yield_on_timeout=True,
            raise_interrupt=True,
        )
        for _ in _now_and_then(changes):
            lines, offset = self._complete_lines(offset)
            for event in map(decode, lines):
                if event.seq > after:
                    yield event
                if isinstance(event.data, RunFinished):
                    return

    def look(self, read: Callable[[State], T]) -> T:
        """See `Log.look`."""
        with self._mutex, self._locked() as file:
            self._catch_up(file)
            return read(self._state)

    def put(self, text: bytes) -> str:
        """See `Log.put`; the text is on disk when this returns."""
        name = hashlib.sha256(text).hexdigest()
        path = self._blobs / name
        if path.exists():
            return name
        temporary = self._blobs / f".{name}.{os.getpid()}.{threading.get_ident()}"
        try:
            with temporary.open("wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(path)
            _sync_folder(self._blobs)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise LogError(f"cannot store a text in {self._blobs}: {error.strerror}") from error
        return name

    def get(self, name: str) -> bytes:
        """See `Log.get`; raises LogError if the text is missing or damaged."""
        try:
            text = (self._blobs / name).read_bytes()
        except OSError as error:
            raise LogError(f"the text {name[:12]} is missing from {self._blobs}") from error
        if hashlib.sha256(text).hexdigest() != name:
            raise LogError(f"the text {name[:12]} in {self._blobs} is damaged")
        return text

    @contextmanager
    def _locked(self, kind: int = fcntl.LOCK_EX) -> Generator[int]:
        try:
            lock = os.open(
                self.folder / "events.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except OSError as error:
            raise LogError(
                f"cannot open the event log in {self.folder}: {error.strerror}"
            ) from error
        try:
            fcntl.flock(lock, kind)
            yield file
        finally:
            os.close(file)
            os.close(lock)

    def _catch_up(self, file: int) -> None:
        size = os.fstat(file).st_size
        if size < self._offset:
            raise LogError(f"{self._path} has shrunk; somebody else has cut it")
        data = _read(file, self._offset, size)
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            self._set_aside(file, self._offset + whole, data[whole:])
        for line in _lines(data[:whole]):
            self._state.apply(decode(line))
        self._offset += whole

    def _set_aside(self, file: int, offset: int, torn: bytes) -> None:
        number = len(list(self.folder.glob("events.torn-*"))) + 1
        with (self.folder / f"events.torn-{number}").open("xb") as aside:
            aside.write(torn)
            aside.flush()
            os.fsync(aside.fileno())
        os.ftruncate(file, offset)

    def _place(self, drafts: Sequence[Draft]) -> tuple[Event, ...]:
        now = datetime.now(UTC)
        return tuple(
            Event(
                seq=self._state.seq + number,
                time=now,
                run=self.run,
                step=draft.step,
                briefing=draft.briefing,
                worker=draft.worker,
                data=draft.data,
            )
            for number, draft in enumerate(drafts, start=1)
        )

    def _write(self, file: int, lines: bytes) -> None:
        try:
            written = os.write(file, lines)
            if written < len(lines):
                os.ftruncate(file, self._offset)
                raise LogError(f"the disk is full: nothing was appended to {self._path}")
            _flush(file)
        except OSError as error:
            os.ftruncate(file, self._offset)
            raise LogError(f"cannot append to {self._path}: {error.strerror}") from error
        self._offset += written

    def _complete_lines(self, offset: int) -> tuple[list[bytes], int]:
        # Writers flush before they let go of the lock: what is there under it is durable.
        with self._locked(fcntl.LOCK_SH) as file:
            size = os.fstat(file).st_size
            data = _read(file, offset, size)
        whole = data.rfind(b"\n") + 1
        return _lines(data[:whole]), offset + whole


def _now_and_then(changes: Iterator[object]) -> Iterator[None]:
    yield None
    for _ in changes:
        yield None


def _read(file: int, start: int, end: int) -> bytes:
    parts: list[bytes] = []
    while start < end and (part := os.pread(file, end - start, start)):
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lines(data: bytes) -> list[bytes]:
    return [line + b"\n" for line in data.split(b"\n")[:-1]]
