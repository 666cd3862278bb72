"""The symbols of a file where they are to stand: told by what they say, not by who came first.

A symbol that is new, or moves, names a `slot`: a tile that the file had at the start of the wave. All
that name one slot stand behind it in an order that is theirs, so the result is a function of the set
of them. A tile that is deleted or moves leaves its slot behind.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import takewhile

from jupiter.code.lines import BYTE_ORDER_MARK, is_blank, is_comment, split_lines
from jupiter.code.parse import UNPARSABLE
from jupiter.code.skeleton import indentation_of, parse_tile
from jupiter.code.tiles import Tile, is_python, tile

_BLANK_LINES = {"module": 2, "class": 1}
_ENDS = (b"\n", b"\r")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a symbol is to stand: in the class `container`, empty at module level, behind `slot`.

    An empty slot, or the container itself, is the top. Of those with one slot each that names
    another of them in `after` stands behind that one; the rest goes by `rank`, which a plan has fixed,
    what has none comes last; then by name. `gap` counts the blank lines above; None are as many as
    are usual.
    """

    container: str
    slot: str
    rank: int | None = None
    after: str | None = None
    gap: int | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """A new symbol, a class with its members, and its place."""

    tiles: tuple[Tile, ...]
    place: Place

    @property
    def name(self) -> str:
        """The name of the symbol."""
        return self.tiles[0].name


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of the tiles of a file, by their names at the start of the wave.

    `created` may have the name of a tile, which it then takes the place of.
    """

    texts: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    created: Mapping[str, Created] = field(default_factory=dict[str, Created])
    moved: Mapping[str, Place] = field(default_factory=dict[str, Place])
    deleted: AbstractSet[str] = frozenset()
    gaps: Mapping[str, int] = field(default_factory=dict[str, int])


def arranged(tiles: Sequence[Tile], changes: Changes) -> tuple[Tile, ...]:
    """The tiles of a file after changes, in file order; what is not changed keeps every byte.

    Tiles keep the names that they had. A class that has lost its last member, and is none without
    it, gets `pass`; a file's last line that has no end gets one when it is the last no more.

    Raises:
        KeyError: a slot, or what is to be changed, is no tile of the file.
    """
    newline = newline_of(tiles)
    mark, plain = _without_mark(tiles)
    last = tiles[-1].name if tiles else ""
    found: list[Tile] = []
    is_open = False
    for one, place in _Arrangement(plain, changes).inside(""):
        gap = _gap(one, place, changes.gaps.get(one.name), found, newline)
        is_open = is_open or place is not None
        if is_open and found and found[-1].text and not found[-1].text.endswith(_ENDS):
            gap = newline + gap
        is_open = place is not None or one.name == last
        found.append(one if gap == one.gap else dataclasses.replace(one, gap=gap))
    if found and mark:
        found[0] = dataclasses.replace(found[0], gap=mark + found[0].gap)
    return tuple(found)


def new_tiles(path: str, name: str, container: str, text: bytes) -> tuple[Tile, ...]:
    """What the text of a new symbol is cut into: one tile, or a class's head and its members."""
    if all(is_comment(line) or is_blank(line) for line in split_lines(text)) and is_python(path):
        return (
            Tile(name, "comment", container, b"", text),
        )  # it stands by itself, whatever is around
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


def container_of(path: str, name: str) -> str:
    """The class that a symbol of that name is a member of; `if a.b` is one of none."""
    if not is_python(path):
        return ""
    parts = name.split(".")
    classes = list(takewhile(lambda part: part.partition("#")[0].isidentifier(), parts))
    return ".".join(classes[:-1] if classes == parts else classes)


def newline_of(tiles: Sequence[Tile]) -> bytes:
    """How a file ends its lines, by its first."""
    for one in tiles:
        for line in split_lines(one.gap + one.text):
            return line[len(line.rstrip(b"\r\n")) :] or b"\n"
    return b"\n"


def slot_in(tiles: Sequence[Tile], container: str, slot: str) -> str | None:
    """The tile right inside `container` that `slot` is, or is a part of; empty at its top.

    None when it is not in that container.
    """
    containers = {one.name: one.container for one in tiles}
    if slot in {"", container}:
        return ""
    while slot in containers:
        if containers[slot] == container:
            return slot
        slot = containers[slot]
    return None


_Standing = tuple[Tile, Place | None]
"""A tile, and the place that it was given if it was given one."""


class _Arrangement:
    """The tiles as a tree of classes and their members, with what each slot has behind it."""

    def __init__(self, tiles: Sequence[Tile], changes: Changes) -> None:
        taken = changes.created.keys()
        kept = [one for one in tiles if not _is_inside(one.container, taken)]
        new = [one for created in changes.created.values() for one in created.tiles]
        self._tiles = {one.name: one for one in (*kept, *new)}
        self._places = {name: created.place for name, created in changes.created.items()}
        self._places |= changes.moved
        self._deleted = changes.deleted
        members = [one for created in changes.created.values() for one in created.tiles[1:]]
        self._inside: defaultdict[str, list[str]] = defaultdict(list)
        for one in (*kept, *members):
            self._inside[one.container].append(one.name)
        self._behind: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for name, place in self._places.items():
            self._behind[place.container, self._slot(place)].append(name)
        for name in (*changes.texts, *changes.moved, *changes.gaps):
            if name not in self._tiles:
                raise KeyError(name)
        for name, text in changes.texts.items():
            self._tiles[name] = dataclasses.replace(self._tiles[name], text=text)

    def inside(self, container: str) -> Iterator[_Standing]:
        """What stands in a class, or at module level, from top to bottom."""
        yield from self._slotted(container, "")
        for name in self._inside[container]:
            if name not in self._places and name not in self._deleted:
                yield from self._whole(name, None)
            yield from self._slotted(container, name)

    def _whole(self, name: str, place: Place | None) -> Iterator[_Standing]:
        one = self._tiles[name]
        if place is not None:
            one = dataclasses.replace(one, container=place.container)
        members = list(self.inside(name)) if one.kind == "class" else []
        yield (one if members else self._with_body(one)), place
        yield from members

    def _slotted(self, container: str, slot: str) -> Iterator[_Standing]:
        """What has a slot for its place, each behind that which it names."""
        here = self._behind.get((container, slot), ())
        behind: defaultdict[str | None, list[str]] = defaultdict(list)
        for name in here:
            behind[self._anchor(name, here)].append(name)

        def row(anchor: str | None) -> Iterator[_Standing]:
            for name in sorted(behind[anchor], key=self._order):
                if name not in self._deleted:
                    yield from self._whole(name, self._places[name])
                yield from row(name)

        yield from row(None)

    def _anchor(self, name: str, here: Sequence[str]) -> str | None:
        """What a symbol stands behind of those with its slot; what waits for itself has none."""
        anchor = self._places[name].after
        chain: list[str] = []
        at = anchor
        while at is not None and at in here and at not in chain:
            if at == name:
                return None
            chain.append(at)
            at = self._places[at].after
        return anchor if anchor in here else None

    def _order(self, name: str) -> tuple[bool, int, str]:
        rank = self._places[name].rank
        return (rank is None, rank or 0, name)

    def _slot(self, place: Place) -> str:
        slot = slot_in(tuple(self._tiles.values()), place.container, place.slot)
        if slot is None:
            raise KeyError(place.slot)
        return slot

    def _with_body(self, one: Tile) -> Tile:
        """A class's head whose members have all gone, with a body again if it needs one."""
        gone = self._inside[one.name]
        if one.kind != "class" or not gone or _parses(one):
            return one
        indent = indentation_of(self._tiles[gone[0]].text)
        newline = newline_of([one])
        text = one.text if one.text.endswith(_ENDS) else one.text + newline
        return dataclasses.replace(one, text=text + indent + b"pass" + newline)


def _is_inside(container: str, names: AbstractSet[str]) -> bool:
    parts = container.split(".")
    return any(".".join(parts[:n]) in names for n in range(1, len(parts) + 1))


def _parses(one: Tile) -> bool:
    try:
        parse_tile(one.text, is_member=bool(one.container))
    except UNPARSABLE:
        return False
    return True


def _without_mark(tiles: Sequence[Tile]) -> tuple[bytes, Sequence[Tile]]:
    """A byte-order mark stays at the top of the file, whatever comes to stand there."""
    if not tiles or not tiles[0].gap.startswith(BYTE_ORDER_MARK):
        return b"", tiles
    first = dataclasses.replace(tiles[0], gap=tiles[0].gap.removeprefix(BYTE_ORDER_MARK))
    return BYTE_ORDER_MARK, (first, *tiles[1:])


def _gap(
    one: Tile, place: Place | None, wanted: int | None, above: Sequence[Tile], newline: bytes
) -> bytes:
    """The blank lines between a tile and what stands above it."""
    if wanted is None and place is not None:
        wanted = _usual(place, above[-1] if above else None) if place.gap is None else place.gap
    return one.gap if wanted is None else newline * wanted


def _usual(place: Place, above: Tile | None) -> int:
    if above is None:
        return 0
    is_first_member = bool(place.container) and above.name == place.container
    if is_first_member and len(split_lines(above.text)) == 1:
        return 0
    return _BLANK_LINES["class" if place.container else "module"]
