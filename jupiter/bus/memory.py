"""The log in this process's memory: for notebooks and tests; it ends with the process."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from jupiter.bus.log import Decide, fold_in, placed
from jupiter.errors import LogError
from jupiter.fold.state import State, fold
from jupiter.model.event import Draft, Event
from jupiter.model.run_events import RunFinished

T = TypeVar("T")

_STOP_SECONDS = 0.2


class MemoryLog:
    """The log of one run; safe for many threads."""

    def __init__(self, run: str) -> None:
        self.run = run
        self._events: list[Event] = []
        self._blobs: dict[str, bytes] = {}
        self._state = State()
        self._grown = threading.Condition()

    def append(self, decide: Decide) -> tuple[Event, ...]:
        """See `Log.append`."""
        with self._grown:
            events = placed(decide(self._state), self.run, self._state.seq)
            try:
                for event in events:
                    fold_in(self._state, event)
            except LogError:
                self._state = fold(self._events)
                raise
            self._events += events
            self._grown.notify_all()
            return events

    def record(self, *drafts: Draft) -> tuple[Event, ...]:
        """See `Log.record`."""
        return self.append(lambda _state: drafts)

    def events(self, after: int = 0) -> Iterator[Event]:
        """See `Log.events`."""
        with self._grown:
            found = self._events[after:]
        return iter(found)

    def follow(self, after: int = 0, stop: threading.Event | None = None) -> Iterator[Event]:
        """See `Log.follow`."""
        while stop is None or not stop.is_set():
            with self._grown:
                if len(self._events) == after:
                    self._grown.wait(_STOP_SECONDS)
                found = self._events[after:]
            after += len(found)
            yield from found
            if found and isinstance(found[-1].data, RunFinished):
                return

    def look(self, read: Callable[[State], T]) -> T:
        """See `Log.look`."""
        with self._grown:
            return read(self._state)

    def put(self, text: bytes) -> str:
        """See `Log.put`."""
        name = hashlib.sha256(text).hexdigest()
        self._blobs[name] = text
        return name

    def get(self, name: str) -> bytes:
        """See `Log.get`; raises LogError if there is no such text."""
        try:
            return self._blobs[name]
        except KeyError:
            raise LogError(f"the text {name[:12]} is missing") from None
