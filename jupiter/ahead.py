"""Plans before anything has run: of the first wave, and of later ones where only renames stand before them.

What a rename makes is worked out in memory, by its own engine on a log of its own; nothing is executed
that a recipe names. What other steps make nobody knows before they have run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from jupiter.bus.memory import MemoryLog
from jupiter.engines.rename import RenameEngine
from jupiter.engines.work import carry_out
from jupiter.errors import RequestError
from jupiter.fold.file import File
from jupiter.fold.tree import changed_files
from jupiter.index.cache import open_cache
from jupiter.index.index import Index, build_index
from jupiter.index.source import Source, codebase
from jupiter.model.division import DividedGoal
from jupiter.model.event import Draft
from jupiter.model.plan import Plan
from jupiter.model.step import AgentStep
from jupiter.parts import planned_event
from jupiter.planner.division import divided, to_divide
from jupiter.planner.plan import Wave
from jupiter.planner.renames import is_rename
from jupiter.planner.selection import Ground
from jupiter.planner.wave import Planned, deal_for, ground_of, plan, saved_goals, wave_of
from jupiter.recipe.waves import waves
from jupiter.session.session import Session

Changed = dict[str, File | None]


Divide = Callable[[str, AgentStep, Ground], tuple[DividedGoal, ...]]
"""Divides the goal of a step, by its name, into goals that say what each is about."""


def nobody(name: str, _step: AgentStep, _ground: Ground) -> tuple[DividedGoal, ...]:
    """Ask no model."""
    raise RequestError(
        f"steps.{name}: nobody says what its goal is about, and no model may be asked"
    )


def plans_ahead(source: Source, divide: Divide = nobody) -> Iterator[tuple[Planned, Index]]:
    """The plans of the first waves that can be made, each with the index of the tree that it is made on.

    Raises:
        RequestError: a step selects nothing, or a rename cannot be made.
    """
    saved = saved_goals(source)
    log, changed, index, first_id = MemoryLog("ahead"), Changed(), source.index, 1
    for number, names in enumerate(waves(source.recipe), start=1):
        wave = wave_of(source.recipe, number, names)
        if wave.is_empty:
            continue
        ground = ground_of(source, index, changed)
        goals = {n: saved.get(n) or divide(n, s, ground) for n, s in to_divide(wave).items()}
        wave = divided(wave, goals)
        made = plan(source, wave, index, changed, first_id, deal=deal_for(source, number))
        yield made, index
        if not _only_renames(wave):
            return
        changed = _renamed(made.plan, source, log, changed)
        index = build_index(codebase(source.recipe, source.snapshot, changed), open_cache())
        first_id += len(made.plan.briefings)


def _only_renames(wave: Wave) -> bool:
    return not wave.agents and all(is_rename(step) for step in wave.steps.values())


def _renamed(
    made: Plan, source: Source, log: MemoryLog, changed: Mapping[str, File | None]
) -> Changed:
    """The files that differ from the base once the renames of a plan are made too."""
    base, read = source.snapshot.file, partial(source.snapshot.read, changed=changed)
    log.record(Draft(data=planned_event(made)))
    for briefing in made.briefings:
        session = Session(log, briefing, "ahead", base)
        if failed := carry_out(briefing, RenameEngine(read), session):
            raise RequestError(f"steps.{briefing.task.steps[0]}: {failed}")
    files = log.look(lambda state: changed_files(state, base, log.get, made.wave))
    return {path: file for path, file in files.items() if file != base(path)}
