"""Budgets: what a briefing, a step and a run may use, and what they have used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from jupiter.bus.log import Log
from jupiter.errors import BudgetError
from jupiter.fold.state import State
from jupiter.fold.usage import Spent, total
from jupiter.model.step import Limits

WAY_OUT = "`jupiter resume` goes on with a higher one"


@dataclass(frozen=True, slots=True)
class Budgets:
    """The limits of one conversation: its own, its step's, its run's."""

    step: str
    briefing: Limits | None = None
    of_step: Limits | None = None
    run: Limits | None = None


def failed(limits: Budgets, state: State, briefing: int, now: datetime) -> str | None:
    """Why a briefing has failed by its own limits; None while it is within them."""
    minutes = state.clocks.of_briefing(briefing, now)
    return over(limits.briefing, state.briefings[briefing].spent, minutes)


def paused(limits: Budgets, state: State, now: datetime) -> str | None:
    """Why a step or the run stops; None while both are within their budgets."""
    step_minutes = state.clocks.of_step(limits.step, now)
    mine = [one.spent for one in state.briefings.values() if limits.step in one.steps]
    mine.append(state.divisions.spent.get(limits.step, Spent()))
    if (why := over(limits.of_step, total(mine), step_minutes)) is not None:
        return f"the budget of the step {limits.step} is used up: {why}"
    run_minutes = state.clocks.run.minutes(now)
    budget = of_run(limits, state)
    everything = state.divisions.and_briefings(one.spent for one in state.briefings.values())
    if (why := over(budget, everything, run_minutes)) is not None:
        return f"the budget of the run is used up: {why}"
    return None


def check_paused(limits: Budgets, log: Log) -> None:
    """Look whether a step and the run may still spend; raises BudgetError."""
    now = datetime.now(UTC)
    if (why := log.look(lambda state: paused(limits, state, now))) is not None:
        raise BudgetError(f"{why}; {WAY_OUT}")


def of_run(limits: Budgets, state: State) -> Limits | None:
    """The budget of the run, with what a resume has said."""
    return limits.run if state.budget is None else raised(limits.run, state.budget)


def minutes_left(
    limits: Budgets, state: State, briefing: int, now: datetime
) -> tuple[float, bool] | None:
    """How many minutes a briefing may still take, and whether its own limits say so; None if nobody does."""
    clocks = state.clocks
    found = [
        (one.minutes - spent, is_own)
        for one, spent, is_own in (
            (limits.briefing, clocks.of_briefing(briefing, now), True),
            (limits.of_step, clocks.of_step(limits.step, now), False),
            (of_run(limits, state), clocks.run.minutes(now), False),
        )
        if one is not None and one.minutes is not None
    ]
    return min(found, key=lambda one: one[0], default=None)


def over(
    limits: Limits | None, spent: Spent, minutes: float, *, reached: bool = True
) -> str | None:
    """Which limit is reached, else which is exceeded, with what was used of it."""
    if limits is None:
        return None
    used = {"usd": spent.usd, "tokens": spent.tokens, "minutes": minutes, "turns": spent.requests}
    for name, value in used.items():
        limit: float | None = getattr(limits, name)
        if limit is not None and (value > limit or (reached and value == limit)):
            return f"{value:.4g} of {limit:g} {name}"
    return None


def raised(limits: Limits | None, by: Mapping[str, float]) -> Limits:
    """Limits with others in the place of some."""
    given = limits.model_dump(exclude_unset=True) if limits else {}
    return Limits.model_validate({**given, **by})
