"""A file of a run: its bytes and its mode, and what the changes of one wave make of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from jupiter.code.importing import Import
from jupiter.code.placement import Changes, Created, Place, arranged, new_tiles
from jupiter.code.sharing import Shared, with_shared
from jupiter.code.tiles import Tile, join, tile
from jupiter.model.edit import (
    AddName,
    AnyChange,
    Create,
    Delete,
    DropName,
    FileText,
    Gap,
    Move,
    OfSymbol,
    Placed,
    Rename,
    Replace,
)
from jupiter.model.name import ExportedName, ImportedName, SharedName
from jupiter.model.symbol import SymbolId

Blob = Callable[[str], bytes]
"""Gives a text by its SHA-256."""


@dataclass(frozen=True, slots=True)
class File:
    """A regular file; `mode` is git's, `100644` or `100755`."""

    text: bytes
    mode: str = "100644"


class FoldedFile:
    """One file in one wave: as it was at its start, and with the changes so far.

    Tiles are known by the names that they had at the start of the wave until a whole text replaces
    them. Edits of different symbols commute; those of one symbol, or of the whole file, have one
    writer and come in log order. Shared names are a set: they are folded into what the edits make.
    """

    def __init__(self, path: str, start: File | None, blob: Blob) -> None:
        self.path = path
        """Where the file is now."""
        self._cut_as = path
        self._blob = blob
        self._whole = start
        self._tiles: tuple[Tile, ...] | None = None
        self._edits = _Edits()
        self._added: set[SharedName] = set()
        self._dropped: set[SharedName] = set()

    @property
    def file(self) -> File | None:
        """The file with the changes so far; None if there is none."""
        if self._whole is None or not (self._added or self._dropped):
            return self.own
        return dataclasses.replace(self._whole, text=join(self.tiles()))

    @property
    def own(self) -> File | None:
        """The file as the owners of its symbols have it: without the shared names."""
        if self._whole is None or self._edits.is_empty():
            return self._whole
        return dataclasses.replace(self._whole, text=join(self.own_tiles()))

    def apply(self, change: AnyChange) -> None:
        """Take one change of this file."""
        match change:
            case FileText():
                self._replace(change)
            case AddName():
                self._added.add(change.name)
            case DropName():
                self._dropped.add(change.name)
            case Replace() | Rename() | Create() | Move() | Delete() | Gap():
                self._edits.take(change)
            case _:
                assert_never(change)

    def tiles(self) -> tuple[Tile, ...]:
        """The tiles with the shared names; as `own_tiles` else."""
        return with_shared(self._cut_as, self.own_tiles(), self._shared())

    def own_tiles(self) -> tuple[Tile, ...]:
        """The tiles now, by the names that edits know them by; none if there is no file.

        Raises:
            KeyError: an edit names a symbol that the file does not have.
        """
        if self._whole is None:
            return ()
        if self._tiles is None:
            self._tiles = _cut(self._cut_as, self._whole.text)
        if self._edits.is_empty():
            return self._tiles
        try:
            return arranged(self._tiles, self._edits.changes(self._cut_as, self._blob))
        except KeyError as error:
            raise KeyError(f"{self._cut_as}: no symbol {error.args[0]}") from error

    def _shared(self) -> Shared:
        return Shared(
            imports=_imports(self._added),
            exports=_exports(self._added),
            dropped_imports=_imports(self._dropped),
            dropped_exports=_exports(self._dropped),
        )

    def _replace(self, edit: FileText) -> None:
        self.path = edit.to or self.path
        mode = edit.mode or (self._whole.mode if self._whole else "100644")
        self._whole = None if edit.text is None else File(self._blob(edit.text), mode)
        self._tiles, self._edits = None, _Edits()


@lru_cache(maxsize=256)
def _cut(path: str, text: bytes) -> tuple[Tile, ...]:
    """The tiles of a file; the same few files are folded again at every look of a worker."""
    return tile(path, text)


class _Edits:
    """The edits of single symbols since a file had its text, by their names."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._created: dict[str, Create] = {}
        self._moved: dict[str, Place] = {}
        self._deleted: set[str] = set()
        self._gaps: dict[str, int] = {}

    def is_empty(self) -> bool:
        return not any((self._texts, self._created, self._moved, self._deleted, self._gaps))

    def take(self, edit: OfSymbol) -> None:
        name = SymbolId.parse(edit.symbol).name
        match edit:
            case Replace() | Rename():
                self._texts[name] = edit.text
            case Create():
                self._forget(name)
                self._created[name] = edit
            case Move():
                self._moved[name] = _place(edit)
                self._gaps.pop(name, None)
            case Delete():
                self._deleted.add(name)
            case Gap():
                self._gaps[name] = edit.gap
            case _:
                assert_never(edit)

    def changes(self, path: str, blob: Blob) -> Changes:
        return Changes(
            texts={name: blob(text) for name, text in self._texts.items()},
            created={
                name: Created(new_tiles(path, name, one.container, blob(one.text)), _place(one))
                for name, one in self._created.items()
            },
            moved=self._moved,
            deleted=self._deleted,
            gaps=self._gaps,
        )

    def _forget(self, name: str) -> None:
        """What is made anew has nothing of what had its name before, nor have its members."""
        for known in (self._texts, self._created, self._moved, self._gaps):
            for one in [one for one in known if f"{one}.".startswith(f"{name}.")]:
                del known[one]
        self._deleted = {one for one in self._deleted if not f"{one}.".startswith(f"{name}.")}


def _imports(names: Iterable[SharedName]) -> frozenset[Import]:
    return frozenset(as_import(name) for name in names if isinstance(name, ImportedName))


def as_import(name: ImportedName) -> Import:
    """A shared name as `jupiter.code` knows it."""
    return Import(name.module, name.name, name.alias, name.typing)


def _exports(names: Iterable[SharedName]) -> frozenset[str]:
    return frozenset(name.name for name in names if isinstance(name, ExportedName))


def _place(edit: Placed) -> Place:
    return Place(edit.container, edit.slot, edit.rank, edit.after, edit.gap)
