"""A file as a tiling of symbols: every byte has exactly one owner, and joined they are the file."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jupiter.code.lines import split_mark
from jupiter.code.markdown import markdown_pieces
from jupiter.code.parse import try_parse
from jupiter.code.piece import Kind, Piece
from jupiter.code.python import python_pieces
from jupiter.code.restructuredtext import restructuredtext_pieces


@dataclass(frozen=True, slots=True)
class Tile:
    """An addressable part of a file.

    `name` is unique within the file: `Context` (a class's head), `Context.invoke`, `<imports>#2`,
    `#Usage` (a section of prose), empty for a file that is one tile. `container` names the class
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

    What has another ending than these of Python, Markdown and reStructuredText, does not parse, or
    is empty, is one tile of the kind "file" without a name.
    """
    mark, lines = split_mark(data)
    tree = try_parse(data) if is_python(path) else None
    return cut(mark, lines, pieces_of(path, data, lines, tree))


def is_python(path: str) -> bool:
    """Whether a path's ending is that of a module or a stub."""
    return path.endswith((".py", ".pyi"))


def pieces_of(
    path: str, data: bytes, lines: Sequence[bytes], tree: ast.Module | None
) -> list[Piece]:
    """What the lines of a file are cut into; empty when it is one tile.

    `lines` are those of `data` without its byte-order mark; `tree` is what `data` parses to when it
    is Python.
    """
    if is_python(path):
        return python_pieces(data, lines, tree) or []
    if path.endswith(".md"):
        return markdown_pieces(lines) or []
    if path.endswith(".rst"):
        return restructuredtext_pieces(lines) or []
    return []


def cut(mark: bytes, lines: Sequence[bytes], pieces: Iterable[Piece]) -> tuple[Tile, ...]:
    """The tiles that pieces are, or the one that a file without pieces is."""
    tiles = [
        Tile(
            piece.name,
            piece.kind,
            piece.container,
            b"".join(lines[piece.top : piece.start]),
            b"".join(lines[piece.start : piece.end]),
        )
        for piece in pieces
    ]
    if not tiles:
        return (Tile("", "file", "", b"", mark + b"".join(lines)),)
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
