"""Servers for agents that other people make: what these send is taken, and not judged."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self, cast

from jupiter.demo.wire import Body, CacheControl, InnerText, TextBlock, Tool

_NO_MODELS = json.dumps({"models": []}).encode()


def lenient(_headers: Mapping[str, str], raw: bytes) -> Body:
    """A request to the Messages API without what Jupiter's agents never send: betas, for example."""
    sent = cast("dict[str, Any]", json.loads(raw))
    known = {name: sent[name] for name in Body.model_fields if name in sent}
    effort = cast("dict[str, Any]", known.get("output_config") or {}).get("effort")
    known["output_config"] = {"effort": effort}
    known["tools"] = [_only(one, Tool) for one in known.get("tools", ()) if "input_schema" in one]
    if isinstance(known.get("system"), list):
        known["system"] = [_only(one, TextBlock) for one in known["system"]]
    known["messages"] = _messages(known["messages"])
    return Body.model_validate_json(json.dumps(known))


def _messages(sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The turns of the two sides; what the system says in between is the user's."""
    found: list[dict[str, Any]] = []
    for message in sent:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        role = "assistant" if message["role"] == "assistant" else "user"
        if not found or found[-1]["role"] != role:
            found.append({"role": role, "content": []})
        found[-1]["content"] += [_block(one) for one in blocks]
    return found


def _block(sent: dict[str, Any]) -> dict[str, Any]:
    found = {**sent, "cache_control": _control(sent)}
    if isinstance(sent.get("content"), list):
        texts = [one for one in sent["content"] if one.get("type") == "text"]
        found["content"] = [_only(one, InnerText) for one in texts]
    return found


def _only(sent: dict[str, Any], kind: type[TextBlock | InnerText | Tool]) -> dict[str, Any]:
    found = {name: sent[name] for name in kind.model_fields if name in sent}
    return {**found, "cache_control": _control(sent)} if "cache_control" in found else found


def _control(sent: dict[str, Any]) -> dict[str, Any] | None:
    control = sent.get("cache_control")
    return control and {
        name: control[name] for name in CacheControl.model_fields if name in control
    }


class ResponsesServer:
    """A server that speaks as much of the Responses API as Codex CLI needs.

    `script` gives the next call, by how many the model has made: `name`, `arguments`, and perhaps
    `namespace`; None when it is done.
    """

    def __init__(self, script: Callable[[int], Mapping[str, object] | None]) -> None:
        numbers = count(1)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say("application/json", _NO_MODELS)

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
                made = sum(one.get("type") == "function_call" for one in sent["input"])
                self._say("text/event-stream", _stream(script(made), next(numbers)))

            def _say(self, kind: str, body: bytes) -> None:
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # as in the base
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _stream(call: Mapping[str, object] | None, number: int) -> bytes:
    """A reply with one call, or with the last word."""
    text = {"type": "output_text", "text": "It is done."}
    item: dict[str, object] = {"type": "message", "role": "assistant", "content": [text]}
    if call is not None:
        arguments = json.dumps(call["arguments"])
        item = {"type": "function_call", **call, "arguments": arguments, "call_id": f"c{number}"}
    usage = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 40},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 107,
    }
    events = (
        {"type": "response.created", "response": {"id": f"r{number}"}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"id": f"r{number}", "usage": usage}},
    )
    lines = (f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events)
    return "".join(lines).encode()
