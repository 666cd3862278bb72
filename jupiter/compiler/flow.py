"""Recipe to Prefect flow: one flow a recipe, whose tasks are the parts of `jupiter.run`.

This module imports Prefect, which reads its settings then: whoever wants other settings sets them
before (see `jupiter.compiler.local`).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from prefect import Flow, Task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.states import Cancelled, Failed, State
from prefect.task_runners import ThreadPoolTaskRunner

from jupiter.compiler.mirror import Mirror
from jupiter.compiler.signature import parameterised
from jupiter.errors import Interrupted, JupiterError
from jupiter.index.source import Request, Source, load
from jupiter.model.recipe import Recipe
from jupiter.model.report import Report
from jupiter.recipe.load import load as load_recipe
from jupiter.run import Notice, Run, execute, start
from jupiter.system.git import Repository

T = TypeVar("T")
Listen = Callable[[Notice], None]
Outcome = Callable[[Report | JupiterError], None]


def compile_flow(recipe: Path | str) -> Flow[..., Any]:
    """The flow of a recipe, for a deployment or a call; its parameters are the recipe's, and
    `repo`, `ref`, `workers`.

    Raises:
        RequestError: the recipe is wrong.
    """
    path = Path(recipe)

    def run_recipe(**values: Any) -> State[Any]:
        source = _task("index", lambda: load(_request(path, values)))()
        return _run(source, lambda _notice: None, lambda _outcome: None)

    return _flow(load_recipe(path), run_recipe)


def flow_of(source: Source, listen: Listen, outcome: Outcome) -> Flow[..., Any]:
    """The flow of a recipe whose codebase is indexed already; `outcome` is told how it ended."""

    def run_recipe(**_values: Any) -> State[Any]:
        indexed = _task("index", lambda: source)()
        return _run(indexed, listen, outcome)

    return _flow(source.recipe, run_recipe)


class Tasks:
    """The conductor whose parts are Prefect tasks."""

    def call(self, title: str, function: Callable[[], T]) -> T:
        """See `jupiter.run.Conductor.call`."""
        return _task(title, function)()

    def map(
        self, titles: Mapping[int, str], function: Callable[[int], str | None], workers: int
    ) -> None:
        """See `jupiter.run.Conductor.map`; a briefing that failed is a failed task with its reason."""
        broken: list[BaseException] = []

        def briefing(number: int, title: str) -> State[Any] | None:  # noqa: ARG001  the run's name
            try:
                reason = function(number)
            except BaseException as error:
                broken.append(error)
                raise
            return Failed(message=reason) if reason else None

        mapped: Task[..., Any] = Task(
            briefing, name="briefing", task_run_name="{title}", cache_policy=NO_CACHE
        )
        arguments = {"number": list(titles), "title": list(titles.values())}
        with ThreadPoolTaskRunner(max_workers=workers) as runner:
            for future in runner.map(mapped, arguments):
                future.wait()
        if broken:
            raise broken[0]


def _task(title: str, function: Callable[[], T]) -> Task[[], T]:
    return Task(function, name=title.split()[0], task_run_name=title, cache_policy=NO_CACHE)


def _flow(recipe: Recipe, function: Callable[..., State[Any]]) -> Flow[..., Any]:
    return Flow(
        parameterised(function, recipe.parameters),
        name=recipe.name,
        description=recipe.description or None,
        flow_run_name=lambda: _run_name(recipe.name),
    )


def _request(path: Path, values: Mapping[str, Any]) -> Request:
    own = dict(values)
    repository, ref, workers = own.pop("repo"), own.pop("ref"), own.pop("workers")
    given = {name: value for name, value in own.items() if value is not None}
    return Request(path, Path(repository), ref, workers, given)


def _run(source: Source, listen: Listen, outcome: Outcome) -> State[Any] | Any:
    run = start(source, listen)
    try:
        with _stopped_by_signals(run), Mirror(run.log, flow_run.id) as mirror:
            report = execute(run, Tasks())
            mirror.report(report)
    except Interrupted as error:
        outcome(error)
        return Cancelled(message=str(error))
    except JupiterError as error:
        outcome(error)
        return Failed(message=str(error))
    outcome(report)
    if report.status == "failed":
        return Failed(message=report.reason)
    return report.model_dump(mode="json")


@contextmanager
def _stopped_by_signals(run: Run) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the run cleanly: its workers stop, and no exception hits Prefect."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        run.interrupt()

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _run_name(recipe: str) -> str:
    values = flow_run.parameters or {}
    try:
        repository = Repository.open(Path(values.get("repo", ".")))
        commit = repository.commit(values.get("ref", "HEAD"))
    except JupiterError:
        return recipe
    return f"{recipe} · {repository.name}@{commit[:7]}"
