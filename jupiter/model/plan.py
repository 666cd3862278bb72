"""A plan: the briefings of one wave, and what a person should know before they start."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from jupiter.model.base import Model
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.division import Division


class FoundSymbol(Model):
    """A symbol that a selection finds, or a whole file; the line counts from 1."""

    symbol: str
    path: str
    line: int
    kind: str
    """What it is: `function`, `class`, `statement`, …; `file` for all of a file."""


class Found(Model):
    """What a selection finds in a codebase at one commit."""

    base_commit: str
    symbols: tuple[FoundSymbol, ...]


class LeftOut(Model):
    """A selected path that nobody will write, and why."""

    path: str
    reason: str


class Hazard(Model):
    """A place that a rename may concern and that nothing decides, or where effects are not seen.

    Lines count from 1, columns from 0 in bytes; `text` is the line.
    """

    path: str
    line: int
    column: int
    text: str
    reason: str


class Cut(Model):
    """Edges between what a wave changes: how many there are, how many run between briefings."""

    edges: int
    across: int
    of: Literal["imports", "references"] = "imports"
    """Files that import each other; where there are agents, symbols that name each other."""


class Contested(Model):
    """What several goals of a wave want: one briefing has all of these goals, or hands it over."""

    symbols: tuple[str, ...]
    goals: tuple[str, ...]
    """The goals by their places in the recipe: `steps.follow.agent[0]`."""
    briefing: int
    then: int | None = None
    """The briefing that it is handed over to when this one has ended; None where one has all goals."""
    why: str = ""


class Relation(Model):
    """Two goals of a wave that are not carried out beside each other, and why."""

    first: str
    second: str
    """The goals by their places in the recipe."""
    how: Literal["together", "after"]
    """By one worker, as far as both want the same; or the second where the first has ended."""
    why: str


class Beside(Model):
    """Two goals, or steps, of one wave: the first uses what the second changes, so many times."""

    user: str
    used: str
    times: int
    why: str
    """Why they can run side by side all the same."""


class Estimate(Model):
    """What the briefings of a wave are taken to need, or have needed."""

    seconds: float | None
    """From the start of the first to the end of the last; None where no run has been measured."""
    cpu: float | None = None
    """CPU seconds of codemods and renames; None where they are not measured, and of other steps."""
    output_tokens: int = 0
    """Of agents."""
    usd: float | None = 0.0
    """Of agents; None where no price is known."""


class Outcome(Model):
    """What a wave was taken to need when it was planned, and what it has needed."""

    wave: int
    predicted: Estimate | None
    needed: Estimate


class SavedBriefing(Model):
    """Who does what: the `owns` of briefings may be dealt otherwise; the rest is for the reader."""

    id: int
    steps: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
    """What it owns from the start."""
    receives: tuple[str, ...] = ()
    """What others hand over to it; this stays as it was planned."""
    after: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> SavedBriefing:
        if not self.owns and not self.receives:
            raise PydanticCustomError("owns", "a briefing that owns nothing; deal it something")
        return self


class SavedPlan(Model):
    """The plan of a wave as `jupiter plan --save` writes it, a person edits it, and a run takes it."""

    version: Literal[1]
    recipe: str
    recipe_sha256: str
    """Of the recipe's text and of the values of its parameters."""
    base_commit: str
    wave: int
    workers: Annotated[int, Field(ge=1)]
    divided: tuple[Division, ...] = ()
    """The goals of steps with `planner: model`: the model is not asked again."""
    briefings: tuple[SavedBriefing, ...]


class Plan(Model):
    """The briefings of a wave with disjoint write sets."""

    wave: int
    steps: tuple[str, ...]
    workers: int
    briefings: tuple[WorkerBriefing, ...]
    left_out: tuple[LeftOut, ...]
    cut: Cut
    divided: tuple[Division, ...] = ()
    """The goals that a model has divided those of its steps into."""
    contested: tuple[Contested, ...] = ()
    relations: tuple[Relation, ...] = ()
    """Of goals that meet: who has one worker with whom, who comes after whom."""
    hazards: tuple[Hazard, ...] = ()
    """Of renames: places that may be meant and are left as they are."""
    risks: tuple[Hazard, ...] = ()
    """Places in what is owned whose effects nobody sees; told by `jupiter plan` alone."""
    beside: tuple[Beside, ...] = ()
    """What depends on what and runs beside it; told by `jupiter plan` alone."""
    estimate: Estimate | None = None
    """What the briefings are taken to need, by earlier runs of the recipe."""
    later: tuple[str, ...]
    """Steps that are planned when this wave is folded."""


class PlanAhead(Plan):
    """What `jupiter plan` tells: the plan of the first wave, and of others as far as they can be made."""

    then: tuple[Plan, ...] = ()
    """The plans of later waves, where only renames stand before them."""
