"""What stays with one worker: a file as far as one set of goals wants it, if it is too large its classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from jupiter.index.index import FileFacts, Index
from jupiter.model.symbol import SymbolId
from jupiter.planner.goals import Goals, Wanted, is_shared
from jupiter.planner.tokens import tile_texts, tokens

TURN = 90
"""What each symbol costs beside its text: a turn, whose first token takes as long as so many others."""

NEW_SYMBOL = 150
"""How many tokens a symbol that is to be made is taken to be, beside its turn."""

PIECES = 4
"""A file that is cut falls into pieces of so small a part of what may stay whole, to be even."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Tiles of one file that stay together, in file order; `is_whole` when all of the file is owned.

    A new file has no tiles. `weight` is in tokens.
    """

    path: str
    names: tuple[str, ...]
    goals: Goals
    is_whole: bool
    weight: int

    @property
    def key(self) -> str:
        """What tells it from all others of a plan."""
        return str(SymbolId(self.path, "" if self.is_whole else self.names[0]))

    @property
    def symbols(self) -> tuple[str, ...]:
        """The ids of what is owned."""
        if self.is_whole:
            return (self.path,)
        return tuple(str(SymbolId(self.path, name)) for name in self.names)


def units(wanted: Wanted, index: Index, most: int) -> tuple[Unit, ...]:
    """The units of what goals want, in tree order; none has more than `most` tokens that can be cut."""
    return tuple(
        unit
        for path, names in wanted.tiles.items()
        for unit in _of_file(index.files[path], index.names.texts[path], names, wanted, most)
    )


def total(wanted: Wanted, index: Index) -> int:
    """How many tokens all is that goals want."""
    return sum(unit.weight for unit in units(wanted, index, most=1 << 62))


def sizes(index: Index, path: str) -> dict[str, int]:
    """The tokens that each symbol of a file is taken to cost, by its name."""
    texts = tile_texts(index.files[path], index.names.texts[path])
    return {name: _size(name, text, frozenset()) for name, text in texts.items()}


def _of_file(
    facts: FileFacts, data: bytes, names: Mapping[str, Goals], wanted: Wanted, most: int
) -> Iterator[Unit]:
    texts = tile_texts(facts, data)
    gone = wanted.deleted.get(facts.path, frozenset())
    sizes = {name: _size(name, text, gone) for name, text in texts.items()}
    weight = TURN if "" in gone else tokens(len(data)) + TURN
    is_one = "" in gone or len(facts.symbols) == 1
    if facts.path in wanted.whole and (weight <= most or is_one):
        goals = frozenset[int]().union(*names.values())
        yield Unit(facts.path, facts.symbols, goals, is_whole=True, weight=weight)
        return
    kinds = dict(zip(facts.symbols, facts.kinds, strict=True))
    whole = facts.path in wanted.whole
    by_goals: defaultdict[Goals, list[str]] = defaultdict(list)
    for name in facts.symbols:
        if name in names and not (whole and is_shared(name, kinds[name])):
            by_goals[names[name]].append(name)
    for goals, mine in sorted(by_goals.items(), key=lambda item: sorted(item[0])):
        for some in _cut(mine, sizes, most, gone):
            yield Unit(facts.path, some, goals, is_whole=False, weight=_sum(some, sizes))


def _size(name: str, text: bytes, gone: frozenset[str]) -> int:
    """The tokens that a symbol is taken to cost: what goes is not written, and takes its members along."""
    if name in gone:
        return TURN
    return 0 if within(name, gone) else tokens(len(text)) + TURN


def within(name: str, names: Iterable[str]) -> str | None:
    """Which of the names a symbol is, or is a member of; the outermost, None if it is of none."""
    return min((one for one in names if f"{name}.".startswith(f"{one}.")), key=len, default=None)


def _cut(
    names: Sequence[str], sizes: Mapping[str, int], most: int, gone: frozenset[str]
) -> Iterator[tuple[str, ...]]:
    """Names in file order, cut where it must be: between top-level symbols, else within a class.

    What goes together, of the names in `gone`, is not cut.
    """
    if _sum(names, sizes) <= most:
        yield tuple(names)
        return
    most = max(1, most // PIECES)
    classes = [tuple(some) for _, some in groupby(names, key=_top)]
    pieces = [
        piece
        for some in classes
        for piece in ([some] if _sum(some, sizes) <= most else _apart(some, gone))
    ]
    yield from _packed(pieces, sizes, most)


def _apart(names: Iterable[str], gone: frozenset[str]) -> Iterator[tuple[str, ...]]:
    for _, some in groupby(names, key=lambda name: within(name, gone) or name):
        yield tuple(some)


def _packed(
    pieces: Iterable[tuple[str, ...]], sizes: Mapping[str, int], most: int
) -> Iterator[tuple[str, ...]]:
    """Neighbouring pieces together, as far as they fit."""
    held: tuple[str, ...] = ()
    for piece in pieces:
        if held and _sum((*held, *piece), sizes) > most:
            yield held
            held = ()
        held = (*held, *piece)
    if held:
        yield held


def _top(name: str) -> str:
    """The top-level symbol that a tile belongs to: a class's for its members."""
    return name if name.startswith("<") else name.partition(".")[0]


def _sum(names: Iterable[str], sizes: Mapping[str, int]) -> int:
    return sum(sizes[name] for name in names)
