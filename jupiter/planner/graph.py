"""A weighted graph with numbers for nodes; and a coarser one, in which nodes that belong together are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

Near = dict[int, int]
"""A node's neighbours, each with the weight of the edges to it."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """Nodes 0, 1, … with their weights and neighbours; what stands side by side has numbers side by side."""

    weights: Sequence[int]
    near: Sequence[Near]

    def cut(self, where: Sequence[int]) -> int:
        """The weight of the edges between nodes that are in different parts."""
        return sum(
            weight
            for node, near in enumerate(self.near)
            for other, weight in near.items()
            if other > node and where[other] != where[node]
        )


def weighted(weights: Mapping[str, int], graph: nx.Graph[str], names: Sequence[str]) -> Weighted:
    """The part of a graph among some names, in their order; edges count their `weight`, 1 by default."""
    number = {name: n for n, name in enumerate(names)}
    near: list[Near] = [{} for _ in names]
    for a, b, weight in graph.edges(data="weight", default=1):
        if a in number and b in number and a != b:
            near[number[a]][number[b]] = near[number[b]][number[a]] = weight
    ordered = [dict(sorted(one.items())) for one in near]
    return Weighted([weights[name] for name in names], ordered)


def coarser(graph: Weighted, most: int) -> tuple[Weighted, list[int]]:
    """A graph in which pairs of nodes are one, of at most the weight `most`; and each node's number there.

    Each node, the least connected first, goes with the neighbour that most of its edges lead to; one
    whose neighbours are all taken with another that has the same strongest neighbour; one without
    any with the next such node.
    """
    mate = [-1] * len(graph.weights)
    order = sorted(range(len(mate)), key=lambda node: (len(graph.near[node]), node))
    for node in order:
        if mate[node] < 0:
            best = _partner(graph, node, mate, most)
            if best >= 0:
                mate[node], mate[best] = best, node
    _pair_strangers(graph, mate, most)
    return _merged(graph, mate)


def _partner(graph: Weighted, node: int, mate: Sequence[int], most: int) -> int:
    room = most - graph.weights[node]
    free = [
        (weight, -graph.weights[other], -other)
        for other, weight in graph.near[node].items()
        if mate[other] < 0 and graph.weights[other] <= room
    ]
    return -max(free)[2] if free else -1


def _pair_strangers(graph: Weighted, mate: list[int], most: int) -> None:
    waiting: dict[int, int] = {}
    for node in range(len(mate)):
        if mate[node] >= 0:
            continue
        near = graph.near[node]
        hub = max(near, key=lambda other: (near[other], -other)) if near else -1
        other = waiting.pop(hub, None)
        if other is None:
            waiting[hub] = node
        elif graph.weights[node] + graph.weights[other] <= most:
            mate[node], mate[other] = other, node
        else:
            lighter = min(node, other, key=lambda one: (graph.weights[one], one))
            waiting[hub] = lighter


def _merged(graph: Weighted, mate: Sequence[int]) -> tuple[Weighted, list[int]]:
    number = [-1] * len(mate)
    members: list[tuple[int, ...]] = []
    for node, other in enumerate(mate):
        if number[node] < 0:
            mine = (node,) if other < 0 else (node, other)
            for one in mine:
                number[one] = len(members)
            members.append(mine)
    near: list[Near] = []
    for at, mine in enumerate(members):
        found: Near = {}
        for one in mine:
            for other, weight in graph.near[one].items():
                to = number[other]
                if to != at:
                    found[to] = found.get(to, 0) + weight
        near.append(found)
    return Weighted([_sum(graph.weights, mine) for mine in members], near), number


def _sum(weights: Sequence[int], nodes: Iterable[int]) -> int:
    return sum(weights[node] for node in nodes)
