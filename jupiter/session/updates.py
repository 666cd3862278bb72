"""Updates: what of the bus concerns one briefing, given to its worker once. Pure.

A briefing is concerned by interfaces of what it owns or reads that others have changed, by requests to
it, and by answers to its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from jupiter.fold.records import Published, Request
from jupiter.fold.state import State
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.symbol import SymbolId


@dataclass(frozen=True, slots=True)
class Updates:
    """What has happened since the worker's last step, each part in log order."""

    interfaces: tuple[Published, ...] = ()
    requests: tuple[Request, ...] = ()
    answers: tuple[Request, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.interfaces or self.requests or self.answers)


def updates_of(state: State, briefing: WorkerBriefing) -> Updates:
    """What concerns a briefing and has not been delivered to it."""
    told = state.briefings[briefing.id].told
    concerns = {*briefing.symbols_owned, *briefing.symbols_readable, *briefing.context.neighbours}
    requests = state.requests.values()
    return Updates(
        interfaces=tuple(
            one
            for one in state.published
            if one.seq > told
            and one.briefing != briefing.id
            and (one.symbol in concerns or SymbolId.parse(one.symbol).path in concerns)
        ),
        requests=tuple(
            r for r in requests if r.seq > told and r.owner == briefing.id and r.answered is None
        ),
        answers=tuple(
            r
            for r in requests
            if r.asker == briefing.id and r.answered is not None and r.answered > told
        ),
    )
