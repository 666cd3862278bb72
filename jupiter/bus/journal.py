"""Lines in a file that many processes append to: placed under a lock, made durable in groups.

    events.jsonl      the lines
    events.lock       whoever appends holds its lock (flock) while it reads the tail and writes
    events.durable    how far the file is known to be on disk; its lock is held while that is made so
    events.group-N    the lock of whoever flushes for the writers of a group

Writing and flushing are apart: while one writer waits for `fdatasync`, the others write their lines. The
first of them leads their group: it flushes next, for all of them, and they wait for its lock. What is on
disk depends on the mark in `events.durable` alone; when a leader dies the others flush by themselves.

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
_GROUPS = ("events.group-0", "events.group-1")

_MARK = struct.Struct("<cQQ")


class _Mark(NamedTuple):
    """What `events.durable` holds."""

    durability: bytes
    """By its first letter."""
    durable: int
    """The offset up to which the file is durable."""
    group: int
    """The number of the group that the next writers flush with."""


class Written(NamedTuple):
    """Lines that are in the file, and who flushes them."""

    end: int
    group: int
    leads: bool
    """Whether the writer flushes for its group; the others wait for that."""


_BLOCK = 1 << 16

# macOS has no fdatasync.
_flush = getattr(os, "fdatasync", os.fsync)


class Journal:
    """One file of lines, open in this process; safe for many threads and many processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / EVENTS
        self._writing = threading.Lock()
        self._waiting = threading.Lock()
        self._marking = threading.Lock()
        self._pid = 0
        self._file = self._lock = self._durable = -1
        self._groups = (-1, -1)

    @classmethod
    def create(cls, folder: Path, durability: Durability = "disk") -> Journal:
        """A new, empty journal; raises LogError if the folder cannot be made or has one already."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / EVENTS).touch(mode=0o600, exist_ok=False)
            for name in (_LOCK, DURABLE, *_GROUPS):
                (folder / name).touch(mode=0o600)
            (folder / DURABLE).write_bytes(_MARK.pack(durability[0].encode(), 0, 0))
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

    def make_durable(self, written: Written) -> None:
        """Return when what was written is on disk; one flush is for all who wait for one.

        Raises:
            LogError: the disk refuses; what was written may or may not be there after a crash.
        """
        with self._waiting:
            group = self._groups[written.group % 2]
            if not written.leads and self._mark().durable < written.end:
                fcntl.flock(group, fcntl.LOCK_SH)  # the leader's, until it has flushed
                fcntl.flock(group, fcntl.LOCK_UN)
            try:
                if self._mark().durable < written.end:
                    with self._marked() as mark:
                        if mark.durable < written.end:
                            self._flush_all(mark)
            finally:
                if written.leads:
                    fcntl.flock(group, fcntl.LOCK_UN)

    def join_group(self, end: int) -> Written:
        """Find out, under the lock, who flushes what was written up to `end`: the first of a group does."""
        group = self._mark().group
        try:
            fcntl.flock(self._groups[group % 2], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return Written(end, group, leads=False)
        return Written(end, group, leads=True)

    def _flush_all(self, mark: _Mark) -> None:
        # Whoever read the old number of the group had written before: the size has its lines.
        self._set_mark(mark._replace(group=mark.group + 1))
        size = os.fstat(self._file).st_size
        if mark.durability == b"d":
            try:
                _flush(self._file)
            except OSError as error:
                raise refused(self.path, error) from error
        self._set_mark(mark._replace(group=mark.group + 1, durable=size))

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
        mark = _unpacked(found)
        return None if mark is None else mark.durable

    def cut(self, offset: int) -> None:
        """Take away what stands behind an offset, under the lock: it was never acknowledged."""
        with self._marked() as mark:
            os.ftruncate(self._file, offset)
            self._set_mark(mark._replace(durable=min(mark.durable, offset)))

    def check_size(self, size: int) -> None:
        """Raise LogError when the file is shorter than what was durable, under the lock."""
        if self._mark().durable <= size:
            return
        with self._marked() as mark:
            if mark.durable <= size:
                return
            if mark.durability == b"d":
                raise shrunk(self.path)
            # Without a flush a power failure may take lines that the mark already counts.
            self._set_mark(mark._replace(durable=size))

    @contextmanager
    def _marked(self) -> Generator[_Mark]:
        """The mark, while nobody else changes it."""
        with self._marking:
            fcntl.flock(self._durable, fcntl.LOCK_EX)
            try:
                yield self._mark()
            finally:
                fcntl.flock(self._durable, fcntl.LOCK_UN)

    def _mark(self) -> _Mark:
        return _unpacked(os.pread(self._durable, _MARK.size, 0)) or _Mark(b"d", 0, 0)

    def _set_mark(self, mark: _Mark) -> None:
        os.pwrite(self._durable, _MARK.pack(*mark), 0)

    def _open(self) -> None:
        """Open the files once a process: a lock that a fork has inherited would lock nobody out."""
        if self._pid == os.getpid():
            return
        flags = os.O_RDWR | os.O_CLOEXEC
        try:
            self._file = os.open(self.path, flags | os.O_APPEND)
            self._lock, self._durable, *groups = (
                os.open(self.folder / name, flags | os.O_CREAT, 0o600)
                for name in (_LOCK, DURABLE, *_GROUPS)
            )
        except OSError as error:
            raise refused(self.path, error) from error
        self._groups = (groups[0], groups[1])
        self._pid = os.getpid()
        weakref.finalize(self, _close, (self._file, self._lock, self._durable, *groups))


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

    def append(self, lines: bytes, end: int) -> Written:
        """Write lines behind `end`, where the last whole line ends; they are not yet on disk.

        Raises:
            LogError: the disk refuses; the file is as it was.
        """
        try:
            written = os.write(self._file, lines)
        except OSError as error:
            self._journal.cut(end)
            raise refused(self._journal.path, error) from error
        if written < len(lines):
            self._journal.cut(end)
            raise refused(self._journal.path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        return self._journal.join_group(end + written)

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


def _unpacked(mark: bytes) -> _Mark | None:
    return _Mark(*_MARK.unpack(mark)) if len(mark) == _MARK.size else None


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
