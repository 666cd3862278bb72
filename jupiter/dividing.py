"""Goals that a model divides before a wave is planned: as log or saved plan have them, else asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import Any

from jupiter.conductor import Notice
from jupiter.engines.agent_budget import Budgets, check_paused
from jupiter.execution import Run
from jupiter.model.briefing_events import UsageRecorded
from jupiter.model.division import DividedGoal
from jupiter.model.run_events import GoalDivided
from jupiter.model.step import AgentStep
from jupiter.planner.division import divided, to_divide
from jupiter.planner.plan import Wave
from jupiter.planner.wave import ground_of, saved_goals


def with_goals(run: Run, wave: Wave) -> Wave:
    """The wave with the goals of those of its steps that say `planner: model`.

    Raises:
        RequestError: the model's goals cannot be planned.
        BudgetError: there is nothing left to ask it with.
        SurroundingsError: there is no key, or the API refuses it.
    """
    return divided(wave, {name: _goals(run, name, step) for name, step in to_divide(wave).items()})


def _goals(run: Run, name: str, step: AgentStep) -> tuple[DividedGoal, ...]:
    known = run.log.look(lambda state: state.divisions.goals.get(name))
    if known is None:
        known = saved_goals(run.source).get(name) or _asked(run, name, step)
        run.record(GoalDivided(goals=known), step=name)
        run.listen(Notice("plan", f"{name}: divided into {len(known)} goals"))
    return known


def _asked(run: Run, name: str, step: AgentStep) -> tuple[DividedGoal, ...]:
    goals = late()
    asker = goals.Asker(
        step,
        paid=partial(_paid, run, name),
        stop=run.stop,
        limiter=run.limiter,
        may_ask=partial(_check_budgets, run, name, step),
        retried=partial(run.record, step=name),
    )
    run.listen(Notice("plan", f"{name}: {step.model} is asked what the goal is about"))
    ground = ground_of(run.source, run.index_now(), run.changed)
    return goals.asked(name, step, ground, asker, _remembered(run, name))


def late() -> Any:
    """`jupiter.engines.agent_goals`, imported for those who have such a step: the SDK takes seconds."""
    return import_module("jupiter.engines.agent_goals")


def _paid(run: Run, name: str, usage: UsageRecorded, text: str) -> None:
    reply = run.log.put(json.dumps([{"type": "text", "text": text}], ensure_ascii=False).encode())
    run.record(usage.model_copy(update={"reply": reply}), step=name)


def _remembered(run: Run, name: str) -> Sequence[str]:
    """What the model has said to this step before the run was resumed: it has been paid for."""
    return [
        json.loads(run.log.get(event.data.reply))[0]["text"]
        for event in run.log.events()
        if isinstance(event.data, UsageRecorded) and (event.briefing, event.step) == (None, name)
    ]


def _check_budgets(run: Run, name: str, step: AgentStep) -> None:
    check_paused(Budgets(name, None, step.budget, run.source.recipe.budget), run.log)
