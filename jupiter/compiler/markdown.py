"""The bus and the report of a run as Markdown, for Prefect artifacts.

Names and interfaces come out of repositories: they are cut to one line and cannot leave their cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jupiter.fold.state import State
from jupiter.model.event import Event
from jupiter.model.report import Report

_SHOWN = 200  # published interfaces that are shown, the latest; places that are left
_LONGEST = 200  # characters of a cell


def bus_text(state: State, latest: Sequence[Event]) -> str:
    """The published interfaces, before and after, and the latest events, the newest first."""
    counts = (
        f"{len(state.published)} published interfaces, {state.accepted} accepted edits, "
        f"{len(state.refused)} refused, {state.seq} events"
    )
    published = (
        (_code(p.symbol), _code(p.before), _code(p.after), p.briefing)
        for p in state.published[-_SHOWN:]
    )
    events = (
        (event.seq, f"{event.time:%H:%M:%S}", event.worker, event.briefing, event.type)
        for event in reversed(latest)
    )
    return "\n\n".join(
        [
            counts,
            table(("symbol", "before", "after", "briefing"), published),
            table(("seq", "time", "worker", "briefing", "event"), events),
        ]
    )


def report_text(report: Report) -> str:
    """How a run ended, what it changed, its checks and its briefings."""
    changed = (
        f"{report.symbols_changed} symbols in {report.files_changed} files, "
        f"{report.conflicts} conflicts, {report.refused_edits} refused edits; "
        f"{report.workers} workers, {report.seconds.total:.1f} s"
    )
    place = f"Branch `{report.branch}` at `{report.commit}`" if report.branch else ""
    checks = (
        (c.step, _code(" ".join(c.command)), c.exit_code, f"{c.seconds:.1f}") for c in report.checks
    )
    briefings = (
        (b.id, ", ".join(b.steps), b.worker, b.progress, b.symbols_changed)
        for b in report.per_briefing
    )
    failures = ((_code(f.path), f.step, f.reason) for f in report.failures)
    hazards = (
        (_code(f"{h.path}:{h.line}"), _code(h.text), h.reason) for h in report.hazards[:_SHOWN]
    )
    parts = [
        f"**{report.status}** {_cell(report.reason)}",
        changed,
        place,
        table(("check", "command", "exit", "seconds"), checks),
        table(("briefing", "steps", "worker", "state", "symbols"), briefings),
        table(("left out", "step", "reason"), failures),
        table(("left as it was", "text", "reason"), hazards),
    ]
    return "\n\n".join(part for part in parts if part)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; empty when there is no row."""
    lines = [_line(row) for row in rows]
    return "\n".join([_line(heads), _line(["---"] * len(heads)), *lines]) if lines else ""


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join('' if cell is None else _cell(str(cell)) for cell in cells)} |"


def _code(text: str | None) -> str:
    # Cut first: a cell that loses its closing mark is read as Markdown.
    return f"`{_cell(text)[: _LONGEST - 2].replace('`', chr(39))}`" if text else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "¦")[:_LONGEST]
