"""One conversation with a model: the SDK's tool runner, with budgets, retries and the log around it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import anthropic
from anthropic import AsyncAnthropic
from anthropic.lib.tools import (
    BetaAsyncBuiltinFunctionTool,
    BetaAsyncStreamingToolRunner,
    ToolError,
)
from anthropic.types.beta import BetaMessage, BetaToolUseBlock

from jupiter.engines.agent_answers import answer, record_told, record_unknown
from jupiter.engines.agent_cache import with_breakpoints
from jupiter.engines.agent_client import FAILURES, retry_of, usage_of
from jupiter.engines.agent_desk import Desk
from jupiter.engines.agent_memory import Memory, answered, said, told
from jupiter.engines.agent_replies import MALFORMED, received, sendable
from jupiter.engines.agent_signals import Limiter, Warmth
from jupiter.engines.agent_tools import TOOLS, Tool
from jupiter.engines.prompt import filled, prompt
from jupiter.errors import AgentError
from jupiter.model.briefing_events import AgentTold, BriefingFinished
from jupiter.model.event import Payload
from jupiter.model.step import AgentStep

PATIENCE = 3
"""How often in a row a reply may be cut off, or stop without `done`."""

_BY_NAME = {tool.name: tool for tool in TOOLS}


@dataclass(slots=True)
class Talk:
    """A conversation that goes on until the worker is done."""

    desk: Desk
    memory: Memory
    settings: AgentStep
    limiter: Limiter
    warmth: Warmth
    check_budgets: Callable[[], None]
    """Raises when a limit or budget is reached."""
    _calls: list[BetaToolUseBlock] = field(default_factory=list[BetaToolUseBlock])
    """The calls of the reply that is being answered."""

    async def go(self, client: AsyncAnthropic) -> BriefingFinished:
        """Talk until the worker is done.

        Raises:
            AgentError: the model does not come to an end, or the API refuses a request.
            SurroundingsError: the API refuses the key.
        """
        self._take_up()
        idle = 0
        while self.desk.summary is None:
            known = len(self.memory.messages)
            stop = await self._until_it_stops(client)
            if self.desk.summary is not None:
                break
            idle = idle + 1 if len(self.memory.messages) <= known + 1 else 1
            self._tell(prompt(_next_prompt(stop, idle)))
        return BriefingFinished()

    async def gate(self, request: Any, call_next: Any) -> Any:
        """What every request passes on its way out: budgets, pauses, the warming of the prefix."""
        self.check_budgets()
        await self.limiter.wait()
        messages = with_breakpoints(sendable(request.json["messages"]))
        body = {**request.json, "messages": messages}
        async with self.warmth.first() as warmed:
            response = await call_next(request.copy(body=body))
            if response.status_code < 400:
                warmed()
            return response

    def answer(self, tool: Tool, given: object, call: str) -> tuple[str, bool]:
        """Carry out one call: the answer, with the news behind it, and whether it is an error."""
        return answer(self.desk, tool, given, call)

    def take(self, tool: str, given: object) -> str:
        """The id of the call of the last reply that is being carried out."""
        for one in self._calls:
            if one.name == tool and one.input == given:
                self._calls.remove(one)
                return one.id
        raise AgentError(f"no call of {tool} is open")

    def _take_up(self) -> None:
        """Answer what is open: calls that a crash cut off, or a change since the worker was done."""
        memory, desk = self.memory, self.desk
        desk.answers = memory.reply
        desk.unread = memory.reply if memory.is_unread else 0
        for call in tuple(memory.open_calls):
            tool = _BY_NAME.get(call["name"])
            if tool is None:
                text, is_error = f"there is no tool {call['name']}", True
                record_unknown(desk, call["name"], call["id"], text)
            else:
                text, is_error = self.answer(tool, call["input"], call["id"])
            answered(memory, call["id"], text, is_error=is_error)
        if memory.is_done and not desk.is_broken():
            desk.summary = ""
        elif memory.is_done:
            self._wake()
        elif memory.messages[-1]["role"] == "assistant":
            self._tell(prompt("resumed"))

    async def _until_it_stops(self, client: AsyncAnthropic) -> str:
        """Let the runner run until the model stops; what fails on the way is tried again."""
        attempt = 1
        while True:
            known = len(self.memory.messages)
            try:
                return await self._run(client)
            except FAILURES as error:
                attempt = 2 if len(self.memory.messages) > known else attempt + 1
                again = retry_of(error, attempt)
                self._record(again)
                if isinstance(error, anthropic.APIStatusError):
                    self.limiter.pause(again.wait)
            await asyncio.sleep(again.wait)

    async def _run(self, client: AsyncAnthropic) -> str:
        """One run of the SDK's runner over the conversation so far; why the last reply ended."""
        make = cast("Any", client.beta.messages.tool_runner)
        runner: BetaAsyncStreamingToolRunner[None] = make(
            messages=list(self.memory.messages),
            system=self.memory.system,
            tools=[_SessionTool(tool, self) for tool in TOOLS],
            stream=True,
            thread=False,  # a request has the whole conversation: it can be built again from the log
            **self._settings(),
        )
        stop = ""
        try:
            async for stream in runner:
                message, stop = await received(stream)
                self._paid(message, stop)
                response = await runner.generate_tool_call_response() if self._calls else None
                self._answered(response)
                if self.desk.summary is not None or stop == MALFORMED:
                    break
        finally:
            await runner.close()
        return stop

    def _answered(self, response: object) -> None:
        """Remember what the runner sends next, the answers to the calls of the last reply."""
        results: list[Any] = cast("Any", response)["content"] if response else []
        unknown = {one.id: one.name for one in self._calls}  # of which no tool was asked
        for one in results:
            call, text, is_error = one["tool_use_id"], one["content"], bool(one.get("is_error"))
            if call in unknown:
                record_unknown(self.desk, unknown[call], call, text)
            answered(self.memory, call, text, is_error=is_error)

    def _settings(self) -> dict[str, Any]:
        step = self.settings
        found: dict[str, Any] = {"model": step.model, "max_tokens": step.max_tokens}
        if step.thinking is not None:
            found["thinking"] = {"type": step.thinking}
        if step.effort is not None:
            found["output_config"] = {"effort": step.effort}
        return found

    def _paid(self, message: BetaMessage, stop: str) -> None:
        """Record a reply; of one that was cut off the calls are left out, they may be half."""
        calls = [block for block in message.content if block.type == "tool_use"]
        self._calls = calls if stop == "tool_use" else []
        content = [
            block.model_dump(mode="json", exclude_none=True)
            for block in message.content
            if block.type != "tool_use" or self._calls
        ]
        reply = self.desk.session.log.put(json.dumps(content, ensure_ascii=False).encode())
        usage = usage_of(message, self.settings.model)
        self._record(usage.model_copy(update={"reply": reply, "stop": stop}))
        said(self.memory, content)
        self.desk.answers = self.desk.session.log.look(lambda state: state.seq)

    def _wake(self) -> None:
        news, through = self.desk.news(is_done=True)
        self._add(filled("woken", updates=news), news, through)

    def _tell(self, text: str) -> None:
        news, through = self.desk.news()
        self._add(f"{text}\n\n{news}" if news else text, news, through)

    def _add(self, text: str, news: str, through: int) -> None:
        name = self.desk.session.log.put(text.encode())
        record_told(self.desk, AgentTold(text=name, told=through), news)
        told(self.memory, text)

    def _record(self, *data: Payload) -> None:
        self.desk.session.record(*data)


class _SessionTool(BetaAsyncBuiltinFunctionTool):
    """A tool as the SDK's runner calls it."""

    def __init__(self, tool: Tool, talk: Talk) -> None:
        self._tool = tool
        self._talk = talk

    def to_dict(self) -> Any:
        """The tool's definition."""
        return self._tool.definition

    async def call(self, input: object) -> str:  # noqa: A002 # the SDK names it
        """Carry out a call."""
        call = self._talk.take(self._tool.name, input)
        text, is_error = self._talk.answer(self._tool, input, call)
        if is_error:
            raise ToolError(text)
        return text


def _next_prompt(stop: str, idle: int) -> str:
    """What a worker is told that stopped before it was done.

    Raises:
        AgentError: it will not come to an end.
    """
    if stop in {"refusal", "model_context_window_exceeded"}:
        raise AgentError(f"the model stopped: {stop}")
    if idle > PATIENCE:
        raise AgentError(f"the model stopped {PATIENCE} times before it was done, at last: {stop}")
    return {"max_tokens": "cut_off", MALFORMED: "malformed"}.get(stop, "go_on")
