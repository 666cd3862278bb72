"""A file as a tiling of symbols: every byte has exactly one owner, and joined they are the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jupiter.code.lines import split_mark
from jupiter.code.markdown import markdown_pieces
from jupiter.code.piece import Kind, Piece
from jupiter.code.python import python_pieces


@dataclass(frozen=True, slots=True)
class Tile:
    """An addressable part of a file.

    `name` is unique within the file: `Context` (a class's head), `Context.invoke`, `<imports>#2`,
    `#Usage` (a section of Markdown), empty for a file that is one tile. `container` names the class
    that the tile is a member of, empty at module level. `gap` holds the blank lines above (and a
    file's byte-order mark), which are not part of what a worker writes; `text` is all the rest.
    """

    name: str
    kind: Kind
    container: str
    gap: bytes
    text: bytes


def tile(path: str, data: bytes) -> tuple[Tile, ...]:
    """The tiles of a file in file order; `join` gives `data` back, for any bytes. Never raises.

    What is neither Python nor Markdown by the path's ending, does not parse, or is empty, is one
    tile of the kind "file" without a name.
    """
    mark, lines = split_mark(data)
    pieces = _pieces(path, data, lines)
    if not pieces:
        return (Tile("", "file", "", b"", data),)
    tiles = [_cut(lines, piece) for piece in pieces]
    if mark:
        tiles[0] = dataclasses.replace(tiles[0], gap=mark + tiles[0].gap)
    return tuple(tiles)


def join(tiles: Iterable[Tile]) -> bytes:
    """The file that the tiles make."""
    return b"".join([part for tile in tiles for part in (tile.gap, tile.text)])


def replace(tiles: Sequence[Tile], name: str, text: bytes) -> tuple[Tile, ...]:
    """The tiles with another text for one of them; names stay. Raises KeyError without that tile."""
    if all(tile.name != name for tile in tiles):
        raise KeyError(name)
    return tuple(
        dataclasses.replace(tile, text=text) if tile.name == name else tile for tile in tiles
    )


def _pieces(path: str, data: bytes, lines: Sequence[bytes]) -> list[Piece] | None:
    if path.endswith((".py", ".pyi")):
        return python_pieces(data, lines)
    if path.endswith(".md"):
        return markdown_pieces(lines)
    return None


def _cut(lines: Sequence[bytes], piece: Piece) -> Tile:
    return Tile(
        name=piece.name,
        kind=piece.kind,
        container=piece.container,
        gap=b"".join(lines[piece.top : piece.start]),
        text=b"".join(lines[piece.start : piece.end]),
    )
