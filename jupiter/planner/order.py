"""Which shares begin when others have ended, and the order that follows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from jupiter.model.symbol import SymbolId
from jupiter.planner.awaited import Awaited
from jupiter.planner.shares import Share


@dataclass(frozen=True, slots=True)
class Ordered:
    """Shares in the order in which they are to begin; each with the places of those that it is after."""

    shares: tuple[Share, ...]
    after: tuple[tuple[int, ...], ...]
    givers: tuple[Mapping[str, int], ...]
    """Of what a share is handed: by symbol, the place of who has it before."""


def ordered(found: Sequence[Share], waits: Sequence[Awaited]) -> Ordered:
    """The shares, those behind others that begin when these have ended; as they were otherwise.

    A share that is handed something is after who has it before. One whose goal's selection is made by
    what another goal deletes or moves is after that, unless they would wait for each other.
    """
    givers = list(_givers(found))
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(found)))
    for place, mine in enumerate(givers):
        graph.add_edges_from((giver, place) for giver in mine.values())
    for before, place in _waiting(found, waits):
        if not nx.has_path(graph, place, before):
            graph.add_edge(before, place)
    order = list(nx.lexicographical_topological_sort(graph))
    now = {place: number for number, place in enumerate(order)}
    return Ordered(
        tuple(found[place] for place in order),
        tuple(tuple(sorted(now[one] for one in graph.predecessors(place))) for place in order),
        tuple({s: now[giver] for s, giver in givers[place].items()} for place in order),
    )


def _givers(found: Sequence[Share]) -> Iterator[dict[str, int]]:
    """Of each share: who has what it is handed, symbol for symbol."""
    owners: dict[str, int] = {}
    for place, share in enumerate(found):
        if share.is_handed:
            mine = {s: owners.get(s, owners.get(SymbolId.parse(s).path)) for s in share.symbols}
            yield {symbol: giver for symbol, giver in mine.items() if giver is not None}
        else:
            yield {}
        owners |= dict.fromkeys(share.symbols, place)


def _waiting(found: Sequence[Share], waits: Sequence[Awaited]) -> Iterator[tuple[int, int]]:
    """Who deletes or moves something, and who is about what depends on that, by their places."""
    for one in waits:
        if one.is_made:
            continue
        for before, share in enumerate(found):
            if one.of in share.goals and one.goal not in share.goals and _has(share, one.symbol):
                for place, other in enumerate(found):
                    if one.goal in other.goals and one.of not in other.goals:
                        yield before, place


def _has(share: Share, symbol: str) -> bool:
    return symbol in share.symbols or SymbolId.parse(symbol).path in share.symbols
