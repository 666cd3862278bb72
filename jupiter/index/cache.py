"""The facts of files by a hash of their content, kept from run to run in one file that is ours alone.

Whatever is wrong with that file is a warning at most, and costs time: it is thrown away. Any number
of processes may use it at once; one that dies in the middle of writing leaves nothing behind.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import threading
import time
import zlib
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from jupiter.errors import SurroundingsError
from jupiter.index.facts import Facts, facts_format
from jupiter.system.state import cache_folder

_log = logging.getLogger(__name__)

T = TypeVar("T")

_FILE = "index.sqlite"
_BUSY = 10.0  # seconds to wait for another process's transaction
_AT_ONCE = 500  # keys in one query; an SQLite may be built to allow 999
_DAY = 86_400
_WEEK = 7
_KEPT = 60  # days that an entry is kept after its last use
_LARGEST = 1 << 30  # bytes that the file may have

_TABLES = """
CREATE TABLE outline (
    key BLOB PRIMARY KEY, used INTEGER NOT NULL, sum INTEGER NOT NULL, packed BLOB NOT NULL
);
CREATE TABLE names (
    key BLOB PRIMARY KEY, sum INTEGER NOT NULL, scopes BLOB NOT NULL, uses BLOB NOT NULL
);
CREATE INDEX age ON outline (used);
"""


def open_cache() -> Cache | None:
    """The cache of this user, or None where none can be kept."""
    try:
        return Cache(cache_folder() / _FILE)
    except SurroundingsError:
        return None


class Cache:
    """Facts by key, of any bytes; safe to use from many threads and processes."""

    def __init__(self, file: Path, *, version: int | None = None, largest: int = _LARGEST) -> None:
        """Opens the file when it is first needed; nothing here raises.

        Entries that were made in another version of the format, `facts_format()` by default, are
        thrown away. `largest` bounds the file, in bytes, but for what one `add` brings.
        """
        self._file = file
        self._largest = largest
        self._format = facts_format() if version is None else version
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    def outlines(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The packed outlines of those keys that are known; that counts as their use."""
        return self._guarded(lambda db: self._outlines(db, list(dict.fromkeys(keys))), {})

    def names(self, key: bytes) -> tuple[bytes, bytes] | None:
        """The packed scopes and uses of a key, if they are known."""
        return self._guarded(lambda db: self._names(db, key), None)

    def add(self, found: Mapping[bytes, Facts]) -> bool:
        """Keep the facts of keys, all or none; False when that was not possible."""
        return not found or self._guarded(lambda db: self._add(db, found), default=False)

    def __del__(self) -> None:
        self._disconnect()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._closed = True
            self._disconnect()

    def _outlines(self, db: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        stale: list[bytes] = []
        today = _today()
        for at in range(0, len(keys), _AT_ONCE):
            some = keys[at : at + _AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, used, sum, packed FROM outline WHERE key IN ({marks})"  # noqa: S608 # of question marks
            for key, used, sum_, packed in db.execute(query, some):
                (found[key],) = _whole(sum_, packed)
                if used + _WEEK <= today:
                    stale.append(key)
        if stale:
            with _transaction(db):
                db.executemany(
                    "UPDATE outline SET used = ? WHERE key = ?", [(today, key) for key in stale]
                )
        return found

    def _names(self, db: sqlite3.Connection, key: bytes) -> tuple[bytes, bytes] | None:
        query = "SELECT sum, scopes, uses FROM names WHERE key = ?"
        row = db.execute(query, (key,)).fetchone()
        if row is None:
            return None
        scopes, uses = _whole(*row)
        return scopes, uses

    def _add(self, db: sqlite3.Connection, found: Mapping[bytes, Facts]) -> bool:
        today = _today()
        with _transaction(db):
            if _version(db) != self._format:  # another version of Jupiter has taken over
                return False
            self._shrink(db, today)
            db.executemany(
                "INSERT OR REPLACE INTO outline VALUES (?, ?, ?, ?)",
                ((key, today, _sum(f.outline), f.outline) for key, f in found.items()),
            )
            db.executemany(
                "INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?)",
                ((key, _sum(f.scopes, f.uses), f.scopes, f.uses) for key, f in found.items()),
            )
        return True

    def _shrink(self, db: sqlite3.Connection, today: int) -> None:
        """Remove what was not used for long, and more of the oldest when the file is too large."""
        oldest = today - _KEPT
        pages, free, size = (
            db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        if (pages - free) * size > self._largest:
            half = "SELECT used FROM outline ORDER BY used LIMIT 1 OFFSET (SELECT count(*) / 2 FROM outline)"
            oldest = max(oldest, db.execute(half).fetchone()[0] + 1)
        db.execute(
            "DELETE FROM names WHERE key IN (SELECT key FROM outline WHERE used < ?)", (oldest,)
        )
        db.execute("DELETE FROM outline WHERE used < ?", (oldest,))
        db.execute("PRAGMA incremental_vacuum").fetchall()

    # The file

    def _guarded(self, action: Callable[[sqlite3.Connection], T], default: T) -> T:
        """What the action gives, or the default when the cache cannot be used just now."""
        with self._lock:
            try:
                db = self._connected()
                return default if db is None else action(db)
            except sqlite3.OperationalError as error:
                # busy for too long, a full disk, a read-only place: nothing is wrong with the file
                _log.debug("the index cache %s is not used: %s", self._file, error)
            except sqlite3.DatabaseError as error:
                self._throw_away(str(error))
            return default

    def _connected(self) -> sqlite3.Connection | None:
        if self._connection is None and not self._closed:
            if not self._is_ours():
                self._throw_away("others may have written to it")
            if not self._is_ours() or not _made(self._file):
                self._closed = True
                return None
            opened = sqlite3.connect(
                self._file, timeout=_BUSY, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(opened)
            except BaseException:
                opened.close()
                raise
            self._connection = opened
        return self._connection

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Make the tables, or make them anew when they hold another format.

        What a process that dies had written so far is undone by the next one, from the journal; only
        a machine that dies may leave a damaged file, and that is found out and thrown away.
        """
        db.execute("PRAGMA synchronous = OFF")
        if _version(db) == self._format:
            return
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        with _transaction(db):
            if _version(db) == self._format:
                return
            tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in tables:
                db.execute(f'DROP TABLE "{name}"')
            for statement in filter(str.strip, _TABLES.split(";")):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {self._format}")

    def _is_ours(self) -> bool:
        try:
            found = self._file.lstat()
        except OSError:
            return True
        return (
            stat.S_ISREG(found.st_mode)
            and found.st_uid == os.geteuid()
            and not stat.S_IMODE(found.st_mode) & 0o077
        )

    def _throw_away(self, why: str) -> None:
        _log.warning("the index cache %s is thrown away: %s", self._file, why)
        self._disconnect()
        # The journal goes first: it must never be played back into a new file of the same name.
        for file in (self._file.with_name(f"{self._file.name}-journal"), self._file):
            with suppress(OSError):
                file.unlink(missing_ok=True)

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


@contextmanager
def _transaction(db: sqlite3.Connection) -> Generator[None, None, None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):  # it was rolled back already
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _made(file: Path) -> bool:
    """Whether the file is there and can be written, by its owner alone."""
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except OSError as error:
        _log.debug("no index cache at %s: %s", file, error)
        return False
    return True


def _version(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA user_version").fetchone()[0]


def _today() -> int:
    return int(time.time()) // _DAY


def _sum(*parts: bytes) -> int:
    total = 0
    for part in parts:
        total = zlib.crc32(part, total)
    return total


def _whole(sum_: object, *parts: object) -> tuple[bytes, ...]:
    """The parts; raises DatabaseError when they are not what was written."""
    found = tuple([part for part in parts if isinstance(part, bytes)])
    if len(found) < len(parts) or _sum(*found) != sum_:
        raise sqlite3.DatabaseError("a checksum does not match")
    return found
