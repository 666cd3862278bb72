"""Requests: how a briefing asks the owner of a symbol for a change. Pure decisions over the fold.

Whoever has asked may wait. A request that would close a circle of briefings that wait on each other is
answered with no at once: which one that is follows from the log's order alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx

from jupiter.errors import RequestError
from jupiter.fold.state import State
from jupiter.model.tree_events import NoteAdded, RequestAnswered, RequestMade

MOST_SAID = 200
"""Notes, and as many requests, of one briefing: more of them nobody reads."""


def decide_note(state: State, text: str, briefing: int) -> Sequence[NoteAdded]:
    """The event of one note; raises RequestError when the briefing has said too much already."""
    _judge_count(sum(one.briefing == briefing for one in state.notes), "notes")
    return [NoteAdded(text=text)]


def decide_request(
    state: State, symbol: str, text: str, briefing: int
) -> Sequence[RequestMade | RequestAnswered]:
    """The events of one request: it is made, and answered at once where no answer could come.

    Raises:
        RequestError: nobody owns the symbol, or the briefing itself does, or it has asked too often.
    """
    owner = state.owner(symbol)
    if owner is None:
        raise RequestError(
            f"{symbol} belongs to nobody in this wave; claim it, and write it yourself"
        )
    if owner == briefing:
        raise RequestError(f"{symbol} is your own; write it")
    _judge_count(sum(one.asker == briefing for one in state.requests.values()), "requests")
    made = RequestMade(to=owner, symbol=symbol, text=text)
    why = _hopeless(state, owner, briefing)
    if why is None:
        return [made]
    return [made, RequestAnswered(request=state.seq + 1, granted=False, text=why)]


def decide_answer(
    state: State, request: int, text: str, briefing: int, *, granted: bool
) -> Sequence[RequestAnswered]:
    """The event of an answer; none when the request has one already.

    Raises:
        RequestError: there is no such request to this briefing.
    """
    found = state.requests.get(request)
    if found is None or found.owner != briefing:
        raise RequestError(f"there is no request {request} to briefing {briefing}")
    if found.answered is not None:
        return []
    return [RequestAnswered(request=request, granted=granted, text=text)]


def _hopeless(state: State, owner: int, asker: int) -> str | None:
    """Why an answer would never come."""
    if state.briefings[owner].has_ended:
        return f"briefing {owner} has {state.briefings[owner].progress}; it changes nothing more"
    waits: nx.DiGraph[int] = nx.DiGraph()
    waits.add_nodes_from((owner, asker))
    waits.add_edges_from((r.asker, r.owner) for r in state.requests.values() if r.answered is None)
    if not nx.has_path(waits, owner, asker):
        return None
    return (
        f"briefing {owner} waits for {asker} already, by itself or through others; "
        "go on without the change, or leave a note"
    )


def _judge_count(count: int, what: str) -> None:
    if count >= MOST_SAID:
        raise RequestError(
            f"you have made {count} {what} already, and no more are taken; go on without"
        )
