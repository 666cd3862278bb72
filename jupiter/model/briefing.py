"""A briefing: all that a worker is given, and all that it may write."""

from __future__ import annotations

from jupiter.model.base import Model
from jupiter.model.constraint import Constraint


class Site(Model):
    """A place where a name stands. The line counts from 1, the column from 0, in bytes."""

    path: str
    line: int
    column: int
    text: str | None = None
    """What is to stand there; None is the new name."""


class NameChange(Model):
    """A symbol's new name, and the places of one briefing where it is to stand."""

    step: str
    symbol: str
    old: str
    new: str
    sites: tuple[Site, ...]
    aliases: tuple[PlannedSymbol, ...] = ()
    """What is left behind under the old name."""
    moves: tuple[tuple[str, str], ...] = ()
    """Of a module: old and new paths of files that the briefing owns."""


class PlannedSymbol(Model):
    """A symbol that the plan has a briefing make, and where; see `jupiter.model.edit.Create`."""

    symbol: str
    container: str
    slot: str
    rank: int
    gap: int | None
    text: str


class TaskDescription(Model):
    """What is to be done; two codemods of one wave that select one file are one task with two `steps`."""

    goal: str
    steps: tuple[str, ...]
    select: tuple[str, ...]
    """Path globs that chose the files; empty means all of the codebase."""
    renames: tuple[NameChange, ...] = ()
    """Of `rename` steps: what is renamed, and where in the symbols that are owned."""


class CodebaseContext(Model):
    """What a worker should know of the codebase before it starts."""

    base_commit: str
    neighbours: tuple[str, ...]
    """Paths outside the briefing that import from it or that it imports from."""
    outline: tuple[str, ...]
    """A line a file that is owned: path, lines, symbols."""


class WorkerBriefing(Model):
    """One mapped task, one progress artifact, one commit; ids count from 1 through the whole run."""

    id: int
    wave: int
    task: TaskDescription
    context: CodebaseContext
    symbols_owned: tuple[str, ...]
    symbols_readable: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    weight: int
    """Bytes of source to work on: what briefings are balanced by."""
