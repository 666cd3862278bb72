"""The goals of a wave's agent steps, and which tiles each of them wants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jupiter.errors import RequestError
from jupiter.index.index import FileFacts
from jupiter.model.pattern import SymbolPattern
from jupiter.model.plan import LeftOut
from jupiter.model.select import Select
from jupiter.model.step import AgentStep, Goal, GoalStep, Placement
from jupiter.model.symbol import SymbolId
from jupiter.planner.selection import Ground, TileSelection, select_tiles


@dataclass(frozen=True, slots=True)
class PlannedGoal:
    """One goal of an agent step; `place` is where it stands in the recipe."""

    place: str
    step: str
    text: str
    select: Select
    creates: tuple[str, ...]
    places: tuple[Placement, ...] = ()
    deletes: tuple[str, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether it says by itself what it is about, so that no selection means nothing more."""
        has_more = bool(self.creates or self.places or self.deletes)
        return has_more and not self.select.model_fields_set


Goals = frozenset[int]
"""Goals by their numbers in recipe order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which goals want which tiles, by path and name; `whole` are those that want all of a file.

    `deleted` are the names of what is to go, by path; a class stands for its members too, and no name
    for all of the file.
    """

    tiles: Mapping[str, Mapping[str, Goals]]
    whole: Mapping[str, Goals]
    left_out: tuple[LeftOut, ...]
    deleted: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])


def goals_of(steps: Mapping[str, GoalStep]) -> tuple[PlannedGoal, ...]:
    """All goals of a wave, in recipe order."""
    found: list[PlannedGoal] = []
    for name, step in steps.items():
        key, task = ("agent", step.agent) if isinstance(step, AgentStep) else ("goal", step.goal)
        if isinstance(task, str):
            place = f"steps.{name}"
            found.append(_planned(place, name, task, step))
            continue
        for number, goal in enumerate(task or ()):
            found.append(_planned(f"steps.{name}.{key}[{number}]", name, goal.goal, goal))
    return tuple(found)


def _planned(place: str, step: str, text: str, told: GoalStep | Goal) -> PlannedGoal:
    return PlannedGoal(place, step, text, told.select, told.creates, told.places, told.deletes)


def wanted_by(
    goals: Sequence[PlannedGoal],
    steps: Mapping[str, GoalStep],
    ground: Ground,
    waiting: Container[int] = (),
) -> Wanted:
    """What the goals of a wave want of what is there; `waiting` are those about what others make.

    Raises:
        RequestError: a goal selects nothing, and its step does not allow that.
    """
    tiles: defaultdict[str, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    whole: defaultdict[str, set[int]] = defaultdict(set)
    left_out: dict[str, LeftOut] = {}
    deleted: defaultdict[str, set[str]] = defaultdict(set)
    for number, goal in enumerate(goals):
        found = _selected(goal, steps[goal.step], ground, may_be_empty=number in waiting)
        left_out |= {one.path: one for one in found.left_out}
        for path, names in found.tiles.items():
            if len(names) == len(ground.index.files[path].symbols):
                whole[path].add(number)
            for name in _own(goal, ground.index.files[path], names):
                tiles[path][name].add(number)
        for path, name in _moved(goal):
            facts = ground.index.files.get(path)
            if facts and name in facts.symbols:
                tiles[path][name].add(number)
        for path, name in map(SymbolId.parse, goal.deletes):
            deleted[path].add(name)
            for one in _with_members(goal, path, name, ground):
                tiles[path][one].add(number)
            if not name:
                whole[path].add(number)
    return Wanted(
        {path: {n: frozenset(by) for n, by in names.items()} for path, names in tiles.items()},
        {path: frozenset(numbers) for path, numbers in whole.items()},
        tuple(left_out[path] for path in sorted(left_out)),
        {path: frozenset(names) for path, names in deleted.items()},
    )


def _moved(goal: PlannedGoal) -> Iterator[SymbolId]:
    """What is there and comes to stand elsewhere."""
    for one in goal.places:
        if one.symbol not in goal.creates:
            yield SymbolId.parse(one.symbol)


def _with_members(goal: PlannedGoal, path: str, name: str, ground: Ground) -> list[str]:
    """A symbol that is to go, with what goes along; without a name it is all of a file.

    Raises:
        RequestError: there is no such symbol.
    """
    facts = ground.index.files.get(path)
    symbols = facts.symbols if facts else ()
    if facts and not name:
        return list(symbols)
    if name not in symbols:
        raise RequestError(
            f"{goal.place}: {SymbolId(path, name)} cannot be deleted: the codebase has no such symbol"
        )
    return [one for one in symbols if f"{one}.".startswith(f"{name}.")]


def is_shared(name: str, kind: str) -> bool:
    """Whether a tile's text is everybody's, who add and drop names: the imports and `__all__`."""
    return kind == "imports" or name.partition("#")[0] == "__all__"


def _selected(
    goal: PlannedGoal, step: GoalStep, ground: Ground, *, may_be_empty: bool
) -> TileSelection:
    """A goal that only creates, moves or deletes something wants nothing else of what is there."""
    if goal.is_told:
        return TileSelection({}, ())
    if may_be_empty:
        step = step.model_copy(update={"allow_empty": True})
    return select_tiles(goal.place, goal.select, step, ground)


def _own(goal: PlannedGoal, facts: FileFacts, names: Sequence[str]) -> list[str]:
    """Of a part of a file, what is shared belongs to nobody unless the goal names it."""
    if len(names) == len(facts.symbols):
        return list(names)
    kinds = dict(zip(facts.symbols, facts.kinds, strict=True))
    said = {SymbolPattern.parse(text).name for text in goal.select.symbols}
    return [n for n in names if not is_shared(n, kinds[n]) or n.partition("#")[0] in said]
