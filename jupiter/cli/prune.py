"""`jupiter runs prune`: remove the folders of old runs."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jupiter.bus.journal import EVENTS
from jupiter.errors import RequestError
from jupiter.system.lock import RunLock
from jupiter.system.state import run_ids, runs_folder

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def age(text: str) -> timedelta:
    """`30d`, `12h` or `2w`; raises RequestError for anything else."""
    found = re.fullmatch(r"([0-9]{1,5})([hdw])", text)
    if found is None:
        raise RequestError(f"--older {text}: expected a number and h, d or w, as in 30d")
    return int(found[1]) * _UNITS[found[2]]


def prune(older: timedelta, now: datetime | None = None) -> tuple[str, ...]:
    """Remove the runs in which nothing has happened for so long, but those under way; their ids."""
    limit = (now or datetime.now(UTC)) - older
    return tuple(run for run in run_ids() if _removed(runs_folder() / run, limit))


def _removed(folder: Path, limit: datetime) -> bool:
    events = folder / EVENTS
    last = datetime.fromtimestamp((events if events.exists() else folder).stat().st_mtime, UTC)
    if last >= limit:
        return False
    try:
        lock = RunLock(folder)
    except RequestError:
        return False
    try:
        shutil.rmtree(folder)
    finally:
        lock.release()
    return True
