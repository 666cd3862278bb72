"""Updates: what of the bus concerns one briefing, given to its worker once. Pure.

A briefing is concerned by interfaces that others have changed, or are going to, of what it owns, reads
or has read; by requests to it and answers to its own; by symbols that others hand over to it; and by what
it is given back to repair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from types import MappingProxyType

from jupiter.fold.records import HandOver, Published, Repair, Request
from jupiter.fold.state import State
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.symbol import SymbolId


@dataclass(frozen=True, slots=True)
class Updates:
    """What has happened since the worker's last step, each part in log order."""

    interfaces: tuple[Published, ...] = ()
    requests: tuple[Request, ...] = ()
    answers: tuple[Request, ...] = ()
    received: tuple[HandOver, ...] = ()
    repairs: tuple[Repair, ...] = ()

    def __bool__(self) -> bool:
        parts = (self.interfaces, self.requests, self.answers, self.received, self.repairs)
        return any(parts)


def updates_of(
    state: State,
    briefing: WorkerBriefing,
    read: Mapping[str, int] = MappingProxyType({}),
    since: int | None = None,
) -> Updates:
    """What concerns a briefing and has not been delivered; `read` is what its worker has read beside what
    the log tells of, and the event at which it did. `since` is the event up to which it was told, by
    default what the log says.

    An interface that is published as it was proposed, after the worker was told of the proposal, is
    nothing new to it. What is new and is called as something that has gone is told as a change of that:
    it has moved, as far as those who use it can tell.
    """
    told = state.briefings[briefing.id].told if since is None else since
    concerns = {
        *briefing.symbols_owned,
        *briefing.symbols_readable,
        *briefing.context.neighbours,
        *state.briefings[briefing.id].read,
    }
    others = [one for one in state.published if one.briefing != briefing.id]
    known = {(one.symbol, one.after) for one in others if one.proposed and one.seq <= told}
    requests = state.requests.values()

    def is_concerned(one: Published) -> bool:
        return _is_in(one.symbol, concerns) or _is_in(one.symbol, _read_by(read, one.seq))

    changed = (
        one
        for one in others
        if one.seq > told
        and (one.proposed or (one.symbol, one.after) not in known)
        and is_concerned(one)
    )
    taken = (one for one in state.published if one.after is None)
    gone = {n: one for one in taken if (n := _last(one.symbol)) and is_concerned(one)}
    return Updates(
        interfaces=(*changed, *(_moved(gone, others, told) if gone else ())),
        requests=tuple(
            r for r in requests if r.seq > told and r.owner == briefing.id and r.answered is None
        ),
        answers=tuple(
            r
            for r in requests
            if r.asker == briefing.id and r.answered is not None and r.answered > told
        ),
        received=tuple(
            one for one in state.handed_over if one.seq > told and one.taker == briefing.id
        ),
        repairs=tuple(
            one for one in state.repairs if one.seq > told and one.briefing == briefing.id
        ),
    )


def _moved(
    gone: Mapping[str, Published], others: Iterable[Published], told: int
) -> Iterator[Published]:
    """What is new by the names of what has gone, with the interfaces that had gone, if either is news."""
    for one in others:
        was = gone.get(_last(one.symbol)) if one.before is None else None
        if was is not None and one.after is not None and max(one.seq, was.seq) > told:
            yield replace(one, before=was.before)


def _last(symbol: str) -> str:
    """The last part of a symbol's name; nothing of what many have, and nobody calls by it."""
    name = SymbolId.parse(symbol).name.rpartition(".")[2]
    return "" if name.startswith("__") else name


def _is_in(symbol: str, those: AbstractSet[str]) -> bool:
    """Whether a symbol is one of those, or lies in a file that is."""
    return symbol in those or SymbolId.parse(symbol).path in those


def _read_by(read: Mapping[str, int], seq: int) -> AbstractSet[str]:
    """What was read before an event."""
    return {symbol for symbol, since in read.items() if since < seq}
