"""A scratch tree: a result's files on disk, where commands may run without harm to the user's."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from jupiter.errors import RequestError, SurroundingsError

_EXECUTABLE = "100755"

_NO_MODES: Mapping[str, str] = MappingProxyType({})


class ScratchTree:
    """A folder of its own (mode 0700) that holds a tree and is removed at the end.

    Paths are those of git: relative, with `/`. Nothing that is written here leaves `root`, whatever
    symbolic links the tree, or a command that ran in it, has put there.
    """

    def __init__(self, parent: Path) -> None:
        """Make the folder below `parent`; raises SurroundingsError when that is not possible."""
        self._modes: dict[str, str] = {}
        self._digests: dict[str, bytes] = {}
        try:
            parent.mkdir(parents=True, exist_ok=True)
            self.root = Path(tempfile.mkdtemp(prefix="tree-", dir=parent)).resolve()
        except OSError as error:
            raise SurroundingsError(
                f"no scratch folder can be made in {parent}: {error.strerror}"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()

    @property
    def paths(self) -> frozenset[str]:
        """The paths of the tree; what was copied, or left by a command, is not among them."""
        return frozenset(self._modes)

    def holds(self, path: str, data: bytes) -> bool:
        """Whether these are the bytes that the tree was given for a path, whatever is there now."""
        return self._digests.get(path) == _digest(data)

    def write(self, files: Mapping[str, bytes], modes: Mapping[str, str] = _NO_MODES) -> None:
        """Put these files into the tree; a path without a mode is an ordinary file.

        Of a symbolic link the bytes are its target; it is made, and never followed. Raises
        RequestError for a path that leaves the tree, SurroundingsError when the disk refuses.
        """
        self.update(files, modes)

    def update(
        self, files: Mapping[str, bytes | None], modes: Mapping[str, str] = _NO_MODES
    ) -> None:
        """Bring these paths to these bytes: only what differs is rewritten, None deletes.

        A path without a mode keeps the one that it has in the tree. Raises as `write` does.
        """
        gone = [path for path, data in files.items() if data is None]
        for path in gone:  # first, so that a folder can take the place of a file
            self._delete(path)
        for path, data in files.items():
            if data is not None:
                mode = modes.get(path) or self._modes.get(path, "100644")
                self._put(path, data, mode)
                self._modes[path] = mode
                self._digests[path] = _digest(data)

    def copy(self, repository: Path, entries: Iterable[str]) -> tuple[str, ...]:
        """Copy files and folders that git does not track from the repository's top folder.

        What does not exist is left out, and what the tree has is kept: the result is what is
        checked. Returns the paths that were copied. Raises RequestError for an entry that leaves
        the repository, by its name or through a symbolic link.
        """
        top = repository.resolve()
        copied: list[str] = []
        for entry in entries:
            for path, source in _files(top, entry):
                if path not in self._modes:
                    executable = source.stat().st_mode & stat.S_IXUSR
                    self._put(path, source.read_bytes(), _EXECUTABLE if executable else "100644")
                    copied.append(path)
        return tuple(copied)

    def remove(self) -> None:
        """Remove the folder, also when a command has taken away the right to do so."""
        shutil.rmtree(self.root, ignore_errors=True)
        if self.root.exists():
            _open_up(self.root)
            shutil.rmtree(self.root, ignore_errors=True)

    def _put(self, path: str, data: bytes, mode: str) -> None:
        parts = parts_of(path)
        try:
            target = self._folder(parts[:-1]) / parts[-1]
            match mode:
                case "120000":  # a symbolic link
                    _put_link(target, data)
                case "160000":  # a submodule: git leaves its folder empty
                    self._folder(parts)
                case _:
                    _put_file(target, data, 0o755 if mode == _EXECUTABLE else 0o644)
        except (OSError, ValueError) as error:  # ValueError: a link whose target has a NUL
            raise SurroundingsError(
                f"{path} cannot be written in the scratch folder {self.root}: {error}"
            ) from error

    def _folder(self, parts: tuple[str, ...]) -> Path:
        """Return a real folder of the tree; a file or link that stands in its place is removed."""
        folder = self.root
        for part in parts:
            folder /= part
            if folder.is_symlink() or not folder.is_dir():
                folder.unlink(missing_ok=True)
                folder.mkdir()
        return folder

    def _delete(self, path: str) -> None:
        """Delete a path, and the folders that are empty then: an empty one could be imported."""
        *parents, name = parts_of(path)
        self._modes.pop(path, None)
        self._digests.pop(path, None)
        folders = [self.root]
        for part in parents:
            folders.append(folders[-1] / part)
            if folders[-1].is_symlink() or not folders[-1].is_dir():
                return
        _clear(folders[-1] / name)
        for folder in reversed(folders[1:]):
            if {entry.name for entry in folder.iterdir()} - {"__pycache__"}:
                return
            _clear(folder)


def parts_of(path: str) -> tuple[str, ...]:
    """Cut a relative path into its parts; raises RequestError when it leaves its folder."""
    parts = tuple(path.split("/"))
    if "\0" in path or any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts):
        raise RequestError(
            f"the path {path!r} is refused: paths are relative to the repository, and stay in it"
        )
    return parts


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _put_file(target: Path, data: bytes, permissions: int) -> None:
    if not target.is_symlink() and target.is_file() and target.read_bytes() == data:
        target.chmod(permissions)
        return
    _clear(target)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(target, flags, permissions), "wb") as file:
        file.write(data)
    target.chmod(permissions)


def _put_link(target: Path, data: bytes) -> None:
    if target.is_symlink() and os.fsencode(target.readlink()) == data:
        return
    _clear(target)
    target.symlink_to(os.fsdecode(data))


def _clear(target: Path) -> None:
    """Remove what stands here: a folder with its content, a link but not what it points to."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)


def _files(top: Path, entry: str) -> Iterator[tuple[str, Path]]:
    """Yield the ordinary files of an entry: their paths in the tree, and where their bytes are."""
    path = entry.rstrip("/").removeprefix("./")
    parts_of(path)
    source = (top / path).resolve()
    if not _inside(source, top):
        raise RequestError(
            f"environment.copy: {entry} is a symbolic link that leaves the repository; "
            "put the file itself there, or take the entry out"
        )
    if source.is_file():
        yield path, source
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name.lower() != ".git")
        for name in sorted(names):
            file = Path(folder, name)
            real = file.resolve()
            if real.is_file() and _inside(real, top):
                yield f"{path}/{file.relative_to(source).as_posix()}", real


def _inside(real: Path, top: Path) -> bool:
    return real.is_relative_to(top) and ".git" not in real.relative_to(top).parts


def _open_up(root: Path) -> None:
    """Give back the right to look into and to empty each folder below `root`."""
    root.chmod(0o700)
    for folder, folders, _ in os.walk(root):
        for name in folders:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o700)
