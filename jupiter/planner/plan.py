"""The plan of one wave: its codemod steps, selected, partitioned, written out as briefings.

A file that two steps of the wave select goes to one briefing that runs both, in recipe order; so the
files fall into groups by their steps, and each group is partitioned by itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import networkx as nx

from jupiter.errors import RequestError
from jupiter.index.index import Index
from jupiter.index.renaming import Renaming
from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.plan import Cut, LeftOut, Plan
from jupiter.model.recipe import Recipe
from jupiter.model.step import CodemodStep, CommandStep, GoalStep, WholeStep
from jupiter.planner.constraints import constraints_of
from jupiter.planner.deal import Deal, dealt
from jupiter.planner.finding import described
from jupiter.planner.partition import PARTS_A_WORKER, Parts, cut, partition
from jupiter.planner.renames import RenameShare
from jupiter.planner.selection import Selection
from jupiter.system.paths import safe_path


@dataclass(frozen=True, slots=True)
class Wave:
    """What the planner needs to know of a wave: its number, what changes whole files, what has goals."""

    number: int
    steps: Mapping[str, WholeStep]
    later: tuple[str, ...]
    agents: Mapping[str, GoalStep] = field(default_factory=dict[str, GoalStep])

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to plan."""
        return not self.steps and not self.agents


def plan_wave(
    wave: Wave,
    recipe: Recipe,
    index: Index,
    selections: Mapping[str, Selection],
    *,
    base_commit: str,
    workers: int,
    first_id: int,
    deal: Deal = (),
) -> Plan:
    """Partition what the steps of a wave have selected into briefings with disjoint write sets.

    A `deal` says who gets what instead.
    """
    graph = index.imports.to_undirected(as_view=True)
    groups = _groups(wave, selections)
    if deal:
        steps_of = {path: steps for steps, paths in groups.items() for path in paths}
        parts = [(steps_of[paths[0]], paths) for paths in dealt(deal, steps_of)]
    else:
        parts = _parts(groups, wave, index, graph, workers)
    briefings = tuple(
        _briefing(number, wave, share, recipe=recipe, index=index, base_commit=base_commit)
        for number, share in enumerate(parts, start=first_id)
    )
    edges, across = cut(tuple(paths for _, paths in parts), graph)
    return Plan(
        wave=wave.number,
        steps=tuple(wave.steps),
        workers=workers,
        briefings=briefings,
        left_out=_left_out(selections),
        cut=Cut(edges=edges, across=across),
        later=wave.later,
    )


def with_renames(
    made: Plan,
    wave: Wave,
    wanted: Mapping[str, Renaming],
    found: Sequence[RenameShare],
    *,
    recipe: Recipe,
    base_commit: str,
    first_id: int,
) -> Plan:
    """The plan with the briefings of a wave's rename steps behind the others.

    Raises:
        RequestError: another step of the wave owns a file that a rename touches.
    """
    owned = {path: b.task.steps for b in made.briefings for path in b.symbols_owned}
    for one in wanted.values():
        for site in one.sites:
            if site.path in owned:
                _contested(site.path, one, owned[site.path])
    first = first_id + len(made.briefings)
    return made.model_copy(
        update={
            "steps": tuple(wave.steps),
            "briefings": (
                *made.briefings,
                *(
                    _rename_briefing(number, wave, share, recipe, base_commit)
                    for number, share in enumerate(found, start=first)
                ),
            ),
            "hazards": tuple(hazard for one in wanted.values() for hazard in one.hazards),
        }
    )


def _contested(path: str, one: Renaming, steps: Sequence[str]) -> None:
    raise RequestError(
        f"{path} is changed whole by steps.{steps[0]}, and the rename of {one.symbol} touches it in "
        f"the same wave; let one need the other: needs: [{steps[0]}]"
    )


def _rename_briefing(
    number: int, wave: Wave, share: RenameShare, recipe: Recipe, base_commit: str
) -> WorkerBriefing:
    changes = share.renames
    return WorkerBriefing(
        id=number,
        wave=wave.number,
        task=TaskDescription(
            goal=", ".join(f"rename {c.symbol} to {c.new}" for c in changes),
            steps=tuple(change.step for change in changes),
            select=(),
            renames=changes,
        ),
        context=CodebaseContext(base_commit=base_commit, neighbours=(), outline=()),
        symbols_owned=share.symbols,
        symbols_readable=tuple(
            s for s in dict.fromkeys(c.symbol for c in changes) if s not in share.symbols
        ),
        constraints=constraints_of(recipe),
        weight=sum(len(change.sites) for change in changes),
    )


MOST_USERS = 100
"""Files that a briefing names because they import what it owns."""

A_FILE = 1_200
"""Bytes of a file that cost a codemod as much CPU as each file does beside its own bytes:
`benchmarks/weights.py` measures it."""

Steps = tuple[str, ...]
Share = tuple[Steps, tuple[str, ...]]
"""What one briefing gets: the steps to run, and the paths to run them on."""


def _groups(wave: Wave, selections: Mapping[str, Selection]) -> dict[Steps, list[str]]:
    steps_of: defaultdict[str, list[str]] = defaultdict(list)
    for name in wave.steps:
        for path in selections[name].paths:
            steps_of[path].append(name)
    groups: defaultdict[Steps, list[str]] = defaultdict(list)
    for path, names in sorted(steps_of.items()):
        groups[tuple(names)].append(path)
    for names, paths in groups.items():
        _judge_kinds(names, paths[0], wave)
    return dict(groups)


def _judge_kinds(names: Steps, path: str, wave: Wave) -> None:
    """One engine carries a briefing out, so commands and codemods cannot share a file."""
    if len({type(wave.steps[name]) for name in names}) > 1:
        raise RequestError(
            f"steps.{names[0]} and steps.{names[1]}, a codemod and a command, both change {path} in one "
            f"wave; let one need the other: needs: [{names[0]}]"
        )


def _parts(
    groups: Mapping[Steps, Sequence[str]],
    wave: Wave,
    index: Index,
    graph: nx.Graph[str],
    workers: int,
) -> list[Share]:
    total = sum(_weight(steps, paths, index) for steps, paths in groups.items())
    found: list[Share] = []
    for steps, paths in sorted(groups.items()):
        weights = {path: _weight(steps, [path], index) for path in paths}
        share = sum(weights.values()) / max(1, total)
        # A command has a copy of the whole tree: as few of these as keep all workers at work.
        each = 1 if isinstance(wave.steps[steps[0]], CommandStep) else PARTS_A_WORKER
        parts: Parts = partition(weights, graph, max(1, round(each * workers * share)))
        found.extend((steps, part) for part in parts)
    return found


def _weight(steps: Steps, paths: Sequence[str], index: Index) -> int:
    """What steps on files are taken to cost, in bytes of a codemod's work."""
    return len(steps) * sum(index.files[path].size + A_FILE for path in paths)


def _briefing(
    number: int,
    wave: Wave,
    share: Share,
    *,
    recipe: Recipe,
    index: Index,
    base_commit: str,
) -> WorkerBriefing:
    steps, paths = share
    neighbours = neighbours_of(paths, index)
    return WorkerBriefing(
        id=number,
        wave=wave.number,
        task=TaskDescription(
            goal=", then ".join(_shown(wave.steps[name]) for name in steps),
            steps=steps,
            select=tuple(
                dict.fromkeys(g for name in steps for g in described(wave.steps[name].select))
            ),
        ),
        context=CodebaseContext(
            base_commit=base_commit,
            neighbours=neighbours,
            outline=tuple(_outline(path, index) for path in paths),
        ),
        symbols_owned=paths,
        symbols_readable=neighbours,
        constraints=constraints_of(
            recipe, (s.constraints for n in steps if isinstance(s := wave.steps[n], CommandStep))
        ),
        weight=_weight(steps, paths, index),
    )


def _shown(step: WholeStep) -> str:
    """What a step does, as its recipe says it."""
    match step:
        case CodemodStep(codemod=codemod):
            return codemod
        case CommandStep(command=str() as line):
            return line
        case CommandStep(command=words):
            return " ".join(words)


def neighbours_of(paths: Iterable[str], index: Index) -> tuple[str, ...]:
    """The files that one of these imports, and some that import one of these, those of most first.

    What a file imports is bounded by its text; half of a codebase may import it.
    """
    owned = set(paths)
    known = [path for path in owned if path in index.files]
    used = {near for path in known for near in index.imports.successors(path)} - owned
    users = Counter(near for path in known for near in index.imports.predecessors(path))
    near = sorted(users.keys() - owned - used, key=lambda path: (-users[path], path))
    return tuple(sorted(filter(safe_path, {*used, *near[:MOST_USERS]})))


def _outline(path: str, index: Index) -> str:
    facts = index.files[path]
    return f"{path}: {facts.lines} lines, {len(facts.symbols)} symbols"


def _left_out(selections: Mapping[str, Selection]) -> tuple[LeftOut, ...]:
    found = {one.path: one for selection in selections.values() for one in selection.left_out}
    return tuple(found[path] for path in sorted(found))
