"""The difference between two texts of a file as edits of its symbols, as a plan would fix them.

What stays, stays in the longest order that it has in both; all else is created, deleted, moved. A place
is the nearest symbol above that stays, and a rank among those that have the same.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from jupiter.code.check import defines
from jupiter.code.placement import newline_of
from jupiter.code.tiles import Tile, tile
from jupiter.model.edit import Create, Delete, FileText, Gap, Move, OfSymbol, Replace
from jupiter.model.symbol import SymbolId

Put = Callable[[bytes], str]
"""Stores a text, and gives its name."""

_BASE = "0" * 64


def operations(path: str, before: bytes, after: bytes, put: Put) -> list[OfSymbol] | list[FileText]:
    """The edits that make `after` of `before`, in no order that matters; one whole text if need be."""
    old, new = tile(path, before), tile(path, after)
    if any(one.kind == "file" for one in (*old, *new)):
        return [_whole(path, after, put)]
    found = list(_Difference(path, old, new, put).edits())
    gaps = [one.gap for one in new if one.name not in {t.name for t in old}]
    if any(gap.strip(b"\r\n") for gap in gaps):  # a gap that is more than line ends
        return [_whole(path, after, put)]
    return found


def _whole(path: str, after: bytes, put: Put) -> FileText:
    return FileText(path=path, base=_BASE, text=put(after), symbols=())


class _Difference:
    """Two tilings of one file, by their names."""

    def __init__(self, path: str, old: Sequence[Tile], new: Sequence[Tile], put: Put) -> None:
        self._path, self._put, self._new = path, put, new
        self._old = {one.name: one for one in old}
        self._now = {one.name: one for one in new}
        self._newline = newline_of(old)
        self._kept = frozenset(one.name for one in new if self._is_kept(one))
        self._inside: defaultdict[str, list[str]] = defaultdict(list)
        for one in new:
            self._inside[one.container].append(one.name)

    def edits(self) -> Iterator[OfSymbol]:
        made = self._now.keys() - self._kept
        gone = self._old.keys() - self._kept
        moved: set[str] = set()
        for container, names in self._inside.items():
            if container not in made and not _is_under(container, made):
                for edit in self._placed(container, names):
                    moved.add(edit.symbol)
                    yield edit
        for name in self._kept:
            if not _is_under(name, made):
                yield from self._changed(name, is_moved=self._id(name) in moved)
        for name in gone - made:
            if not _is_under(name, gone | made):
                yield Delete(symbol=self._id(name), base=_BASE)

    def _is_kept(self, one: Tile) -> bool:
        old = self._old.get(one.name)
        same = old is not None and (old.container, old.kind) == (one.container, one.kind)
        return old is not None and same and defines(old, one.text) is None

    def _placed(self, container: str, names: Sequence[str]) -> Iterator[Create | Move]:
        """What is new in a class or module, or stands elsewhere in it."""
        order = {name: n for n, name in enumerate(self._old)}
        common = [name for name in names if name in self._kept]
        stays = longest_rise(common, [order[name] for name in common])
        slot, rank = "", 0
        for name in names:
            if name in stays:
                slot, rank = name, 0
                continue
            yield self._put_at(name, container, slot, rank)
            rank += 1

    def _put_at(self, name: str, container: str, slot: str, rank: int) -> Create | Move:
        symbol, gap = self._id(name), self._gap(name)
        if name in self._kept:
            return Move(
                symbol=symbol, container=container, slot=slot, rank=rank, gap=gap, base=_BASE
            )
        parts = [one for one in self._new if f"{one.name}.".startswith(f"{name}.")]
        text = self._put(parts[0].text + b"".join(one.gap + one.text for one in parts[1:]))
        return Create(symbol=symbol, container=container, slot=slot, rank=rank, gap=gap, text=text)

    def _changed(self, name: str, *, is_moved: bool) -> Iterator[OfSymbol]:
        old, new = self._old[name], self._now[name]
        if old.text != new.text:
            yield Replace(symbol=self._id(name), base=_BASE, text=self._put(new.text))
        if old.gap != new.gap and not is_moved:
            yield Gap(symbol=self._id(name), base=_BASE, gap=self._gap(name))

    def _gap(self, name: str) -> int:
        return len(self._now[name].gap) // len(self._newline)

    def _id(self, name: str) -> str:
        return str(SymbolId(self._path, name))


def longest_rise(names: Sequence[str], places: Sequence[int]) -> frozenset[str]:
    """Of names with places those of a longest run of rising places."""
    best: list[
        tuple[int, int]
    ] = []  # for each name: how long a run ends there, and its predecessor
    for i, place in enumerate(places):
        before = [(best[j][0], -j) for j in range(i) if places[j] < place]
        length, j = max(before, default=(0, 1))
        best.append((length + 1, -j))
    at = max(range(len(names)), key=lambda i: (best[i][0], -i), default=-1)
    found: set[str] = set()
    while at >= 0:
        found.add(names[at])
        at = best[at][1]
    return frozenset(found)


def _is_under(name: str, names: frozenset[str] | set[str]) -> bool:
    """Whether a member's class, or one around that, is among the names."""
    while name := name.rpartition(".")[0]:
        if name in names:
            return True
    return False
