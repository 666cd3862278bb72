"""A wave: the steps whose `needs` are done, selected and planned as one set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from jupiter.fold.file import File
from jupiter.index.edges import Edges, edges
from jupiter.index.index import Index
from jupiter.index.snapshot import Snapshot
from jupiter.index.source import Source
from jupiter.model.division import DividedGoal
from jupiter.model.plan import Plan, SavedPlan
from jupiter.model.recipe import Recipe
from jupiter.model.select import Select
from jupiter.model.step import AgentStep, CodemodStep, CommandStep, GoalStep, Step, WholeStep
from jupiter.planner.agents import with_agents
from jupiter.planner.context import Contexts
from jupiter.planner.deal import Deal, deal_of, judge, judge_received
from jupiter.planner.division import division_of
from jupiter.planner.evidence import evidence_for
from jupiter.planner.finding import NO_EVIDENCE, Evidence
from jupiter.planner.goals import goals_of
from jupiter.planner.plan import Wave, plan_wave, with_renames
from jupiter.planner.renames import is_rename, renamings, shares
from jupiter.planner.selection import Ground, select
from jupiter.recipe.waves import waves
from jupiter.system.git import Entry


def wave_of(recipe: Recipe, number: int, names: Sequence[str]) -> Wave:
    """What of a generation of steps is to be planned; `number` counts generations from 1."""
    agents = {n: s for n in names if (s := _of_goals(recipe.steps[n]))}
    steps = {n: s for n in names if (s := _of_files(recipe.steps[n]))}
    done = {name for generation in waves(recipe)[:number] for name in generation}
    later = tuple(name for name in recipe.steps if name not in done)
    return Wave(number, steps, later, agents)


def _of_goals(step: Step) -> GoalStep | None:
    """A step whose goals share symbols."""
    match step:
        case AgentStep():
            return step
        case CommandStep() if step.goal:
            return step
        case _:
            return None


def _of_files(step: Step) -> WholeStep | None:
    """A step that changes whole files."""
    match step:
        case CodemodStep():
            return step
        case CommandStep() if not step.goal:
            return step
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of a wave, and what gives its briefings their texts."""

    plan: Plan
    contexts: Contexts


def plan(
    source: Source,
    wave: Wave,
    index: Index,
    changed: Mapping[str, File | None],
    first_id: int,
    *,
    deal: Deal = (),
) -> Planned:
    """Plan a wave on the tree that `index` and the `changed` files describe.

    A `deal` says who gets what, instead of the partition.

    Raises:
        RequestError: a step selects nothing, and does not allow that; or the deal breaks a rule.
    """
    snapshot = source.snapshot
    evidence = evidence_for(_selects(wave), index, snapshot)
    ground = ground_of(source, index, changed, evidence)
    uses: Edges = edges(index, index.files) if wave.agents else {}
    make = partial(_made, source, wave, ground, uses, first_id)
    made = make(deal=())
    saved = saved_for(source, wave.number)
    if saved is not None:
        judge_received(saved, made)
    if deal and deal_of(made) != deal:
        judge(deal, made)
        made = make(deal=deal)
    contexts = Contexts(made, ground, uses, partial(snapshot.read, changed=changed))
    return Planned(contexts.measured(), contexts)


def _made(
    source: Source, wave: Wave, ground: Ground, uses: Edges, first_id: int, *, deal: Deal
) -> Plan:
    recipe, commit = source.recipe, source.snapshot.commit
    every = (*wave.steps.values(), *wave.agents.values())
    workers = source.request.workers or max(step.workers for step in every)
    whole = {name: step for name, step in wave.steps.items() if not is_rename(step)}
    made = plan_wave(
        replace(wave, steps=whole),
        recipe,
        ground.index,
        {n: select(n, s, ground) for n, s in whole.items()},
        base_commit=commit,
        workers=workers,
        first_id=first_id,
        deal=deal,
    )
    if len(whole) < len(wave.steps):
        made = _with_renames(made, wave, ground, commit, first_id)
    if wave.agents:
        made = with_agents(
            *(made, wave.agents, ground, uses), base_commit=commit, first_id=first_id, deal=deal
        )
    mine = {*wave.steps, *wave.agents}
    named = tuple(n for n in recipe.steps if n in mine)
    return made.model_copy(update={"steps": named, "divided": division_of(wave)})


def deal_for(source: Source, wave: int) -> Deal:
    """What the saved plan that is to be run says of a wave; empty where there is none."""
    saved = saved_for(source, wave)
    return () if saved is None else tuple(one.owns for one in saved.briefings if one.owns)


def saved_goals(source: Source) -> dict[str, tuple[DividedGoal, ...]]:
    """The goals, by step, that the saved plan that is to be run has of steps whose goal a model divides."""
    saved = source.request.plan
    return {one.step: one.goals for one in saved.divided} if saved is not None else {}


def ground_of(
    source: Source,
    index: Index,
    changed: Mapping[str, File | None],
    evidence: Evidence = NO_EVIDENCE,
) -> Ground:
    """What is planned on: the tree that the changed files make, and its index."""
    return Ground(source.recipe, _entries(source.snapshot, changed), index, evidence)


def saved_for(source: Source, wave: int) -> SavedPlan | None:
    """The saved plan that is to be run, if it is of that wave."""
    saved = source.request.plan
    return saved if saved is not None and saved.wave == wave else None


def _selects(wave: Wave) -> Iterator[Select]:
    yield from (step.select for step in wave.steps.values())
    yield from (goal.select for goal in goals_of(wave.agents))


def _with_renames(made: Plan, wave: Wave, ground: Ground, commit: str, first_id: int) -> Plan:
    names = ground.index.names
    wanted = renamings(names, wave.steps, ground.recipe, ground.entries)
    return with_renames(
        made,
        wave,
        wanted,
        shares(wanted, names, made.workers),
        recipe=ground.recipe,
        base_commit=commit,
        first_id=first_id,
    )


def _entries(snapshot: Snapshot, changed: Mapping[str, File | None]) -> dict[str, Entry]:
    """The entries of the tree that the changed files make."""
    entries = dict(snapshot.entries)
    for path, file in changed.items():
        if file is None:
            entries.pop(path, None)
        else:
            entries[path] = Entry(file.mode, "file", "", len(file.text))
    return entries
