"""Goals to shares: which tiles one briefing of agents gets, and with which goals.

What several goals want has one owner who is given all of these goals: tiles with the same set of goals
form a group, and each group is partitioned by itself. What is handed over in an order makes shares of its
own for those who get it later: nothing else of theirs waits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil
from types import MappingProxyType

import networkx as nx

from jupiter.index.edges import Edges
from jupiter.index.index import Index
from jupiter.model.symbol import SymbolId
from jupiter.planner.creates import Created, New
from jupiter.planner.deal import Deal, dealt, together
from jupiter.planner.goals import Goals, Wanted
from jupiter.planner.guessing import guess
from jupiter.planner.partition import partition
from jupiter.planner.tokens import tokens
from jupiter.planner.units import NEW_SYMBOL, TURN, Unit, total, units

MOST_OWN = 20_000
"""Tokens of source that one briefing owns at most, unless one symbol alone has more."""

LEAST = 500
"""Tokens of the smallest shares: a briefing costs two turns beside its work."""

COST = 2_500
"""Tokens that a briefing costs beside its work: its opening, and the shared prefix with each request.

Where a worker's whole part is smaller, smaller shares would cost more than they even out.
"""

A_PROBE = 12
"""A worker begins with one part in so many of what it would have if all were as fast: what it takes for that
tells its pace, before it is given what would keep it until all others have long been done."""

SMALL_A_WORKER = 3
"""Small shares a worker of which one can be its first: the others even out the end."""

NEW = NEW_SYMBOL + TURN
"""Tokens that a new symbol is taken to cost."""

NEW_A_WORKER = 4
"""Shares of new files a worker, at most."""


Uses = Mapping[tuple[str, str], int]
"""How often one unit names another, by their keys."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one briefing gets; `creates` are new symbols of files that are there."""

    goals: Goals
    units: tuple[Unit, ...]
    creates: tuple[Created, ...] = ()
    made: tuple[str, ...] = ()
    """New symbols and files that others make for it."""
    is_handed: bool = False
    """Whether others have it before, who hand it over."""

    @property
    def weight(self) -> int:
        """Its tokens, as far as they can be told beforehand."""
        new = len(self.creates) + len(self.made)
        return sum(unit.weight for unit in self.units) + NEW * new

    @property
    def is_known(self) -> bool:
        """Whether it is not new files alone, whose size nobody knows."""
        return any(unit.names for unit in self.units) or not self.units

    @property
    def symbols(self) -> tuple[str, ...]:
        """The ids of what it owns."""
        owned = (symbol for unit in self.units for symbol in unit.symbols)
        return tuple(dict.fromkeys((*owned, *(one.symbol for one in self.creates), *self.made)))


def shares(
    turns: Sequence[Wanted],
    new: New,
    index: Index,
    edges: Edges,
    workers: int,
    *,
    made: Mapping[int, tuple[str, ...]] = MappingProxyType({}),
) -> tuple[Share, ...]:
    """The shares of a wave's agents in the order in which they are to begin.

    They depend on nothing but the arguments. First comes a small share for each worker, which tells its
    pace, then what nobody knows the size of, new files, then the rest, each with the heaviest first. Shares
    get smaller and smaller, so that the last ones even out what could not be foreseen. Those of later turns
    come last, as does what others have `made`, by goal.
    """
    wanted, *later = turns
    files = _new_files(new, index)
    weight = total(wanted, index) + sum(unit.weight for unit in files)
    weight += NEW * len(new.symbols)
    least = LEAST if weight >= COST * workers else COST
    most = max(least, min(MOST_OWN, weight // (16 * workers))) if workers > 1 else MOST_OWN
    first = min(MOST_OWN, max(least, weight // (2 * workers))) if workers > 1 else MOST_OWN
    found = _shared_out([*units(wanted, index, most), *files], edges, first, workers)
    found = sorted(_with_creates(found, new.symbols, first), key=_order)
    found = _probes_first(found, max(least, weight // (A_PROBE * workers)), least, workers)
    for turn in later:
        left = units(_as_owned(turn, found), index, most)
        handed = _shared_out(left, edges, first, workers)
        found += (replace(one, is_handed=True) for one in sorted(handed, key=_order))
    for goal, symbols in made.items():
        found.append(Share(frozenset({goal}), (), made=symbols, is_handed=True))
    return tuple(found)


def _shared_out(found: Iterable[Unit], edges: Edges, first: int, workers: int) -> list[Share]:
    return [
        Share(goals, part)
        for goals, group in _groups(found).items()
        for part in _parts(group, edges, first, workers)
    ]


def _as_owned(turn: Wanted, found: Iterable[Share]) -> Wanted:
    """What is wanted in a later turn, as far as somebody has it before; whole what they have whole."""
    before = [unit for share in found for unit in share.units]
    known = {(unit.path, name) for unit in before for name in unit.names}
    whole = {unit.path for unit in before if unit.is_whole}
    tiles = {
        path: {name: by for name, by in names.items() if (path, name) in known}
        for path, names in turn.tiles.items()
    }
    return replace(
        turn,
        tiles={path: names for path, names in tiles.items() if names},
        whole={path: by for path, by in turn.whole.items() if path in whole},
    )


def _new_files(new: New, index: Index) -> list[Unit]:
    sizes = {path: tokens(facts.size) for path, facts in index.files.items()}
    return [
        Unit(path, (), by, is_whole=True, weight=guess(path, sizes) + TURN)
        for path, by in new.files.items()
    ]


def dealt_shares(found: Sequence[Share], deal: Deal) -> tuple[Share, ...]:
    """The same units and new symbols, as a person has dealt them; what is handed over stays as it is.

    Raises:
        RequestError: symbols of one unit are dealt apart.
    """
    first = [share for share in found if not share.is_handed]
    units = {symbol: unit for share in first for unit in share.units for symbol in unit.symbols}
    creates = {one.symbol: one for share in first for one in share.creates}
    made: list[Share] = []
    for symbols in dealt(deal, units | creates):
        mine = tuple(dict.fromkeys(units[symbol] for symbol in symbols if symbol in units))
        together(symbols, (unit.symbols for unit in mine))
        new = tuple(creates[symbol] for symbol in symbols if symbol in creates)
        goals = frozenset[int]().union(*(one.goals for one in (*mine, *new)))
        made.append(Share(goals, mine, new))
    return (*made, *(share for share in found if share.is_handed))


def _parts(
    group: Sequence[Unit], edges: Edges, first: int, workers: int
) -> Iterator[tuple[Unit, ...]]:
    """The parts of what has the same goals: of `first` tokens, then of half as many, and so on."""
    if _count(group, first) == 1:
        yield tuple(group)
        return
    uses = _between(group, edges)
    graph, users = _graph(uses), _users(uses)
    new = [unit for unit in group if not unit.names]
    yield from _partitioned(new, graph, min(len(new), NEW_A_WORKER * workers))
    left, size = [unit for unit in group if unit.names], first
    while left:
        parts = _partitioned(left, graph, _count(left, size))
        if size == LEAST or workers == 1 or len(parts) == 1:
            yield from parts
            return
        # What can be cut further comes last, and of this what the fewest others use: whoever publishes at
        # the end of a wave may wake those who had finished, while nobody else has anything left to do.
        parts.sort(key=lambda part: (len(part) > 1, -_others(part, users)))
        now = (len(parts) + 1) // 2
        yield from parts[:now]
        left = [unit for part in parts[now:] for unit in part]
        size = max(LEAST, size // 2)


def _count(group: Iterable[Unit], size: int) -> int:
    return max(1, ceil(sum(unit.weight for unit in group) / size))


def _groups(found: Iterable[Unit]) -> dict[Goals, list[Unit]]:
    groups: defaultdict[Goals, list[Unit]] = defaultdict(list)
    for unit in found:
        groups[unit.goals].append(unit)
    return {goals: groups[goals] for goals in sorted(groups, key=sorted)}


def _partitioned(group: Sequence[Unit], graph: nx.Graph[str], count: int) -> list[tuple[Unit, ...]]:
    by_key = {unit.key: unit for unit in group}
    weights = {unit.key: max(1, unit.weight) for unit in group}
    parts = partition(weights, graph, count) if group else ()
    order = {unit.key: number for number, unit in enumerate(group)}
    return [tuple(by_key[k] for k in sorted(part, key=order.__getitem__)) for part in parts]


def _between(group: Iterable[Unit], edges: Edges) -> Uses:
    """How often the units of a group name each other."""
    unit_of = {(unit.path, name): unit.key for unit in group for name in unit.names}
    found: Counter[tuple[str, str]] = Counter()
    for (user, used), times in edges.items():
        a, b = unit_of.get(user), unit_of.get(used)
        if a and b and a != b:
            found[a, b] += times
    return found


def _graph(uses: Uses) -> nx.Graph[str]:
    weights: Counter[tuple[str, str]] = Counter()
    for (user, used), times in uses.items():
        weights[min(user, used), max(user, used)] += times
    graph: nx.Graph[str] = nx.Graph()
    graph.add_weighted_edges_from((a, b, times) for (a, b), times in weights.items())
    return graph


def _probes_first(found: Sequence[Share], most: int, least: int, workers: int) -> list[Share]:
    """One small share for each worker before all others: of the small ones, if enough of them are left for
    the end, else cut off the heaviest ones.
    """
    if workers == 1:
        return list(found)
    small = [share for share in found if share.weight <= most and share.is_known]
    if len(small) >= SMALL_A_WORKER * workers:
        probes = small[:workers]
        return [*probes, *(share for share in found if share not in probes)]
    able = ((share, parts) for share in found if (parts := _cut_off(share, most, least)))
    cut = dict(islice(able, workers))
    rest = [cut[share][1] if share in cut else share for share in found]
    return [*(probe for probe, _ in cut.values()), *sorted(rest, key=_order)]


def _cut_off(share: Share, most: int, least: int) -> tuple[Share, Share] | None:
    """A small part of a share, of files in which it makes nothing new, and the rest."""
    makes = {one.path for one in share.creates}
    mine, left, weight = list[Unit](), list[Unit](), 0
    for unit in share.units:
        if weight + unit.weight <= most and unit.names and unit.path not in makes:
            mine.append(unit)
            weight += unit.weight
        else:
            left.append(unit)
    probe, rest = Share(share.goals, tuple(mine)), replace(share, units=tuple(left))
    return (probe, rest) if probe.weight * 2 >= least and rest.weight > most else None


def _users(uses: Uses) -> Mapping[str, set[str]]:
    """The units that name a unit, by its key."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for user, used in uses:
        found[used].add(user)
    return found


def _others(part: Iterable[Unit], users: Mapping[str, set[str]]) -> int:
    """How many units outside of a part name something in it."""
    inside = {unit.key for unit in part}
    named = (users[key] for key in inside if key in users)
    return len(set[str]().union(*named) - inside)


def _with_creates(found: Sequence[Share], symbols: Mapping[str, Created], most: int) -> list[Share]:
    """The shares with the new symbols of files that are there; no share gets more than `most` by them."""
    shares = list(found)
    for created in symbols.values():
        at = _for_created(shares, created, most)
        if at is None:
            shares.append(Share(created.goals, (), (created,)))
        else:
            mine = shares[at]
            goals, creates = mine.goals | created.goals, (*mine.creates, created)
            shares[at] = replace(mine, goals=goals, creates=creates)
    return shares


def _for_created(shares: Sequence[Share], created: Created, most: int) -> int | None:
    """Who makes a new symbol: the owner of all of its file, or of what had its name before; else who
    has the goal, has not got enough yet, and is nearest; None for somebody new.

    Nearest is who owns most of the file, then the lightest.
    """
    name = SymbolId.parse(created.symbol).name
    for number, share in enumerate(shares):
        mine = [unit for unit in share.units if unit.path == created.path]
        if any(unit.is_whole or name in unit.names for unit in mine):
            return number
    able = [
        number
        for number, share in enumerate(shares)
        if created.goals & share.goals and share.weight + NEW <= most
    ]

    def near(number: int) -> tuple[int, int, int]:
        share = shares[number]
        inside = sum(len(unit.names) for unit in share.units if unit.path == created.path)
        return -inside - len(share.creates), share.weight, number

    return min(able, key=near, default=None)


def _order(share: Share) -> tuple[bool, int, list[str]]:
    keys = [*(unit.key for unit in share.units), *(one.symbol for one in share.creates)]
    return share.is_known, -share.weight, keys
