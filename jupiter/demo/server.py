"""A local server that speaks the Messages API: real HTTP, streams, usage, errors.

Scripts say what the model says. What the API would refuse is refused and remembered, so that a test can
fail for it. Replies are streams; a request that asks for none is refused.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import (
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Mapping,
    MutableMapping,
)
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import uuid4

import uvicorn

from jupiter.demo.conversation import Agent, Conversation, Reply, Say
from jupiter.demo.formats import follows, schema_of
from jupiter.demo.prompt_cache import InputTokens, PromptCache
from jupiter.demo.rules import Refusal, RefusedError, key_of, read
from jupiter.demo.streaming import Part, error_event, stream
from jupiter.demo.weather import BreakOff, Drop, EndEarly, Faults, Refuse, Timing, never
from jupiter.demo.wire import Body

_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
_VARIABLES = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_PROFILE",
)
_START = 10.0  # seconds that the server may take to listen

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Served:
    """A request that was taken, what it used, and what the script said to it."""

    number: int
    agent: str
    raw: bytes
    body: Body
    used: InputTokens
    reply: Reply

    @property
    def output_tokens(self) -> int:
        """The tokens of the reply."""
        parts = stream(self.reply, "msg", self.body.model, self.used, self.body.max_tokens)
        return sum(part.tokens for part in parts)


class Pace(Protocol):
    """Says when a reply goes on its way; where there is one, it is all that takes time."""

    async def hold(self, served: Served, arrived: float) -> None:
        """Return when the reply may be sent; its request came at `arrived` of `time.monotonic`.

        The head of the answer, which says that there will be one, has been sent already.
        """
        ...


@dataclass(slots=True)
class MessagesServer:
    """A server on a free port of the loopback, as long as the `with` block goes on.

    The script of a conversation is the first one of `agents` whose key stands in its opening.
    """

    agents: Mapping[str, Agent]
    timing: Timing = field(default_factory=Timing)
    faults: Faults = never
    pace: Pace | None = None
    reading: Callable[[Mapping[str, str], bytes], Body] = read
    """How a request is read; by default what the API would refuse is refused."""
    served: list[Served] = field(default_factory=list[Served])
    refused: list[Refusal] = field(default_factory=list[Refusal])
    """What the API would have refused as well; faults are not among them."""
    keys: set[str] = field(default_factory=set[str])
    """The keys that requests came with."""
    cache: PromptCache = field(default_factory=lambda: PromptCache(time.monotonic))
    _name: str = field(default_factory=lambda: uuid4().hex)
    """Makes the ids of its replies its own."""
    _numbers: count[int] = field(default_factory=count)
    _socket: socket.socket = field(default_factory=socket.socket)
    _thread: threading.Thread | None = None
    _server: uvicorn.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens, for `base_url` of a client."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @contextmanager
    def at_hand(self) -> Generator[Self]:
        """It listens, and every client that is made in the block talks to it; nobody's key is sent."""
        hidden = {name: os.environ.pop(name) for name in _VARIABLES if name in os.environ}
        try:
            with self:
                os.environ |= {"ANTHROPIC_API_KEY": "scripted", "ANTHROPIC_BASE_URL": self.url}
                yield self
        finally:
            for name in _VARIABLES:
                os.environ.pop(name, None)
            os.environ |= hidden

    def __enter__(self) -> Self:
        self._socket.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            self._app, interface="asgi3", lifespan="off", log_config=None, ws="none"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="messages-server", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _START
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._server and self._thread:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join()
        self._socket.close()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        raw, headers = await _body(receive), _headers(scope)
        arrived = time.monotonic()
        if raw is None:
            return
        self.keys.add(key_of(headers))
        number = next(self._numbers)
        try:
            if (scope["method"], scope["path"]) != ("POST", "/v1/messages"):
                raise RefusedError(Refusal(404, "not_found_error", "Not found"))  # noqa: TRY301 # as from `read`
            await self._answer(number, raw, self.reading(headers, raw), arrived, send)
        except RefusedError as error:
            self.refused.append(error.refusal)
            await _refuse(send, number, error.refusal)

    async def _answer(
        self, number: int, raw: bytes, body: Body, arrived: float, send: Send
    ) -> None:
        """Answer a request that the API would take, or do to it what the weather has for it."""
        conversation = Conversation(body)
        name = next((key for key in self.agents if key in conversation.opening), None)
        if name is None or not body.stream:
            wrong = "no stream is asked for" if name else "no script fits its opening"
            raise RefusedError(Refusal(501, "api_error", f"not served here: {wrong}"))
        fault = self.faults(number)
        await asyncio.sleep(self.timing.wait(number))
        if isinstance(fault, Refuse):
            kind = _KINDS[fault.status]
            await _refuse(send, number, Refusal(fault.status, kind, "try again"), fault.retry_after)
            return
        used = self.cache.look(body)
        self.cache.keep(body)
        reply = self.agents[name](conversation)
        _judge(reply, body)
        served = Served(number, name, raw, body, used, reply)
        if fault is None:
            self.served.append(served)
        parts = stream(reply, f"msg_{self._name}{number}", body.model, used, body.max_tokens)
        head = [(b"content-type", b"text/event-stream"), (b"request-id", f"req_{number}".encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        if self.pace is not None:
            parts = list(parts)
            await self.pace.hold(served, arrived)
        await self._stream(parts, fault, send)

    async def _stream(
        self, parts: Iterable[Part], fault: Drop | EndEarly | BreakOff | None, send: Send
    ) -> None:
        for place, part in enumerate(parts):
            if fault is not None and place == fault.after:
                break
            if self.timing.a_token:
                await asyncio.sleep(part.tokens * self.timing.a_token)
            await send({"type": "http.response.body", "body": part.data, "more_body": True})
        if isinstance(fault, Drop):
            return  # an answer without an end: the connection is cut
        end = error_event(fault.kind, "try again") if isinstance(fault, BreakOff) else b""
        await send({"type": "http.response.body", "body": end, "more_body": False})


def _judge(reply: Reply, body: Body) -> None:
    """Refuse what a script says against the schema of its request: the API never says such a thing."""
    schema = schema_of(body)
    text = "".join(part.text for part in reply.parts if isinstance(part, Say))
    if schema is not None and reply.stop_reason != "refusal" and not follows(text, schema):
        message = "not served here: the script does not say what the schema of the request allows"
        raise RefusedError(Refusal(501, "api_error", message))


async def _body(receive: Receive) -> bytes | None:
    """The body of a request; None when the client went away in the middle of it."""
    found = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        found += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(found)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in scope["headers"]}


async def _refuse(
    send: Send, number: int, refusal: Refusal, retry_after: float | None = None
) -> None:
    error = {"type": refusal.kind, "message": refusal.message}
    data = json.dumps({"type": "error", "error": error, "request_id": f"req_{number}"}).encode()
    head = [(b"content-type", b"application/json"), (b"request-id", f"req_{number}".encode())]
    if retry_after is not None:
        head.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": head})
    await send({"type": "http.response.body", "body": data, "more_body": False})
