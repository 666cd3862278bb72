"""`jupiter bus`: what has happened in a run, event by event."""

from __future__ import annotations

import argparse

from jupiter.bus.codec import encode
from jupiter.bus.file import FileLog
from jupiter.cli import console
from jupiter.model.edit import path_of, symbols_of
from jupiter.model.event import (
    BriefingFailed,
    BriefingFinished,
    BriefingStarted,
    CheckFinished,
    EditAccepted,
    EditRefused,
    Event,
    InterfacePublished,
    RunDelivered,
    RunFinished,
    RunStarted,
    RunStopped,
    RunVerified,
    WavePlanned,
)
from jupiter.system.state import find_run


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "action", choices=("show", "follow"), help="show what is there, or follow what comes"
    )
    parser.add_argument("run", metavar="RUN", help="a run's id, the beginning of one, or `last`")
    parser.add_argument(
        "--type", metavar="TYPE", help="only events of this type, e.g. edit.accepted"
    )
    parser.add_argument("--worker", metavar="NAME", help="only events of this worker")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, as in the log")


def main(options: argparse.Namespace) -> int:
    """Print events; `follow` ends when the run has finished."""
    log = FileLog.open(find_run(options.run))
    events = log.follow() if options.action == "follow" else log.events()
    for event in events:
        if options.type in {None, event.type} and options.worker in {None, event.worker}:
            console.result(encode(event).decode() if options.json else line(event))
    return 0


def line(event: Event) -> str:
    """An event as one line for a person."""
    who = event.worker or "-"
    briefing = f"#{event.briefing}" if event.briefing is not None else ""
    place = f"{event.seq:5}  {event.time:%H:%M:%S}  {who:9} {briefing:5}"
    return f"{place} {event.type:19} {_one_line(_what(event))}".rstrip()


def _what(event: Event) -> str:  # noqa: C901, PLR0911  one arm an event type, each a line
    match event.data:
        case RunStarted() as data:
            return f"{data.recipe} on {data.base_commit[:12]}"
        case WavePlanned() as data:
            steps = ", ".join(data.steps)
            return f"wave {data.wave}: {steps}: {len(data.owned)} briefings, {data.workers} workers"
        case BriefingStarted():
            return ""
        case BriefingFinished() as data:
            return f"{len(data.failures)} files failed" if data.failures else ""
        case BriefingFailed() | RunStopped() as data:
            return data.reason
        case EditAccepted() as data:
            return f"{path_of(data.edit)} ({len(symbols_of(data.edit))} symbols)"
        case EditRefused() as data:
            return f"{path_of(data.edit)}: {data.reason}: {data.message}"
        case InterfacePublished() as data:
            return f"{data.symbol}: {data.before or '(new)'} -> {data.after or '(gone)'}"
        case CheckFinished() as data:
            return f"{' '.join(data.command)}: exit {data.exit_code} in {data.seconds:.1f} s"
        case RunVerified() as data:
            return "green" if data.green else f"red: {data.reason}"
        case RunDelivered() as data:
            return f"{data.branch} {data.commit}" if data.branch else f"{data.patch}"
        case RunFinished() as data:
            return data.status


def _one_line(text: str) -> str:
    """The text without line ends, and without what a terminal would obey: repositories name things."""
    words = " ".join(text.split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)
