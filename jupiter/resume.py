"""A run that ended early goes on: its request comes from its log, and what is done stays as it is."""

from __future__ import annotations

import time
from pathlib import Path

from jupiter.bus.file import FileLog
from jupiter.conductor import Listener
from jupiter.errors import LogError, RequestError
from jupiter.execution import Run, opened
from jupiter.fold.state import State
from jupiter.index.source import Request, Source, load
from jupiter.model.run_events import RunResumed, RunStarted, Status
from jupiter.model.version import __version__


def finished(folder: Path) -> Status | None:
    """How a run has ended for good; None when it can be resumed."""
    return FileLog.open(folder).look(_ended)


def source_of(folder: Path, repository: Path | None = None) -> Source:
    """What an earlier run works on, from its log; `repository` is where it lies now, if not where it lay.

    Raises:
        RequestError: the run is finished, the repository does not have its commit any more, or a
            codemod beside the recipe is not what it was.
        LogError: the log cannot be read.
    """
    log = FileLog.open(folder)
    status, started = log.look(lambda state: (_ended(state), _started(state)))
    if status is not None:
        raise RequestError(f"run {folder.name} is finished: {status}; there is nothing to resume")
    request = Request(
        recipe=Path(started.recipe_path or started.recipe),
        repository=repository or Path(started.repository),
        ref=started.ref,
        workers=started.workers,
        parameters=started.parameters,
    )
    source = load(request, log.get(started.recipe_text), started.base_commit)
    for file, digest in started.codemods.items():
        if source.codemods.get(file) != digest:
            raise RequestError(
                f"{request.recipe.parent / file} is not what it was when run {folder.name} began: "
                "put it back, or start the run anew"
            )
    return source


def resume(
    source: Source, folder: Path, listen: Listener, budget: dict[str, float] | None = None
) -> Run:
    """Open the log of an earlier run again; `source` is what `source_of` found.

    `budget` is what its agents may use from now on, as `{"usd": 40}`; None leaves it as it was.

    Raises:
        RequestError: another process is at it, or the result cannot go where the recipe wants it.
        LogError: the log cannot be written.
    """
    run = opened(source, FileLog.open(folder), listen, time.monotonic())
    run.record(RunResumed(jupiter=__version__, budget=budget))
    return run


def _ended(state: State) -> Status | None:
    """An error stops a run, but does not end it for good: what it was about can be put right."""
    is_open = state.status in {"interrupted", "budget"} or state.stopped is not None
    return None if is_open else state.status


def _started(state: State) -> RunStarted:
    if state.started is None:
        raise LogError("the log ends before its first event: start the run anew")
    return state.started
