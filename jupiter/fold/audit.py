"""What must hold of every prefix of every log, asked of each event before it is folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from jupiter.fold.state import State
from jupiter.model.edit import symbols_of
from jupiter.model.event import EditAccepted, Event, WavePlanned
from jupiter.model.symbol import SymbolId


def breaches(state: State, event: Event) -> Iterator[str]:
    """What is wrong with an event that comes behind `state`; nothing when all promises hold."""
    match event.data:
        case WavePlanned(owned=owned):
            counts = Counter(symbol for one in owned for symbol in one.symbols)
            yield from (f"{symbol} has {n} owners" for symbol, n in counts.items() if n > 1)
            whole = {symbol: one.briefing for one in owned for symbol in one.symbols}
            for one in owned:
                for symbol in one.symbols:
                    path = SymbolId.parse(symbol).path
                    if whole.get(path, one.briefing) != one.briefing:
                        yield f"{symbol} has 2 owners: its file belongs whole to {whole[path]}"
                if one.briefing in state.briefings:
                    yield f"briefing {one.briefing} is planned a second time"
        case EditAccepted(edit=edit):
            for symbol in symbols_of(edit):
                if state.owner(symbol) != event.briefing:
                    yield f"briefing {event.briefing} wrote {symbol}, which it does not own"
            briefing = state.briefings.get(event.briefing or 0)
            if briefing is not None and briefing.progress in {"finished", "failed"}:
                yield f"briefing {event.briefing} wrote after it had {briefing.progress}"
        case _:
            pass
