"""Files into parts: balanced by weight, with what imports each other together.

The algorithm is linear deterministic greedy (Stanton and Kliot, "Streaming Graph Partitioning for
Large Distributed Graphs", KDD 2012), fed with the heaviest files first: each goes to the part that
holds most of its neighbours, discounted by how full the part is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import networkx as nx

Parts = tuple[tuple[str, ...], ...]

PARTS_A_WORKER = 4
"""More parts than workers, so that a slow one holds nobody up."""


def partition(weights: Mapping[str, int], graph: nx.Graph[str], parts: int) -> Parts:
    """Cut the files of `weights` (path to weight) into at most `parts` non-empty parts.

    The parts are disjoint, cover every path, and depend on nothing but the arguments; within a part
    paths are sorted, and parts are sorted by weight, the heaviest first.
    """
    count = min(parts, len(weights))
    if count == 0:
        return ()
    capacity = max(sum(weights.values()) / count, *weights.values())
    members: list[list[str]] = [[] for _ in range(count)]
    loads = [0] * count
    where: dict[str, int] = {}
    for path in sorted(weights, key=lambda path: (-weights[path], path)):
        part = _best(_neighbours(path, graph, where, count), loads, weights[path], capacity)
        members[part].append(path)
        loads[part] += weights[path]
        where[path] = part
    return _heaviest_first(members, loads)


def cut(parts: Parts, graph: nx.Graph[str]) -> tuple[int, int]:
    """The number of edges among the files of the parts, and of those that run between two parts."""
    where = {path: number for number, part in enumerate(parts) for path in part}
    inside = [(a, b) for a, b in graph.edges if a in where and b in where]
    return len(inside), sum(where[a] != where[b] for a, b in inside)


def _neighbours(
    path: str, graph: nx.Graph[str], where: Mapping[str, int], count: int
) -> Sequence[int]:
    found = [0] * count
    if path in graph:
        for neighbour in graph.neighbors(path):
            if neighbour in where:
                found[where[neighbour]] += 1
    return found


def _best(neighbours: Sequence[int], loads: Sequence[int], weight: int, capacity: float) -> int:
    def score(part: int) -> tuple[bool, float, int, int]:
        fits = loads[part] + weight <= capacity
        return (fits, neighbours[part] * (1 - loads[part] / capacity), -loads[part], -part)

    return max(range(len(loads)), key=score)


def _heaviest_first(members: list[list[str]], loads: list[int]) -> Parts:
    filled = [
        (load, tuple(sorted(part))) for load, part in zip(loads, members, strict=True) if part
    ]
    return tuple(part for _, part in sorted(filled, key=lambda item: (-item[0], item[1])))
