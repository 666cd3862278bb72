"""Goals and steps of one wave that depend on each other: that they run side by side, and why that will do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from jupiter.model.briefing import WorkerBriefing
from jupiter.model.plan import Beside, Plan
from jupiter.planner.dependence import Between

_ADAPTS = "its workers are told of each interface that changes"
_AS_BEGUN = "it works on the files as they are when the wave begins"


def beside(plan: Plan, between: Between) -> tuple[Beside, ...]:
    """Each pair of which one uses what the other changes, those first that do it most.

    What comes after the other is not beside it.
    """
    after = {frozenset((one.first, one.second)) for one in plan.relations if one.how == "after"}
    briefings = {one.id: one for one in plan.briefings}
    times: Counter[tuple[str, str]] = Counter()
    adapting: set[str] = set()
    for (user, used), count in between.items():
        for mine in _about(briefings[user]):
            adapting.update([mine] if briefings[user].task.goals else [])
            for theirs in _about(briefings[used]):
                if mine != theirs and frozenset((mine, theirs)) not in after:
                    times[mine, theirs] += count
    return tuple(
        Beside(user=mine, used=theirs, times=n, why=_ADAPTS if mine in adapting else _AS_BEGUN)
        for (mine, theirs), n in sorted(times.items(), key=lambda one: (-one[1], one[0]))
    )


def _about(briefing: WorkerBriefing) -> Iterable[str]:
    """What a briefing is for, by place in the recipe."""
    goals = [goal.place for goal in briefing.task.goals]
    return goals or [f"steps.{step}" for step in dict.fromkeys(briefing.task.steps)]
