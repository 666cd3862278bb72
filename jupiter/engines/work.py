"""Work: workers take briefings one after another, and the log hears how each begins and ends."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol, cast

from jupiter.bus.log import Log
from jupiter.engines import codemod
from jupiter.engines.codemod import CodemodEngine
from jupiter.engines.codemod_command import Command
from jupiter.engines.hands import Hands
from jupiter.engines.rename import RenameEngine
from jupiter.engines.setting import Setting
from jupiter.errors import BudgetError, Interrupted, JupiterError, SurroundingsError
from jupiter.fold.tree import Base
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingPaused
from jupiter.model.plan import Plan
from jupiter.model.step import RENAME, AgentStep, CodemodStep, CommandStep
from jupiter.session.session import Session
from jupiter.system.scratch import ScratchTree


class Engine(Protocol):
    """What carries a briefing out."""

    def carry_out(self, briefing: WorkerBriefing, session: Session) -> BriefingFinished:
        """Do the briefing's task through the session.

        Raises:
            Interrupted: the run was stopped.
            BudgetError: the briefing cannot go on before the run has more to spend.
            SurroundingsError: nothing can go on as things are.
            JupiterError: the briefing has failed.
        """
        ...

    def is_woken(self, briefing: WorkerBriefing, session: Session) -> bool:
        """Whether a briefing that is finished goes on, for what others have changed since."""
        ...


WorkStep = AgentStep | CodemodStep | CommandStep
"""What an engine carries out."""

EngineOf = Callable[[WorkerBriefing], Engine]

Work = Callable[[int], str | None]
"""Carries out the briefing of that id; what failed in it, or None."""


def workers(hands: Hands, engine_of: EngineOf, base: Base) -> Work:
    """The work of a plan, for any number of threads: each call takes a worker that is free."""
    briefings = {briefing.id: briefing for briefing in hands.plan.briefings}

    def work(number: int) -> str | None:
        briefing, worker = briefings[number], hands.take(number)
        try:
            return carry_out(
                briefing, engine_of(briefing), Session(hands.log, briefing, worker, base)
            )
        finally:
            hands.give_back(worker)

    return work


def carry_out(briefing: WorkerBriefing, engine: Engine, session: Session) -> str | None:
    """One briefing, from its first event to its last; one that breaks takes no other with it.

    Nothing when another worker has taken it.

    Raises:
        Interrupted: the run was stopped.
        SurroundingsError: the log cannot be written, or nothing can go on as things are.
    """
    if not session.take(again=engine.is_woken(briefing, session)):
        return None
    try:
        finished = engine.carry_out(briefing, session)
    except (Interrupted, SurroundingsError):
        raise
    except BudgetError as error:
        session.record(BriefingPaused(reason=str(error)))
        return str(error)
    except JupiterError as error:
        session.record(BriefingFailed(reason=str(error)))
        return str(error)
    session.record(finished)
    return "; ".join(f"{f.path}: {f.reason}" for f in finished.failures) or None


def woken(plan: Plan, engine_of: EngineOf, log: Log, base: Base) -> tuple[int, ...]:
    """The ids of the briefings that are finished and have to go on, for what others have changed since."""
    return tuple(
        one.id
        for one in plan.briefings
        if engine_of(one).is_woken(one, Session(log, one, "", base))
    )


def engines(plan: Plan, steps: Mapping[str, WorkStep], setting: Setting) -> EngineOf:
    """The engine of each briefing of a plan; what it needs is made ready here, before the map.

    Raises:
        RequestError: a command cannot run.
        SurroundingsError: agents are wanted and there is no key.
    """
    kinds = {kind_of(briefing, steps) for briefing in plan.briefings}
    made = {kind: _ENGINES[kind](plan, steps, setting) for kind in kinds}
    return lambda briefing: made[kind_of(briefing, steps)]


def kind_of(briefing: WorkerBriefing, steps: Mapping[str, WorkStep]) -> str:
    """The kind of engine that a briefing needs."""
    if briefing.task.renames:
        return RENAME
    match steps[briefing.task.steps[0]]:
        case AgentStep():
            return "agent"
        case CodemodStep():
            return "codemod"
        case CommandStep():
            return "command"


def _rename(_plan: Plan, _steps: Mapping[str, WorkStep], setting: Setting) -> Engine:
    return RenameEngine(setting.read)


class EngineModule(Protocol):
    """What the module of an engine gives that is imported late."""

    def engine(self, plan: Plan, steps: Mapping[str, Any], setting: Setting) -> Engine:
        """The engine of those briefings of a plan that are about these steps, all of one kind."""
        ...


MakeEngine = Callable[[Plan, Mapping[str, WorkStep], Setting], Engine]


def _late(module: str, kind: type[WorkStep]) -> MakeEngine:
    """The engine of a module that is imported for those who have such a step: the SDK takes seconds."""

    def make(plan: Plan, steps: Mapping[str, WorkStep], setting: Setting) -> Engine:
        imported = cast("EngineModule", importlib.import_module(module))
        mine = {name: step for name, step in steps.items() if isinstance(step, kind)}
        return imported.engine(plan, mine, setting)

    return make


def _codemod(plan: Plan, steps: Mapping[str, WorkStep], setting: Setting) -> Engine:
    folder, pool = str(setting.recipe_folder), setting.pool
    assert pool is not None  # noqa: S101 # a run with codemods has one
    commands = {
        name: Command(name, step.codemod, tuple(sorted(step.with_.items())), folder)
        for name, step in steps.items()
        if isinstance(step, CodemodStep) and step.codemod != RENAME
    }
    codemod.check(pool, commands)
    paths = {
        name: tuple(p for b in plan.briefings if name in b.task.steps for p in b.symbols_owned)
        for name in commands
    }
    texts = {path: setting.read(path) for owned in paths.values() for path in owned}
    tree = ScratchTree(setting.scratch)
    tree.write(texts)
    return CodemodEngine(
        pool=pool,
        commands=commands,
        metadata=codemod.metadata_of(pool, commands, str(tree.root), paths),
        root=str(tree.root),
        texts=texts,
        stop=setting.stop,
    )


_ENGINES: Mapping[str, MakeEngine] = MappingProxyType(
    {
        "agent": _late("jupiter.engines.agent", AgentStep),
        "codemod": _codemod,
        "command": _late("jupiter.engines.command", CommandStep),
        RENAME: _rename,
    }
)
