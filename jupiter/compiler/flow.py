"""Recipe to Prefect flow: one flow a recipe, whose tasks are the parts of `jupiter.run`.

This module imports Prefect, which reads its settings then: whoever wants other settings sets them
before (see `jupiter.compiler.local`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import State

from jupiter.compiler.deployed import deployed_name, run_deployed
from jupiter.compiler.signature import parameterised
from jupiter.compiler.tasks import Ending, Tasks, run_as_flow
from jupiter.execution import Run
from jupiter.index.source import Source
from jupiter.model.recipe import Recipe
from jupiter.recipe.load import load as load_recipe


def compile_flow(recipe: Path | str, *, names_file: bool = False) -> Flow[..., Any]:
    """The flow of a recipe, to be deployed; its parameters are the recipe's and three more.

    `repo`, `ref` and `workers` say where to work and how broadly: see `jupiter.compiler.deployed`.
    With `names_file` the file's path is a parameter too: see `jupiter.compiler.entry`. Raises
    RequestError when the recipe is wrong.
    """
    path = Path(recipe)

    def run_recipe(**values: Any) -> State[Any] | dict[str, Any]:
        return run_deployed(path, values)

    made = load_recipe(path)
    file = str(path) if names_file else None
    return _flow(made, run_recipe, lambda: deployed_name(made.name), file)


def flow_of(source: Source, begin: Callable[[], Run], ending: Ending) -> Flow[..., Any]:
    """The flow of a recipe whose codebase is indexed already; `begin` starts or resumes the run."""

    def run_recipe(**_values: Any) -> State[Any] | dict[str, Any]:
        tasks = Tasks(ending)
        tasks.call("index", lambda: source)
        return run_as_flow(begin, tasks)

    return _flow(source.recipe, run_recipe, lambda: _run_name(source))


def _flow(
    recipe: Recipe,
    function: Callable[..., Any],
    name: Callable[[], str],
    file: str | None = None,
) -> Flow[..., Any]:
    return Flow(
        parameterised(function, recipe.parameters, file),
        name=recipe.name,
        description=recipe.description or None,
        flow_run_name=name,
    )


def _run_name(source: Source) -> str:
    snapshot = source.snapshot
    return f"{source.recipe.name} · {snapshot.repository.name}@{snapshot.commit[:7]}"
