"""Files, or other things with a weight, into parts: balanced, with what uses each other together.

Multilevel, as METIS does it (Karypis and Kumar, "Multilevel k-way Partitioning Scheme for Irregular
Graphs", 1998): pairs that belong together become one until few are left, these are cut greedily in
several ways, and on the way back nodes move to where more of their neighbours are. All in integers and
in a fixed order, so that every machine comes to the same parts; `benchmarks/partition.py` has figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil

import networkx as nx

from jupiter.planner.graph import Weighted, coarser, weighted
from jupiter.planner.refine import refined

Parts = tuple[tuple[str, ...], ...]

PARTS_A_WORKER = 4
"""More parts than workers, so that a slow one holds nobody up."""

SLACK = 1.02
"""How full a part may be, as a multiple of an even share: room to keep together what belongs together."""

ENOUGH = 0.95
"""A graph that is not made coarser by at least so much is the coarsest."""

WAYS = ((15, 1.2), (25, 1.1), (40, 1.1))
"""Ways of which the best is taken: how many nodes a part the coarsest graph has, and how full a part of it
may be, as a multiple of an even share, for its nodes are heavy."""


def partition(weights: Mapping[str, int], graph: nx.Graph[str], parts: int) -> Parts:
    """Cut the names of `weights` into at most `parts` non-empty parts (1 or more).

    The parts are disjoint, cover every name, and depend on nothing but the arguments; within a part
    names are sorted, and parts are sorted by weight, the heaviest first. No part weighs more than
    the larger of an even share with `SLACK` and the heaviest name, its lightest name left out. Edges
    of the graph count their `weight`, 1 by default.
    """
    names = sorted(weights)
    count = min(parts, len(names))
    if count == 0:
        return ()
    capacity = ceil(max(1, SLACK * sum(weights.values()) / count, *weights.values()))
    fine = weighted(weights, graph, names)
    tried = (_multilevel(fine, count, capacity, *way) for way in WAYS)
    where = min(tried, key=lambda where: _badness(fine, where, count, capacity))
    _even_out(fine, where, count, capacity)
    return _heaviest_first(names, weights, where, count)


def cut(parts: Parts, graph: nx.Graph[str]) -> tuple[int, int]:
    """The number of edges among the files of the parts, and of those that run between two parts."""
    where = {path: number for number, part in enumerate(parts) for path in part}
    inside = [(a, b) for a, b in graph.edges if a in where and b in where]
    return len(inside), sum(where[a] != where[b] for a, b in inside)


def _multilevel(graph: Weighted, parts: int, capacity: int, few: int, loose: float) -> list[int]:
    """The part of each node."""
    if parts == 1:
        return [0] * len(graph.weights)
    if len(graph.weights) > few * parts:
        most = max(1, 2 * sum(graph.weights) // (few * parts))
        smaller, number = coarser(graph, most)
        if len(smaller.weights) <= ENOUGH * len(graph.weights):
            above = _multilevel(smaller, parts, capacity, few, loose)
            return refined(graph, [above[one] for one in number], parts, capacity)
    return _best_start(graph, parts, max(capacity, ceil(loose * sum(graph.weights) / parts)))


def _best_start(graph: Weighted, parts: int, capacity: int) -> list[int]:
    """The best of several greedy beginnings."""
    tried = (
        refined(graph, _placed(graph, order, parts, capacity), parts, capacity)
        for order in _orders(graph)
    )
    return min(tried, key=lambda where: _badness(graph, where, parts, capacity))


def _badness(graph: Weighted, where: Sequence[int], parts: int, capacity: int) -> tuple[int, int]:
    """What is over capacity, then what is cut."""
    excess = sum(max(0, load - capacity) for load in _loads(graph, where, parts))
    return excess, graph.cut(where)


def _orders(graph: Weighted) -> Iterator[Sequence[int]]:
    """In which order nodes are placed: the heaviest first, and from one to the next."""
    nodes = range(len(graph.weights))
    yield sorted(nodes, key=lambda node: (-graph.weights[node], node))
    strength = [sum(near.values()) for near in graph.near]
    yield _walk(graph, sorted(nodes, key=lambda node: (-strength[node], node)))
    yield _walk(graph, nodes)


def _walk(graph: Weighted, starts: Iterable[int]) -> list[int]:
    """Every node, after the first of its neighbours that was reached, strongest edges first."""
    seen: dict[int, None] = {}
    for start in starts:
        pending = [start]
        for node in pending:
            if node not in seen:
                seen[node] = None
                near = graph.near[node]
                pending += sorted(near, key=lambda one: (-near[one], one))
    return list(seen)


def _placed(graph: Weighted, order: Iterable[int], parts: int, capacity: int) -> list[int]:
    """Each node in the part that most of its edges lead to, discounted by how full the part is.

    Linear deterministic greedy (Stanton and Kliot, "Streaming Graph Partitioning for Large
    Distributed Graphs", KDD 2012).
    """
    where = [-1] * len(graph.weights)
    loads = [0] * parts
    for node in order:
        near = [0] * parts
        for other, weight in graph.near[node].items():
            if where[other] >= 0:
                near[where[other]] += weight
        own = graph.weights[node]
        best = max(
            range(parts),
            key=lambda part: (
                loads[part] + own <= capacity,
                near[part] * (capacity - loads[part]),
                -loads[part],
                -part,
            ),
        )
        where[node] = best
        loads[best] += own
    return where


def _loads(graph: Weighted, where: Sequence[int], parts: int) -> list[int]:
    loads = [0] * parts
    for node, part in enumerate(where):
        loads[part] += graph.weights[node]
    return loads


def _even_out(graph: Weighted, where: list[int], parts: int, capacity: int) -> None:
    """Take the lightest nodes out of parts that are too full, and give some to parts that have none."""
    loads = _loads(graph, where, parts)
    inside: list[list[int]] = [[] for _ in range(parts)]
    for node in sorted(range(len(where)), key=lambda node: (-graph.weights[node], -node)):
        inside[where[node]].append(node)
    for part in range(parts):
        while len(inside[part]) > 1 and loads[part] - graph.weights[inside[part][-1]] >= capacity:
            _give(graph.weights, where, loads, inside, part)
    while not all(inside):
        _give(graph.weights, where, loads, inside, max(range(parts), key=lambda p: len(inside[p])))


def _give(
    weights: Sequence[int],
    where: list[int],
    loads: list[int],
    inside: Sequence[list[int]],
    part: int,
) -> None:
    """A part's lightest node goes to an empty part, else to the lightest one."""
    node = inside[part].pop()
    to = min(range(len(loads)), key=lambda one: (bool(inside[one]), loads[one], one))
    loads[part] -= weights[node]
    loads[to] += weights[node]
    inside[to].append(node)
    where[node] = to


def _heaviest_first(
    names: Sequence[str], weights: Mapping[str, int], where: Sequence[int], parts: int
) -> Parts:
    members: list[list[str]] = [[] for _ in range(parts)]
    for name, part in zip(names, where, strict=True):
        members[part].append(name)
    filled = [(-sum(weights[n] for n in some), tuple(some)) for some in members if some]
    return tuple(part for _, part in sorted(filled))
