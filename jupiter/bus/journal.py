"""Lines in a file that many processes append to: placed under a lock, made durable side by side.

    events.jsonl      the lines
    events.lock       whoever appends holds its lock (flock) while it reads the tail and writes
    events.durable    how far the file is known to be on disk

Writing and flushing are apart: whoever has written lets the next one write, and flushes then. What runs at
the same time the file system puts together: it commits once for all who wait for it. `events.durable` is a
letter, then 8 bytes for each process that has appended: up to where that process has flushed. The file is
durable up to the largest of them, and as each process writes its own, nobody waits to write there.

Readers are given only what is durable. A torn last line, left by a crash, was never acknowledged: the
next writer moves it to `events.torn-N`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import threading
import weakref
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from jupiter.errors import LogError
from jupiter.model.recipe import Durability

EVENTS = "events.jsonl"
DURABLE = "events.durable"
_LOCK = "events.lock"

_NUMBER = struct.Struct("<Q")
_TO_DISK, _AS_WRITTEN = b"d", b"f"


class Marks(NamedTuple):
    """What `events.durable` holds."""

    to_disk: bool
    """Whether appending waits for the disk."""
    offsets: tuple[int, ...]
    """Up to where each process has made the file durable."""

    @property
    def durable(self) -> int:
        """The offset up to which the file is durable."""
        return max(self.offsets, default=0)


_BLOCK = 1 << 16

# macOS has no fdatasync.
_flush = getattr(os, "fdatasync", os.fsync)


class Journal:
    """One file of lines, open in this process; safe for many threads and many processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / EVENTS
        self._writing = threading.Lock()
        self._marking = threading.Lock()
        self._pid = 0
        self._file = self._lock = self._durable = self._slot = -1
        self._to_disk = True

    @classmethod
    def create(cls, folder: Path, durability: Durability = "disk") -> Journal:
        """A new, empty journal; raises LogError if the folder cannot be made or has one already."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / EVENTS).touch(mode=0o600, exist_ok=False)
            for name in (_LOCK, DURABLE):
                (folder / name).touch(mode=0o600)
            (folder / DURABLE).write_bytes(_TO_DISK if durability == "disk" else _AS_WRITTEN)
            sync_folder(folder)
        except OSError as error:
            raise LogError(f"cannot create the event log in {folder}: {error.strerror}") from error
        return cls(folder)

    @contextmanager
    def locked(self) -> Generator[Tail]:
        """Hold the tail of the file; raises LogError if the file cannot be opened for writing."""
        with self._writing:
            self._open()
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            try:
                yield Tail(self, self._file)
            finally:
                fcntl.flock(self._lock, fcntl.LOCK_UN)

    def make_durable(self, end: int) -> None:
        """Return when what was written, up to `end`, is on disk.

        Raises:
            LogError: the disk refuses; what was written may or may not be there after a crash.
        """
        if self._to_disk:
            try:
                _flush(self._file)
            except OSError as error:
                raise refused(self.path, error) from error
        with self._marking:
            if self._mark(self._slot) < end:
                self._set_mark(self._slot, end)

    def read(self, offset: int, most: int | None = None) -> tuple[bytes, int]:
        """The whole durable lines from an offset on, and where they end; at most so many bytes of them.

        A line that is longer than that is given whole.

        Raises:
            LogError: the file cannot be read, or has become shorter than it was.
        """
        try:
            with self.path.open("rb", buffering=0) as file:
                end = self.read_size()
                if end < offset:
                    raise shrunk(self.path)
                data = read_between(file.fileno(), offset, min(end, offset + (most or end)))
        except OSError as error:
            raise unreadable(self.path, error) from error
        if most is not None and b"\n" not in data and offset + most < end:
            return self.read(offset, 2 * most)
        whole = data.rfind(b"\n") + 1
        return data[:whole], offset + whole

    def read_size(self) -> int:
        """How many bytes a reader is given."""
        durable, size = self.durable_size(), self.path.stat().st_size
        return size if durable is None else min(durable, size)

    def durable_size(self) -> int | None:
        """How many bytes are durable; None of a copy that came without its mark."""
        try:
            found = (self.folder / DURABLE).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(self.path, error) from error
        return _unpacked(found).durable if found else None

    def cut(self, offset: int) -> None:
        """Take away what stands behind an offset, under the lock: it was never acknowledged."""
        os.ftruncate(self._file, offset)

    def check_size(self, size: int) -> None:
        """Raise LogError when the file is shorter than what was durable, under the lock."""
        marks = self._marks()
        if marks.durable <= size:
            return
        if marks.to_disk:
            raise shrunk(self.path)
        # Without a flush a power failure may take lines that the marks already count.
        for number, offset in enumerate(marks.offsets):
            self._set_mark(number, min(offset, size))

    def take_slot(self) -> None:
        """Make room for the mark of this process, under the lock."""
        if self._slot < 0:
            slot = len(self._marks().offsets)
            self._set_mark(slot, 0)
            self._slot = slot

    def _marks(self) -> Marks:
        return _unpacked(os.pread(self._durable, os.fstat(self._durable).st_size, 0))

    def _mark(self, slot: int) -> int:
        return _NUMBER.unpack(os.pread(self._durable, _NUMBER.size, _place(slot)))[0]

    def _set_mark(self, slot: int, offset: int) -> None:
        os.pwrite(self._durable, _NUMBER.pack(offset), _place(slot))

    def _open(self) -> None:
        """Open the files once a process: a lock that a fork has inherited would lock nobody out."""
        if self._pid == os.getpid():
            return
        flags = os.O_RDWR | os.O_CLOEXEC
        try:
            self._file = os.open(self.path, flags | os.O_APPEND)
            self._lock, self._durable = (
                os.open(self.folder / name, flags | os.O_CREAT, 0o600) for name in (_LOCK, DURABLE)
            )
        except OSError as error:
            raise refused(self.path, error) from error
        self._slot = -1
        self._to_disk = self._marks().to_disk
        self._pid = os.getpid()
        weakref.finalize(self, _close, (self._file, self._lock, self._durable))


class Tail:
    """The end of a journal while its lock is held."""

    def __init__(self, journal: Journal, file: int) -> None:
        self._journal = journal
        self._file = file

    def lines(self, offset: int) -> tuple[bytes, int]:
        """The whole lines from an offset on, durable or not, and where they end.

        A torn last line is set aside. Raises LogError if the file has shrunk.
        """
        size = os.fstat(self._file).st_size
        if size < offset:
            raise shrunk(self._journal.path)
        data = read_between(self._file, offset, size)
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            self._set_aside(offset + whole, data[whole:])
        return data[:whole], offset + whole

    def last(self) -> tuple[bytes, int]:
        """The last whole line, empty if there is none, and where it ends; what it costs is bounded."""
        size = os.fstat(self._file).st_size
        self._journal.check_size(size)
        start, data = size, b""
        while start > 0 and data.count(b"\n") < 2:
            start, begun = max(0, start - max(_BLOCK, len(data))), start
            data = read_between(self._file, start, begun) + data
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            self._set_aside(start + whole, data[whole:])
        return data[data.rfind(b"\n", 0, max(0, whole - 1)) + 1 : whole], start + whole

    def append(self, lines: bytes, end: int) -> int:
        """Write lines behind `end`, where the last whole line ends; they are not yet on disk.

        Returns where they end.

        Raises:
            LogError: the disk refuses; the file is as it was.
        """
        self._journal.take_slot()
        try:
            written = os.write(self._file, lines)
        except OSError as error:
            self._journal.cut(end)
            raise refused(self._journal.path, error) from error
        if written < len(lines):
            self._journal.cut(end)
            raise refused(self._journal.path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        return end + written

    def _set_aside(self, offset: int, torn: bytes) -> None:
        folder = self._journal.folder
        number = len(list(folder.glob("events.torn-*"))) + 1
        with (folder / f"events.torn-{number}").open("xb") as aside:
            aside.write(torn)
            aside.flush()
            os.fsync(aside.fileno())
        self._journal.cut(offset)


def _close(files: Iterable[int]) -> None:
    for file in files:
        os.close(file)


def _place(slot: int) -> int:
    return len(_TO_DISK) + slot * _NUMBER.size


def _unpacked(found: bytes) -> Marks:
    slots = found[1:]
    whole = slots[: len(slots) // _NUMBER.size * _NUMBER.size]
    return Marks(found[:1] != _AS_WRITTEN, tuple(one for (one,) in _NUMBER.iter_unpack(whole)))


def refused(path: Path, error: OSError) -> LogError:
    """The error of a journal that cannot be written."""
    return LogError(
        f"cannot append to {path}: {error.strerror}; what was acknowledged before is intact: "
        "see to the disk, then resume the run"
    )


def unreadable(path: Path, error: OSError) -> LogError:
    """The error of a journal that cannot be read."""
    return LogError(f"cannot read {path}: {error.strerror}")


def shrunk(path: Path) -> LogError:
    """The error of a journal from which somebody else has taken something away."""
    return LogError(
        f"{path} has shrunk: events that were on disk are gone; "
        "restore the file from a copy, or start the run anew"
    )


def read_between(file: int, start: int, end: int) -> bytes:
    """The bytes of an open file from one offset to another."""
    parts: list[bytes] = []
    while start < end and (part := os.pread(file, end - start, start)):
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def split(lines: bytes) -> Iterator[bytes]:
    """Whole lines one by one, each with its newline."""
    start = 0
    while start < len(lines):
        end = lines.index(b"\n", start) + 1
        yield lines[start:end]
        start = end


def sync_folder(folder: Path) -> None:
    """Make the names of a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
