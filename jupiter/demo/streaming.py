"""A reply as the events of a stream, as the Messages API sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jupiter.demo.conversation import Call, Reply, Say, Think
from jupiter.demo.prompt_cache import InputTokens
from jupiter.demo.rules import signature, tokens

_PIECE = 48  # characters of a delta


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a stream, and how many tokens of output came with it."""

    data: bytes
    tokens: int = 0


def stream(reply: Reply, message: str, model: str, used: InputTokens, most: int) -> Iterator[Part]:
    """The events of a reply; one with more than `most` tokens is cut there, in the middle of a block."""
    yield _event("message_start", message=_message(message, model, used))
    spent, stop = 1, reply.stop_reason
    for number, part in enumerate(reply.parts):
        yield _event(
            "content_block_start", index=number, content_block=_start(part, message, number)
        )
        for delta in _deltas(part):
            size = tokens("".join(str(value) for key, value in delta.items() if key != "type"))
            if spent + size > most:
                stop = "max_tokens"
                break
            spent += size
            yield _event("content_block_delta", size, index=number, delta=delta)
        yield _event("content_block_stop", index=number)
        if stop == "max_tokens":
            break
    yield _event(
        "message_delta",
        delta={"stop_reason": stop, "stop_sequence": None},
        usage={"output_tokens": spent},
    )
    yield _event("message_stop")


def error_event(kind: str, text: str) -> bytes:
    """The event that ends a stream in which something went wrong."""
    return _event("error", error={"type": kind, "message": text}).data


def _message(message: str, model: str, used: InputTokens) -> dict[str, Any]:
    return {
        "id": message,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": used.uncached,
            "cache_creation_input_tokens": used.written,
            "cache_read_input_tokens": used.read,
            "output_tokens": 1,
        },
    }


def _start(part: Say | Think | Call, message: str, number: int) -> dict[str, Any]:
    match part:
        case Say():
            return {"type": "text", "text": ""}
        case Think():
            return {"type": "thinking", "thinking": "", "signature": ""}
        case Call(tool=tool):
            call = f"toolu_{message.removeprefix('msg_')}_{number}"
            return {"type": "tool_use", "id": call, "name": tool, "input": {}}


def _deltas(part: Say | Think | Call) -> Iterator[dict[str, Any]]:
    match part:
        case Say(text=text):
            yield from ({"type": "text_delta", "text": piece} for piece in _pieces(text))
        case Think(text=text):
            yield from ({"type": "thinking_delta", "thinking": piece} for piece in _pieces(text))
            yield {"type": "signature_delta", "signature": signature(text)}
        case Call(input=given, raw=raw):
            text = json.dumps(dict(given)) if raw is None else raw
            for piece in _pieces(text):
                yield {"type": "input_json_delta", "partial_json": piece}


def _pieces(text: str) -> Iterator[str]:
    yield from (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))


def _event(kind: str, count: int = 0, **fields: object) -> Part:
    data = json.dumps({"type": kind, **fields}, ensure_ascii=False)
    return Part(f"event: {kind}\ndata: {data}\n\n".encode(), count)
