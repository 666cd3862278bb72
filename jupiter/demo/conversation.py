"""What a scripted agent sees and says: a conversation as text, replies as blocks. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from jupiter.demo.wire import Body, TextBlock, ToolResultBlock, ToolUseBlock

Stop = Literal["end_turn", "tool_use", "max_tokens", "refusal"]


@dataclass(frozen=True, slots=True)
class Say:
    """Text of the model."""

    text: str


@dataclass(frozen=True, slots=True)
class Think:
    """What the model thinks before it answers."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool; `raw` stands for its input as the model wrote it, also when that is no JSON."""

    tool: str
    input: Mapping[str, Any] = field(default_factory=dict[str, Any])
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One turn of the model; it stops for its calls unless it says otherwise."""

    parts: tuple[Say | Think | Call, ...]
    stop: Stop | None = None

    @property
    def stop_reason(self) -> Stop:
        """Why the turn ends."""
        if self.stop is not None:
            return self.stop
        return "tool_use" if any(isinstance(part, Call) for part in self.parts) else "end_turn"


@dataclass(frozen=True)
class Conversation:
    """A request, as a script looks at it."""

    body: Body

    @cached_property
    def turns(self) -> int:
        """How often the model has answered."""
        return sum(message.role == "assistant" for message in self.body.messages)

    @cached_property
    def given(self) -> str:
        """All text that the model was given: system prompt, first message, results of tools."""
        system = [block.text for block in self.body.system_blocks]
        texts = [_text(b) for m in self.body.messages if m.role == "user" for b in m.blocks]
        return "\n".join((*system, *texts))

    @cached_property
    def visible(self) -> str:
        """All text of the conversation in its order: what the model was given, and what it wrote in calls."""
        system = [block.text for block in self.body.system_blocks]
        blocks = (block for message in self.body.messages for block in message.blocks)
        return "\n".join((*system, *(_text(one) or _written(one) for one in blocks)))

    @cached_property
    def opening(self) -> str:
        """The first message of the user's side."""
        return "\n".join(_text(block) for block in self.body.messages[0].blocks)

    @cached_property
    def sources(self) -> dict[str, str]:
        """The texts that the first message shows, by symbol."""
        shown = re.finditer(
            r"<source (\w+) of ([^>]+)>\n(.*?)</source \1>", self.opening, re.DOTALL
        )
        return {found[2]: found[3] for found in shown}

    @cached_property
    def latest(self) -> str:
        """What the last message of the user's side says."""
        return "\n".join(_text(block) for block in self.body.messages[-1].blocks)

    @cached_property
    def calls(self) -> tuple[ToolUseBlock, ...]:
        """The calls that the model has made, in order."""
        blocks = (block for message in self.body.messages for block in message.blocks)
        return tuple(block for block in blocks if isinstance(block, ToolUseBlock))


Agent = Callable[[Conversation], Reply]
"""A scripted agent: a pure function of what it sees."""


def in_turn(*steps: Agent | Reply) -> Agent:
    """An agent that takes one step a turn, the last one again and again."""

    def agent(conversation: Conversation) -> Reply:
        step = steps[min(conversation.turns, len(steps) - 1)]
        return step if isinstance(step, Reply) else step(conversation)

    return agent


def after(calls: Sequence[Reply], agent: Agent) -> Agent:
    """An agent that makes these calls, one a turn, and is then another."""

    def both(conversation: Conversation) -> Reply:
        turns = conversation.turns
        return calls[turns] if turns < len(calls) else agent(conversation)

    return both


def call(tool: str, **arguments: object) -> Reply:
    """A turn with one call."""
    return Reply((Call(tool, arguments),))


def _text(block: object) -> str:
    match block:
        case TextBlock(text=text):
            return text
        case ToolResultBlock(content=str() as text):
            return text
        case ToolResultBlock(content=tuple() as inner):
            return "\n".join(one.text for one in inner)
        case _:
            return ""


def _written(block: object) -> str:
    """What a call is about, and the text that it writes."""
    if not isinstance(block, ToolUseBlock):
        return ""
    return "\n".join(str(block.input.get(key, "")) for key in ("symbol", "path", "text"))
