"""The state at one point of a log, kept beside it so that a long log need not be folded again.

It may be thrown away at any time. It is believed only when the log has, where the state was taken, the
very line that it had then, and when this Jupiter folds as that one did.
"""

from __future__ import annotations

import os
import zlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import jupiter.fold
from jupiter.bus.journal import EVENTS
from jupiter.fold.snapshot import pack, unpack
from jupiter.fold.state import State
from jupiter.model.version import __version__

SNAPSHOT = "events.snapshot"
_APART = 1 << 18
"""The bytes of the log from one snapshot to the next, at least: folding so many takes some 30 ms."""


class Snapshot(NamedTuple):
    """A state, the offset at which it was taken, and the last line before it."""

    state: State
    offset: int
    last: bytes


def save(folder: Path, snapshot: Snapshot) -> bool:
    """Write a snapshot; False when the disk refuses, which harms nobody."""
    body = pack(snapshot.state)
    head = b"%s %d %d %d\n" % (
        _format().encode(),
        snapshot.offset,
        len(snapshot.last),
        zlib.crc32(snapshot.last),
    )
    temporary = folder / f".{SNAPSHOT}.{os.getpid()}"
    try:
        temporary.write_bytes(head + b"%08x\n" % zlib.crc32(body) + body)
        temporary.rename(folder / SNAPSHOT)
    except OSError:
        temporary.unlink(missing_ok=True)
        return False
    return True


def load(folder: Path) -> Snapshot | None:
    """The snapshot of a log; None if there is none that fits it."""
    try:
        head, check, body = (folder / SNAPSHOT).read_bytes().split(b"\n", 2)
        made_by, offset, length, crc = head.split(b" ")
        with (folder / EVENTS).open("rb") as file:
            file.seek(int(offset) - int(length))
            last = file.read(int(length))
        fits = zlib.crc32(last) == int(crc) and b"%08x" % zlib.crc32(body) == check
        if made_by.decode() != _format() or not fits or not last.endswith(b"\n"):
            return None
        return Snapshot(unpack(body), int(offset), last)
    except (OSError, ValueError):
        return None


def is_due(folder: Path, offset: int) -> bool:
    """Whether the log has outgrown its snapshot, whoever took that, by so much that one pays at an offset.

    A long log has a large state: what all snapshots cost must not grow faster than the log.
    """
    try:
        with (folder / SNAPSHOT).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            taken = int(file.readline().split(b" ")[1])
    except (OSError, ValueError, IndexError):
        size, taken = 0, 0
    return offset - taken >= max(_APART, size)


@cache
def _format() -> str:
    """What changes with the code that folds, and with what it folds."""
    digest = zlib.crc32(__version__.encode())
    rooms = [Path(jupiter.fold.__path__[0]), Path(jupiter.fold.__path__[0]).parent / "model"]
    for source in sorted(path for room in rooms for path in room.glob("*.py")):
        digest = zlib.crc32(source.read_bytes(), digest)
    return f"{digest:08x}"
