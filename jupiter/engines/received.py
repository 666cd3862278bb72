"""What was handed over to a briefing, as it reads when the briefing begins: others have changed it."""

from __future__ import annotations

from collections.abc import Iterator

from jupiter.errors import RequestError
from jupiter.model.briefing import Source, WorkerBriefing
from jupiter.model.symbol import SymbolId
from jupiter.session.session import Session


def with_received(briefing: WorkerBriefing, session: Session) -> WorkerBriefing:
    """A briefing with the whole of its context, in which what it was handed reads as it does now."""
    if not briefing.receives:
        return briefing
    own = (one for one in briefing.context.sources if one.symbol not in briefing.receives)
    sources = (*own, *_now(briefing, session))
    context = briefing.context.model_copy(update={"sources": sources})
    return briefing.model_copy(update={"context": context})


def _now(briefing: WorkerBriefing, session: Session) -> Iterator[Source]:
    """What is gone by now has no text."""
    for symbol in briefing.receives:
        path, name = SymbolId.parse(symbol)
        try:
            text = session.read_symbol(symbol) if name else session.read(path)
        except RequestError:
            continue
        yield Source(symbol=symbol, text=text.decode(errors="replace"))
