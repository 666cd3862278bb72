"""Texts beside a log, each in a file that its SHA-256 names."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from jupiter.bus.journal import sync_folder
from jupiter.errors import LogError
from jupiter.system.files import write_whole

_KEPT = 32 * 1024 * 1024
"""Bytes of texts that are kept in memory once they were read: each fold of a file asks for them again."""


class Blobs:
    """The texts of one log; written once, never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._kept: dict[str, bytes] = {}
        self._size = 0

    def put(self, text: bytes) -> str:
        """Store a text, on disk when this returns; its SHA-256, hexadecimal, names it.

        Raises:
            LogError: the disk refuses.
        """
        name = hashlib.sha256(text).hexdigest()
        path = self._folder / name
        if path.exists():
            return name
        try:
            write_whole(path, text)
            sync_folder(self._folder)
        except OSError as error:
            raise LogError(f"cannot store a text in {self._folder}: {error.strerror}") from error
        return name

    def get(self, name: str) -> bytes:
        """The text of that name; raises LogError if it is missing or damaged."""
        with self._lock:
            kept = self._kept.get(name)
        if kept is None:
            kept = self._read(name)
            self._keep(name, kept)
        return kept

    def _keep(self, name: str, text: bytes) -> None:
        with self._lock:
            if self._size + len(text) > _KEPT:
                self._kept, self._size = {}, 0
            if name not in self._kept:
                self._kept[name] = text
                self._size += len(text)

    def _read(self, name: str) -> bytes:
        try:
            text = (self._folder / name).read_bytes()
        except OSError as error:
            raise LogError(f"the text {name[:12]} is missing from {self._folder}") from error
        if hashlib.sha256(text).hexdigest() != name:
            raise LogError(f"the text {name[:12]} in {self._folder} is damaged")
        return text
