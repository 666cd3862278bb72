"""The goals of a wave's agent steps, and which tiles each of them wants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupiter.index.index import FileFacts
from jupiter.model.pattern import SymbolPattern
from jupiter.model.plan import LeftOut
from jupiter.model.recipe import AgentStep, GoalStep, Select
from jupiter.planner.selection import Ground, TileSelection, select_tiles


@dataclass(frozen=True, slots=True)
class PlannedGoal:
    """One goal of an agent step; `place` is where it stands in the recipe."""

    place: str
    step: str
    text: str
    select: Select
    creates: tuple[str, ...]


Goals = frozenset[int]
"""Goals by their numbers in recipe order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which goals want which tiles, by path and name; `whole` are those that want all of a file."""

    tiles: Mapping[str, Mapping[str, Goals]]
    whole: Mapping[str, Goals]
    left_out: tuple[LeftOut, ...]


def goals_of(steps: Mapping[str, GoalStep]) -> tuple[PlannedGoal, ...]:
    """All goals of a wave, in recipe order."""
    found: list[PlannedGoal] = []
    for name, step in steps.items():
        key, task = ("agent", step.agent) if isinstance(step, AgentStep) else ("goal", step.goal)
        if isinstance(task, str):
            place = f"steps.{name}"
            found.append(PlannedGoal(place, name, task, step.select, step.creates))
            continue
        for number, goal in enumerate(task or ()):
            place = f"steps.{name}.{key}[{number}]"
            found.append(PlannedGoal(place, name, goal.goal, goal.select, goal.creates))
    return tuple(found)


def wanted_by(
    goals: Sequence[PlannedGoal], steps: Mapping[str, GoalStep], ground: Ground
) -> Wanted:
    """What the goals of a wave want.

    Raises:
        RequestError: a goal selects nothing, and its step does not allow that.
    """
    tiles: defaultdict[str, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    whole: defaultdict[str, set[int]] = defaultdict(set)
    left_out: dict[str, LeftOut] = {}
    for number, goal in enumerate(goals):
        found = _selected(goal, steps[goal.step], ground)
        left_out |= {one.path: one for one in found.left_out}
        for path, names in found.tiles.items():
            if len(names) == len(ground.index.files[path].symbols):
                whole[path].add(number)
            for name in _own(goal, ground.index.files[path], names):
                tiles[path][name].add(number)
    return Wanted(
        {path: {n: frozenset(by) for n, by in names.items()} for path, names in tiles.items()},
        {path: frozenset(numbers) for path, numbers in whole.items()},
        tuple(left_out[path] for path in sorted(left_out)),
    )


def is_shared(name: str, kind: str) -> bool:
    """Whether a tile's text is everybody's, who add and drop names: the imports and `__all__`."""
    return kind == "imports" or name.partition("#")[0] == "__all__"


def _selected(goal: PlannedGoal, step: GoalStep, ground: Ground) -> TileSelection:
    """A goal that only creates something wants nothing of what is there."""
    if goal.creates and not goal.select.model_fields_set:
        return TileSelection({}, ())
    return select_tiles(goal.place, goal.select, step, ground)


def _own(goal: PlannedGoal, facts: FileFacts, names: Sequence[str]) -> list[str]:
    """Of a part of a file, what is shared belongs to nobody unless the goal names it."""
    if len(names) == len(facts.symbols):
        return list(names)
    kinds = dict(zip(facts.symbols, facts.kinds, strict=True))
    said = {SymbolPattern.parse(text).name for text in goal.select.symbols}
    return [n for n in names if not is_shared(n, kinds[n]) or n.partition("#")[0] in said]
