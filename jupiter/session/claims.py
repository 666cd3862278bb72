"""Claims: how a briefing comes to own what no plan has given away. Pure decisions over the fold.

The first claim in log order wins. There is no lock to hold and none to lose: whoever is refused is told
who owns it.
"""

from __future__ import annotations

from collections.abc import Sequence

from jupiter.fold.audit import holder
from jupiter.fold.state import State
from jupiter.model.edit import symbols_of
from jupiter.model.event import ClaimRefused, SymbolClaimed, SymbolReleased
from jupiter.model.symbol import SymbolId
from jupiter.session.gate import forbidden


def decide_claim(
    state: State, symbol: str, briefing: int
) -> Sequence[SymbolClaimed | ClaimRefused]:
    """The event of one claim; none when the briefing owns the symbol already."""
    mine = state.briefings.get(briefing)
    if mine is None or mine.has_ended:
        message = f"briefing {briefing} is not under way; it can claim no more"
        return [ClaimRefused(symbol=symbol, owner=None, message=message)]
    owner = holder(state, symbol)
    if owner == briefing and state.owner(symbol) == briefing:
        return []
    if owner is not None:
        message = f"{symbol} is owned by briefing {owner}; ask it for the change with a request"
        return [ClaimRefused(symbol=symbol, owner=owner, message=message)]
    if (message := forbidden(SymbolId.parse(symbol).path, mine.constraints)) is not None:
        return [ClaimRefused(symbol=symbol, owner=None, message=message)]
    return [SymbolClaimed(symbol=symbol)]


def decide_release(state: State, symbol: str, briefing: int) -> Sequence[SymbolReleased]:
    """The event of giving a claimed symbol back; none when it was not claimed, or was written."""
    if symbol not in state.claimed or state.owners[symbol] != briefing:
        return []
    if any(symbol in symbols_of(edit) for edit in state.briefings[briefing].edits):
        return []
    return [SymbolReleased(symbol=symbol)]
