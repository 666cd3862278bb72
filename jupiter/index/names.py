"""The scopes and uses of each file: unpacked when asked for, forgotten when nobody asks any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from jupiter.code.scopes import ModuleFacts, Names, Scope
from jupiter.index.facts import names_of_file, unpack_scopes, unpack_uses

Packed = Callable[[str], tuple[bytes, bytes] | None]
"""The packed scopes and uses of a path, where they are known already."""

_LARGEST = 32 << 20  # packed bytes of a kind kept unpacked, where they take five times the room

T = TypeVar("T")


class FileNames:
    """The names of the Python files of a codebase, by path; what is not known packed is parsed."""

    def __init__(
        self, texts: Mapping[str, bytes], packed: Packed | None = None, largest: int = _LARGEST
    ) -> None:
        """`largest` bounds how much is kept unpacked: about twice as many packed bytes of a kind."""
        self._texts = texts
        self._packed = packed
        self._scopes = _Recent[list[Scope]](largest)
        self._uses = _Recent[Names](largest)

    def scopes(self, path: str) -> list[Scope]:
        """The scopes of a file; one without any name when it does not parse."""
        found = self._scopes.young.get(path) or self._scopes.get(path)
        if found is None:
            if packed := self._known(path):
                found = self._scopes.put(path, unpack_scopes(packed[0]), len(packed[0]))
            else:
                found = self._parsed(path).scopes
        return found

    def uses(self, path: str) -> Names:
        """The uses of names in a file."""
        found = self._uses.get(path)
        if found is None:
            if packed := self._known(path):
                found = self._uses.put(path, unpack_uses(packed[1]), len(packed[1]))
            else:
                found = self._parsed(path).uses
        return found

    def _known(self, path: str) -> tuple[bytes, bytes] | None:
        return self._packed(path) if self._packed is not None else None

    def _parsed(self, path: str) -> ModuleFacts:
        data = self._texts[path]
        found = names_of_file(data)
        self._scopes.put(path, found.scopes, len(data))
        self._uses.put(path, found.uses, len(data))
        return found


class _Recent(Generic[T]):
    """Values in two generations: what nobody asked for during a whole one is forgotten."""

    def __init__(self, largest: int) -> None:
        self.young: dict[str, T] = {}
        self._old: dict[str, T] = {}
        self._sizes: dict[str, int] = {}
        self._size = 0
        self._largest = largest

    def get(self, key: str) -> T | None:
        found = self.young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.put(key, found, self._sizes[key])
        return found

    def put(self, key: str, value: T, size: int) -> T:
        if self._size + size > self._largest:
            self._old, self.young, self._size = self.young, {}, 0
        self.young[key] = value
        self._sizes[key] = size
        self._size += size
        return value
