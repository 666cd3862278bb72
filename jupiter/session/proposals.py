"""Proposals: what an interface is going to be, told to who depends on it before the body is written."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from jupiter.code.check import defines
from jupiter.code.interfaces import interface_of
from jupiter.code.placement import container_of, new_tiles
from jupiter.errors import RequestError
from jupiter.fold.state import State
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import InterfaceProposed
from jupiter.session.view import View


def decide_proposal(
    state: State, view: View, symbol: str, text: bytes
) -> Sequence[InterfaceProposed]:
    """The event of a proposal; none when it is the interface that the symbol has, or was proposed last.

    `text` defines the symbol as it is going to be; its body does not matter.

    Raises:
        RequestError: the symbol is not the briefing's own, or the text does not define it.
    """
    if state.owner(symbol) not in {view.number, None}:
        raise RequestError(
            f"{symbol} is owned by briefing {state.owner(symbol)}; ask it for the change"
        )
    before, after = _interfaces(state, view, symbol, text)
    last = [one.after for one in state.published if one.symbol == symbol][-1:]
    if after in {before, *last}:
        return []
    return [InterfaceProposed(symbol=symbol, before=before, after=after)]


def _interfaces(state: State, view: View, symbol: str, text: bytes) -> tuple[str | None, str]:
    """The interface of a symbol as it is, None for a new one, and as a text would make it."""
    path, name = SymbolId.parse(symbol)
    target, _ = view.target(state, symbol)
    if target is None:
        tile = new_tiles(path, name, container_of(path, name), text)[0]
        problem, before = None, None
    else:
        problem = defines(target, text)
        tile, before = dataclasses.replace(target, text=text), interface_of(target)
    after = interface_of(tile)
    if problem is not None or after is None:
        raise RequestError(
            problem or f"the text defines no interface of {symbol}; give its signature"
        )
    return before, after
