"""What a wave is taken to need, by what earlier runs of its recipe needed; and what it did need."""

from __future__ import annotations

import heapq
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from jupiter.bus.history import begun, told
from jupiter.engines.agent_prices import price_of
from jupiter.errors import LogError
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.briefing_events import BriefingFinished, BriefingStarted, UsageRecorded
from jupiter.model.event import Event
from jupiter.model.plan import Estimate, Plan
from jupiter.model.recipe import Recipe
from jupiter.model.run_events import WavePlanned as Planned
from jupiter.model.step import AgentStep

MOST_RUNS = 5
"""Of the earlier runs of a recipe, how many of the latest are looked at."""

_TELLING = frozenset({"wave.planned", "briefing.started", "usage.recorded", "briefing.finished"})
"""The events that say what a briefing has needed."""

MOST_LOOKED_AT = 50
"""Of all earlier runs, how many of the latest are asked which recipe they are of."""


NOTHING_WAITS: Mapping[int, Collection[int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Done:
    """A finished briefing: its steps, its weight in the plan, seconds, output tokens, US dollars."""

    wave: int
    steps: tuple[str, ...]
    weight: int
    began: float
    ended: float
    tokens: int
    usd: float
    cpu: float | None = None
    """CPU seconds, where they were measured."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Seconds, and output tokens, for one unit of weight."""

    seconds: float
    tokens: float
    is_cpu: bool = False
    """Whether the seconds are of CPU: as many can pass at once as there are cores."""


Rates = Mapping[tuple[str, ...], Rate]
"""By the steps of a briefing."""


def known_rates(recipe: str) -> Rates:
    """What a unit of weight has needed in the latest runs of a recipe on this machine."""
    return rates(earlier(recipe))


def earlier(recipe: str) -> Iterator[list[Event]]:
    """What the latest runs of a recipe on this machine have needed; logs that cannot be read are left out."""
    return islice(_of_recipe(recipe), MOST_RUNS)


def rates(runs: Iterable[Sequence[Event]]) -> Rates:
    """What a unit of weight has needed, by steps."""
    groups: defaultdict[tuple[str, ...], list[Done]] = defaultdict(list)
    for events in runs:
        for one in finished(events):
            if one.weight:
                groups[one.steps].append(one)
    return {steps: _rate(some) for steps, some in groups.items()}


def estimate(plan: Plan, recipe: Recipe, known: Rates) -> Estimate:
    """The makespan, the output tokens and the cost that a plan is taken to have.

    Without an earlier run a token of weight is a token of output, and nobody knows the seconds. The cost
    is that of the output, and of reading each context once.
    """
    seconds = [_seconds(one, known) for one in plan.briefings]
    measured = [one for one in seconds if one is not None]
    agents = [one for one in plan.briefings if _model(one, recipe)]
    by_cpu = [_cpu(one, known) for one in plan.briefings]
    cpus = [one for one in by_cpu if one is not None]
    is_cpu = bool(cpus) and len(cpus) == len(by_cpu)
    costs = [_usd(one, recipe, known) for one in agents]
    workers = min(plan.workers, os.cpu_count() or 1) if is_cpu else plan.workers
    priced = [one for one in costs if one is not None]
    return Estimate(
        seconds=_makespan(plan, measured, workers) if len(measured) == len(seconds) else None,
        cpu=round(sum(cpus), 3) if is_cpu else None,
        output_tokens=sum(_tokens(one, known) for one in agents),
        usd=round(sum(priced), 4) if len(priced) == len(costs) else None,
    )


def needed(events: Sequence[Event], wave: int) -> Estimate:
    """What the finished briefings of a wave have needed."""
    done = [one for one in finished(events) if one.wave == wave]
    cpus = [one.cpu for one in done if one.cpu is not None]
    return Estimate(
        seconds=max(d.ended for d in done) - min(d.began for d in done) if done else None,
        cpu=round(sum(cpus), 3) if cpus and len(cpus) == len(done) else None,
        output_tokens=sum(one.tokens for one in done),
        usd=round(sum(one.usd for one in done), 4),
    )


def makespan(
    seconds: Sequence[float], workers: int, after: Mapping[int, Collection[int]] = NOTHING_WAITS
) -> float:
    """When the last worker is done, each taking the next briefing that may begin as soon as it is free.

    `after` are the places of those that have to end before, by the place of who waits for them.
    """
    left, free, ended = dict(enumerate(seconds)), [0.0] * workers, dict[int, float]()
    while left:
        now = heapq.heappop(free)
        place, begins = _next(left, now, ended, after)
        ended[place] = begins + left.pop(place)
        heapq.heappush(free, ended[place])
    return max(ended.values(), default=0.0)


def _next(
    left: Iterable[int],
    now: float,
    ended: Mapping[int, float],
    after: Mapping[int, Collection[int]],
) -> tuple[int, float]:
    """The first one that may begin now, else the one that may begin first, and when that is."""
    soonest: tuple[float, int] | None = None
    for place in left:
        before = after.get(place, ())
        if all(one in ended for one in before):
            begins = max((now, *(ended[one] for one in before)))
            if begins == now:
                return place, now
            soonest = min(soonest or (begins, place), (begins, place))
    assert soonest is not None  # noqa: S101 # nothing waits for what comes behind it
    return soonest[1], soonest[0]


def finished(events: Iterable[Event]) -> Iterator[Done]:
    """The briefings of a run that have finished, in that order; times are in seconds."""
    planned: dict[int, tuple[int, tuple[str, ...], int]] = {}
    began: dict[int, float] = {}
    spent: defaultdict[int, list[UsageRecorded]] = defaultdict(list)
    for event in events:
        number = event.briefing
        match event.data:
            case Planned() as wave:
                planned |= {one.briefing: (wave.wave, one.steps, one.weight) for one in wave.owned}
            case BriefingStarted() if number is not None:
                began[number] = event.time.timestamp()
            case UsageRecorded() as usage if number is not None:
                spent[number].append(usage)
            case BriefingFinished(cpu=cpu) if number in planned and number in began:
                tokens = sum(one.output_tokens for one in spent[number])
                usd = sum(one.usd or 0.0 for one in spent[number])
                ended = event.time.timestamp()
                yield Done(*planned[number], began[number], ended, tokens, usd, cpu)
            case _:
                pass


def _of_recipe(recipe: str) -> Iterator[list[Event]]:
    for folder, started in islice(begun(), MOST_LOOKED_AT):
        if started.recipe == recipe:
            with suppress(LogError, OSError):
                yield list(told(folder, _TELLING))


def _rate(some: Sequence[Done]) -> Rate:
    """By CPU seconds where some of the briefings have them: time alone is that of a busy machine too."""
    measured = [(one, one.cpu) for one in some if one.cpu is not None]
    if measured:
        return Rate(
            sum(cpu for _, cpu in measured) / sum(o.weight for o, _ in measured), 0, is_cpu=True
        )
    weight = sum(one.weight for one in some)
    seconds = sum(one.ended - one.began for one in some)
    return Rate(seconds / weight, sum(one.tokens for one in some) / weight)


def _cpu(one: WorkerBriefing, known: Rates) -> float | None:
    rate = known.get(one.task.steps)
    return rate.seconds * one.weight if rate and rate.is_cpu else None


def _makespan(plan: Plan, seconds: Sequence[float], workers: int) -> float:
    places = {one.id: place for place, one in enumerate(plan.briefings)}
    after = {
        places[one.id]: [places[before] for before in one.after]
        for one in plan.briefings
        if one.after
    }
    return makespan(seconds, workers, after)


def _seconds(one: WorkerBriefing, known: Rates) -> float | None:
    rate = known.get(one.task.steps)
    return rate.seconds * one.weight if rate else None


def _tokens(one: WorkerBriefing, known: Rates) -> int:
    rate = known.get(one.task.steps)
    return round(one.weight * (rate.tokens if rate else 1))


def _model(one: WorkerBriefing, recipe: Recipe) -> str:
    step = recipe.steps[one.task.steps[0]]
    return step.model if isinstance(step, AgentStep) else ""


def _usd(one: WorkerBriefing, recipe: Recipe, known: Rates) -> float | None:
    price = price_of(_model(one, recipe))
    return price and price.of(0, one.context.tokens, 0, _tokens(one, known))
