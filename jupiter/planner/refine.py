"""Better parts by moving one node after another, also uphill for a while (Fiduccia and Mattheyses, 1982)."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from jupiter.planner.graph import Near, Weighted

PATIENCE = 100
"""After so many moves that made nothing better, a pass ends."""

PASSES = 8
"""A pass that gains nothing is the last."""


def refined(graph: Weighted, where: Sequence[int], parts: int, capacity: int) -> list[int]:
    """The part of each node: none is over `capacity` that need not be, and few edges are cut."""
    moving = _Moving(graph, where, parts, capacity)
    for part in range(parts):
        moving.relieve(part)
    for _ in range(PASSES):
        if not moving.run():
            break
    return moving.where


class _Moving:
    """Nodes in parts, and what each move would gain."""

    def __init__(self, graph: Weighted, where: Sequence[int], parts: int, capacity: int) -> None:
        self.where = list(where)
        self._graph = graph
        self._capacity = capacity
        self._loads = [0] * parts
        self._links: list[Near] = []
        """By node: the weight of its edges into each part that it has any into."""
        for node, part in enumerate(where):
            self._loads[part] += graph.weights[node]
            links: Near = {}
            for other, weight in graph.near[node].items():
                links[where[other]] = links.get(where[other], 0) + weight
            self._links.append(links)

    def relieve(self, part: int) -> None:
        """Move nodes out of a part that is over capacity, those first that cost least for their weight."""
        if self._loads[part] <= self._capacity:
            return
        waiting: list[tuple[float, int]] = []
        for node, own in enumerate(self.where):
            if own == part and (found := self._best(node)) is not None:
                waiting.append((-found[0] / max(1, self._graph.weights[node]), node))
        heapq.heapify(waiting)
        while waiting and self._loads[part] > self._capacity:
            _, node = heapq.heappop(waiting)
            found = self._best(node)
            if found is not None:
                self._move(node, found[1])

    def run(self) -> bool:
        """One pass, in which each node moves at most once; whether anything has become better.

        Better is less over capacity, else less cut; the moves behind the best state are taken back.
        """
        heap = [entry for node in range(len(self.where)) if (entry := self._entry(node))]
        heapq.heapify(heap)
        locked = bytearray(len(self.where))
        moves: list[tuple[int, int]] = []
        best = (self._excess(), 0)
        gained, kept = 0, 0
        while heap and len(moves) - kept < PATIENCE:
            entry = heapq.heappop(heap)
            negative, node, to = entry
            if locked[node] or (now := self._entry(node)) is None:
                continue
            if now != entry:
                heapq.heappush(heap, now)
                continue
            moves.append((node, self.where[node]))
            self._move(node, to)
            locked[node] = 1
            gained += negative
            if (state := (self._excess(), gained)) < best:
                best, kept = state, len(moves)
            for other in self._graph.near[node]:
                if not locked[other] and (found := self._entry(other)):
                    heapq.heappush(heap, found)
        for node, before in reversed(moves[kept:]):
            self._move(node, before)
        return kept > 0

    def _entry(self, node: int) -> tuple[int, int, int] | None:
        found = self._best(node)
        return None if found is None else (-found[0], node, found[1])

    def _best(self, node: int) -> tuple[int, int] | None:
        """The gain of a node's best move, and where to; None when no part that it can go to has room."""
        own = self.where[node]
        links = self._links[node]
        over = self._loads[own] > self._capacity
        if len(links) <= (own in links) and not over:
            return None
        inside = links.get(own, 0)
        room = self._capacity - self._graph.weights[node]
        loads = self._loads
        options = [
            (count - inside, -loads[part], -part)
            for part, count in links.items()
            if part != own and loads[part] <= room
        ]
        if over:
            lightest = min(range(len(loads)), key=loads.__getitem__)
            if lightest not in links and loads[lightest] <= room:
                options.append((-inside, -loads[lightest], -lightest))
        if not options:
            return None
        gain, _, negative = max(options)
        return gain, -negative

    def _move(self, node: int, to: int) -> None:
        weight, own = self._graph.weights[node], self.where[node]
        self._loads[own] -= weight
        self._loads[to] += weight
        self.where[node] = to
        for other, count in self._graph.near[node].items():
            links = self._links[other]
            links[to] = links.get(to, 0) + count
            if links[own] == count:
                del links[own]
            else:
                links[own] -= count

    def _excess(self) -> int:
        return sum(load - self._capacity for load in self._loads if load > self._capacity)
