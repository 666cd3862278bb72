"""The vocabulary: which keys a part of a recipe has, which it will have, which are nobody's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from jupiter.model.base import Model
from jupiter.model.recipe import Codebase, Deliver, Environment, Parameter, Recipe, Repair, Schedule
from jupiter.model.select import Select
from jupiter.model.step import (
    AgentStep,
    ApproveStep,
    CodemodStep,
    CommandStep,
    Constraints,
    Goal,
    Limits,
    RunStep,
)
from jupiter.model.written import Items
from jupiter.recipe.codes import Code
from jupiter.recipe.places import is_select
from jupiter.recipe.problems import Path, Problem, nearest, one_of, quoted

KINDS: Mapping[str, type[Model]] = MappingProxyType(
    {
        "agent": AgentStep,
        "approve": ApproveStep,
        "codemod": CodemodStep,
        "command": CommandStep,
        "run": RunStep,
    }
)
"""The kinds of steps that work."""

_PARTS: Mapping[Path, type[Model]] = MappingProxyType(
    {
        (): Recipe,
        ("codebase",): Codebase,
        ("environment",): Environment,
        ("parameters", "*"): Parameter,
        ("parameters", "*", "items"): Items,
        ("steps", "*", "agent", "*"): Goal,
        ("steps", "*", "goal", "*"): Goal,
        ("steps", "*", "limits"): Limits,
        ("steps", "*", "budget"): Limits,
        ("steps", "*", "constraints"): Constraints,
        ("budget",): Limits,
        ("select",): Select,
        ("constraints",): Constraints,
        ("repair",): Repair,
        ("deliver",): Deliver,
        ("schedule",): Schedule,
    }
)
_LATER: Mapping[type[Model], tuple[str, ...]] = MappingProxyType(
    {
        Recipe: ("tests",),
    }
)
_LATER_STEP = ("retries", "timeout")


def unknown_key(path: Path, kinds: tuple[str, ...]) -> Problem:
    """What to say of a key that the models do not know; `kinds` are those of the step around it."""
    *place, key = path
    word = str(key)
    if len(place) == 2 and place[0] == "steps":
        return _unknown_in_step(path, word, kinds)
    part = Select if is_select(tuple(place)) else _PARTS[_pattern(tuple(place))]
    later = _LATER.get(part, ())
    return not_yet(path) if word in later else _unknown(path, word, keys(part), later)


def step_kind(path: Path, found: tuple[str, ...]) -> list[Problem]:
    """What to say of a step that has none of the kinds that work; `found` are its keys."""
    known = {*KINDS, *_LATER_STEP, *_step_keys()}
    strange = [key for key in found if key not in known]
    misspelt = [key for key in strange if nearest(key, tuple(KINDS))]
    unknown = [
        _unknown((*path, key), key, tuple(KINDS), tuple(KINDS))
        if key in misspelt
        else _unknown((*path, key), key, tuple(_step_keys()), _LATER_STEP)
        for key in strange
    ]
    if misspelt:
        return unknown
    message = f"the step has no kind; expected the key {one_of(KINDS)}"
    return [Problem(Code.STEP_KIND, path, message, at="key"), *unknown]


def not_yet(path: Path) -> Problem:
    """A key that DESIGN knows and that has not been built."""
    return Problem(Code.NOT_YET, path, f"{quoted(str(path[-1]))} is not built yet", at="key")


def keys(part: type[Model]) -> tuple[str, ...]:
    """The keys of a part, as they are written."""
    return tuple(field.alias or name for name, field in part.model_fields.items())


def _unknown_in_step(path: Path, word: str, kinds: tuple[str, ...]) -> Problem:
    if len(kinds) > 1 and word in kinds:
        first = next(kind for kind in kinds if kind != word)
        message = f"a second kind, beside {quoted(first)}; a step has one: make it two steps"
        return Problem(Code.STEP_KIND, path, message, at="key")
    if word in _LATER_STEP:
        return not_yet(path)
    kind = next((one for one in KINDS if one in kinds), "run")
    if word in _step_keys():
        expected = one_of(sorted(keys(KINDS[kind])))
        message = f"{quoted(word)} has no meaning for a {kind} step; expected {expected}"
        return Problem(Code.UNKNOWN_KEY, path, message, at="key")
    return _unknown(path, word, keys(KINDS[kind]), _LATER_STEP)


def _unknown(path: Path, word: str, known: tuple[str, ...], later: tuple[str, ...]) -> Problem:
    expected = f"{'one of ' if len(known) > 1 else ''}{', '.join(sorted(known))}"
    near = nearest(word, (*known, *later))
    message = f"unknown key {quoted(word)}; expected {expected}{near}"
    return Problem(Code.UNKNOWN_KEY, path, message, at="key")


def _step_keys() -> set[str]:
    return {key for part in KINDS.values() for key in keys(part)}


def _pattern(path: Path) -> Path:
    """The path with `*` for the names that a person has chosen, and for the items of a list."""
    if len(path) < 2 or path[0] not in {"parameters", "steps"}:
        return path
    first, _, *rest = path
    return (first, "*", *("*" if isinstance(part, int) else part for part in rest))
