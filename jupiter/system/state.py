"""The state folder: where runs and caches live, never in the repository.

Runs lie in `$JUPITER_HOME/runs/RUN`, else in `$XDG_STATE_HOME/jupiter/runs/RUN`; what can be thrown
away in `$JUPITER_HOME/cache`, else in `$XDG_CACHE_HOME/jupiter`. All of it is mode 0700.
"""

from __future__ import annotations

import os
import re
import secrets
from datetime import datetime
from pathlib import Path

from jupiter.errors import RequestError, SurroundingsError

_MINUTE = len("20261123-1412")
"""How much of an id says when the run was started."""


def state_folder() -> Path:
    """The folder that holds what must last; made if it is missing."""
    if home := os.environ.get("JUPITER_HOME"):
        return made(Path(home).absolute())
    return made(_xdg("XDG_STATE_HOME", ".local/state") / "jupiter")


def cache_folder() -> Path:
    """The folder for what can be fetched or computed again; made if it is missing."""
    if home := os.environ.get("JUPITER_HOME"):
        return made(made(Path(home).absolute()) / "cache")
    return made(_xdg("XDG_CACHE_HOME", ".cache") / "jupiter")


def runs_folder() -> Path:
    """The folder of all runs; made if it is missing."""
    return made(state_folder() / "runs")


def new_run_id(repository: str, now: datetime) -> str:
    """A fresh id that reads `20261123-1412-click-7f3a`."""
    name = re.sub(r"[^a-z0-9]+", "-", repository.lower()).strip("-")[:24].strip("-") or "run"
    return f"{now:%Y%m%d-%H%M}-{name}-{secrets.token_hex(2)}"


def run_ids() -> list[str]:
    """The ids of all runs, the latest last; within one minute, by when their folders last changed."""

    def age(folder: Path) -> tuple[str, int, str]:
        return folder.name[:_MINUTE], folder.stat().st_mtime_ns, folder.name

    folders = [entry for entry in runs_folder().iterdir() if entry.is_dir()]
    return [folder.name for folder in sorted(folders, key=age)]


def find_run(name: str) -> Path:
    """The folder of the run with this id, a unique beginning of it, or `last`.

    Raises:
        RequestError: there is none, or more than one.
    """
    ids = run_ids()
    if name == "last":
        found = ids[-1:]
    else:
        found = [i for i in ids if i == name] or [i for i in ids if name and i.startswith(name)]
    if len(found) == 1:
        return runs_folder() / found[0]
    if not found:
        raise RequestError(f"there is no run {name!r}; `jupiter runs` lists {len(ids)} of them")
    raise RequestError(f"{name!r} is the beginning of {len(found)} runs: {', '.join(found[:5])}")


def _xdg(variable: str, default: str) -> Path:
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path.home() / default


def made(folder: Path) -> Path:
    """The folder, made for its owner alone if it is missing; SurroundingsError if it cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SurroundingsError(
            f"cannot make the folder {folder}: {error.strerror}; "
            "set JUPITER_HOME to a place that can be written"
        ) from error
    return folder
