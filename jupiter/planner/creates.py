"""What goals create and move: new files, and symbols with their places in the files that are there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jupiter.code.placement import container_of
from jupiter.errors import RequestError
from jupiter.index.index import FileFacts, Index
from jupiter.model.briefing import PlannedSymbol
from jupiter.model.recipe import Recipe
from jupiter.model.step import GoalStep, Placement
from jupiter.model.symbol import SymbolId
from jupiter.planner.goals import Goals, PlannedGoal
from jupiter.planner.selection import Ground, why_readonly
from jupiter.system.paths import matches


@dataclass(frozen=True, slots=True)
class Created:
    """A new symbol of a file that is there, or one that moves in it, and the goals that want it."""

    planned: PlannedSymbol
    goals: Goals

    @property
    def symbol(self) -> str:
        """Its id."""
        return self.planned.symbol

    @property
    def path(self) -> str:
        """The path of its file."""
        return SymbolId.parse(self.planned.symbol).path


@dataclass(frozen=True, slots=True)
class New:
    """All that a wave's goals create: files by path, symbols by id; and the places of what they move."""

    files: Mapping[str, Goals]
    symbols: Mapping[str, Created]
    moves: Mapping[str, PlannedSymbol]


def new_of(goals: Sequence[PlannedGoal], steps: Mapping[str, GoalStep], ground: Ground) -> New:
    """What the goals of a wave create and move, in recipe order.

    Raises:
        RequestError: it is there already, or not there, has no place, or may not be written.
    """
    files: defaultdict[str, Goals] = defaultdict(frozenset)
    new: set[str] = {text for goal in goals for text in goal.creates}
    places = _Places(ground.index, new)
    wanted: defaultdict[str, Goals] = defaultdict(frozenset)
    for number, goal in enumerate(goals):
        changed = (*(one.symbol for one in goal.places), *goal.deletes)
        for text in dict.fromkeys((*goal.creates, *changed)):
            _judge(goal, text, steps[goal.step], ground.recipe)
        for one in goal.places:
            places.put(goal, one)
        for text in goal.creates:
            path, name = SymbolId.parse(text)
            if not name and text in goal.deletes:
                continue  # who deletes a file may write it anew
            if path not in ground.entries:
                files[path] |= {number}
                continue
            if text not in places.found:
                places.put_last(goal, text)
            wanted[text] |= {number}
    symbols = {text: Created(places.found[text], by) for text, by in wanted.items()}
    moves = {text: one for text, one in places.found.items() if text not in symbols}
    return New(files, symbols, moves)


def _judge(goal: PlannedGoal, text: str, step: GoalStep, recipe: Recipe) -> None:
    path = SymbolId.parse(text).path
    readonly = (*recipe.constraints.readonly, *step.constraints.readonly)
    why = why_readonly(path, readonly, recipe.codebase.include)
    if not matches(path, recipe.codebase.include):
        why = f"`codebase.include` ({', '.join(recipe.codebase.include)}) does not take it in"
    if why:
        what = "created" if text in goal.creates else "changed"
        raise RequestError(f"{goal.place}: {text} cannot be {what}: {why}")


@dataclass(slots=True)
class _Places:
    """Where symbols are to stand; of those with one slot the rank is the order in which they are put."""

    index: Index
    new: set[str]
    """The ids of all that is created."""
    found: dict[str, PlannedSymbol] = field(default_factory=dict[str, PlannedSymbol])
    _ranks: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])

    def put(self, goal: PlannedGoal, place: Placement) -> None:
        """Put a symbol where the recipe says."""
        path, name = SymbolId.parse(place.symbol)
        facts = self._facts(goal, place.symbol)
        container = _container(goal, place.symbol, facts, self.new)
        slot = self._slot(goal, place, facts, container)
        self._add(path, name, container, slot, place.gap)

    def put_last(self, goal: PlannedGoal, text: str) -> None:
        """Put a new symbol behind the last one of its class or file."""
        path, name = SymbolId.parse(text)
        facts = self._facts(goal, text)
        container = _container(goal, text, facts, self.new)
        self._add(path, name, container, _last(facts, container), None)

    def _facts(self, goal: PlannedGoal, text: str) -> FileFacts:
        """What is known of a symbol's file, once it is clear that the symbol can be put there."""
        path, name = SymbolId.parse(text)
        facts = self.index.files.get(path)
        is_there = facts is not None and name in facts.symbols
        if facts is None or not name:
            raise RequestError(f"{goal.place}: {text} is there already; `select` it instead")
        if text in self.new and is_there and text not in goal.deletes:
            raise RequestError(
                f"{goal.place}: {text} is there already; `select` it instead, or name it in `deletes` "
                "as well, to have another in its place"
            )
        if text not in self.new and not is_there:
            raise RequestError(
                f"{goal.place}: {text} is not there; what is new stands in `creates`"
            )
        if facts.symbols == ("",) and facts.size:
            raise RequestError(f"{goal.place}: nothing can be created in {path}: it does not parse")
        return facts

    def _slot(self, goal: PlannedGoal, place: Placement, facts: FileFacts, container: str) -> str:
        path, after = SymbolId.parse(place.after)
        if not place.after or after == container:
            return ""
        if (known := self.found.get(place.after)) and known.container == container:
            return known.slot
        if path != facts.path or after not in facts.symbols:
            raise RequestError(
                f"{goal.place}: {place.symbol} cannot stand behind {place.after}: {facts.path} has no "
                "such symbol, nor is there one above in `places`"
            )
        return after

    def _add(self, path: str, name: str, container: str, slot: str, gap: int | None) -> None:
        rank = self._ranks[path, container, slot]
        self._ranks[path, container, slot] += 1
        symbol = str(SymbolId(path, name))
        self.found[symbol] = PlannedSymbol(
            symbol=symbol, container=container, slot=slot, rank=rank, gap=gap, text=""
        )


def _container(goal: PlannedGoal, text: str, facts: FileFacts, new: set[str]) -> str:
    """The class that a symbol of that id is a member of; empty for the module."""
    path, name = SymbolId.parse(text)
    container = container_of(path, name)
    if not container or container in facts.symbols:
        return container
    comes = str(SymbolId(path, container)) in new
    why = f"{container} brings it along" if comes else f"{path} has no class {container}"
    raise RequestError(f"{goal.place}: {text} cannot be created: {why}")


def _last(facts: FileFacts, container: str) -> str:
    """The tile that a new symbol stands behind: the last member of its class, the file's last definition."""
    if container:
        inside = [n for n in facts.symbols if n == container or n.startswith(f"{container}.")]
        return inside[-1]
    tiles = zip(facts.symbols, facts.kinds, strict=True)
    kept = [n for n, kind in tiles if kind != "tail" and not n.startswith("if __name__ ")]
    return kept[-1] if kept else ""
