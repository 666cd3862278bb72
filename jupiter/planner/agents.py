"""The briefings of a wave's agent steps: goals, what they want, who of the agents gets what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from jupiter.errors import RequestError
from jupiter.index.edges import Edges
from jupiter.index.index import Index
from jupiter.model.briefing import AgentGoal, CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.plan import Cut, Plan
from jupiter.model.step import GoalStep
from jupiter.model.symbol import SymbolId
from jupiter.planner.awaited import awaited, made_for
from jupiter.planner.constraints import constraints_of
from jupiter.planner.contested import Settlement, wanted_ids
from jupiter.planner.creates import New, new_of
from jupiter.planner.deal import Deal
from jupiter.planner.finding import described
from jupiter.planner.goals import PlannedGoal, Wanted, goals_of, wanted_by
from jupiter.planner.order import Ordered, ordered
from jupiter.planner.plan import neighbours_of
from jupiter.planner.relations import relations
from jupiter.planner.selection import Ground
from jupiter.planner.shares import Share, dealt_shares, shares
from jupiter.planner.turns import settled, turns
from jupiter.system.paths import safe_path

T = TypeVar("T")

MOST_NAMED = 400
"""Of the symbols that a briefing names, how many it is told of."""


def with_agents(
    made: Plan,
    steps: Mapping[str, GoalStep],
    ground: Ground,
    edges: Edges,
    *,
    base_commit: str,
    first_id: int,
    deal: Deal = (),
) -> Plan:
    """The plan with the briefings of a wave's agent steps behind the others, by a `deal` if there is one.

    Raises:
        RequestError: a goal selects or creates what it cannot, or another step of the wave owns it.
    """
    first = first_id + len(made.briefings)
    goals = goals_of(steps)
    waits = awaited(goals)
    coming = made_for(waits)
    wanted = wanted_by(goals, steps, ground, coming)
    new = new_of(goals, steps, ground)
    pairs = settled(goals, steps, wanted, ground.index)
    found = shares(turns(wanted, pairs), new, ground.index, edges, made.workers, made=coming)
    if deal:
        found = dealt_shares(found, deal)
    order = ordered(found, waits)
    settlement = Settlement(goals, wanted, pairs, waits, order, first)
    make = _Briefings(goals, wanted, new, steps, ground, edges, base_commit)
    briefings = tuple(make.of(n, made.wave, order, first) for n in range(len(order.shares)))
    _judge_owners(made, briefings)
    left_out = {one.path: one for one in (*made.left_out, *wanted.left_out)}
    return made.model_copy(
        update={
            "briefings": (*made.briefings, *briefings),
            "contested": settlement.contested(),
            "relations": relations(settlement),
            "cut": _cut(briefings, edges),
            "left_out": tuple(left_out[path] for path in sorted(left_out)),
        }
    )


@dataclass(frozen=True, slots=True)
class _Briefings:
    """Makes the briefings of one wave."""

    goals: Sequence[PlannedGoal]
    wanted: Wanted
    new: New
    steps: Mapping[str, GoalStep]
    ground: Ground
    edges: Edges
    base_commit: str

    def of(self, place: int, wave: int, order: Ordered, first: int) -> WorkerBriefing:
        """The briefing of one share, without the texts of its context; the first one's id is given."""
        share = order.shares[place]
        goals = [self.goals[n] for n in sorted(share.goals)]
        steps = tuple(dict.fromkeys(goal.step for goal in goals))
        return WorkerBriefing(
            id=first + place,
            wave=wave,
            task=self._task(share, steps),
            context=CodebaseContext(
                base_commit=self.base_commit,
                neighbours=_neighbours(share, self.ground.index),
                outline=(),
            ),
            symbols_owned=share.symbols,
            symbols_readable=_named(share, self.edges),
            constraints=constraints_of(
                self.ground.recipe, [self.steps[name].constraints for name in steps]
            ),
            weight=share.weight,
            after=tuple(first + one for one in order.after[place]),
            receives=tuple(order.givers[place]),
        )

    @property
    def _deleted(self) -> Mapping[str, str]:
        return {text: text for goal in self.goals for text in goal.deletes}

    def _mine(self, share: Share, planned: Mapping[str, T]) -> Iterator[T]:
        """What of the planned, by symbol, is the share's."""
        inside = {(unit.path, name) for unit in share.units for name in unit.names}
        return (one for symbol, one in planned.items() if SymbolId.parse(symbol) in inside)

    def _task(self, share: Share, steps: tuple[str, ...]) -> TaskDescription:
        goals = [(n, self.goals[n]) for n in sorted(share.goals)]
        return TaskDescription(
            goal="; ".join(goal.text for _, goal in goals),
            steps=steps,
            select=tuple(dict.fromkeys(s for _, goal in goals for s in described(goal.select))),
            goals=tuple(
                AgentGoal(
                    place=goal.place,
                    step=goal.step,
                    goal=goal.text,
                    symbols=tuple(wanted_ids(share, self.wanted, lambda by, n=n: n in by)),
                )
                for n, goal in goals
            ),
            creates=tuple(created.planned for created in share.creates),
            moves=tuple(self._mine(share, self.new.moves)),
            deletes=tuple(self._mine(share, self._deleted)),
            check=next((check for name in steps if (check := self.steps[name].check)), ""),
        )


def _neighbours(share: Share, index: Index) -> tuple[str, ...]:
    """The files around those of a share, and those of which others own the rest."""
    whole = {unit.path for unit in share.units if unit.is_whole}
    paths = {unit.path for unit in share.units} | {one.path for one in share.creates}
    return tuple(sorted({*neighbours_of(paths, index), *filter(safe_path, paths - whole)}))


def _named(share: Share, edges: Edges) -> tuple[str, ...]:
    """The symbols outside of a share that it names, those that it names most first."""
    inside = {(unit.path, name) for unit in share.units for name in unit.names}
    count: Counter[str] = Counter()
    for (user, used), times in edges.items():
        if user in inside and used not in inside:
            count[str(SymbolId(*used))] += times
    return tuple(sorted(count, key=lambda symbol: (-count[symbol], symbol))[:MOST_NAMED])


def _cut(briefings: Iterable[WorkerBriefing], edges: Edges) -> Cut:
    """How often the symbols of these briefings name each other, and how often others' symbols."""
    owners = {symbol: one.id for one in briefings for symbol in one.owned_at_start}
    inside = across = 0
    for pair, times in edges.items():
        user, used = (owners.get(str(SymbolId(*t)), owners.get(t[0])) for t in pair)
        if user is not None and used is not None:
            inside += times
            across += times * (user != used)
    return Cut(edges=inside, across=across, of="references")


def _judge_owners(made: Plan, briefings: Iterable[WorkerBriefing]) -> None:
    """Raise when a codemod or a rename of the same wave owns what an agent is to change."""
    owners = {symbol: b for b in made.briefings for symbol in b.symbols_owned}
    files = {SymbolId.parse(symbol).path: b for symbol, b in owners.items()}
    for briefing in briefings:
        for symbol in briefing.symbols_owned:
            path, name = SymbolId.parse(symbol)
            other = owners.get(symbol) or owners.get(path) or (None if name else files.get(path))
            if other is not None:
                step = other.task.steps[0]
                raise RequestError(
                    f"steps.{briefing.task.steps[0]} and steps.{step} both change {symbol} in one "
                    f"wave; let one need the other: needs: [{step}]"
                )
