"""A step whose goal was divided: what is wrong with the goals, and the step that has them instead. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from jupiter.errors import RequestError
from jupiter.model.division import DividedGoal, Division
from jupiter.model.select import Select
from jupiter.model.step import AgentStep, Goal, GoalStep
from jupiter.planner.awaited import awaited, made_for
from jupiter.planner.creates import new_of
from jupiter.planner.goals import goals_of, wanted_by
from jupiter.planner.plan import Wave
from jupiter.planner.selection import Ground
from jupiter.recipe.paths import judge
from jupiter.recipe.places import Place
from jupiter.recipe.problems import Mistake

MOST_GOALS = 40
"""The goals that one goal may be divided into."""

_PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "symbols": Place.PATTERN,
        "paths": Place.GLOB,
        "references": Place.PATTERN,
        "imports": Place.MODULE,
        "contains": Place.TEXT,
    }
)


def to_divide(wave: Wave) -> dict[str, AgentStep]:
    """The steps of a wave whose goal a model is to divide."""
    return {
        name: step
        for name, step in wave.agents.items()
        if isinstance(step, AgentStep) and step.planner is not None
    }


def divided(wave: Wave, found: Mapping[str, Sequence[DividedGoal]]) -> Wave:
    """The wave with the goals that those of some of its steps were divided into."""
    agents: dict[str, GoalStep] = {
        name: _with_goals(step, found[name])
        if name in found and isinstance(step, AgentStep)
        else step
        for name, step in wave.agents.items()
    }
    return replace(wave, agents=agents)


def division_of(wave: Wave) -> tuple[Division, ...]:
    """The goals that those of a wave's steps were divided into."""
    return tuple(
        Division(step=name, goals=tuple(map(_told, step.agent)))
        for name, step in to_divide(wave).items()
        if not isinstance(step.agent, str)
    )


def mistakes(name: str, step: AgentStep, goals: Sequence[DividedGoal], ground: Ground) -> list[str]:
    """All that is wrong with the goals that a step's was divided into; nothing when they can be planned."""
    if not goals:
        return ["there is no goal"]
    if len(goals) > MOST_GOALS:
        return [f"there are {len(goals)} goals, and at most {MOST_GOALS} are taken"]
    found = [text for number, goal in enumerate(goals) for text in _misspelt(number, goal)]
    return found or [text for text in _unfounded(name, step, goals, ground) if text]


def _misspelt(number: int, goal: DividedGoal) -> Iterator[str]:
    if not goal.goal.strip():
        yield f"goals[{number}]: `goal` is empty"
    said = {key: getattr(goal, key) for key in _PLACES}
    if not any(said.values()) and not goal.creates:
        yield f"goals[{number}]: nothing says what it is about; name symbols or paths"
    for key, values in (*said.items(), ("creates", goal.creates)):
        for value in values:
            try:
                judge(value, _PLACES.get(key, Place.SYMBOL))
                if not value.strip():
                    yield f"goals[{number}].{key}: an item is empty"
            except Mistake as mistake:
                yield f"goals[{number}].{key}: {mistake.message}"


def _unfounded(
    name: str, step: AgentStep, goals: Sequence[DividedGoal], ground: Ground
) -> Iterator[str]:
    """What selects nothing, or cannot be made; a goal may be about what another one makes."""
    strict = _with_goals(step, goals).model_copy(update={"allow_empty": False})
    steps: dict[str, GoalStep] = {name: strict}
    planned = goals_of(steps)
    waiting = made_for(awaited(planned))
    for number, goal in enumerate(planned):
        try:
            wanted_by([goal], steps, ground, {0} if number in waiting else ())
            new_of([goal], steps, ground)
        except RequestError as error:
            yield str(error)


def _with_goals(step: AgentStep, goals: Sequence[DividedGoal]) -> AgentStep:
    return step.model_copy(update={"agent": tuple(map(_goal, goals))})


def _goal(one: DividedGoal) -> Goal:
    said = {key: values for key in _PLACES if (values := getattr(one, key))}
    return Goal(goal=one.goal, select=Select(**said), creates=one.creates)


def _told(goal: Goal) -> DividedGoal:
    said = {key: getattr(goal.select, key) for key in _PLACES}
    return DividedGoal(goal=goal.goal, creates=goal.creates, **said)
