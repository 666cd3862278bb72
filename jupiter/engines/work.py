"""Work: workers take briefings one after another, and the log hears how each begins and ends."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import Protocol

from jupiter.bus.log import Log
from jupiter.engines import codemod
from jupiter.engines.codemod import CodemodEngine
from jupiter.engines.command import Command
from jupiter.engines.pool import Pool
from jupiter.engines.rename import RenameEngine
from jupiter.errors import Interrupted, JupiterError, LogError, RequestError
from jupiter.fold.tree import Base
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.event import BriefingFailed, BriefingFinished
from jupiter.model.plan import Plan
from jupiter.model.recipe import RENAME, CodemodStep
from jupiter.session.session import Session
from jupiter.system.scratch import ScratchTree


class Engine(Protocol):
    """What carries a briefing out."""

    def carry_out(self, briefing: WorkerBriefing, session: Session) -> BriefingFinished:
        """Do the briefing's task through the session.

        Raises:
            Interrupted: the run was stopped.
            JupiterError: the briefing has failed.
        """
        ...


EngineOf = Callable[[WorkerBriefing], Engine]

Work = Callable[[int], str | None]
"""Carries out the briefing of that id; what failed in it, or None."""


def workers(plan: Plan, engine_of: EngineOf, log: Log, base: Base) -> Work:
    """The work of a plan, for any number of threads: each call takes a free worker's name."""
    free: queue.SimpleQueue[str] = queue.SimpleQueue()
    for number in range(1, plan.workers + 1):
        free.put(f"worker-{number}")
    briefings = {briefing.id: briefing for briefing in plan.briefings}

    def work(number: int) -> str | None:
        worker = free.get()
        try:
            briefing = briefings[number]
            return carry_out(briefing, engine_of(briefing), Session(log, briefing, worker, base))
        finally:
            free.put(worker)

    return work


def carry_out(briefing: WorkerBriefing, engine: Engine, session: Session) -> str | None:
    """One briefing, from its first event to its last; one that breaks takes no other with it.

    Nothing when another worker has taken it.

    Raises:
        Interrupted: the run was stopped.
        LogError: the log cannot be written.
    """
    if not session.take():
        return None
    try:
        finished = engine.carry_out(briefing, session)
    except (Interrupted, LogError):
        raise
    except JupiterError as error:
        session.record(BriefingFailed(reason=str(error)))
        return str(error)
    session.record(finished)
    return "; ".join(f"{f.path}: {f.reason}" for f in finished.failures) or None


def engines(
    plan: Plan,
    steps: Mapping[str, CodemodStep],
    *,
    recipe_folder: Path,
    scratch: Path,
    read: Callable[[str], bytes],
    pool: Pool,
    stop: Event,
) -> EngineOf:
    """The engine of each briefing of a plan.

    Every command is loaded and its metadata resolved here, before the map.

    Raises:
        RequestError: a command cannot run.
    """
    agents = next((b.task.steps[0] for b in plan.briefings if b.task.goals), None)
    if agents is not None:
        raise RequestError(f"steps.{agents}: agent steps are planned, but not carried out yet")
    commands = {
        name: Command(name, step.codemod, tuple(sorted(step.with_.items())), str(recipe_folder))
        for name, step in steps.items()
        if step.codemod != RENAME
    }
    codemod.check(pool, commands)
    paths = {
        name: tuple(p for b in plan.briefings if name in b.task.steps for p in b.symbols_owned)
        for name in commands
    }
    texts = {path: read(path) for owned in paths.values() for path in owned}
    tree = ScratchTree(scratch)
    tree.write(texts)
    whole = CodemodEngine(
        pool=pool,
        commands=commands,
        metadata=codemod.metadata_of(pool, commands, str(tree.root), paths),
        root=str(tree.root),
        texts=texts,
        stop=stop,
    )
    by_kind: dict[str, Engine] = {"codemod": whole, RENAME: RenameEngine(read)}
    return lambda briefing: by_kind[RENAME if briefing.task.renames else "codemod"]
