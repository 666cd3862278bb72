"""Where a request has its cache breakpoints. Pure.

The shared prefix ends with one, in the system prompt. Of the conversation the end has one, the end of the
request before, which is what the cache has, and one between them where more than `STRIDE` blocks are new:
an entry is looked for only some twenty blocks before a breakpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel

STRIDE = 15
MARK = {"type": "ephemeral"}

Message = Mapping[str, Any]


def with_breakpoints(messages: Sequence[Message]) -> list[Message]:
    """The messages, with breakpoints on their blocks; nothing that was given is changed."""
    blocks = [list(_blocks(message)) for message in messages]
    places = [(m, b) for m, inner in enumerate(blocks) for b in range(len(inner))]
    marked = _marked(messages, blocks, places)
    for message, block in marked:
        blocks[message][block] = {**blocks[message][block], "cache_control": MARK}
    return [{**message, "content": inner} for message, inner in zip(messages, blocks, strict=True)]


def _marked(
    messages: Sequence[Message],
    blocks: Sequence[Sequence[Message]],
    places: Sequence[tuple[int, int]],
) -> list[tuple[int, int]]:
    """The last block, that of the request before, and one in the middle of what is new."""
    last = len(places) - 1
    ends = [m for m, message in enumerate(messages) if message["role"] == "user"]
    before = -1
    if len(ends) > 1:
        before = places.index((ends[-2], len(blocks[ends[-2]]) - 1))
    chosen = [before] if before >= 0 else []
    if last - before > STRIDE:
        chosen.append(last - STRIDE)
    chosen.append(last)
    markable = (places[one] for one in chosen)
    return [place for place in markable if _is_markable(blocks[place[0]][place[1]])]


def _is_markable(block: Message) -> bool:
    return block.get("type") in {"text", "tool_use", "tool_result"}


def _blocks(message: Message) -> Sequence[Message]:
    content: object = message["content"]
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [_plain(block) for block in cast("Sequence[object]", content)]


def _plain(block: object) -> Message:
    """A block as plain data; the SDK keeps those of replies as models."""
    if isinstance(block, BaseModel):
        return block.model_dump(mode="json", exclude_none=True)
    return cast("Message", block)
