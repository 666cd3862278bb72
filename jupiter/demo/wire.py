"""What a request to the Messages API looks like: its parts as strict models, closed to unknown keys.

Only what text, tools and thinking need is here; images, documents and server tools are not served.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from jupiter.model.base import Model

Ident = Annotated[str, Field(pattern="^[a-zA-Z0-9_-]+$")]
Words = Annotated[str, Field(min_length=1)]


class CacheControl(Model):
    """A breakpoint: the prefix up to here is kept."""

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] = "5m"


class TextBlock(Model):
    """Text of either side."""

    type: Literal["text"]
    text: Words
    cache_control: CacheControl | None = None
    citations: None = None


class InnerText(Model):
    """Text within a tool's result; a breakpoint has no place here."""

    type: Literal["text"]
    text: Words


class ToolUseBlock(Model):
    """A call that the model has made."""

    type: Literal["tool_use"]
    id: Ident
    name: Annotated[str, Field(pattern="^[a-zA-Z0-9_-]{1,128}$")]
    input: dict[str, Any]
    cache_control: CacheControl | None = None


class ToolResultBlock(Model):
    """What a call came to."""

    type: Literal["tool_result"]
    tool_use_id: Ident
    content: str | Annotated[tuple[InnerText, ...], Strict(strict=False)] = ""
    is_error: bool = False
    cache_control: CacheControl | None = None


class ThinkingBlock(Model):
    """What the model thought; it comes back as it was, with its signature."""

    type: Literal["thinking"]
    thinking: str
    signature: str


Block = Annotated[
    TextBlock | ToolUseBlock | ToolResultBlock | ThinkingBlock, Field(discriminator="type")
]


class Message(Model):
    """One side's turn."""

    role: Literal["user", "assistant"]
    content: Words | Annotated[tuple[Block, ...], Strict(strict=False), Field(min_length=1)]

    @property
    def blocks(self) -> tuple[TextBlock | ToolUseBlock | ToolResultBlock | ThinkingBlock, ...]:
        """Its content as blocks; plain text is one."""
        if isinstance(self.content, str):
            return (TextBlock(type="text", text=self.content),)
        return self.content


class Tool(Model):
    """A tool that the model may call."""

    type: Literal["custom"] = "custom"
    name: Annotated[str, Field(pattern="^[a-zA-Z0-9_-]{1,128}$")]
    description: str = ""
    input_schema: dict[str, Any]
    cache_control: CacheControl | None = None
    strict: bool = False


class Thinking(Model):
    """Whether the model thinks before it answers."""

    type: Literal["adaptive", "disabled", "enabled"]
    budget_tokens: Annotated[int, Field(ge=1024)] | None = None


class OutputFormat(Model):
    """The schema that the text of a reply follows."""

    type: Literal["json_schema"]
    json_schema: dict[str, Any] = Field(alias="schema")


class OutputConfig(Model):
    """How much work goes into a reply, and the form that it has."""

    format: OutputFormat | None = None
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None


class ToolChoice(Model):
    """Which tools the model may or must call."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool = False


class Body(Model):
    """The body of `POST /v1/messages`."""

    model: Words
    max_tokens: Annotated[int, Field(ge=1, le=128_000)]
    messages: Annotated[tuple[Message, ...], Strict(strict=False), Field(min_length=1)]
    system: str | Annotated[tuple[TextBlock, ...], Strict(strict=False)] = ""
    tools: Annotated[tuple[Tool, ...], Strict(strict=False)] = ()
    stream: bool = False
    cache_control: CacheControl | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    tool_choice: ToolChoice | None = None
    metadata: dict[str, Any] | None = None
    stop_sequences: Annotated[tuple[str, ...], Strict(strict=False)] = ()
    temperature: Annotated[float, Field(ge=0, le=1)] | None = None

    @property
    def system_blocks(self) -> tuple[TextBlock, ...]:
        """The system prompt as blocks."""
        if isinstance(self.system, str):
            return (TextBlock(type="text", text=self.system),) if self.system else ()
        return self.system
