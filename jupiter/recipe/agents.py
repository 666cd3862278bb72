"""What steps with goals need beyond their shape: with a list of goals each goal has its own selection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jupiter.recipe.codes import Code
from jupiter.recipe.places import listing
from jupiter.recipe.problems import Path, Problem, quoted


def agent_problems(path: Path, step: Mapping[str, object]) -> Iterator[Problem]:
    """The problems of the keys of one step with goals."""
    yield from _planned_by_model(path, step)
    if not listing(step.get("agent") or step.get("goal")):
        return
    for key in ("select", "creates", "places", "deletes"):
        if key in step:
            message = f"with a list of goals {quoted(key)} stands in each goal; move it there"
            yield Problem(Code.UNKNOWN_KEY, (*path, key), message, at="key")


def _planned_by_model(path: Path, step: Mapping[str, object]) -> Iterator[Problem]:
    """With `planner: model` it is the model that says what the goal is about."""
    if step.get("planner") != "model":
        return
    if listing(step.get("agent")):
        message = "each goal of a list says what it is about; `planner: model` is for one goal, take it out"
        yield Problem(Code.UNKNOWN_KEY, (*path, "planner"), message, at="key")
        return
    for key in ("select", "creates", "places", "deletes"):
        if key in step:
            message = f"with `planner: model` the model says what the step is about; take {quoted(key)} out"
            yield Problem(Code.UNKNOWN_KEY, (*path, key), message, at="key")
