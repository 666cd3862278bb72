"""A codebase at one commit: its entries, and their bytes as git has stored them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from jupiter.errors import RequestError
from jupiter.fold.file import File
from jupiter.system.git import Entry, Repository


class Snapshot:
    """The tree of one commit; texts are read once, in bulk, when they are first needed."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self.repository = repository
        self.commit = commit
        self.entries: Mapping[str, Entry] = repository.entries(commit)
        self._texts: dict[str, bytes] = {}

    def texts(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes of regular files and symlinks (their target), by path."""
        wanted = list(paths)
        missing = {p: self.entries[p].oid for p in wanted if p not in self._texts}
        if missing:
            blobs = self.repository.read(set(missing.values()))
            self._texts.update((path, blobs[oid]) for path, oid in missing.items())
        return {path: self._texts[path] for path in wanted}

    def file(self, path: str) -> File | None:
        """A regular file of the commit; None when it has none at that path."""
        entry = self.entries.get(path)
        if entry is None or entry.kind != "file":
            return None
        return File(self.texts([path])[path], entry.mode)

    def read(self, path: str, changed: Mapping[str, File | None] = MappingProxyType({})) -> bytes:
        """The bytes of one path, with the files that have been changed since.

        Raises:
            RequestError: neither has it.
        """
        if (file := changed.get(path)) is not None:
            return file.text
        if path not in self.entries:
            raise RequestError(f"{path} is not in commit {self.commit[:12]}")
        return self.texts([path])[path]
