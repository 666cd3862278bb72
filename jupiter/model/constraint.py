"""Constraints: what a change may not do, enforced at the gate."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jupiter.model.base import Model

Globs = tuple[str, ...]
"""Path globs, see `jupiter.system.paths`."""


class Readonly(Model):
    """Paths that nobody may write."""

    kind: Literal["readonly"] = "readonly"
    paths: Globs


class Within(Model):
    """The only paths that may be written: the codebase of the recipe."""

    kind: Literal["within"] = "within"
    paths: Globs


class KeepInterface(Model):
    """Paths whose symbols keep the interfaces that they have; new symbols may come."""

    kind: Literal["keep_interface"] = "keep_interface"
    paths: Globs


class ForbidAdded(Model):
    """Texts that a change may not bring in where they were not, or more often than they were."""

    kind: Literal["forbid_added"] = "forbid_added"
    texts: tuple[str, ...]


class ForbidImport(Model):
    """Modules, with all that is in them, that a change may not import where it did not."""

    kind: Literal["forbid_import"] = "forbid_import"
    modules: tuple[str, ...]


class MaxChangedLines(Model):
    """How many lines of one symbol may be added and removed, in all, since the wave began."""

    kind: Literal["max_changed_lines"] = "max_changed_lines"
    lines: int


class NoNewFiles(Model):
    """No file may come to be; one that is there may get another path."""

    kind: Literal["no_new_files"] = "no_new_files"


AnyConstraint = (
    Readonly | Within | KeepInterface | ForbidAdded | ForbidImport | MaxChangedLines | NoNewFiles
)
Constraint = Annotated[AnyConstraint, Field(discriminator="kind")]
