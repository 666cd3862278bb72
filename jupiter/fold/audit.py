"""What must hold of every prefix of every log, asked of each event before it is folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from jupiter.fold.state import State
from jupiter.model.briefing_events import BriefingTaken
from jupiter.model.edit import symbols_of
from jupiter.model.event import Event
from jupiter.model.run_events import WavePlanned
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import (
    EditAccepted,
    NameAdded,
    NameDropped,
    SymbolClaimed,
    SymbolHandedOver,
    SymbolReleased,
)


def holder(state: State, symbol: str) -> int | None:
    """The briefing that owns a symbol, its file, or something in it; None if it is free."""
    owner = state.owner(symbol)
    if owner is not None:
        return owner
    inside = (f"{symbol}:", f"{symbol}.", f"{symbol}#")
    return next((one for name, one in state.owners.items() if name.startswith(inside)), None)


def breaches(state: State, event: Event) -> Iterator[str]:
    """What is wrong with an event that comes behind `state`; nothing when all promises hold."""
    match event.data:
        case WavePlanned() as data:
            yield from _of_plan(state, data)
        case EditAccepted() as data:
            yield from _of_edit(state, event.briefing, data)
        case SymbolClaimed(symbol=symbol):
            if (owner := holder(state, symbol)) is not None:
                yield f"briefing {event.briefing} claimed {symbol}, which {owner} owns"
        case NameAdded() | NameDropped():
            yield from _of_end(state, event.briefing)
        case BriefingTaken():
            yield from _of_order(state, event.briefing)
        case SymbolHandedOver() | SymbolReleased() as data:
            yield from _of_owner(state, event.briefing, data)
        case _:
            pass


def _of_owner(
    state: State, number: int | None, data: SymbolHandedOver | SymbolReleased
) -> Iterator[str]:
    """Only an owner gives something away, and gives back only what it had claimed."""
    match data:
        case SymbolHandedOver(symbol=symbol, to=to):
            if state.owner(symbol) != number or to not in state.briefings:
                yield f"briefing {number} handed {symbol} to {to}, and does not own it"
        case SymbolReleased(symbol=symbol):
            if symbol not in state.claimed or state.owners.get(symbol) != number:
                yield f"briefing {number} released {symbol}, which it had not claimed"


def _of_plan(state: State, data: WavePlanned) -> Iterator[str]:
    counts = Counter(symbol for one in data.owned for symbol in one.symbols)
    yield from (f"{symbol} has {n} owners" for symbol, n in counts.items() if n > 1)
    owners = {symbol: one.briefing for one in data.owned for symbol in one.symbols}
    for symbol, owner in owners.items():
        path = SymbolId.parse(symbol).path
        if owners.get(path, owner) != owner:
            yield f"{symbol} has 2 owners: its file belongs whole to {owners[path]}"
    for one in data.owned:
        if one.briefing in state.briefings:
            yield f"briefing {one.briefing} is planned a second time"


def _of_edit(state: State, number: int | None, data: EditAccepted) -> Iterator[str]:
    for symbol in symbols_of(data.edit):
        if state.owner(symbol) != number:
            yield f"briefing {number} wrote {symbol}, which it does not own"
    yield from _of_end(state, number)


def _of_order(state: State, number: int | None) -> Iterator[str]:
    briefing = state.briefings.get(number or 0)
    for before in briefing.after if briefing is not None else ():
        if before in state.briefings and not state.briefings[before].has_ended:
            yield f"briefing {number} was begun before briefing {before} had ended"


def _of_end(state: State, number: int | None) -> Iterator[str]:
    briefing = state.briefings.get(number or 0)
    if briefing is not None and briefing.has_ended:
        yield f"briefing {number} wrote after it had {briefing.progress}"
