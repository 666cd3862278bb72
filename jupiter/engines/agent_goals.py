"""A goal that does not say what it is about: a model divides it, by one request with a structured output."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient, transform_schema
from anthropic.types import Message
from pydantic import BaseModel, ConfigDict, ValidationError

from jupiter.engines.agent_client import (
    FAILURES,
    check_settings,
    retry_of,
    tls,
    until_stopped,
    usage_of,
)
from jupiter.engines.agent_signals import Limiter
from jupiter.engines.agent_views import bullets, data
from jupiter.engines.prompt import filled, prompt
from jupiter.errors import AgentError, RequestError
from jupiter.model.briefing_events import ModelRetried, UsageRecorded
from jupiter.model.division import DividedGoal
from jupiter.model.step import AgentStep
from jupiter.planner.division import mistakes
from jupiter.planner.outlines import outline_of
from jupiter.planner.selection import Ground

TRIES = 2
"""How often a model is asked: once more with what was wrong with its first answer."""

MOST_OUTLINE = 20_000
"""Tokens of the outline that it is shown."""

_SHOWN = 5  # mistakes that an error tells

Ask = Callable[[Sequence[Mapping[str, Any]]], str]
"""What a model says to messages, by the schema of a division."""

Judge = Callable[[Sequence[DividedGoal]], Sequence[str]]
"""What is wrong with goals."""


class _Division(BaseModel):
    """What the model is to say; every list must be there, and may be empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    goals: tuple[DividedGoal, ...]


def asked(
    name: str, step: AgentStep, ground: Ground, asker: Ask, remembered: Sequence[str] = ()
) -> tuple[DividedGoal, ...]:
    """The goals that a model divides the goal of a step into, on this ground.

    `remembered` is what it has said before, which was paid for.

    Raises:
        RequestError: the goals cannot be planned.
        SurroundingsError: there is no key.
    """
    check_settings({name: step}, ground.recipe.budget)
    known = iter(remembered)

    def ask(messages: Sequence[Mapping[str, Any]]) -> str:
        said = next(known, None)
        return asker(messages) if said is None else said

    outline = outline_of(ground.index, MOST_OUTLINE)
    return divide(name, step, outline, ask, partial(mistakes, name, step, ground=ground))


def divide(
    name: str, step: AgentStep, outline: Sequence[str], ask: Ask, judge: Judge
) -> tuple[DividedGoal, ...]:
    """The goals that a model divides the goal of a step into; asked once more when they cannot be planned.

    Raises:
        RequestError: nor can those of its second answer.
    """
    opening = filled("divide", goal=str(step.agent), outline=data("outline", "\n".join(outline)))
    messages = [_message("user", opening)]
    wrong: Sequence[str] = ()
    for _ in range(TRIES):
        text = ask(messages)
        goals, wrong = _read(text, judge)
        if not wrong:
            return goals
        again = filled("divide_again", mistakes=bullets(wrong))
        messages += [_message("assistant", text or "(nothing)"), _message("user", again)]
    raise RequestError(
        f"steps.{name}: {step.model} was asked {TRIES} times what the goal is about, and its answer "
        f"cannot be planned: {'; '.join(wrong[:_SHOWN])}; write `select`, or a list of goals, yourself"
    )


def _read(text: str, judge: Judge) -> tuple[tuple[DividedGoal, ...], Sequence[str]]:
    try:
        goals = _Division.model_validate_json(text).goals
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return (), (f"the answer is not what the schema says: {first['msg']}",)
    return goals, judge(goals)


def schema() -> dict[str, Any]:
    """The JSON Schema of a division as the API takes it: closed objects, all of their keys required."""
    made = transform_schema(_Division)
    for one in (made, *made["$defs"].values()):
        one["required"] = list(one["properties"])
    return made


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}


def _silent(_: ModelRetried) -> None:
    """Nobody is told of retries."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks a step's model; `paid` is told what each reply has cost, and what it says."""

    step: AgentStep
    paid: Callable[[UsageRecorded, str], None]
    stop: threading.Event = field(default_factory=threading.Event)
    limiter: Limiter = field(default_factory=Limiter)
    may_ask: Callable[[], object] = bool
    """Raises when a budget is used up."""
    retried: Callable[[ModelRetried], None] = _silent

    def __call__(self, messages: Sequence[Mapping[str, Any]]) -> str:
        """What the model says.

        Raises:
            AgentError: the API refuses the request, or does not answer, or the model does not.
            SurroundingsError: the API refuses the key.
            Interrupted: the run was stopped.
        """
        return asyncio.run(self._ask(messages))

    async def _ask(self, messages: Sequence[Mapping[str, Any]]) -> str:
        http = DefaultAsyncHttpxClient(verify=tls())
        async with AsyncAnthropic(max_retries=0, http_client=http) as client:
            work = asyncio.ensure_future(self._until_answered(client, messages))
            return await until_stopped(work, self.stop)

    async def _until_answered(
        self, client: AsyncAnthropic, messages: Sequence[Mapping[str, Any]]
    ) -> str:
        for attempt in count(2):
            self.may_ask()
            await self.limiter.wait()
            try:
                return self._said(await self._once(client, messages))
            except FAILURES as error:
                again = retry_of(error, attempt)
            self.retried(again)
            await asyncio.sleep(again.wait)
        raise AssertionError  # count() does not end

    async def _once(self, client: AsyncAnthropic, messages: Sequence[Mapping[str, Any]]) -> Message:
        step = self.step
        config: dict[str, Any] = {"format": {"type": "json_schema", "schema": schema()}}
        more: dict[str, Any] = {}
        if step.effort is not None:
            config["effort"] = step.effort
        if step.thinking is not None:
            more["thinking"] = {"type": step.thinking}
        request: dict[str, Any] = {
            "model": step.model,
            "max_tokens": step.max_tokens,
            "system": prompt("divider"),
            "messages": list(messages),
            "output_config": config,
            **more,
        }
        async with client.messages.stream(**request) as stream:
            return await stream.get_final_message()

    def _said(self, message: Message) -> str:
        """The text of a reply that has been paid for."""
        text = "".join(block.text for block in message.content if block.type == "text")
        self.paid(usage_of(message, self.step.model), text)
        if message.stop_reason == "refusal":
            raise AgentError(f"{self.step.model} refuses to divide the goal")
        return text
