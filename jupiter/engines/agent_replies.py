"""Replies: taken from their stream, and in the form in which the API takes them back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
from anthropic.lib.streaming import BetaAsyncMessageStream
from anthropic.types.beta import BetaMessage

MALFORMED = "malformed"
"""Why a reply has ended in which the input of a call was no JSON; the API has no word for that."""

_THOUGHTS = {"thinking", "redacted_thinking"}

Block = Mapping[str, Any]


async def received(stream: BetaAsyncMessageStream[Any]) -> tuple[BetaMessage, str]:
    """A reply, when all of it is there, and why it has ended.

    Raises:
        httpx2.RemoteProtocolError: the stream has ended before the reply has.
    """
    last, given, is_malformed = "", "", False
    try:
        async for event in stream:
            last = event.type
            if event.type == "input_json":
                given += event.partial_json
            elif event.type == "content_block_stop":
                is_malformed = is_malformed or not _is_json(given)
                given = ""
    except ValueError as error:  # the SDK reads the input of a call while it comes
        if not last:
            raise httpx2.RemoteProtocolError("what came was no reply") from error
        return stream.current_message_snapshot, MALFORMED
    if last != "message_stop":
        raise httpx2.RemoteProtocolError("the stream has ended before the reply has")
    message = await stream.get_final_message()
    stop = message.stop_reason or ""
    return message, MALFORMED if is_malformed and stop == "tool_use" else stop


def sendable(messages: Sequence[Block]) -> list[Block]:
    """A conversation without what the API does not take back: blank text, a thought at the end of a reply."""
    found = [_sendable(one) if one["role"] == "assistant" else one for one in messages]
    return [one for one in found if one["content"]]


def _sendable(reply: Block) -> Block:
    content: str | Sequence[Block] = reply["content"]
    if isinstance(content, str):
        return reply
    kept = [one for one in content if one["type"] != "text" or one["text"].strip()]
    while kept and kept[-1]["type"] in _THOUGHTS:
        kept.pop()
    return {**reply, "content": kept}


def _is_json(text: str) -> bool:
    """Whether the input of a call, as the model wrote it, is JSON; what has none is an empty one."""
    try:
        json.loads(text or "{}")
    except ValueError:
        return False
    return True
