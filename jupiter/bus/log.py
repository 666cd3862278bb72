"""The contract of a log; a file keeps it on one machine, Redis could for several."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from jupiter.fold.state import State
from jupiter.model.event import Draft, Event

T = TypeVar("T")

Decide = Callable[[State], Sequence[Draft]]


class Log(Protocol):
    """An append-only sequence of events with its blobs.

    `append(decide)` calls the pure `decide` on the state at the very tail; the drafts it returns are
    the next events. Nothing else can come between, whoever else appends.
    """

    def append(self, decide: Decide) -> tuple[Event, ...]:
        """Append what `decide` returns; when this returns, it is on disk."""
        ...

    def events(self, after: int = 0) -> Iterator[Event]:
        """The events that are there now, those with `seq > after`."""
        ...

    def follow(self, after: int = 0, stop: threading.Event | None = None) -> Iterator[Event]:
        """The events with `seq > after`, then each new one as it comes, until the run has finished."""
        ...

    def look(self, read: Callable[[State], T]) -> T:
        """What `read` makes of the state at the tail; the state must not leave it."""
        ...

    def put(self, text: bytes) -> str:
        """Store a text; its SHA-256, hexadecimal, names it."""
        ...

    def get(self, name: str) -> bytes:
        """The text of that name."""
        ...


def event(draft: Draft) -> Decide:
    """A decision that appends one event whatever the state."""
    return lambda _state: (draft,)
