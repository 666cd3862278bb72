"""All that one syntax tree tells of a file's symbols: their tiles, their lines, their interfaces."""

from __future__ import annotations

import ast
from bisect import bisect_right
from dataclasses import dataclass

from jupiter.code.interfaces import interfaces_of
from jupiter.code.lines import split_mark
from jupiter.code.tiles import Tile, cut, pieces_of


@dataclass(frozen=True, slots=True)
class Outline:
    """The tiles of a file with what is known of each.

    `first_lines` tells on which line, from 1, each tile's gap begins, as `ast` counts lines;
    `interfaces` are by name, as `jupiter.code.interfaces.interfaces` gives them.
    """

    tiles: tuple[Tile, ...]
    first_lines: tuple[int, ...]
    interfaces: dict[str, str]

    def owner(self, line: int) -> Tile:
        """The tile that a line belongs to, from 1; the gap above a tile counts as the tile's."""
        return self.tiles[bisect_right(self.first_lines, line) - 1]


def outline(path: str, data: bytes, tree: ast.Module | None) -> Outline:
    """The outline of a file that was parsed already. Never raises.

    `tree` is what `data` parses to (as bytes: an encoding cookie counts), None when it does not or
    is no Python: then the outline is that of a file that is one tile.
    """
    mark, lines = split_mark(data)
    pieces = pieces_of(path, data, lines, tree)
    first_lines = tuple(piece.top + 1 for piece in pieces) or (1,)
    return Outline(cut(mark, lines, pieces), first_lines, interfaces_of(pieces))
