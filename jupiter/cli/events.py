"""Events in the terminal: one line each, and what they are about."""

from __future__ import annotations

from jupiter.cli import console
from jupiter.delivery.event_text import event_text
from jupiter.model.edit import path_of, symbols_of
from jupiter.model.event import Event
from jupiter.model.repair import ContractsChecked, RepairRequested
from jupiter.model.run_events import WavePlanned
from jupiter.model.tree_events import (
    AboutSymbol,
    EditAccepted,
    EditRefused,
    NameAdded,
    NameDropped,
    NameRefused,
)


def symbols_in(event: Event) -> tuple[str, ...]:
    """The symbols and paths that an event is about."""
    if isinstance(event.data, AboutSymbol):
        return (event.data.symbol,)
    match event.data:
        case EditAccepted(edit=edit) | EditRefused(edit=edit):
            return (path_of(edit), *symbols_of(edit))
        case NameAdded(path=path) | NameDropped(path=path) | NameRefused(path=path):
            return (path,)
        case ContractsChecked(findings=found) | RepairRequested(findings=found):
            return tuple(one.symbol for one in found)
        case WavePlanned(owned=owned):
            return tuple(symbol for one in owned for symbol in one.symbols)
        case _:
            return ()


def line(event: Event) -> str:
    """An event as one line for a person."""
    who = event.worker or "-"
    briefing = f"#{event.briefing}" if event.briefing is not None else ""
    place = f"{event.seq:5}  {event.time:%H:%M:%S}  {who:9} {briefing:5}"
    return f"{place} {event.type:19} {console.one_line(event_text(event))}".rstrip()
