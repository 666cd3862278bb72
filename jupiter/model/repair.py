"""Events of what does not fit together: found by the contract check or by tests, given back, left out."""

from __future__ import annotations

import shlex
from typing import Annotated, Literal

from pydantic import Field

from jupiter.model.base import Model
from jupiter.model.finding import Finding

_NAMED = 3  # tests that a sentence names
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


class TrialFinished(Model):
    """The result without some briefings was judged, to find out what of it is green."""

    type: Literal["trial.finished"] = "trial.finished"
    left_out: tuple[int, ...]
    green: bool
    seconds: float


class ResultNarrowed(Model):
    """A red result goes on without the briefings that make it red."""

    type: Literal["result.narrowed"] = "result.narrowed"
    left_out: tuple[int, ...]
    edits: int
    """How many edits that is."""
    of: int
    """How many there were."""
    command: tuple[str, ...]
    """The check that was red."""
    tests: tuple[str, ...]
    """The first of the tests that were red, if it has told of any."""
    count: int
    """How many there were."""
    is_maximal: bool
    """Whether nothing that is left out can be put back; otherwise the time was over."""

    @property
    def reason(self) -> str:
        """What it comes to, as one sentence for a person."""
        one = self.edits == 1
        what = f"{self.edits} of {self.of} edits "
        if self.count:
            tests = "1 test" if self.count == 1 else f"{self.count} tests"
            what += f"{'breaks' if one else 'break'} {tests}: {', '.join(self.tests[:_NAMED])}"
        else:
            what += f"{'makes' if one else 'make'} `{shlex.join(self.command)}` red"
        if self.count > _NAMED and self.tests:
            what += " …"
        out = ", ".join(f"#{number}" for number in self.left_out)
        what += f"; left out: {'briefing' if len(self.left_out) == 1 else 'briefings'} {out}"
        return what if self.is_maximal else f"{what}; the time was over, more may be kept"
