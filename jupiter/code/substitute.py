"""Names for other names, at places that are known: tile by tile, every other byte as it was."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from jupiter.code.exports import kept_sorted
from jupiter.code.lines import split_lines
from jupiter.code.tiles import Tile, join, tile


@dataclass(frozen=True, slots=True, order=True)
class Substitution:
    """At a line (from 1) and a column (from 0, in bytes) stands `old`; `new` is to stand there."""

    line: int
    column: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ChangedTile:
    """A tile before and after; `to` is its new name without its container, None if it keeps its name."""

    name: str
    before: bytes
    after: bytes
    to: str | None


def substituted(data: bytes, wanted: Iterable[Substitution]) -> bytes:
    """The file with the substitutions made.

    Raises:
        ValueError: a place does not hold the old name.
    """
    lines = split_lines(data)
    for one in sorted(wanted, reverse=True):
        old = one.old.encode()
        line = lines[one.line - 1] if one.line <= len(lines) else b""
        end = one.column + len(old)
        if one.column < 0 or line[one.column : end] != old:
            raise ValueError(
                f"line {one.line}, column {one.column}: {one.old} does not stand there"
            )
        lines[one.line - 1] = line[: one.column] + one.new.encode() + line[end:]
    return b"".join(lines)


def tile_names(path: str, data: bytes, lines: Iterable[int]) -> dict[int, str]:
    """The name of the tile that each line (from 1) of a file stands in."""
    ends = list(_ends(tile(path, data)))
    return {n: next(name for end, name in ends if n <= end) for n in lines}


def changed_tiles(
    path: str, data: bytes, wanted: Sequence[Substitution], only: Iterable[str]
) -> list[ChangedTile]:
    """The tiles called `only` with the substitutions made.

    Raises:
        ValueError: a place does not hold its old name, or the file would be cut otherwise.
    """
    chosen = frozenset(only)
    return [
        ChangedTile(old.name, old.text, new.text, _other_name(old, new))
        for old, new in _pairs(path, data, wanted)
        if old.name in chosen
    ]


def changed_file(path: str, data: bytes, wanted: Sequence[Substitution]) -> bytes:
    """All of a file with the substitutions made; raises ValueError as `changed_tiles` does."""
    return join(new for _, new in _pairs(path, data, wanted))


def _pairs(path: str, data: bytes, wanted: Sequence[Substitution]) -> Iterator[tuple[Tile, Tile]]:
    """Each tile before and after; exports that were sorted are sorted."""
    before = tile(path, data)
    after = tile(path, substituted(data, wanted))
    if len(before) != len(after):
        raise ValueError(f"{path}: the new names would give it other symbols")
    for old, new in zip(before, after, strict=True):
        if _own(old) == "__all__":
            yield old, dataclasses.replace(new, text=kept_sorted(old.text, new.text))
        else:
            yield old, new


def _other_name(old: Tile, new: Tile) -> str | None:
    label = _own(new)
    return None if label == _own(old) or old.kind == "file" else label


def _own(tile: Tile) -> str:
    """A tile's name without its container, and without the number of a repeated one."""
    own = tile.name.removeprefix(f"{tile.container}.") if tile.container else tile.name
    head, mark, number = own.rpartition("#")
    return head if mark and head and number.isdigit() else own


def _ends(tiles: Iterable[Tile]) -> Iterator[tuple[int, str]]:
    """The last line of each tile, with its name; the last tile has no end."""
    at = 0
    found = list(tiles)
    for one in found:
        at += len(split_lines(one.gap)) + len(split_lines(one.text))
        yield at, one.name
    yield 1 << 62, found[-1].name
