"""Markdown for Prefect artifacts, and the bus of a run in it.

Names, interfaces and reasons come out of repositories: they are cut to one line, stand between code
marks, and cannot leave their cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jupiter.delivery.event_text import event_text
from jupiter.delivery.report_text import visible
from jupiter.model.event import Event
from jupiter.model.report import Published

SHOWN = 200  # rows of a table; `jupiter report` has all
_LONGEST = 200  # characters of a cell


def bus_text(counts: str, published: Sequence[Published], latest: Sequence[Event]) -> str:
    """The published interfaces, before and after, and the latest events, the newest first."""
    events = (
        (e.seq, f"{e.time:%H:%M:%S}", e.worker, e.briefing, e.type, code(event_text(e)))
        for e in reversed(latest)
    )
    parts = [
        counts,
        interfaces(published),
        table(("seq", "time", "worker", "briefing", "event", "what"), events),
    ]
    return "\n\n".join(part for part in parts if part)


def interfaces(published: Sequence[Published]) -> str:
    """A row an interface: what it was, what it is, whose, and which other briefings adapted."""
    rows = (
        (code(p.symbol), code(p.before), code(p.after), p.briefing, numbers(p.adapted))
        for p in published
    )
    return table(("symbol", "before", "after", "owner", "adapted"), rows)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; empty when there is no row."""
    lines = [_line(row) for row in rows]
    return "\n".join([_line(heads), _line(["---"] * len(heads)), *lines]) if lines else ""


def code(text: str | None) -> str:
    """Text of others in a cell, between code marks."""
    # Cut first: a cell that loses its closing mark is read as Markdown.
    return f"`{_cell(text)[: _LONGEST - 2].replace('`', chr(39))}`" if text else ""


def numbers(briefings: Iterable[int]) -> str:
    """Briefings by their numbers, each once."""
    return ", ".join(f"#{number}" for number in dict.fromkeys(briefings))


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join('' if cell is None else _cell(str(cell)) for cell in cells)} |"


def _cell(text: str) -> str:
    return visible(" ".join(text.split()).replace("|", "¦"))[:_LONGEST]
