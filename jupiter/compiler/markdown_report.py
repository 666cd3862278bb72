"""The report of a run as Markdown, for the artifact of that name: bounded, so that the UI can show it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jupiter.compiler.markdown import SHOWN, code, interfaces, numbers, table
from jupiter.delivery.report_layout import Lane, lanes, ticks
from jupiter.delivery.report_text import visible
from jupiter.model.report import Change, FullReport

CHANGES = 40  # symbols whose difference is shown
_LINES = 40  # lines of one difference
_WIDTH = 80  # columns of the timeline


def report_text(report: FullReport) -> str:
    """How a run ended, what it changed and when, its checks, its briefings, its refused edits."""
    return "\n\n".join(part for part in _parts(report) if part) + "\n"


def _parts(report: FullReport) -> Iterator[str]:
    yield f"**{report.status}** {code(report.reason)}".rstrip()
    yield (
        f"{report.symbols_changed} symbols in {report.files_changed} files, "
        f"{report.conflicts} conflicts, {report.refused_edits} refused edits; "
        f"{report.workers} workers, {report.seconds.total:.1f} s, {report.usage.usd:.2f} USD"
    )
    if report.branch:
        yield f"Branch {code(report.branch)} at {code(report.commit)}"
    if report.patch:
        yield f"Patch {code(report.patch)}"
    yield f"All of it: `jupiter report {report.run_id} --html report.html`"
    yield _timeline(report)
    yield from _tables(report)
    yield _titled("Changes", "\n\n".join(map(_change, report.changes[:CHANGES])))
    if report.symbols_changed > len(report.changes):
        yield f"{report.symbols_changed} symbols were written; here are {len(report.changes)}."


def _tables(report: FullReport) -> Iterator[str]:
    findings = [
        (code(f"{f.path}:{f.line}"), code(f.message), f.briefing) for f in report.findings[:SHOWN]
    ]
    yield _titled("Contracts", table(("does not fit", "why", "briefing"), findings))
    checks = [
        (c.step, code(" ".join(c.command)), c.exit_code, f"{c.seconds:.1f}") for c in report.checks
    ]
    yield _titled("Checks", table(("check", "command", "exit", "seconds"), checks))
    tests = [
        (code(path), c.step, code(c.tests.reason))
        for c in report.checks
        if c.tests is not None
        for path in c.tests.left_out[:SHOWN] or ("none",)
    ]
    yield _titled("Tests left out", table(("file", "check", "why"), tests))
    briefings = [
        (b.id, ", ".join(b.steps), b.worker, b.progress, b.symbols_changed, code(b.reason))
        for b in report.per_briefing[:SHOWN]
    ]
    heads = ("briefing", "steps", "worker", "state", "symbols", "reason")
    yield _titled("Briefings", table(heads, briefings))
    yield _titled("Published interfaces", interfaces(report.published[:SHOWN]))
    refused = [
        (code(", ".join(r.symbols) or r.path), r.reason, r.briefing, code(r.message))
        for r in report.refusals[:SHOWN]
    ]
    yield _titled("Refused edits", table(("of", "reason", "briefing", "message"), refused))
    failures = [(code(f.path), f.step, code(f.reason)) for f in report.failures[:SHOWN]]
    yield _titled("Left out", table(("left out", "step", "reason"), failures))
    hazards = [
        (code(f"{h.path}:{h.line}"), code(h.text), code(h.reason)) for h in report.hazards[:SHOWN]
    ]
    yield _titled("Hazards", table(("left as it was", "text", "reason"), hazards))
    usage = report.usage
    tokens = (usage.cache_read_tokens, usage.cache_write_tokens, usage.input_tokens)
    cost = [(usage.requests, usage.sent, *tokens, usage.output_tokens, f"{usage.usd:.4f}")]
    cached = ("read from the cache", "written to it", "uncached")
    heads = ("requests", "input tokens", *cached, "output tokens", "USD")
    yield _titled("Cost", table(heads, cost if usage.requests else ()))


def _titled(title: str, text: str) -> str:
    return f"## {title}\n\n{text}" if text else ""


def _timeline(report: FullReport) -> str:
    """A line a lane, bars of blocks that change where the next briefing begins."""
    drawn = lanes(report.timeline)
    if not drawn:
        return ""
    width = max(len(lane.name) for lane in drawn) + 2
    axis = [" "] * (_WIDTH + width + 8)
    for tick in ticks(report.timeline):
        at = width + _column(tick.left)
        axis[at : at + len(tick.label)] = tick.label
    lines = ["".join(axis).rstrip(), *(line for lane in drawn for line in _drawn(lane, width))]
    legend = (
        "`█ ▓` briefings and checks, `▲` an interface published, `◆` an edit that adapted to one"
    )
    return _titled("Timeline", f"{_fenced(lines)}\n\n{legend}")


def _drawn(lane: Lane, width: int) -> Iterator[str]:
    bars, marks = [" "] * (_WIDTH + 1), [" "] * (_WIDTH + 1)
    for number, bar in enumerate(lane.bars):
        begin, end = _column(bar.left), _column(bar.left + bar.width)
        bars[begin : max(begin + 1, end)] = "█▓"[number % 2] * max(1, end - begin)
    for flag in sorted(lane.flags, key=lambda one: one.kind):  # published is the last to be drawn
        marks[_column(flag.left)] = {"published": "▲", "adapted": "◆"}.get(flag.kind, "○")
    yield f"{visible(lane.name):{width}}{''.join(bars)}".rstrip()
    if lane.flags:
        yield " " * width + "".join(marks).rstrip()


def _column(percent: float) -> int:
    return min(_WIDTH, round(percent * _WIDTH / 100))


def _change(change: Change) -> str:
    was = f", was {code(change.was)}" if change.was not in {None, change.symbol} else ""
    head = f"{code(change.symbol)} {change.kind}{was}, by {numbers(change.briefings)}"
    lines = list(change.diff[:_LINES])
    left = len(change.diff) - len(lines) + change.left_out
    if left:
        lines.append(f"@@ {left} more lines @@")
    return f"{head}\n\n{_fenced(lines, 'diff')}" if lines else head


def _fenced(lines: Sequence[str], language: str = "text") -> str:
    """Lines between fences that are longer than any within."""
    text = "\n".join(visible(line).replace("\n", " ") for line in lines)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
