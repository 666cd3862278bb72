"""Budgets: what a briefing, a step and a run may use, and what they have used. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupiter.fold.state import State
from jupiter.fold.usage import Spent, total
from jupiter.model.step import Limits


@dataclass(frozen=True, slots=True)
class Budgets:
    """The limits of one conversation: its own, its step's, its run's."""

    step: str
    briefing: Limits | None = None
    of_step: Limits | None = None
    run: Limits | None = None


def failed(limits: Budgets, state: State, briefing: int, minutes: float) -> str | None:
    """Why a briefing has failed by its own limits; None while it is within them."""
    return over(limits.briefing, state.briefings[briefing].spent, minutes)


def paused(limits: Budgets, state: State, step_minutes: float, run_minutes: float) -> str | None:
    """Why a step or the run stops; None while both are within their budgets."""
    mine = (one.spent for one in state.briefings.values() if limits.step in one.steps)
    if (why := over(limits.of_step, total(mine), step_minutes)) is not None:
        return f"the budget of the step {limits.step} is used up: {why}"
    budget = limits.run if state.budget is None else raised(limits.run, state.budget)
    everything = total(one.spent for one in state.briefings.values())
    if (why := over(budget, everything, run_minutes)) is not None:
        return f"the budget of the run is used up: {why}"
    return None


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
