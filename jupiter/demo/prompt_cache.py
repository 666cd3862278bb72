"""The prompt cache of the Messages API: what of a request was kept by an earlier one, and what is kept now.

An entry is the prefix up to a breakpoint. It exists from the first byte of the reply on, for five
minutes or an hour. A breakpoint is compared with the entries, and so are the blocks before it, twenty in all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from jupiter.demo.rules import tokens
from jupiter.demo.wire import Body, CacheControl, ThinkingBlock

LOOK_BACK = 20
"""Blocks at which an entry is looked for, from a breakpoint backwards."""
SMALLEST = 1024
"""Tokens below which no prefix is kept."""
_SECONDS = {"5m": 300.0, "1h": 3600.0}


@dataclass(frozen=True, slots=True)
class InputTokens:
    """The tokens of a request, as its `usage` counts them."""

    uncached: int
    written: int
    read: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """A request up to the end of one of its blocks."""

    digest: str
    tokens: int
    control: CacheControl | None


@dataclass(slots=True)
class PromptCache:
    """The entries of one organisation; `clock` gives seconds."""

    clock: Callable[[], float]
    _entries: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """When an entry ends, and how long each use prolongs it, in seconds."""

    def look(self, body: Body) -> InputTokens:
        """What of a request is read, written and neither; reading makes an entry live longer."""
        prefixes = _prefixes(body)
        marked = [n for n, one in enumerate(prefixes) if one.control and one.tokens >= SMALLEST]
        read = max((self._longest(prefixes, number) for number in marked), default=0)
        last = prefixes[marked[-1]].tokens if marked else 0
        return InputTokens(prefixes[-1].tokens - max(last, read), max(0, last - read), read)

    def keep(self, body: Body) -> None:
        """The reply has begun: the prefixes up to the breakpoints are entries from now on."""
        for one in _prefixes(body):
            if one.control and one.tokens >= SMALLEST:
                seconds = _SECONDS[one.control.ttl]
                self._entries[one.digest] = (self.clock() + seconds, seconds)

    def _longest(self, prefixes: list[Prefix], number: int) -> int:
        for one in reversed(prefixes[max(0, number - LOOK_BACK + 1) : number + 1]):
            ends, seconds = self._entries.get(one.digest, (0.0, 0.0))
            if ends > self.clock():
                self._entries[one.digest] = (self.clock() + seconds, seconds)
                return one.tokens
        return 0


def _prefixes(body: Body) -> list[Prefix]:
    """A request as its prefixes: a tool, a block of the system prompt, a block of a message each."""
    digest = hashlib.sha256(body.model.encode())
    total, found = 0, list[Prefix]()
    parts = [
        *(("tool", tool) for tool in body.tools),
        *(("system", block) for block in body.system_blocks),
        *((message.role, block) for message in body.messages for block in message.blocks),
    ]
    settings = f"{body.thinking}{body.tool_choice}"  # a change of these makes messages new
    for role, block in parts:
        if role in {"user", "assistant"} and settings:
            digest.update(settings.encode())
            settings = ""
        text = block.model_dump_json(exclude={"cache_control"})
        total += tokens(text)
        digest.update(f"\0{role}\0{text}".encode())
        control = None if isinstance(block, ThinkingBlock) else block.cache_control
        found.append(Prefix(digest.hexdigest(), total, control))
    if body.cache_control:
        last = found[-1]
        found[-1] = Prefix(last.digest, last.tokens, body.cache_control)
    return found
