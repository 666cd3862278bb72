"""Earlier runs by how they began: one line of each log is read, however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jupiter.bus.codec import decode
from jupiter.bus.journal import EVENTS
from jupiter.errors import LogError
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


def _first(folder: Path) -> RunStarted | None:
    with (folder / EVENTS).open("rb") as file:
        line = file.readline()
    if not line.endswith(b"\n"):
        return None
    data = decode(line.removesuffix(b"\n")).data
    return data if isinstance(data, RunStarted) else None
