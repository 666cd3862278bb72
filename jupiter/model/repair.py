"""Events of what does not fit together: found by the contract check or by tests, given back, left out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jupiter.model.base import Model
from jupiter.model.finding import Finding

FAILURE_TEXT = 2000
"""Characters that are kept of how a failing test or command ends."""


class Attributed(Finding):
    """A finding, and whose it is."""

    briefing: int | None
    """The briefing that owns its symbol; if nobody does, the one that changed what it names."""
    cause: int | None = None
    """Another briefing, that changed what it names."""


class Failure(Model):
    """A failing test, or a command as a whole, and the symbols of the codebase that its output names."""

    title: str
    text: Annotated[str, Field(max_length=FAILURE_TEXT)]
    symbols: tuple[str, ...]


class ContractsChecked(Model):
    """The changed tree was held against the base: what does not fit together any more."""

    type: Literal["contracts.checked"] = "contracts.checked"
    wave: int
    round: int
    """How many rounds of repair the wave has had."""
    findings: tuple[Attributed, ...]


class RepairRequested(Model):
    """A briefing that was done is given back what is broken in its symbols, or by it."""

    type: Literal["repair.requested"] = "repair.requested"
    round: int
    """The first of a wave is 1."""
    findings: tuple[Attributed, ...] = ()
    failures: tuple[Failure, ...] = ()
