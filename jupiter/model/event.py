"""Events: the records of the bus, typed and versioned; a type is `noun.verb` in the past tense.

A payload class names its type once. On disk `type` stands in the envelope, beside `seq` and `time`;
`jupiter.bus.codec` moves it there and back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import Field

from jupiter.model.base import Model
from jupiter.model.constraint import Constraint
from jupiter.model.edit import Edit, text_of
from jupiter.model.name import SharedName
from jupiter.model.plan import Contested, Estimate, Hazard
from jupiter.model.repair import (
    ContractsChecked,
    RepairRequested,
    ResultNarrowed,
    TrialFinished,
)

VERSION: Literal[1] = 1

Status = Literal["done", "unchanged", "failed", "partial", "budget", "interrupted"]
Reason = Literal["not_owned", "stale", "exists", "missing", "unparsable", "constraint", "finished"]


class Owned(Model):
    """What one briefing of a wave owns, as the fold needs it."""

    briefing: int
    steps: tuple[str, ...]
    symbols: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    weight: int = 0
    """What briefings are balanced by; 0 where it was not told."""


class FileFailure(Model):
    """A file that a codemod failed on: it stays as it was."""

    path: str
    step: str
    reason: str


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
    """Of agents: what several goals want, and who has all of these goals."""
    estimate: Estimate | None = None
    """What the briefings are taken to need, by earlier runs of the recipe."""


class BriefingTaken(Model):
    """A free worker has taken a briefing that nobody had; the first in log order."""

    type: Literal["briefing.taken"] = "briefing.taken"


class BriefingStarted(Model):
    """A worker begins to carry a briefing out."""

    type: Literal["briefing.started"] = "briefing.started"


class BriefingFinished(Model):
    """A briefing is done; `failures` are files that it had to leave as they were."""

    type: Literal["briefing.finished"] = "briefing.finished"
    failures: tuple[FileFailure, ...] = ()
    warnings: tuple[str, ...] = ()


class BriefingFailed(Model):
    """A briefing failed; its edits are not part of the tree."""

    type: Literal["briefing.failed"] = "briefing.failed"
    reason: str


class BriefingPaused(Model):
    """The budget of the step or run is used up: the edits are out of the tree until it goes on."""

    type: Literal["briefing.paused"] = "briefing.paused"
    reason: str


class AgentStarted(Model):
    """A conversation with a model began, or began anew."""

    type: Literal["agent.started"] = "agent.started"
    model: str
    prompts: str
    """SHA-256 of the prompts that come with Jupiter."""
    request: str
    """SHA-256 of the system prompt, the tools and the first message, JSON in the blobs."""


class AgentTold(Model):
    """The worker was told something beside the results of its calls."""

    type: Literal["agent.told"] = "agent.told"
    text: str
    """SHA-256 of what it was told, which lies in the blobs."""
    told: int
    """The event up to which it knows what concerns it."""


class ToolCalled(Model):
    """A call of a tool was answered; `call` is the id that the model gave it."""

    type: Literal["tool.called"] = "tool.called"
    tool: str
    call: str
    is_error: bool
    result: str
    """SHA-256 of the answer, which lies in the blobs."""
    told: int
    """The event up to which the worker knows what concerns it: the answer brings it along."""
    read: tuple[str, ...] = ()
    """The symbols that the answer shows: the worker is told of it when they change."""


class UsageRecorded(Model):
    """A reply of a model has been paid for."""

    type: Literal["usage.recorded"] = "usage.recorded"
    model: str
    input_tokens: int
    """Without those of the prompt cache."""
    cache_write_tokens: int
    cache_read_tokens: int
    output_tokens: int
    usd: float | None
    """By the prices that come with Jupiter; None if it knows none for the model."""
    stop: str
    """Why the reply ended, in the words of the API."""
    reply: str
    """SHA-256 of the reply's content, JSON in the blobs; of a command of its output."""
    turns: Annotated[int, Field(ge=1)] = 1
    """How many replies it stands for: a command tells of all of them at once."""


class ModelRetried(Model):
    """A request to a model failed and is made again."""

    type: Literal["model.retried"] = "model.retried"
    reason: str
    attempt: int
    wait: float
    """Seconds until the next attempt."""


class CommandFinished(Model):
    """A command of a briefing has ended."""

    type: Literal["command.finished"] = "command.finished"
    command: tuple[str, ...]
    exit_code: int
    seconds: float
    output: str
    """SHA-256 of the end of what it printed, which lies in the blobs."""
    timed_out: bool
    confined: bool
    """Whether it ran in a sandbox."""


class EditAccepted(Model):
    """The gate let an edit through: it is part of the tree."""

    type: Literal["edit.accepted"] = "edit.accepted"
    edit: Edit
    follows: tuple[str, ...] = ()
    """The symbols whose published interfaces this edit adapts its own symbol to."""


class EditRefused(Model):
    """The gate refused an edit: the tree is as it was."""

    type: Literal["edit.refused"] = "edit.refused"
    edit: Edit
    reason: Reason
    message: str
    """What was wrong and what the worker may do instead."""


class NameAdded(Model):
    """A file has one more import, or entry of `__all__`, if it has not got it already."""

    type: Literal["name.added"] = "name.added"
    path: str
    name: SharedName


class NameDropped(Model):
    """A file loses an import, or an entry of `__all__`, unless something in it uses it."""

    type: Literal["name.dropped"] = "name.dropped"
    path: str
    name: SharedName


class NameRefused(Model):
    """The gate refused to add or drop a name: the tree is as it was."""

    type: Literal["name.refused"] = "name.refused"
    path: str
    name: SharedName
    reason: Reason
    message: str


class InterfaceProposed(Model):
    """An owner says what an interface of its own is going to be, before it writes the body."""

    type: Literal["interface.proposed"] = "interface.proposed"
    symbol: str
    before: str | None
    after: str


class InterfacePublished(Model):
    """An accepted edit changed what others rely on; None where there was or is no such symbol."""

    type: Literal["interface.published"] = "interface.published"
    symbol: str
    before: str | None
    after: str | None


class SymbolClaimed(Model):
    """A briefing owns what nobody owned: the first claim in log order wins."""

    type: Literal["symbol.claimed"] = "symbol.claimed"
    symbol: str


class SymbolHandedOver(Model):
    """The owner of a symbol gives it to another briefing, which may write it from here on."""

    type: Literal["symbol.handed_over"] = "symbol.handed_over"
    symbol: str
    to: int


class SymbolReleased(Model):
    """A briefing gives back what it had claimed and not written."""

    type: Literal["symbol.released"] = "symbol.released"
    symbol: str


class ClaimRefused(Model):
    """What a briefing wanted to claim is not to be had."""

    type: Literal["claim.refused"] = "claim.refused"
    symbol: str
    owner: int | None
    """The briefing that owns it, or some of it; None if nobody may write it."""
    message: str


class RequestMade(Model):
    """A briefing asks the owner of a symbol for a change; the event's `seq` names the request."""

    type: Literal["request.made"] = "request.made"
    to: int
    symbol: str
    text: Annotated[str, Field(max_length=2000)]


class RequestAnswered(Model):
    """A request has its answer, from the owner or, where no answer can come, from the log."""

    type: Literal["request.answered"] = "request.answered"
    request: int
    granted: bool
    text: Annotated[str, Field(max_length=2000)]


class NoteAdded(Model):
    """A worker tells all others something."""

    type: Literal["note.added"] = "note.added"
    text: Annotated[str, Field(max_length=500)]


class UpdateDelivered(Model):
    """A worker was given what concerns it of the events up to `through`."""

    type: Literal["update.delivered"] = "update.delivered"
    through: int


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
    budget: dict[str, Annotated[float, Field(allow_inf_nan=False)]] | None = None
    """What the agents of the run may use from now on, if that is not what the recipe says."""


class RunFinished(Model):
    """The last event of a run."""

    type: Literal["run.finished"] = "run.finished"
    status: Status


AnyPayload = (
    RunStarted
    | RunResumed
    | WavePlanned
    | BriefingTaken
    | BriefingStarted
    | BriefingFinished
    | BriefingFailed
    | BriefingPaused
    | AgentStarted
    | AgentTold
    | ToolCalled
    | UsageRecorded
    | ModelRetried
    | CommandFinished
    | EditAccepted
    | EditRefused
    | NameAdded
    | NameDropped
    | NameRefused
    | InterfaceProposed
    | InterfacePublished
    | SymbolClaimed
    | SymbolHandedOver
    | SymbolReleased
    | ClaimRefused
    | RequestMade
    | RequestAnswered
    | NoteAdded
    | UpdateDelivered
    | ApprovalRequested
    | ApprovalAnswered
    | ContractsChecked
    | RepairRequested
    | CheckFinished
    | TrialFinished
    | ResultNarrowed
    | RunVerified
    | RunDelivered
    | RunStopped
    | RunFinished
)
Payload = Annotated[AnyPayload, Field(discriminator="type")]

PAYLOADS: tuple[type[Model], ...] = get_args(AnyPayload)
"""The class of every type of event."""


def type_of(payload: type[Model]) -> str:
    """The type that a payload's class stands for, `noun.verb`."""
    return str(payload.model_fields["type"].default)


def texts_of(payload: AnyPayload) -> tuple[str, ...]:
    """The texts that an event names and that the log itself holds."""
    match payload:
        case RunStarted(recipe_text=name):
            return (name,)
        case AgentStarted(request=name) | AgentTold(text=name):
            return (name,)
        case ToolCalled(result=name) | UsageRecorded(reply=name) | CommandFinished(output=name):
            return (name,)
        case EditAccepted(edit=edit) | EditRefused(edit=edit):
            text = text_of(edit)
            return () if text is None else (text,)
        case _:
            return ()


class Draft(Model):
    """An event before the log has given it its place."""

    data: Payload
    step: str | None = None
    briefing: int | None = None
    worker: str | None = None


class Event(Model):
    """One record of the bus; `seq` counts from 1 without gaps and equals the order in the file."""

    v: Literal[1] = VERSION
    seq: int
    time: datetime
    run: str
    step: str | None
    briefing: int | None
    worker: str | None
    data: Payload

    @property
    def type(self) -> str:
        """The event's type, `noun.verb`."""
        return self.data.type
