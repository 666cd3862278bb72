"""The setting of a wave: what its engines work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from jupiter.engines.agent_signals import Limiter
from jupiter.engines.pool import Pool
from jupiter.fold.file import File
from jupiter.index.index import Index
from jupiter.index.snapshot import Snapshot
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.step import Limits
from jupiter.recipe.expressions import Lookup
from jupiter.session.session import Session


@dataclass(frozen=True, slots=True)
class Grounds:
    """What commands work on: all files of the tree at the start of the wave, and the recipe's values."""

    snapshot: Snapshot
    changed: Mapping[str, File | None]
    """The files that differ from the snapshot; None where there is none any more."""
    lookup: Lookup
    path: Callable[[], str]
    """Where programs are looked for: `PATH` of the recipe's environment."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the engines of a wave work with."""

    recipe_folder: Path
    scratch: Path
    read: Callable[[str], bytes]
    """The text of a path when the wave began."""
    pool: Pool | None
    """None where there are no codemods."""
    stop: Event
    index: Index
    """Of the codebase when the wave began."""
    context: Callable[[WorkerBriefing], WorkerBriefing]
    """Gives a briefing the whole of its context."""
    check: Callable[[Session], str]
    """Runs the quick command of a briefing's step."""
    budget: Limits | None = None
    grounds: Grounds | None = None
    """None where there are no commands."""
    limiter: Limiter = field(default_factory=Limiter)
    """Of the run: what makes one of its agents wait makes all of them wait."""
    shares: bool = True
    """Whether agents see what others do."""
