"""The work of one command while it runs: its tree is kept in step, its calls are answered, it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from jupiter.engines.agent_answers import answer
from jupiter.engines.agent_desk import Desk
from jupiter.engines.agent_tools import TOOLS
from jupiter.engines.agent_views import bullets, data
from jupiter.engines.command_mirror import Mirror
from jupiter.errors import AgentError, Interrupted, JupiterError
from jupiter.model.tree_events import UpdateDelivered

MOST_CALLS = 5_000
"""Calls of tools of one briefing; with more it has failed."""
_TICK = 0.2  # seconds between two looks at the tree and the log
_SHARE = 10  # a look at a large tree takes long: the pause is so many times as long

_BY_NAME = {tool.name: tool for tool in TOOLS}


@dataclass(slots=True)
class Work:
    """One briefing's desk and work tree; who uses them holds the lock."""

    desk: Desk
    mirror: Mirror
    updates: Path
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _calls: count[int] = field(default_factory=lambda: count(1))
    _untold: list[str] = field(default_factory=list[str])
    """What the next answer to a call is to say too."""
    _has_called: bool = False
    _failure: JupiterError | None = None

    def tell(self, text: str) -> None:
        """Tell the command something: in its file of updates, and with its next call."""
        with self.updates.open("a", encoding="utf-8") as file:
            file.write(f"- {text}\n")
        self._untold.append(text)

    def call(self, name: str, given: object) -> tuple[str, bool]:
        """Carry out the call of a tool, on what is saved in the tree by now."""
        with self._lock:
            number = next(self._calls)
            if self._failure is None and number > MOST_CALLS:
                self._failure = AgentError(f"more than {MOST_CALLS} calls of tools")
            if self._failure is not None:
                return f"the briefing has failed: {self._failure}", True
            tool = _BY_NAME.get(name)
            if tool is None:
                return f"there is no tool {name}; there are {', '.join(_BY_NAME)}", True
            try:
                return self._answer(name, given, number)
            except JupiterError as error:
                self._failure = error
                return f"the briefing has failed: {error}", True

    def _answer(self, name: str, given: object, number: int) -> tuple[str, bool]:
        self._has_called = True
        self.mirror.step(settled=True)
        untold = "\n\n".join([data("refused", bullets(self._untold))] if self._untold else [])
        self._untold.clear()
        found = answer(self.desk, _BY_NAME[name], given, f"mcp-{number}", untold)
        self.mirror.bring()
        return found

    @contextmanager
    def in_step(self, stop: threading.Event) -> Generator[threading.Event]:
        """Keep the tree in step while the block runs, and take what is saved when it is over.

        Gives the event by which the command is ended.

        Raises:
            Interrupted: `stop` was set.
            AgentError: too much of what the command wrote was refused.
        """
        halt, over = threading.Event(), threading.Event()
        thread = threading.Thread(target=self._keep, args=(stop, halt, over), daemon=True)
        thread.start()
        try:
            yield halt
        except Interrupted:
            if self._failure is None:
                raise
        finally:
            over.set()
            thread.join()
        if self._failure is None:
            with self._lock:
                self.mirror.step(last=True)
        if self._failure is not None:
            raise self._failure

    def _keep(self, stop: threading.Event, halt: threading.Event, over: threading.Event) -> None:
        pause = _TICK
        while not over.wait(pause):
            if stop.is_set():
                halt.set()
                return
            begun = time.monotonic()
            with self._lock:
                if self._failure is None:
                    self._look()
            pause = max(_TICK, _SHARE * (time.monotonic() - begun))
            if self._failure is not None:
                halt.set()
                return

    def _look(self) -> None:
        try:
            self.mirror.step()
            if not self._has_called:  # who calls tools is told by their answers
                self._news()
        except JupiterError as error:  # the thread's caller raises it
            self._failure = error

    def _news(self) -> None:
        """Write what others have changed that concerns the briefing; it counts as told."""
        news, through = self.desk.news()
        if news:
            with self.updates.open("a", encoding="utf-8") as file:
                file.write(f"{news}\n")
            self.desk.session.record(UpdateDelivered(through=through))
