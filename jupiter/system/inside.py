"""Files below a folder that somebody else writes to as well: no link in it, made at any moment, leads out."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether something at a path is what it was: its kind, size, time, place on the disk."""

    mode: int
    size: int
    inode: int
    written: int

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.mode)

    @property
    def git_mode(self) -> str:
        """Git's mode of such a file."""
        return "100755" if self.mode & stat.S_IXUSR else "100644"


def walk(root: Path, most: int) -> Iterator[tuple[str, Stamp]]:
    """Everything below a folder that is no folder, but for git's own at the top; links are not followed.

    It ends behind the first `most`.
    """
    folders = [""]
    count = 0
    while folders:
        folder = folders.pop()
        for name, found in _entries(root / folder):
            path = f"{folder}{name}"
            if stat.S_ISDIR(found.st_mode):
                if path != ".git":
                    folders.append(f"{path}/")
                continue
            count += 1
            yield path, _stamp(found)
            if count >= most:
                return


def stamp(root: Path, path: str) -> Stamp | None:
    """What is at a path now; None if nothing is, or only what lies beyond a link."""
    with _parent(root, path) as (folder, name):
        return None if folder is None else _stamp_in(folder, name)


def read(root: Path, path: str, most: int) -> bytes | None:
    """The first `most` bytes of a regular file, None if there is none."""
    with _parent(root, path) as (folder, name):
        if folder is None:
            return None
        try:
            opened = os.open(
                name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
            )
        except OSError:  # it has gone, is a link, or may not be read
            return None
        with os.fdopen(opened, "rb") as file:
            return file.read(most) if stat.S_ISREG(os.fstat(opened).st_mode) else None


def put(root: Path, path: str, made: Path, expected: Stamp | None) -> bool:
    """Move the file `made` to a path if what is there is what was expected; whether that was so."""
    with _parent(root, path, make=True) as (folder, name):
        if folder is None or _stamp_in(folder, name) != expected:
            return False
        try:
            os.rename(made, name, dst_dir_fd=folder)
        except OSError:  # a folder has come to stand there
            return False
        return True


def link(root: Path, path: str, target: bytes) -> None:
    """Make a symbolic link where nothing is."""
    with _parent(root, path, make=True) as (folder, name):
        if folder is not None and _stamp_in(folder, name) is None:
            os.symlink(target, os.fsencode(name), dir_fd=folder)


def remove(root: Path, path: str) -> None:
    """Remove what is at a path, and the folders that are empty then."""
    with _parent(root, path) as (folder, name):
        if folder is None:
            return
        try:
            os.unlink(name, dir_fd=folder)
        except OSError:  # it has gone, or has become a folder: the next look will tell
            return
    parent = path.rpartition("/")[0]
    while parent:
        with _parent(root, parent) as (folder, name):
            try:
                os.rmdir(name, dir_fd=folder)
            except OSError:  # it is not empty
                return
        parent = parent.rpartition("/")[0]


@contextmanager
def _parent(root: Path, path: str, *, make: bool = False) -> Generator[tuple[int | None, str]]:
    """The folder that a path lies in, opened without following a link, and the name in it."""
    *folders, name = path.split("/")
    if {"", ".", ".."} & {*folders, name}:
        raise ValueError(f"{path!r} is no path below a folder")
    opened: int | None = os.open(root, _FOLDER | os.O_CLOEXEC)
    try:
        for part in folders:
            inner = _folder(opened, part, make=make)
            os.close(opened)
            opened = inner
            if opened is None:
                break
        yield opened, name
    finally:
        if opened is not None:
            os.close(opened)


def _folder(parent: int, name: str, *, make: bool) -> int | None:
    try:
        return os.open(name, _FOLDER | os.O_CLOEXEC, dir_fd=parent)
    except FileNotFoundError:
        if not make:
            return None
        os.mkdir(name, dir_fd=parent)
        return os.open(name, _FOLDER | os.O_CLOEXEC, dir_fd=parent)
    except OSError:  # a link or a file stands there
        if not make:
            return None
        os.unlink(name, dir_fd=parent)
        os.mkdir(name, dir_fd=parent)
        return os.open(name, _FOLDER | os.O_CLOEXEC, dir_fd=parent)


def _entries(folder: Path) -> list[tuple[str, os.stat_result]]:
    found: list[tuple[str, os.stat_result]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    found.append((entry.name, entry.stat(follow_symlinks=False)))
                except FileNotFoundError:  # it went meanwhile
                    continue
    except OSError:  # the folder went meanwhile, or nobody may look into it
        return []
    return sorted(found, key=lambda one: one[0])


def _stamp_in(folder: int, name: str) -> Stamp | None:
    try:
        return _stamp(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _stamp(found: os.stat_result) -> Stamp:
    return Stamp(found.st_mode, found.st_size, found.st_ino, found.st_mtime_ns)
