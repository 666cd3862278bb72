"""What several goals want: who of them are one worker's, who come one after the other, and why. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Literal

import networkx as nx

from jupiter.index.index import Index
from jupiter.model.step import AgentStep, GoalStep
from jupiter.model.symbol import SymbolId
from jupiter.planner.goals import Goals, PlannedGoal, Wanted
from jupiter.planner.units import sizes, within

SMALL = 4
"""What two goals both want is small when it is less than one part in so many of the lighter one's work."""

Pair = tuple[int, int]
"""Two goals by their numbers; the first one in recipe order comes first."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How it is settled that two goals want the same, by one worker or one after the other, and why."""

    how: Literal["together", "after"]
    why: str


def settled(
    goals: Sequence[PlannedGoal], steps: Mapping[str, GoalStep], wanted: Wanted, index: Index
) -> dict[Pair, Settled]:
    """Each pair of goals that want the same tiles, with how that is settled."""
    found = _weighed(goals, wanted, index)
    return {pair: _settle(pair, goals, steps, found) for pair in sorted(found.both)}


def turns(wanted: Wanted, pairs: Mapping[Pair, Settled]) -> tuple[Wanted, ...]:
    """What goals want, by turns: in the first one each tile has its first goals, then the next ones.

    Who wants all of a file comes before who wants a part of it; else recipe order holds.
    """
    cluster = _clusters(pairs)
    found: list[dict[str, dict[str, Goals]]] = [{}]
    for path, names in wanted.tiles.items():
        whole = {cluster.get(goal, goal) for goal in wanted.whole.get(path, ())}
        for name, goals in names.items():
            for turn, mine in enumerate(_in_turn(goals, cluster, whole)):
                if turn == len(found):
                    found.append({})
                found[turn].setdefault(path, {})[name] = mine
    first, *later = (_turn(wanted, tiles) for tiles in found)
    return (first, *(replace(turn, deleted={}, left_out=()) for turn in later))


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Tokens that goals want, and that pairs of them both want; `fixed` pairs cannot take turns."""

    own: Counter[int] = field(default_factory=Counter[int])
    both: Counter[Pair] = field(default_factory=Counter[Pair])
    fixed: set[Pair] = field(default_factory=set[Pair])


def _weighed(goals: Sequence[PlannedGoal], wanted: Wanted, index: Index) -> _Weighed:
    found = _Weighed()
    moved = {one.symbol for goal in goals for one in goal.places}
    for path, names in wanted.tiles.items():
        weight = sizes(index, path)
        gone = wanted.deleted.get(path, frozenset())
        for name, by in names.items():
            pairs = list(combinations(sorted(by), 2))
            for goal in by:
                found.own[goal] += weight[name]
            for pair in pairs:
                found.both[pair] += weight[name]
            if "" in gone or within(name, gone) or str(SymbolId(path, name)) in moved:
                found.fixed.update(pairs)
    return found


def _settle(
    pair: Pair, goals: Sequence[PlannedGoal], steps: Mapping[str, GoalStep], found: _Weighed
) -> Settled:
    first, second = (steps[goals[goal].step] for goal in pair)
    part = found.both[pair] / min(found.own[goal] for goal in pair)
    said = second.contested or first.contested
    if pair in found.fixed:
        return Settled("together", "one of them moves or deletes what both want")
    if said is not None:
        return Settled("together" if said == "merge" else "after", f"by `contested: {said}`")
    if _hands(first) != _hands(second):
        return Settled("after", "their steps have other models, or other commands")
    why = f"what both want is {part:.0%} of what the lighter one wants"
    return Settled("after" if part * SMALL < 1 else "together", why)


def _hands(step: GoalStep) -> object:
    """Who carries out the goals of a step."""
    return (step.model,) if isinstance(step, AgentStep) else (step.command, step.model)


def _clusters(pairs: Mapping[Pair, Settled]) -> dict[int, int]:
    """The first goal of those that one is together with, by goal."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_edges_from(pair for pair, one in pairs.items() if one.how == "together")
    return {goal: min(group) for group in nx.connected_components(graph) for goal in group}


def _in_turn(goals: Goals, cluster: Mapping[int, int], whole: set[int]) -> Iterator[Goals]:
    groups: defaultdict[int, set[int]] = defaultdict(set)
    for goal in goals:
        groups[cluster.get(goal, goal)].add(goal)
    for one in sorted(groups, key=lambda group: (group not in whole, group)):
        yield frozenset(groups[one])


def _turn(wanted: Wanted, tiles: Mapping[str, Mapping[str, Goals]]) -> Wanted:
    """What is wanted in one turn; a file is wanted whole by those who have the turn of all of it."""
    whole: dict[str, Goals] = {}
    for path, by in wanted.whole.items():
        names = tiles.get(path, {})
        now = by.intersection(*names.values())
        if now and len(names) == len(wanted.tiles[path]):
            whole[path] = now
    return replace(wanted, tiles=tiles, whole=whole)
