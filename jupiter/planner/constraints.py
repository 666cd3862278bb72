"""The constraints of a briefing: those of the recipe and of its steps, and its codebase."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jupiter.model.constraint import (
    AnyConstraint,
    ForbidAdded,
    ForbidImport,
    KeepInterface,
    MaxChangedLines,
    NoNewFiles,
    Readonly,
    Within,
)
from jupiter.model.recipe import Recipe
from jupiter.model.step import Constraints


def constraints_of(recipe: Recipe, own: Iterable[Constraints] = ()) -> tuple[AnyConstraint, ...]:
    """What the gate holds the edits of a briefing against; `own` are those of its steps, each holds."""
    found = [Within(paths=recipe.codebase.include)]
    return (*found, *(one for part in (recipe.constraints, *own) for one in _of(part)))


def _of(part: Constraints) -> Iterator[AnyConstraint]:
    if part.readonly:
        yield Readonly(paths=part.readonly)
    if part.keep_interface:
        yield KeepInterface(paths=part.keep_interface)
    if part.forbid_added:
        yield ForbidAdded(texts=part.forbid_added)
    if part.forbid_import:
        yield ForbidImport(modules=part.forbid_import)
    if part.max_changed_lines is not None:
        yield MaxChangedLines(lines=part.max_changed_lines)
    if part.no_new_files:
        yield NoNewFiles()
