"""Goals to shares: which tiles one briefing of agents gets, and with which goals.

What several goals want has one owner who is given all of these goals: tiles with the same set of goals
form a group, and each group is partitioned by itself.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import networkx as nx

from jupiter.index.edges import Edges
from jupiter.index.index import Index
from jupiter.planner.creates import Created, New
from jupiter.planner.goals import Goals, Wanted
from jupiter.planner.partition import partition
from jupiter.planner.units import NEW_FILE, Unit, total, units

MOST_OWN = 20_000
"""Tokens of source that one briefing owns at most, unless one symbol alone has more."""

MOST_A_WORKER = 4
"""Briefings a worker that are tried; more of them even out what cannot be cut."""

OVERHEAD = 1_500
"""What a briefing costs beside its work, in tokens: to begin, to look around, to say that it is done."""

LEAST_CUT = 500
"""Tokens of a file that is too small to be cut, however small the shares are."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one briefing gets; `creates` are new symbols of files that are there."""

    goals: Goals
    units: tuple[Unit, ...]
    creates: tuple[Created, ...] = ()

    @property
    def weight(self) -> int:
        """Its tokens."""
        return sum(unit.weight for unit in self.units)


def shares(wanted: Wanted, new: New, index: Index, edges: Edges, workers: int) -> tuple[Share, ...]:
    """The shares of a wave's agents, the heaviest first; they depend on nothing but the arguments."""
    tried = (_shares(wanted, new, index, edges, workers * k) for k in range(1, MOST_A_WORKER + 1))
    best = min(tried, key=lambda found: (_makespan(found, workers), len(found)))
    return tuple(sorted(_with_creates(best, new.symbols), key=_order))


def _shares(wanted: Wanted, new: New, index: Index, edges: Edges, parts: int) -> list[Share]:
    weight = total(wanted, index) + NEW_FILE * len(new.files)
    parts = max(parts, ceil(weight / MOST_OWN))
    most = max(LEAST_CUT, min(MOST_OWN, weight // (2 * parts)))
    made = [Unit(path, (), by, is_whole=True, weight=NEW_FILE) for path, by in new.files.items()]
    found: list[Share] = []
    for goals, group in _groups([*units(wanted, index, most), *made]).items():
        own = sum(unit.weight for unit in group)
        count = max(1, round(parts * own / max(1, weight)), ceil(own / MOST_OWN))
        found += _partitioned(goals, group, edges, count)
    return found


def _groups(found: Iterable[Unit]) -> dict[Goals, list[Unit]]:
    groups: defaultdict[Goals, list[Unit]] = defaultdict(list)
    for unit in found:
        groups[unit.goals].append(unit)
    return {goals: groups[goals] for goals in sorted(groups, key=sorted)}


def _partitioned(goals: Goals, group: Sequence[Unit], edges: Edges, count: int) -> list[Share]:
    by_key = {unit.key: unit for unit in group}
    weights = {unit.key: max(1, unit.weight) for unit in group}
    parts = partition(weights, _graph(group, edges), count)
    order = {unit.key: number for number, unit in enumerate(group)}
    return [Share(goals, tuple(by_key[k] for k in sorted(p, key=order.__getitem__))) for p in parts]


def _graph(group: Sequence[Unit], edges: Edges) -> nx.Graph[str]:
    unit_of = {(unit.path, name): unit.key for unit in group for name in unit.names}
    weights: Counter[tuple[str, str]] = Counter()
    for (user, used), times in edges.items():
        a, b = unit_of.get(user), unit_of.get(used)
        if a and b and a != b:
            weights[min(a, b), max(a, b)] += times
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(unit.key for unit in group)
    graph.add_weighted_edges_from((a, b, times) for (a, b), times in weights.items())
    return graph


def _makespan(found: Iterable[Share], workers: int) -> int:
    """When the last of the workers is done, each taking the next share, the heaviest first."""
    free = [0] * workers
    for weight in sorted((share.weight + OVERHEAD for share in found), reverse=True):
        heapq.heapreplace(free, free[0] + weight)
    return max(free)


def _with_creates(found: Sequence[Share], symbols: Mapping[str, Created]) -> list[Share]:
    shares = list(found)
    for created in symbols.values():
        at = _for_created(shares, created)
        if at is None:
            shares.append(Share(created.goals, (), (created,)))
        else:
            mine = shares[at]
            goals, creates = mine.goals | created.goals, (*mine.creates, created)
            shares[at] = replace(mine, goals=goals, creates=creates)
    return shares


def _for_created(shares: Sequence[Share], created: Created) -> int | None:
    """Who makes a new symbol: the owner of all of its file, else who has the goal and is nearest.

    Among those who have the goal it is the one who owns most of the file, then the lightest.
    """
    for number, share in enumerate(shares):
        if any(unit.is_whole and unit.path == created.path for unit in share.units):
            return number
    able = [number for number, share in enumerate(shares) if created.goals & share.goals]

    def near(number: int) -> tuple[int, int, int]:
        share = shares[number]
        inside = sum(len(unit.names) for unit in share.units if unit.path == created.path)
        return -inside - len(share.creates), share.weight, number

    return min(able, key=near, default=None)


def _order(share: Share) -> tuple[int, list[str]]:
    return -share.weight, [*(unit.key for unit in share.units), *(c.symbol for c in share.creates)]
