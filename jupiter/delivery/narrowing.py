"""Narrowing: which briefings of a red result make a green one, as many as can be had. Pure.

A green set is grown by bisection: what is green together is kept at once, what is red is halved, down to
single ones. That is `ddmax` of Kirschner, Soremekun and Zeller (Debugging Inputs, ICSE 2020), the
counterpart of Zeller's and Hildebrandt's `ddmin` (Simplifying and Isolating Failure-Inducing Input, 2002).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import networkx as nx

from jupiter.fold.state import State
from jupiter.model.edit import FileText, path_of
from jupiter.model.event import Event
from jupiter.model.tree_events import EditAccepted

Judge = Callable[[frozenset[int]], bool]
"""Whether the result of just these briefings is green; raises TimeOver when there is no time to look."""


class TimeOver(Exception):  # noqa: N818 # the end of a search, no error
    """The search has had its time."""


@dataclass(frozen=True, slots=True)
class Green:
    """A green set of briefings; nothing that is left out can be put back, if it is `maximal`."""

    kept: frozenset[int]
    is_maximal: bool


def green_part(needs: Mapping[int, Collection[int]], judge: Judge) -> Green:
    """The most of these briefings that is green; `needs` are those that each of them was built on.

    1. What is kept is closed: with a briefing all that it needs is kept.
    2. What is kept is green, as far as `judge` says; none are kept when the base itself is red.
    3. With nothing that is left out and whose needs are kept would what is kept still be green, unless
       the time was over.
    """
    search = _Search(_units(needs), judge)
    try:
        if judge(frozenset()):
            search.grow(search.units)
            search.put_back()
    except TimeOver:
        return Green(search.kept, is_maximal=False)
    return Green(search.kept, is_maximal=True)


def needs_of(state: State, events: Iterable[Event]) -> dict[int, set[int]]:
    """The briefings that have changed something, each with those that its changes were built on.

    One of a later wave needs those of earlier waves that touched its files; one that was handed a symbol
    needs who had changed it before; one whose edits follow a published interface needs its publisher.
    """
    made = [n for n, one in sorted(state.briefings.items()) if one.counts and one.changes]
    needs = {number: set(_earlier(number, made, state)) for number in made}
    for one in state.handed_over:
        if one.taker in needs and one.giver in needs:
            needs[one.taker].add(one.giver)
    for briefing, symbol in _followed(events):
        publishers = {one.briefing for one in state.published if one.symbol == symbol}
        if briefing in needs:
            needs[briefing] |= {n for n in publishers if n in needs and n != briefing}
    return needs


@dataclass(frozen=True, slots=True)
class _Unit:
    """Briefings that need each other, and the others that they need."""

    briefings: frozenset[int]
    needs: frozenset[int]


@dataclass(slots=True)
class _Search:
    units: Sequence[_Unit]
    judge: Judge
    kept: frozenset[int] = frozenset()

    def grow(self, units: Sequence[_Unit]) -> None:
        """Keep as many of these as are found green in halves."""
        wanted = list(self._closed(units))
        if not wanted:
            return
        more = self.kept.union(*(one.briefings for one in wanted))
        if self.judge(more):
            self.kept = more
        elif len(wanted) > 1:
            middle = len(wanted) // 2
            self.grow(wanted[:middle])
            self.grow(wanted[middle:])

    def put_back(self) -> None:
        """Try each that is left out again, until none of them can be kept."""
        before = None
        while before != self.kept:
            before = self.kept
            for unit in self.units:
                if not unit.briefings <= self.kept:
                    self.grow([unit])

    def _closed(self, units: Sequence[_Unit]) -> Iterator[_Unit]:
        """Those whose needs are kept, or stand before them."""
        having: AbstractSet[int] = self.kept
        for one in units:
            if one.needs <= having:
                having = having | one.briefings
                yield one


def _units(needs: Mapping[int, Collection[int]]) -> list[_Unit]:
    """What can only be kept together, each behind what it needs."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(needs)
    graph.add_edges_from((need, one) for one, several in needs.items() for need in several)
    whole: nx.DiGraph[int] = nx.condensation(graph)
    members = {node: frozenset[int](whole.nodes[node]["members"]) for node in whole}

    def first(node: int) -> int:
        return min(members[node])

    order = nx.lexicographical_topological_sort(whole, key=first)
    return [
        _Unit(members[node], frozenset(n for m in members[node] for n in needs[m]) - members[node])
        for node in order
    ]


def _earlier(number: int, made: Sequence[int], state: State) -> Iterator[int]:
    """The briefings of earlier waves that have touched a file that this one has touched."""
    one = state.briefings[number]
    paths = _paths(number, state)
    for other in made:
        if state.briefings[other].wave < one.wave and not paths.isdisjoint(_paths(other, state)):
            yield other


def _paths(number: int, state: State) -> set[str]:
    changes = state.briefings[number].changes
    moved = {one.to for one in changes if isinstance(one, FileText) and one.to}
    return {path_of(one) for one in changes} | moved


def _followed(events: Iterable[Event]) -> Iterator[tuple[int, str]]:
    """Each briefing with the symbols whose interfaces its edits follow."""
    for event in events:
        if isinstance(event.data, EditAccepted) and event.briefing is not None:
            for symbol in event.data.follows:
                yield event.briefing, symbol
