"""The agent engine: each briefing is a conversation with a model, whose tools are the session."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

from jupiter.engines.agent_budget import Budgets, check_paused, failed
from jupiter.engines.agent_client import check_settings, tls, until_stopped
from jupiter.engines.agent_desk import Desk, Surroundings, is_woken, surroundings
from jupiter.engines.agent_memory import Memory, remember
from jupiter.engines.agent_prompts import Opening, opening, prompts_hash, shared
from jupiter.engines.agent_signals import Limiter, Warmth
from jupiter.engines.agent_talk import Talk
from jupiter.engines.received import with_received
from jupiter.engines.setting import Setting
from jupiter.errors import AgentError
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.briefing_events import AgentStarted, BriefingFinished
from jupiter.model.plan import Plan
from jupiter.model.step import AgentStep, Limits
from jupiter.session.session import Session


def engine(plan: Plan, steps: Mapping[str, AgentStep], setting: Setting) -> AgentEngine:
    """The engine of the agent briefings of a plan.

    Raises:
        SurroundingsError: there is no key.
        RequestError: a limit in US dollars, and no price for the model.
    """
    check_settings(steps, setting.budget)
    return AgentEngine(
        plan=plan,
        steps=steps,
        around=surroundings(plan, setting),
        context=setting.context,
        stop=setting.stop,
        budget=setting.budget,
        limiter=setting.limiter,
    )


@dataclass(slots=True)
class AgentEngine:
    """Carries out the agent briefings of one wave; what their conversations share is here."""

    plan: Plan
    steps: Mapping[str, AgentStep]
    around: Surroundings
    context: Callable[[WorkerBriefing], WorkerBriefing]
    """Gives a briefing the whole of its context."""
    stop: threading.Event
    budget: Limits | None = None
    """Of the run."""
    limiter: Limiter = field(default_factory=Limiter)
    """Of the run."""
    _warmth: dict[str, Warmth] = field(default_factory=dict[str, Warmth])

    def carry_out(self, briefing: WorkerBriefing, session: Session) -> BriefingFinished:
        """Talk with the model until the briefing is done.

        Raises:
            Interrupted: the run was stopped.
            BudgetError: the budget of the step or the run is used up.
            AgentError: the briefing is over its own limits, or the model does not come to an end.
            SurroundingsError: the API refuses the key.
        """
        return asyncio.run(self._converse(briefing, session))

    def is_woken(self, briefing: WorkerBriefing, session: Session) -> bool:  # noqa: ARG002 # as every engine
        """Whether a change that came after the briefing was done breaks what it owns."""
        return is_woken(session, self.around)

    async def _converse(self, briefing: WorkerBriefing, session: Session) -> BriefingFinished:
        step = briefing.task.steps[0]
        talk = Talk(
            desk=Desk(session, self.around),
            memory=self._memory(briefing, session),
            settings=self.steps[step],
            limiter=self.limiter,
            warmth=self._warmth.setdefault(step, Warmth()),
            check_budgets=self._check(briefing, session, step),
        )
        http = DefaultAsyncHttpxClient(verify=tls())
        async with AsyncAnthropic(
            max_retries=0, middleware=[talk.gate], http_client=http
        ) as client:
            return await until_stopped(asyncio.ensure_future(talk.go(client)), self.stop)

    def _memory(self, briefing: WorkerBriefing, session: Session) -> Memory:
        """The conversation so far, from the log; a new one if there is none."""
        own = (event for event in session.log.events() if event.briefing == briefing.id)
        memory = remember(own, session.log.get)
        if memory is not None:
            return memory
        made = self._opening(briefing, session)
        parts = {"system": made.system, "tools": made.tools, "messages": made.messages}
        text = json.dumps(parts, ensure_ascii=False).encode()
        model = self.steps[briefing.task.steps[0]].model
        session.record(
            AgentStarted(model=model, prompts=prompts_hash(), request=session.log.put(text))
        )
        return Memory(made.system, made.tools, made.messages)

    def _opening(self, briefing: WorkerBriefing, session: Session) -> Opening:
        step, whole = briefing.task.steps[0], with_received(self.context(briefing), session)
        mine = [one for one in self.plan.briefings if step in one.task.steps]
        goals = dict.fromkeys(one.task.goal for one in mine)
        system = shared(tuple(goals), self.plan.briefings, whole.context)
        return opening(system, whole)

    def _check(self, briefing: WorkerBriefing, session: Session, step: str) -> _Check:
        settings = self.steps[step]
        limits = Budgets(step, settings.limits, settings.budget, self.budget)
        return _Check(limits, briefing.id, session)


@dataclass(frozen=True, slots=True)
class _Check:
    """Whether a conversation may go on."""

    limits: Budgets
    briefing: int
    session: Session

    def __call__(self) -> None:
        log, now, number = self.session.log, datetime.now(UTC), self.briefing
        if (why := log.look(lambda state: failed(self.limits, state, number, now))) is not None:
            raise AgentError(f"the briefing is over its limits: {why}")
        check_paused(self.limits, log)
