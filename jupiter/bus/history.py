"""Earlier runs: how each began, by one line of its log; and of one run the events of some types alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from jupiter.bus.codec import decode
from jupiter.bus.journal import EVENTS
from jupiter.errors import LogError
from jupiter.model.event import Event
from jupiter.model.run_events import RunStarted
from jupiter.system.state import run_ids, runs_folder


def begun() -> Iterator[tuple[Path, RunStarted]]:
    """The folders of all runs, the latest first, each with what it began with.

    A log that cannot be read is left out: it says nothing about any run.
    """
    for run in reversed(run_ids()):
        folder = runs_folder() / run
        try:
            started = _first(folder)
        except (LogError, OSError):
            continue
        if started is not None:
            yield folder, started


def told(folder: Path, types: Collection[str]) -> Iterator[Event]:
    """The events of some types in the log of a run that is over; all other lines are passed by.

    Raises:
        LogError: one of them is damaged.
        OSError: the log cannot be read.
    """
    marks = [b'"type":"%s"' % one.encode() for one in types]
    with (folder / EVENTS).open("rb") as file:
        for line in file:
            if line.endswith(b"\n") and any(mark in line for mark in marks):
                event = decode(line.removesuffix(b"\n"))
                if event.data.type in types:
                    yield event


def _first(folder: Path) -> RunStarted | None:
    with (folder / EVENTS).open("rb") as file:
        line = file.readline()
    if not line.endswith(b"\n"):
        return None
    data = decode(line.removesuffix(b"\n")).data
    return data if isinstance(data, RunStarted) else None
