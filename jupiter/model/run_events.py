"""What happens to a run as a whole: begun, planned, judged, delivered, ended."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jupiter.model.base import Model
from jupiter.model.constraint import Constraint
from jupiter.model.division import DividedGoal
from jupiter.model.plan import Contested, Estimate, Hazard, Relation
from jupiter.model.repair import ContractsChecked, ResultNarrowed, TrialFinished

Status = Literal["done", "unchanged", "failed", "partial", "budget", "interrupted"]


class Owned(Model):
    """What one briefing of a wave owns, as the fold needs it."""

    briefing: int
    steps: tuple[str, ...]
    symbols: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    weight: int = 0
    """What briefings are balanced by; 0 where it was not told."""
    after: tuple[int, ...] = ()
    """The briefings that have to end before it begins."""
    receives: tuple[str, ...] = ()
    """What these hand over to it then."""


class RunStarted(Model):
    """A run began: what of, on what, by which Jupiter."""

    type: Literal["run.started"] = "run.started"
    recipe: str
    recipe_text: str
    """SHA-256 of the recipe's source, which lies in the blobs."""
    parameters: dict[str, object]
    repository: str
    ref: str
    base_commit: str
    jupiter: str
    recipe_path: str = ""
    """Where the recipe was read; its codemods may lie beside it."""
    codemods: dict[str, str] = Field(default_factory=dict)
    """The files of these codemods, each with its SHA-256."""
    workers: int | None = None
    """How many were asked for, whatever the recipe says."""
    flow_run: str = ""
    """The Prefect flow run that a deployed run belongs to: a retry of it goes on."""


class WavePlanned(Model):
    """A wave was planned: from here on, who owns what."""

    type: Literal["wave.planned"] = "wave.planned"
    wave: int
    steps: tuple[str, ...]
    workers: int
    owned: tuple[Owned, ...]
    hazards: tuple[Hazard, ...] = ()
    """Of renames: places that may be meant and are left as they are."""
    contested: tuple[Contested, ...] = ()
    """Of agents: what several goals want, and who has all of these goals, or hands it over."""
    relations: tuple[Relation, ...] = ()
    """Of agents: goals that have one worker, or come one after the other, and why."""
    estimate: Estimate | None = None
    """What the briefings are taken to need, by earlier runs of the recipe."""


class GoalDivided(Model):
    """A model has divided the goal of a step into goals with selections, or a saved plan has them."""

    type: Literal["goal.divided"] = "goal.divided"
    goals: tuple[DividedGoal, ...]


class Comparison(Model):
    """What a check's tests are beside those of the base; `worse` and `gone` name the first of them."""

    red_before: int
    red: int
    worse: tuple[str, ...]
    """Red, and not red before."""
    gone: tuple[str, ...]
    """Not there any more, and green before."""
    counts: tuple[int, int]
    """How many are worse, and gone."""

    @property
    def is_worse(self) -> bool:
        """Whether there is any test that the change has broken."""
        return any(self.counts)


class ApprovalRequested(Model):
    """The run waits for a person's answer."""

    type: Literal["approval.requested"] = "approval.requested"
    question: str
    briefings: tuple[int, ...]
    """Those that the person may leave out."""


class ApprovalAnswered(Model):
    """A person has answered; what is left out is not part of the tree."""

    type: Literal["approval.answered"] = "approval.answered"
    approved: bool
    leave_out: tuple[int, ...] = ()
    comment: Annotated[str, Field(max_length=2000)] = ""


class ChosenTests(Model):
    """What `${{ affected_tests }}` stood for: the files of tests that a change may concern."""

    chosen: tuple[str, ...] = ()
    """None of them: the command ran everything."""
    left_out: tuple[str, ...] = ()
    reason: str
    """Why some are left out, or why none is."""


class CheckFinished(Model):
    """A `run` step has ended."""

    type: Literal["check.finished"] = "check.finished"
    command: tuple[str, ...]
    exit_code: int
    seconds: float
    output: str
    """The end of what it printed, bounded."""
    comparison: Comparison | None = None
    """Of a step with `compare: baseline`."""
    tests: ChosenTests | None = None
    """Of a command with `${{ affected_tests }}`."""

    @property
    def is_green(self) -> bool:
        """Whether it accepts the tree: by its exit code, or by comparison with the base."""
        return self.exit_code == 0 if self.comparison is None else not self.comparison.is_worse


class RunVerified(Model):
    """All checks are done; `reason` says what is red."""

    type: Literal["run.verified"] = "run.verified"
    green: bool
    reason: str = ""


class RunDelivered(Model):
    """The result is where the recipe wanted it: a branch with its tip, or a patch."""

    type: Literal["run.delivered"] = "run.delivered"
    branch: str | None = None
    commit: str | None = None
    patch: str | None = None


class RunStopped(Model):
    """The run ended before it was done."""

    type: Literal["run.stopped"] = "run.stopped"
    reason: str


class RunResumed(Model):
    """A run that had ended early, or whose process had died, goes on."""

    type: Literal["run.resumed"] = "run.resumed"
    jupiter: str
    budget: dict[str, float] | None = None
    """What the agents of the run may use from now on, if that is not what the recipe says."""


class RunFinished(Model):
    """The last event of a run."""

    type: Literal["run.finished"] = "run.finished"
    status: Status


OfRun = (
    RunStarted
    | RunResumed
    | GoalDivided
    | ApprovalRequested
    | ApprovalAnswered
    | ContractsChecked
    | CheckFinished
    | TrialFinished
    | ResultNarrowed
    | RunVerified
    | RunDelivered
    | RunStopped
    | RunFinished
)
"""The events that no briefing has a part in."""
