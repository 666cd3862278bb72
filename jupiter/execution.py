"""A run while it goes on: its log, its process pool, what has been computed for it so far.

All that matters is in the log; what a `Run` holds beside it can be computed again.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jupiter.bus.file import FileLog
from jupiter.conductor import Listener
from jupiter.delivery.estimate import Rates, known_rates
from jupiter.delivery.patch import check_patch
from jupiter.delivery.place import Wanted
from jupiter.delivery.target import check_target
from jupiter.delivery.verification import Verification
from jupiter.engines.agent_signals import Limiter
from jupiter.engines.pool import Pool
from jupiter.errors import Interrupted
from jupiter.fold.file import File
from jupiter.index.cache import open_cache
from jupiter.index.index import Index, build_index
from jupiter.index.source import Source, codebase
from jupiter.model.event import Draft, Payload
from jupiter.model.recipe import Recipe
from jupiter.model.run_events import RunStarted
from jupiter.model.step import RENAME, AgentStep, CodemodStep, CommandStep
from jupiter.model.version import __version__
from jupiter.planner.context import Contexts
from jupiter.system.git import Repository
from jupiter.system.lock import RunLock
from jupiter.system.state import new_run_id, runs_folder


@dataclass(slots=True)
class Run:
    """One execution of a recipe on one base commit, and what has been computed for it so far."""

    source: Source
    log: FileLog
    pool: Pool | None
    """None where there are no codemods."""
    scratch: Path
    listen: Listener
    verification: Verification
    begun: float
    stop: threading.Event
    lock: RunLock
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    changed: dict[str, File | None] = field(default_factory=dict[str, File | None])
    """The changed files after the waves that have been folded, by path; None where there is none now."""
    workers: int = 0
    contexts: Contexts | None = None
    """What gives the briefings of the wave that is under way their texts."""
    is_green: bool = True
    """Whether nothing was found red where that does not fail the run: what is half done may be."""
    limiter: Limiter = field(default_factory=Limiter)
    """One pause for all agents of the run, whatever their wave."""
    shares: bool = True
    """Whether agents see what others do."""
    index: Index | None = None
    """Of the codebase at the start of the wave."""
    _rates: Rates | None = None
    _indexed: tuple[dict[str, File | None], Index] | None = None
    """The index that was made last, and the changed files that it was made with."""

    @property
    def rates(self) -> Rates:
        """What earlier runs of the recipe have needed; looked up once."""
        if self._rates is None:
            self._rates = known_rates(self.source.recipe.name)
        return self._rates

    def index_now(self) -> Index:
        """The index of the codebase as the waves that have been folded leave it."""
        if not self.changed:
            return self.source.index
        if self._indexed is None or self._indexed[0] != self.changed:
            texts = codebase(self.source.recipe, self.source.snapshot, self.changed)
            self._indexed = self.changed, build_index(texts, open_cache())
        return self._indexed[1]

    def current(self, path: str) -> bytes | None:
        """A path's text in the tree that the waves that have been folded leave; None if there is none."""
        base = self.source.snapshot.file
        file = self.changed[path] if path in self.changed else base(path)
        return None if file is None else file.text

    def read(self, path: str) -> bytes:
        """A path's text at the start of the wave."""
        return self.source.snapshot.read(path, self.changed)

    def record(self, data: Payload, step: str | None = None) -> None:
        """Append one event of the run itself."""
        self.log.record(Draft(data=data, step=step))

    def go_on(self) -> None:
        """Raise Interrupted when the run has been asked to stop."""
        if self.stop.is_set():
            raise Interrupted("the run was stopped; nothing was delivered")

    def interrupt(self) -> None:
        """Ask the run to stop, from any thread or signal handler; workers end at once."""
        self.stop.set()
        if self.pool is not None:
            self.pool.kill()

    @contextmanager
    def timed(self, part: str) -> Generator[None]:
        """Add the wall seconds of the block to those of a part."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[part] = self.seconds.get(part, 0.0) + time.monotonic() - begun


def start(source: Source, listen: Listener, now: datetime | None = None) -> Run:
    """Open the log of a new run, and its process pool if it has codemods.

    Raises:
        RequestError: the result cannot go where the recipe wants it.
        LogError: the log cannot be made.
    """
    begun = time.monotonic()
    _check_delivery(source.recipe, source.snapshot.repository)
    repository = source.snapshot.repository
    name = new_run_id(repository.name, now or datetime.now(UTC))
    folder = runs_folder() / name
    log = FileLog.create(folder, name, source.recipe.durability)
    run = opened(source, log, listen, begun)
    run.record(
        RunStarted(
            recipe=source.recipe.name,
            recipe_text=log.put(source.text),
            recipe_path=str(source.request.recipe.absolute()),
            codemods=dict(source.codemods),
            workers=source.request.workers,
            parameters=dict(source.lookup.parameters),
            repository=str(repository.top or repository.git_dir),
            ref=source.request.ref,
            base_commit=source.snapshot.commit,
            jupiter=__version__,
            flow_run=source.request.flow_run,
        )
    )
    return run


def opened(source: Source, log: FileLog, listen: Listener, begun: float) -> Run:
    """A run with its log and what works for it; `begun` is in seconds of `time.monotonic`.

    Raises:
        RequestError: another process carries the run out.
    """
    lock = RunLock(log.folder)
    stop, scratch = threading.Event(), log.folder / "scratch"
    run = Run(
        source=source,
        log=log,
        pool=_pool(source),
        scratch=scratch,
        listen=listen,
        verification=Verification(source, scratch, stop),
        begun=begun - source.seconds,
        stop=stop,
        lock=lock,
    )
    run.seconds["index"] = source.seconds
    return run


def _check_delivery(recipe: Recipe, repository: Repository) -> None:
    target = recipe.deliver
    if target.branch is not None:
        check_target(repository, Wanted(target.branch, target.if_exists, push=target.push))
    elif target.patch is not None:
        check_patch(Path(target.patch).absolute())


def _pool(source: Source) -> Pool | None:
    """The processes for what codemods do: they import LibCST, which nobody else needs."""
    steps = source.recipe.steps.values()
    if not any(isinstance(one, CodemodStep) and one.codemod != RENAME for one in steps):
        return None
    processes = min(_most_workers(source), os.cpu_count() or 1)
    return Pool(processes, closed=source.snapshot.repository.top)


def _most_workers(source: Source) -> int:
    steps = source.recipe.steps.values()
    asked = max(
        (s.workers for s in steps if isinstance(s, AgentStep | CodemodStep | CommandStep)),
        default=1,
    )
    return source.request.workers or asked


def close(run: Run) -> None:
    """End the pool and remove what was only needed while the run went on."""
    if run.pool is not None:
        run.pool.close()
    run.lock.release()
    shutil.rmtree(run.scratch, ignore_errors=True)
