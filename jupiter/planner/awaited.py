"""What a goal can only be about when another goal is done: what that makes, deletes or moves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jupiter.model.pattern import SymbolPattern
from jupiter.model.select import Select
from jupiter.model.symbol import SymbolId
from jupiter.planner.goals import PlannedGoal
from jupiter.system.paths import matches

_BY_ID = frozenset({"symbols", "paths"})
_BY_USE = ("references", "calls", "subclasses")
_ROOTS = ("src/", "lib/")


@dataclass(frozen=True, slots=True)
class Awaited:
    """A goal awaits a symbol of another one; both by their numbers.

    What the other one creates is the goal's own when it is there. What the other one deletes or moves is
    what the goal's selection is made by.
    """

    goal: int
    of: int
    symbol: str
    is_made: bool


def awaited(goals: Sequence[PlannedGoal]) -> tuple[Awaited, ...]:
    """What each goal awaits of others, in recipe order."""
    return tuple(
        one
        for number, goal in enumerate(goals)
        for other, giver in enumerate(goals)
        if number != other
        for one in (*_made(number, goal, other, giver), *_named(number, goal, other, giver))
    )


def made_for(found: Sequence[Awaited]) -> Mapping[int, tuple[str, ...]]:
    """What others create for a goal, by goal."""
    goals = dict.fromkeys(one.goal for one in found if one.is_made)
    return {
        goal: tuple(dict.fromkeys(o.symbol for o in found if o.is_made and o.goal == goal))
        for goal in goals
    }


def _made(number: int, goal: PlannedGoal, other: int, giver: PlannedGoal) -> Iterator[Awaited]:
    """What of another goal's new things a selection by symbols or paths alone names letter by letter."""
    select = goal.select
    if not select.model_fields_set or not select.model_fields_set <= _BY_ID:
        return
    for text in giver.creates:
        if text not in goal.creates and text not in giver.deletes and _spells(select, text):
            yield Awaited(number, other, text, is_made=True)


def _named(number: int, goal: PlannedGoal, other: int, giver: PlannedGoal) -> Iterator[Awaited]:
    """What of that which another goal deletes or moves a selection by use is made by."""
    told = {one.symbol for one in giver.places if one.symbol not in giver.creates}
    patterns = [SymbolPattern.parse(v) for key in _BY_USE for v in getattr(goal.select, key)]
    for text in (*giver.deletes, *sorted(told.difference(giver.deletes))):
        if text not in goal.deletes and any(_is_meant(one, text) for one in patterns):
            yield Awaited(number, other, text, is_made=False)


def _spells(select: Select, text: str) -> bool:
    """Whether a selection spells out a symbol that is to be, or the file that is to be.

    A pattern that happens to take it in does not: it was written for what is there.
    """
    path, name = SymbolId.parse(text)
    patterns = [SymbolPattern.parse(one) for one in select.symbols]
    by_symbols = any(_is_place(one, path) and name in {"", one.name} for one in patterns)
    if not select.paths:
        return by_symbols
    return path in select.paths and (by_symbols if patterns else not name)


def _is_meant(pattern: SymbolPattern, text: str) -> bool:
    """Whether a pattern takes a symbol in that is there."""
    path, name = SymbolId.parse(text)
    if pattern.is_path:
        is_here = matches(path, (pattern.place,))
    else:
        is_here = any(pattern.is_module(one) for one in _modules(path))
    return is_here and (pattern.covers(name) if name else not pattern.name)


def _is_place(pattern: SymbolPattern, path: str) -> bool:
    """Whether a pattern spells out a path, or the name of its module."""
    return pattern.place == path or (not pattern.is_path and pattern.place in _modules(path))


def _modules(path: str) -> Iterator[str]:
    """What a module at a path may be called."""
    for root in ("", *_ROOTS):
        if path.startswith(root):
            inner = path.removeprefix(root).rpartition(".")[0].removesuffix("/__init__")
            yield inner.replace("/", ".")
