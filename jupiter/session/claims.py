"""Claims: how a briefing comes to own what no plan has given away. Pure decisions over the fold.

The first claim in log order wins. There is no lock to hold and none to lose: whoever is refused is told
who owns it.
"""

from __future__ import annotations

from collections.abc import Sequence

from jupiter.errors import RequestError
from jupiter.fold.audit import holder
from jupiter.fold.state import State
from jupiter.model.briefing_events import BriefingStarted, BriefingTaken
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import ClaimRefused, SymbolClaimed, SymbolHandedOver, SymbolReleased
from jupiter.session.constraints import forbidden


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
    if symbol not in state.claimed or state.owners.get(symbol) != briefing:
        return []
    if symbol in state.briefings[briefing].symbols_changed:
        return []
    return [SymbolReleased(symbol=symbol)]


def decide_hand_over(
    state: State, symbol: str, briefing: int, to: int
) -> Sequence[SymbolHandedOver]:
    """The event of giving a symbol to another briefing of the wave.

    Raises:
        RequestError: the symbol is not the briefing's own, or the other one is not under way.
    """
    if state.owner(symbol) != briefing:
        raise RequestError(f"{symbol} is not a symbol that briefing {briefing} owns")
    taker = state.briefings.get(to)
    if taker is None or taker.wave != state.wave or taker.has_ended or to == briefing:
        raise RequestError(f"briefing {to} is not another one of this wave that is under way")
    return [SymbolHandedOver(symbol=symbol, to=to)]


def decide_take(
    state: State, briefing: int, *, again: bool = False
) -> Sequence[BriefingTaken | BriefingStarted]:
    """The events of taking a briefing; none when another worker has it, or it has ended, or has to wait.

    `again` takes one that is finished, because of what others have changed since.
    """
    found = state.briefings.get(briefing)
    if found is None or found.progress != ("finished" if again else "planned"):
        return []
    if not all(state.briefings[one].has_ended for one in found.after):
        return []
    return [BriefingTaken(), BriefingStarted()]


def received(state: State, briefing: int) -> Sequence[tuple[int, str]]:
    """Who hands over what to a briefing that is taken: what those who have ended own of what it receives."""
    owners = ((state.owner(symbol), symbol) for symbol in state.briefings[briefing].receives)
    return [
        (owner, symbol)
        for owner, symbol in owners
        if owner is not None and owner != briefing and state.briefings[owner].has_ended
    ]
