"""The difference between two texts of a file, in symbols: what is made, gone, moved, changed.

What stays, stays in the longest order that it has in both; all else is made, deleted or moved. A place
is told by the nearest symbol above it, and for plans by the nearest one that stays and a rank.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from jupiter.code.changed import longest_rise
from jupiter.code.check import defines
from jupiter.code.placement import newline_of
from jupiter.code.tiles import Tile


@dataclass(frozen=True, slots=True)
class Stand:
    """Where something stands: behind `after` right inside `container`, both empty at the top.

    `slot` is the nearest tile above that stays where it is, `rank` counts those between; `gap` the
    blank lines above.
    """

    container: str
    after: str
    slot: str
    rank: int
    gap: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What makes one text of a file another, by the names of tiles; what is made has its whole text."""

    made: Mapping[str, tuple[bytes, Stand]]
    moved: Mapping[str, Stand]
    changed: Mapping[str, tuple[bytes, bytes]]
    gaps: Mapping[str, int]
    gone: tuple[str, ...]
    """Of a class that is gone, the members are not among them."""


def difference(old: Sequence[Tile], new: Sequence[Tile]) -> Difference | None:
    """What makes `new` of `old`; None when only the whole text says it.

    That is so when one of them is in one piece, or a gap is more than blank lines.
    """
    if any(one.kind == "file" for one in (*old, *new)):
        return None
    known = {one.name: one.gap for one in old}
    if any(one.gap.strip(b"\r\n") and known.get(one.name) != one.gap for one in new):
        return None
    return _Tilings(old, new).difference()


class _Tilings:
    """Two tilings of one file, by their names."""

    def __init__(self, old: Sequence[Tile], new: Sequence[Tile]) -> None:
        self._new = new
        self._old = {one.name: one for one in old}
        self._now = {one.name: one for one in new}
        self._newline = newline_of(old)
        self._kept = frozenset(one.name for one in new if self._is_kept(one))
        self._inside: defaultdict[str, list[str]] = defaultdict(list)
        for one in new:
            self._inside[one.container].append(one.name)

    def difference(self) -> Difference:
        made, gone = self._now.keys() - self._kept, self._old.keys() - self._kept
        places = {
            name: stand
            for container, names in self._inside.items()
            if container not in made and not is_under(container, made)
            for name, stand in self._placed(container, names)
        }
        kept = [n for n in self._now if n in self._kept and not is_under(n, made)]
        return Difference(
            made={n: (self._whole(n), s) for n, s in places.items() if n not in self._kept},
            moved={n: s for n, s in places.items() if n in self._kept},
            changed={n: (self._old[n].text, self._now[n].text) for n in kept if self._differs(n)},
            gaps={n: self._gap(n) for n in kept if n not in places and self._is_spaced(n)},
            gone=tuple(n for n in self._old if n in gone - made and not is_under(n, gone | made)),
        )

    def _is_kept(self, one: Tile) -> bool:
        old = self._old.get(one.name)
        same = old is not None and (old.container, old.kind) == (one.container, one.kind)
        return old is not None and same and defines(old, one.text) is None

    def _placed(self, container: str, names: Sequence[str]) -> Iterator[tuple[str, Stand]]:
        """What is new in a class or module, or stands elsewhere in it."""
        order = {name: n for n, name in enumerate(self._old)}
        common = [name for name in names if name in self._kept]
        stays = {common[i] for i in longest_rise([order[name] for name in common])}
        slot, rank, above = "", 0, ""
        for name in names:
            if name in stays:
                slot, rank = name, 0
            else:
                yield name, Stand(container, above, slot, rank, self._gap(name))
                rank += 1
            above = name

    def _whole(self, name: str) -> bytes:
        """The text of a symbol, of a class with its members."""
        first, *rest = (one for one in self._new if f"{one.name}.".startswith(f"{name}."))
        return first.text + b"".join(one.gap + one.text for one in rest)

    def _differs(self, name: str) -> bool:
        return self._old[name].text != self._now[name].text

    def _is_spaced(self, name: str) -> bool:
        return self._old[name].gap != self._now[name].gap

    def _gap(self, name: str) -> int:
        return len(self._now[name].gap) // len(self._newline)


def is_under(name: str, names: AbstractSet[str]) -> bool:
    """Whether a member's class, or one around that, is among the names."""
    while name := name.rpartition(".")[0]:
        if name in names:
            return True
    return False
