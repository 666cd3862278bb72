"""The contract of a log; a file keeps it on one machine, Redis could for several."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar, get_args

from jupiter.errors import LogError
from jupiter.fold.state import State
from jupiter.model.briefing_events import AgentTold, OfBriefing, ToolCalled, UsageRecorded
from jupiter.model.event import AnyPayload, Draft, Event
from jupiter.model.tree_events import (
    EditAccepted,
    NameAdded,
    NameDropped,
    RequestAnswered,
    RequestMade,
    SymbolClaimed,
    SymbolHandedOver,
    SymbolReleased,
    UpdateDelivered,
)

T = TypeVar("T")

_OF_BRIEFINGS: frozenset[type[AnyPayload]] = frozenset(
    (
        *get_args(OfBriefing),
        *(AgentTold, ToolCalled, UsageRecorded),
        *(EditAccepted, NameAdded, NameDropped, SymbolClaimed, SymbolHandedOver, SymbolReleased),
        *(RequestMade, RequestAnswered, UpdateDelivered),
    )
)

Decide = Callable[[State], Sequence[Draft]]


class Log(Protocol):
    """An append-only sequence of events with its blobs.

    `append(decide)` calls the pure `decide` on the state at the very tail; the drafts it returns are
    the next events. Nothing else can come between, whoever else appends.
    """

    def append(self, decide: Decide) -> tuple[Event, ...]:
        """Append what `decide` returns; when this returns, it is on disk.

        Raises:
            LogError: the log cannot be written, or an event cannot follow those before it: nothing was
                appended.
        """
        ...

    def record(self, *drafts: Draft) -> tuple[Event, ...]:
        """Append events whatever the state is; as `append`, at a lower price."""
        ...

    def events(self, after: int = 0) -> Iterator[Event]:
        """The events that are there now, those with `seq > after`."""
        ...

    def follow(self, after: int = 0, stop: threading.Event | None = None) -> Iterator[Event]:
        """The events with `seq > after`, then each new one as it comes, until the last says that the run has
        finished: one that was resumed has such an event before its end."""
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


def refusable(payload: AnyPayload) -> bool:
    """Whether an event is about what an earlier one must have named: the fold may refuse it."""
    return type(payload) in _OF_BRIEFINGS


def placed(
    drafts: Sequence[Draft], run: str, seq: int, now: datetime | None = None
) -> tuple[Event, ...]:
    """Drafts as the events behind event `seq`."""
    time = now or datetime.now(UTC)
    return tuple(
        Event(
            seq=number,
            time=time,
            run=run,
            step=draft.step,
            briefing=draft.briefing,
            worker=draft.worker,
            data=draft.data,
        )
        for number, draft in enumerate(drafts, start=seq + 1)
    )


def fold_in(state: State, event: Event) -> None:
    """Take the next event into a state; raises LogError when it cannot follow those before."""
    if event.seq != state.seq + 1:
        raise LogError(f"event {event.seq} stands where {state.seq + 1} was expected")
    is_asking = event.briefing is None and isinstance(event.data, UsageRecorded)
    if refusable(event.data) and not is_asking and event.briefing not in state.briefings:
        raise LogError(
            f"event {event.seq}, {event.type}, is about briefing {event.briefing}, "
            "which was never planned"
        )
    state.apply(event)
