"""Serving that ends well: after a SIGTERM nothing new begins, and what is under way is finished."""

# The parts of Prefect's runner that say how it ends are private to it.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from prefect.runner import Runner


class DrainingRunner(Runner):
    """A runner that a SIGTERM drains; a second one ends it as Prefect does, with what is under way."""

    def __init__(self, say: Callable[[str], None], limit: int | None) -> None:
        super().__init__(name="jupiter", limit=limit)
        self._say = say

    def handle_sigterm(self, *args: Any, **kwargs: Any) -> None:
        """Stop asking for work. The runner itself waits for its runs when its loops have ended."""
        if self.stopping:
            super().handle_sigterm(*args, **kwargs)
        self.stopping = True
        loop: asyncio.AbstractEventLoop | None = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._say("no new runs begin; those under way are finished")
        self._scheduled_run_poller.stopping = True
        self._loops_task_group.cancel_scope.cancel()
