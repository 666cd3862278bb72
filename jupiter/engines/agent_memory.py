"""A conversation as the log has it: enough to go on where it was, without paying for a reply again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from jupiter.model.briefing_events import AgentStarted, AgentTold, ToolCalled, UsageRecorded
from jupiter.model.event import Event
from jupiter.model.tree_events import UpdateDelivered

Message = dict[str, Any]


@dataclass(slots=True)
class Memory:
    """The messages of a conversation so far, and what is to be known to go on."""

    system: list[Message]
    tools: list[Message]
    messages: list[Message]
    reply: int = 0
    """The event of the last reply of the model."""
    is_done: bool = False
    """Whether the last thing that happened was a `done` that was accepted."""
    is_unread: bool = False
    """Whether a refusal, or news, is among the answers to the last reply's calls."""
    open_calls: list[Message] = field(default_factory=list[Message])
    """The calls of the last reply that have no answer yet."""


def remember(events: Iterable[Event], get: Callable[[str], bytes]) -> Memory | None:
    """The conversation that these events of one briefing tell of; None if none has begun."""
    memory: Memory | None = None
    for event in events:
        match event.data:
            case AgentStarted(request=name):
                memory = Memory(**json.loads(get(name)))
            case UsageRecorded(reply=name) if memory:
                said(memory, json.loads(get(name)))
                memory.reply, memory.is_unread = event.seq, False
            case ToolCalled() as data if memory:
                text = get(data.result).decode()
                answered(memory, data.call, text, is_error=data.is_error)
                memory.is_done = data.tool == "done" and not data.is_error
                memory.is_unread = memory.is_unread or data.is_error
            case UpdateDelivered() if memory:
                memory.is_unread = True
            case AgentTold(text=name) if memory:
                told(memory, get(name).decode())
            case _:
                pass
    return memory


def said(memory: Memory, content: list[Message]) -> None:
    """The model has replied."""
    memory.is_done = False
    memory.open_calls = [block for block in content if block["type"] == "tool_use"]
    if content:
        memory.messages.append({"role": "assistant", "content": content})


def answered(memory: Memory, call: str, text: str, *, is_error: bool) -> None:
    """A call of the last reply has its answer."""
    result: Message = {"type": "tool_result", "tool_use_id": call, "content": text}
    if is_error:
        result["is_error"] = True
    memory.open_calls = [block for block in memory.open_calls if block["id"] != call]
    if memory.messages[-1]["role"] == "assistant":
        memory.messages.append({"role": "user", "content": []})
    cast("list[Message]", memory.messages[-1]["content"]).append(result)


def told(memory: Memory, text: str) -> None:
    """The worker was told something beside the answers to its calls."""
    memory.is_done = False
    memory.messages.append({"role": "user", "content": [{"type": "text", "text": text}]})
