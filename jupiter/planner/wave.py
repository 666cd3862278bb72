"""A wave: the steps whose `needs` are done, selected and planned as one set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from jupiter.errors import RequestError
from jupiter.fold.file import File
from jupiter.index.index import Index
from jupiter.index.snapshot import Snapshot
from jupiter.index.source import Source
from jupiter.model.plan import Plan
from jupiter.model.recipe import AgentStep, CodemodStep, Recipe
from jupiter.planner.plan import Wave, plan_wave, with_renames
from jupiter.planner.renames import is_rename, renamings, shares
from jupiter.planner.selection import select
from jupiter.recipe.waves import waves
from jupiter.system.git import Entry


def wave_of(recipe: Recipe, number: int, names: Sequence[str]) -> Wave:
    """What of a generation of steps is to be planned; `number` counts generations from 1.

    Raises:
        RequestError: a step is of a kind that cannot be planned yet.
    """
    for name in names:
        if isinstance(recipe.steps[name], AgentStep):
            raise RequestError(f"steps.{name}: agent steps are not planned yet; leave it out")
    steps = {n: s for n in names if isinstance(s := recipe.steps[n], CodemodStep)}
    done = {name for generation in waves(recipe)[:number] for name in generation}
    return Wave(number, steps, tuple(name for name in recipe.steps if name not in done))


def plan(
    source: Source, wave: Wave, index: Index, changed: Mapping[str, File | None], first_id: int
) -> Plan:
    """Plan a wave on the tree that `index` and the `changed` files describe.

    Raises:
        RequestError: a step selects nothing, and does not allow that.
    """
    recipe, snapshot = source.recipe, source.snapshot
    entries = _entries(snapshot, changed)
    workers = source.request.workers or max(step.workers for step in wave.steps.values())
    whole = {name: step for name, step in wave.steps.items() if not is_rename(step)}
    made = plan_wave(
        replace(wave, steps=whole),
        recipe,
        index,
        {n: select(n, s, recipe, entries, index) for n, s in whole.items()},
        base_commit=snapshot.commit,
        workers=workers,
        first_id=first_id,
    )
    if len(whole) == len(wave.steps):
        return made
    names = index.names
    wanted = renamings(names, wave.steps, recipe, entries)
    return with_renames(
        made,
        wave,
        wanted,
        shares(wanted, names, workers),
        recipe=recipe,
        base_commit=snapshot.commit,
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


def first_plan(source: Source) -> Plan | None:
    """The plan of the first wave that has anything to plan; later ones depend on its result."""
    for number, names in enumerate(waves(source.recipe), start=1):
        wave = wave_of(source.recipe, number, names)
        if wave.steps:
            return plan(source, wave, source.index, {}, 1)
    return None
