"""A file of a run: its bytes and its mode, and what the edits of one wave make of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from jupiter.code.placement import NewSymbol, new_tiles, placed
from jupiter.code.tiles import Tile, join, tile
from jupiter.model.edit import AnyEdit, Create, FileText, Rename, Replace
from jupiter.model.symbol import SymbolId

Blob = Callable[[str], bytes]
"""Gives a text by its SHA-256."""


@dataclass(frozen=True, slots=True)
class File:
    """A regular file; `mode` is git's, `100644` or `100755`."""

    text: bytes
    mode: str = "100644"


class FoldedFile:
    """One file in one wave: as it was at its start, and with the edits so far.

    Tiles are known by the names that they had at the start of the wave until a whole text replaces
    them. Edits of different symbols commute; those of one symbol, or of the whole file, have one
    writer and come in log order.
    """

    def __init__(self, path: str, start: File, blob: Blob) -> None:
        self.path = path
        """Where the file is now."""
        self._cut_as = path
        self._start = start
        self._blob = blob
        self._whole = start.text
        self._tiles: tuple[Tile, ...] | None = None
        self._texts: dict[str, str] = {}
        self._created: dict[str, Create] = {}

    @property
    def file(self) -> File:
        """The file with the edits so far."""
        if not self._texts and not self._created:
            return dataclasses.replace(self._start, text=self._whole)
        return dataclasses.replace(self._start, text=join(self.tiles()))

    def apply(self, edit: AnyEdit) -> None:
        """Take one edit of this file."""
        match edit:
            case FileText():
                self.path = edit.to or self.path
                self._whole, self._tiles = self._blob(edit.text), None
                self._texts.clear()
                self._created.clear()
            case Create():
                self._created[SymbolId.parse(edit.symbol).name] = edit
            case Replace() | Rename():
                self._texts[SymbolId.parse(edit.symbol).name] = edit.text

    def tiles(self) -> tuple[Tile, ...]:
        """The tiles now, by the names that edits know them by.

        Raises:
            KeyError: an edit names a symbol that the file does not have.
        """
        if self._tiles is None:
            self._tiles = tile(self._cut_as, self._whole)
        tiles = self._written(self._tiles)
        if self._created:
            tiles = placed(tiles, [self._new(name, one) for name, one in self._created.items()])
        if missing := self._texts.keys() - {one.name for one in tiles}:
            raise KeyError(f"{self._cut_as}: no symbol {min(missing)}")
        return tiles

    def _written(self, tiles: tuple[Tile, ...]) -> tuple[Tile, ...]:
        """The tiles with the texts that they were given."""
        if self._texts.keys().isdisjoint(one.name for one in tiles):
            return tiles
        return tuple(
            dataclasses.replace(one, text=self._blob(self._texts[one.name]))
            if one.name in self._texts
            else one
            for one in tiles
        )

    def _new(self, name: str, created: Create) -> NewSymbol:
        cut = new_tiles(self._cut_as, name, created.container, self._blob(created.text))
        return NewSymbol(self._written(cut), created.slot, created.rank, created.gap)
