"""Events: the records of the bus, typed and versioned; a type is `noun.verb` in the past tense.

A payload class names its type once. On disk `type` stands in the envelope, beside `seq` and `time`;
`jupiter.bus.codec` moves it there and back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import Field

from jupiter.model.base import Model
from jupiter.model.briefing_events import (
    AgentStarted,
    AgentTold,
    BriefingFailed,
    BriefingFinished,
    BriefingPaused,
    BriefingStarted,
    BriefingTaken,
    CommandFinished,
    ModelRetried,
    ToolCalled,
    UsageRecorded,
)
from jupiter.model.edit import text_of
from jupiter.model.repair import ContractsChecked, RepairRequested, ResultNarrowed, TrialFinished
from jupiter.model.run_events import (
    ApprovalAnswered,
    ApprovalRequested,
    CheckFinished,
    GoalDivided,
    RunDelivered,
    RunFinished,
    RunResumed,
    RunStarted,
    RunStopped,
    RunVerified,
    WavePlanned,
)
from jupiter.model.tree_events import (
    ClaimRefused,
    EditAccepted,
    EditRefused,
    InterfaceProposed,
    InterfacePublished,
    NameAdded,
    NameDropped,
    NameRefused,
    NoteAdded,
    RequestAnswered,
    RequestMade,
    SymbolClaimed,
    SymbolHandedOver,
    SymbolReleased,
    UpdateDelivered,
)

VERSION: Literal[1] = 1
AnyPayload = (
    RunStarted
    | RunResumed
    | GoalDivided
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
