"""New symbols among the tiles of a file: where they stand is told by what they say, not by who came first.

A new symbol names a `slot`, a tile that the file had at the start of the wave; all that name one slot
stand behind it in the order of their ranks, then of their names. So the result is a function of the
set of new symbols.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jupiter.code.lines import split_lines
from jupiter.code.tiles import Tile, tile

_BLANK_LINES = {"module": 2, "class": 1}
_ENDS = (b"\n", b"\r")


@dataclass(frozen=True, slots=True)
class NewSymbol:
    """A symbol, a class with its members, that is to stand behind the tile `slot`.

    An empty slot is the top of the file. Behind a class's head stands what becomes its first member,
    or what follows all of the class. `gap` counts the blank lines above; None are as many as are usual.
    """

    tiles: tuple[Tile, ...]
    slot: str
    rank: int
    gap: int | None

    @property
    def name(self) -> str:
        """The name of the symbol."""
        return self.tiles[0].name

    @property
    def container(self) -> str:
        """The class that it becomes a member of; empty at module level."""
        return self.tiles[0].container


def placed(tiles: Sequence[Tile], new: Iterable[NewSymbol]) -> tuple[Tile, ...]:
    """The tiles of a file with new symbols among them; the others keep every byte.

    Raises:
        KeyError: the file has no tile of that slot's name.
    """
    behind: defaultdict[int, list[NewSymbol]] = defaultdict(list)
    for one in new:
        behind[_position(tiles, one)].append(one)
    newline = _newline(tiles)
    found: list[Tile] = []
    for at in range(len(tiles) + 1):
        for one in sorted(behind.get(at, ()), key=lambda one: (one.rank, one.name)):
            found.append(_with_gap(one, found[-1] if found else None, newline))
            found.extend(one.tiles[1:])
        found.extend(tiles[at : at + 1])
    return tuple(found)


def new_tiles(path: str, name: str, container: str, text: bytes) -> tuple[Tile, ...]:
    """What the text of a new symbol is cut into: one tile, or a class's head and its members."""
    head, inside = (b"class _:\n", "_") if container else (b"", "")
    cut = [one for one in tile(path, head + text) if one.name != inside or not inside]
    if not cut or cut[0].kind == "file" or cut[0].container != inside:  # the gate will say so
        return (Tile(name, "statement", container, b"", text),)
    own = cut[0].name

    def renamed(old: str) -> str:
        if old == inside:
            return container
        return name + old.removeprefix(own) if f"{old}.".startswith(f"{own}.") else old

    return tuple(
        dataclasses.replace(one, name=renamed(one.name), container=renamed(one.container))
        for one in cut
    )


def _position(tiles: Sequence[Tile], new: NewSymbol) -> int:
    """How many tiles stand above a new symbol."""
    if not new.slot:
        return 0
    at = next((i for i, one in enumerate(tiles) if one.name == new.slot), None)
    if at is None:
        raise KeyError(new.slot)
    at += 1
    if new.container != new.slot:
        while at < len(tiles) and f"{tiles[at].container}.".startswith(f"{new.slot}."):
            at += 1
    return at


def _with_gap(new: NewSymbol, above: Tile | None, newline: bytes) -> Tile:
    """The first tile of a new symbol as it stands below another."""
    lines = _usual(new, above) if new.gap is None else new.gap
    if above is not None and above.text and not above.text.endswith(_ENDS):
        lines += 1
    return dataclasses.replace(new.tiles[0], gap=newline * lines)


def _usual(new: NewSymbol, above: Tile | None) -> int:
    if above is None:
        return 0
    is_first_member = bool(new.container) and above.name == new.container
    if is_first_member and len(split_lines(above.text)) == 1:
        return 0
    return _BLANK_LINES["class" if new.container else "module"]


def _newline(tiles: Iterable[Tile]) -> bytes:
    """How the file ends its lines, by its first."""
    for one in tiles:
        for line in split_lines(one.gap + one.text):
            return line[len(line.rstrip(b"\r\n")) :] or b"\n"
    return b"\n"
