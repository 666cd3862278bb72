"""What goals create: new files, and new symbols with their places in the files that are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupiter.errors import RequestError
from jupiter.index.index import FileFacts, Index
from jupiter.model.briefing import PlannedSymbol
from jupiter.model.recipe import GoalStep, Recipe
from jupiter.model.symbol import SymbolId
from jupiter.planner.goals import Goals, PlannedGoal
from jupiter.planner.selection import Ground, why_readonly
from jupiter.system.paths import matches


@dataclass(frozen=True, slots=True)
class Created:
    """A new symbol of a file that is there, and the goals that want it."""

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
    """All that a wave's goals create: files by path, symbols by id."""

    files: Mapping[str, Goals]
    symbols: Mapping[str, Created]


def new_of(goals: Sequence[PlannedGoal], steps: Mapping[str, GoalStep], ground: Ground) -> New:
    """What the goals of a wave create, in recipe order.

    Raises:
        RequestError: it is there already, has no place, or may not be written.
    """
    files: dict[str, Goals] = {}
    symbols: dict[str, Created] = {}
    ranks: Counter[tuple[str, str]] = Counter()
    for number, goal in enumerate(goals):
        for text in goal.creates:
            path, _ = SymbolId.parse(text)
            _judge(goal, text, steps[goal.step], ground.recipe)
            by = frozenset({number})
            if path not in ground.entries:
                files[path] = files.get(path, frozenset()) | by
            elif known := symbols.get(text):
                symbols[text] = Created(known.planned, known.goals | by)
            else:
                symbols[text] = Created(_planned(goal, text, ground.index, symbols, ranks), by)
    return New(files, symbols)


def _judge(goal: PlannedGoal, text: str, step: GoalStep, recipe: Recipe) -> None:
    path = SymbolId.parse(text).path
    readonly = (*recipe.constraints.readonly, *step.constraints.readonly)
    why = why_readonly(path, readonly, recipe.codebase.include)
    if not matches(path, recipe.codebase.include):
        why = f"`codebase.include` ({', '.join(recipe.codebase.include)}) does not take it in"
    if why:
        raise RequestError(f"{goal.place}: {text} cannot be created: {why}")


def _planned(
    goal: PlannedGoal,
    text: str,
    index: Index,
    others: Mapping[str, Created],
    ranks: Counter[tuple[str, str]],
) -> PlannedSymbol:
    path, name = SymbolId.parse(text)
    facts = index.files.get(path)
    if facts is None or not name or name in facts.symbols:
        raise RequestError(f"{goal.place}: {text} is there already; `select` it instead")
    if facts.symbols == ("",) and facts.size:
        raise RequestError(f"{goal.place}: nothing can be created in {path}: it does not parse")
    container = "" if name.startswith("#") else name.rpartition(".")[0]
    if container and container not in facts.symbols:
        comes = str(SymbolId(path, container)) in others
        why = f"{container} brings it along" if comes else f"{path} has no class {container}"
        raise RequestError(f"{goal.place}: {text} cannot be created: {why}")
    slot = _slot(facts, container)
    rank = ranks[path, slot]
    ranks[path, slot] += 1
    return PlannedSymbol(symbol=text, container=container, slot=slot, rank=rank, gap=None, text="")


def _slot(facts: FileFacts, container: str) -> str:
    """The tile that a new symbol stands behind: the last member of its class, the file's last definition."""
    if container:
        inside = [n for n in facts.symbols if n == container or n.startswith(f"{container}.")]
        return inside[-1]
    tiles = zip(facts.symbols, facts.kinds, strict=True)
    kept = [n for n, kind in tiles if kind != "tail" and not n.startswith("if __name__ ")]
    return kept[-1] if kept else ""
