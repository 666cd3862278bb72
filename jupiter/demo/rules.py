"""What the Messages API refuses, beyond the shape of a request: headers, sizes, order, pairs, breakpoints."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from jupiter.demo.formats import format_problems, is_schema
from jupiter.demo.wire import (
    Body,
    CacheControl,
    Message,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)

LARGEST = 32 * 1024 * 1024
"""Bytes of a request."""
WINDOW = 1_000_000
"""Tokens of a request."""
BREAKPOINTS = 4

VERSIONS = ("2023-06-01", "2026-10-21")
"""Of the API, as the official SDKs name them."""

_BETA = re.compile(r"[a-z][a-z0-9-]*-20\d\d-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that the API answers with an error: its status, its kind, what it says."""

    status: int
    kind: str
    message: str


class RefusedError(Exception):
    """Carries a refusal up to where it is answered."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def read(headers: Mapping[str, str], raw: bytes) -> Body:
    """The body of a request that the API would take.

    Raises:
        RefusedError: the API would refuse it.
    """
    _headers(headers)
    if len(raw) > LARGEST:
        raise RefusedError(Refusal(413, "request_too_large", "Request exceeds the maximum size"))
    try:
        body = Body.model_validate_json(raw)
    except ValidationError as error:
        raise _invalid(_shape(error)) from error
    for problem in _problems(body):
        raise _invalid(problem)
    return body


def key_of(headers: Mapping[str, str]) -> str:
    """The key that a request comes with, in either header; empty if there is none."""
    return headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")


def signature(thinking: str) -> str:
    """What makes a thinking block the server's own."""
    return hashlib.sha256(b"thinking" + thinking.encode()).hexdigest()


def tokens(text: str) -> int:
    """About how many tokens a text has: four bytes each, never none."""
    return len(text.encode()) // 4 + 1


def _shape(error: ValidationError) -> str:
    """What is wrong with a shape; where text or a list may stand, what is wrong with the list."""
    found = error.errors(include_url=False)
    first = next((one for one in found if one["type"] != "string_type"), found[0])
    place = ".".join(str(part) for part in first["loc"] if str(part).replace("_", "").isalnum())
    return f"{place}: {first['msg']}" if place else first["msg"]


def _invalid(message: str) -> RefusedError:
    return RefusedError(Refusal(400, "invalid_request_error", message))


def _headers(headers: Mapping[str, str]) -> None:
    if not key_of(headers):
        raise RefusedError(Refusal(401, "authentication_error", "invalid x-api-key"))
    if headers.get("anthropic-version") not in VERSIONS:
        raise _invalid("anthropic-version: header is required")
    if not headers.get("content-type", "").startswith("application/json"):
        raise _invalid("Content-Type must be application/json")
    for beta in filter(None, headers.get("anthropic-beta", "").split(",")):
        if not _BETA.fullmatch(beta.strip()):
            raise _invalid(f"Unexpected value(s) `{beta}` for the `anthropic-beta` header")


def _problems(body: Body) -> Iterator[str]:
    yield from _order(body)
    yield from _tools(body)
    yield from _pairs(body.messages)
    yield from _blocks(body)
    yield from format_problems(body)
    yield from _breakpoints(body)
    yield from _sizes(body)


def _order(body: Body) -> Iterator[str]:
    if body.messages[0].role != "user":
        yield "messages: first message must use the user role"
    if body.messages[-1].role != "user":
        yield (
            "This model does not support assistant message prefill. "
            "The conversation must end with a user message."
        )


def _tools(body: Body) -> Iterator[str]:
    names = Counter(tool.name for tool in body.tools)
    if any(number > 1 for number in names.values()):
        yield "tools: Tool names must be unique."
    for number, tool in enumerate(body.tools):
        place = f"tools.{number}.custom.input_schema"
        if tool.input_schema.get("type") != "object":
            yield f"{place}.type: Input should be 'object'"
        if not is_schema(json.dumps(tool.input_schema)):
            yield f"{place}: JSON schema is invalid. It must match JSON Schema draft 2020-12"
    if not body.tools and any(
        isinstance(block, ToolUseBlock | ToolResultBlock)
        for m in body.messages
        for block in m.blocks
    ):
        yield "Requests which include `tool_use` or `tool_result` blocks must define tools"
    if body.tool_choice and body.tool_choice.type == "tool" and body.tool_choice.name not in names:
        yield f"Tool '{body.tool_choice.name}' not found in provided tools"


def _pairs(messages: tuple[Message, ...]) -> Iterator[str]:
    """Every call has its result at the head of the very next message, once; no result is without a call."""
    open_calls: tuple[str, ...] = ()
    seen: set[str] = set()
    for number, message in enumerate(messages):
        calls = tuple(b.id for b in message.blocks if isinstance(b, ToolUseBlock))
        results = tuple(b.tool_use_id for b in message.blocks if isinstance(b, ToolResultBlock))
        missing = [call for call in open_calls if call not in results]
        if missing:
            yield (
                f"messages.{number - 1}: `tool_use` ids were found without `tool_result` blocks immediately "
                f"after: {', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` "
                "block in the next message."
            )
        yield from _results(number, message, results, open_calls)
        if calls and message.role != "assistant":
            yield f"messages.{number}: `tool_use` blocks can only be in `assistant` messages"
        if seen & set(calls) or len(set(calls)) < len(calls):
            yield f"messages.{number}: `tool_use` ids must be unique"
        seen |= set(calls)
        open_calls = calls
    if open_calls:
        yield f"messages.{len(messages) - 1}: `tool_use` ids were found without `tool_result` blocks"


def _results(
    number: int, message: Message, results: tuple[str, ...], open_calls: tuple[str, ...]
) -> Iterator[str]:
    place = f"messages.{number}"
    for index, result in enumerate(results):
        if result not in open_calls:
            yield (
                f"{place}.content.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {result}. "
                "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
    if len(set(results)) < len(results):
        yield f"{place}: each tool_use must have a single result"
    if results and message.role != "user":
        yield f"{place}: `tool_result` blocks can only be in `user` messages"
    if not all(isinstance(block, ToolResultBlock) for block in message.blocks[: len(results)]):
        yield f"{place}: `tool_result` blocks must come first in the content"


def _blocks(body: Body) -> Iterator[str]:
    for number, message in enumerate(body.messages):
        if message.role == "assistant" and isinstance(message.blocks[-1], ThinkingBlock):
            yield (
                f"messages.{number}: The final block in an assistant message cannot be `thinking`."
            )
        for index, block in enumerate(message.blocks):
            place = f"messages.{number}.content.{index}"
            if isinstance(block, TextBlock) and not block.text.strip():
                yield f"{place}: text content blocks must contain non-whitespace text"
            if isinstance(block, ThinkingBlock) and block.signature != signature(block.thinking):
                yield f"{place}: Invalid `signature` in `thinking` block"
            if isinstance(block, ThinkingBlock) and message.role != "assistant":
                yield f"{place}: `thinking` blocks can only be in `assistant` messages"


def breakpoints(body: Body) -> list[CacheControl]:
    """The breakpoints of a request in its order: tools, system, messages; the one at its end is the last."""
    blocks = [
        *body.tools,
        *body.system_blocks,
        *(block for message in body.messages for block in message.blocks),
    ]
    found = [block.cache_control for block in blocks if not isinstance(block, ThinkingBlock)]
    return [one for one in (*found, body.cache_control) if one is not None]


def _breakpoints(body: Body) -> Iterator[str]:
    found = breakpoints(body)
    if len(found) > BREAKPOINTS:
        yield (
            f"A maximum of {BREAKPOINTS} blocks with cache_control may be provided. Found {len(found)}."
        )
    ages = [one.ttl for one in found]
    if ages != sorted(ages):
        yield "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block"


def _sizes(body: Body) -> Iterator[str]:
    thinking = body.thinking
    if thinking and (thinking.type == "enabled") != (thinking.budget_tokens is not None):
        yield "thinking.enabled.budget_tokens: Field required"
    if thinking and thinking.budget_tokens and thinking.budget_tokens >= body.max_tokens:
        yield "`max_tokens` must be greater than `thinking.budget_tokens`."
    size = tokens(body.model_dump_json())
    if size > WINDOW:
        yield f"prompt is too long: {size} tokens > {WINDOW} maximum"
