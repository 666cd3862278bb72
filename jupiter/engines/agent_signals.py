"""What conversations share while they wait: pauses for a rate limit, a prefix that is being warmed.

Each conversation has an event loop of its own, on a thread of its own; what is here may be used from all.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_LONGEST = 60.0  # seconds between two attempts, unless the server says more
_FIRST = 0.5


@dataclass(slots=True)
class Limiter:
    """One pause for all: who is told to wait makes everybody wait."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _until: float = 0.0

    def pause(self, seconds: float) -> None:
        """Nobody begins a request before so many seconds are over."""
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds)

    async def wait(self) -> None:
        """Return when nobody is to wait any longer."""
        while (left := self._until - time.monotonic()) > 0:  # noqa: ASYNC110 # others may prolong it
            await asyncio.sleep(left)


def pause_before(attempt: int, retry_after: float | None) -> float:
    """Seconds before an attempt, the second one being number 2: what the server says, or more each time."""
    if retry_after is not None:
        return retry_after
    longest = min(_LONGEST, _FIRST * 2.0 ** (attempt - 2))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 # spreads attempts, keeps no secret


@dataclass(slots=True)
class Warmth:
    """A prefix that many send: the first one writes it to the cache, the others wait for that."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_warm: bool = False
    _is_warming: bool = False
    _waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = field(
        default_factory=list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]
    )

    @asynccontextmanager
    async def first(self) -> AsyncGenerator[Callable[[], None]]:
        """Around a request up to its first byte, which it is told of by a call of what it is given.

        When the first one fails, another is the first.
        """
        while not self._begin():
            loop, event = asyncio.get_running_loop(), asyncio.Event()
            with self._lock:
                if not self._is_warming:
                    continue
                self._waiting.append((loop, event))
            await event.wait()
        try:
            yield self._warmed
        finally:
            self._end()

    def _warmed(self) -> None:
        self._is_warm = True

    def _begin(self) -> bool:
        """Whether the caller may go ahead: nothing is being warmed, or all is."""
        with self._lock:
            if self._is_warm:
                return True
            free = not self._is_warming
            self._is_warming = True
            return free

    def _end(self) -> None:
        with self._lock:
            self._is_warming = False
            waiting, self._waiting = self._waiting, []
        for loop, event in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)
