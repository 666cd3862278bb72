"""`jupiter report`: what a run did, from its log alone: for a person, as JSON, or as one HTML page."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from jupiter.bus.file import FileLog
from jupiter.cli import console
from jupiter.delivery.report_full import full_report
from jupiter.delivery.report_layout import by_file
from jupiter.delivery.report_page import page
from jupiter.delivery.report_text import tokens_text
from jupiter.errors import RequestError, SurroundingsError
from jupiter.fold.tree import Base
from jupiter.index.snapshot import Snapshot
from jupiter.model.event import Event
from jupiter.model.report import FullReport
from jupiter.model.run_events import RunStarted
from jupiter.system.files import write_whole
from jupiter.system.git import Repository
from jupiter.system.state import find_run

_ROWS = 20  # of each part; --json and --html have all


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run's id, the beginning of one, or `last`")
    parser.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="write it as one HTML page that needs nothing else",
    )
    parser.add_argument(
        "--repo",
        type=Path,
        metavar="DIR",
        help="the git repository, where it is not any more where the run began",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(options: argparse.Namespace) -> int:
    """Print the report, or write its page."""
    log = FileLog.open(find_run(options.run))
    events = list(log.events())
    base, missing = _base(events, options.repo)
    report = full_report(events, log=str(log.folder), base=base, blob=log.get, missing=missing)
    if options.html is not None:
        _write(options.html, page(report))
    if options.json:
        console.result_json(report)
    elif options.html is None:
        console.result(describe(report))
    return 0


def describe(report: FullReport) -> str:
    """The report for a person."""
    return "\n\n".join(part for part in _parts(report) if part)


def _parts(report: FullReport) -> Iterable[str]:
    yield _summary(report)
    if report.changes_missing:
        yield report.changes_missing
    yield _table(
        ("changed file", "symbols", "added", "removed", "briefings"),
        [
            (
                _line(file.path),
                len(file.changes),
                file.added,
                file.removed,
                _numbers(number for change in file.changes for number in change.briefings),
            )
            for file in by_file(report.changes)
        ],
    )
    yield _table(
        ("published interface", "before", "after", "owner", "adapted"),
        [
            (
                _line(one.symbol),
                _line(one.before or "(new)"),
                _line(one.after or "(gone)"),
                one.briefing or "",
                _numbers(one.adapted),
            )
            for one in report.published
        ],
    )
    yield _table(
        ("refused edit", "reason", "briefing", "message"),
        [
            (_line(one.path), one.reason, one.briefing or "", _line(one.message, 160))
            for one in report.refusals
        ],
    )
    yield _table(
        ("does not fit", "briefing", "why"),
        [
            (_line(f"{one.path}:{one.line}"), one.briefing or "", _line(one.message, 160))
            for one in report.findings
        ],
    )
    yield _table(
        ("check", "exit", "seconds", "command"),
        [
            (c.step, c.exit_code, round(c.seconds, 1), _line(" ".join(c.command)))
            for c in report.checks
        ],
    )
    yield _table(
        ("tests left out", "check", "why"),
        [
            (_line(path), c.step, _line(c.tests.reason, 160))
            for c in report.checks
            if c.tests is not None
            for path in c.tests.left_out or ("none",)
        ],
    )
    yield _table(
        ("left out", "step", "reason"),
        [(_line(one.path), one.step, _line(one.reason, 160)) for one in report.failures],
    )
    yield "\n".join(console.hazards(report.hazards, _ROWS))


def _summary(report: FullReport) -> str:
    reason, seconds = f": {report.reason}" if report.reason else "", report.seconds
    rows = [
        ("status", f"{report.status}{_line(reason, 400)}"),
        ("recipe", report.recipe),
        ("base", f"{report.repository} at {report.base_commit[:12]}"),
        ("begun", report.begun),
        ("changed", f"{report.symbols_changed} symbols in {report.files_changed} files"),
        ("conflicts", f"{report.conflicts} (refused edits: {report.refused_edits})"),
        ("workers", f"{report.workers} on {report.briefings} briefings"),
        ("seconds", f"{seconds.total:.1f} (work {seconds.work:.1f}, verify {seconds.verify:.1f})"),
        ("cost", f"{report.usage.usd:.2f} USD in {report.usage.requests} requests"),
        *([("tokens", tokens_text(report.usage))] if report.usage.requests else []),
        ("run", report.run_id),
    ]
    if report.branch:
        rows.append(("branch", f"{report.branch} ({(report.commit or '')[:12]})"))
    if report.patch:
        rows.append(("patch", report.patch))
    return "\n".join(f"{key:9} {value}" for key, value in rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return ""
    more = (
        f"\nand {len(rows) - _ROWS} more: --json and --html have all" if len(rows) > _ROWS else ""
    )
    return console.columns([head, *rows[:_ROWS]]) + more


def _numbers(briefings: Iterable[int]) -> str:
    return ", ".join(f"#{number}" for number in dict.fromkeys(briefings))


def _line(text: str, most: int = 60) -> str:
    line = console.one_line(text)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _base(events: Sequence[Event], repository: Path | None) -> tuple[Base | None, str]:
    """The files of the commit that the run began with; if they are gone, why there are none."""
    started = events[0].data if events else None
    if not isinstance(started, RunStarted):
        return None, ""
    place = repository or Path(started.repository)
    try:
        opened = Repository.open(place)
        return Snapshot(opened, opened.commit(started.base_commit)).file, ""
    except RequestError as error:
        if repository is not None:
            raise
        return (
            None,
            f"The changes cannot be shown: {error}. --repo says where the repository is now.",
        )


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise SurroundingsError(f"{path}: cannot be written: {error.strerror}") from error
    console.say(f"report    {path}")
