"""What an event says, as a person reads it: the same words in the terminal and in the artifacts."""

from __future__ import annotations

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
from jupiter.model.edit import path_of, symbols_of
from jupiter.model.event import Event
from jupiter.model.name import written
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


def event_text(event: Event) -> str:  # noqa: C901, PLR0911, PLR0912 # one arm an event type, each a line
    """What an event says besides its type, in a line; it may hold whatever repositories and models wrote."""
    match event.data:
        case RunStarted() as data:
            return f"{data.recipe} on {data.base_commit[:12]}"
        case RunResumed() as data:
            return f"by Jupiter {data.jupiter}"
        case GoalDivided() as data:
            return f"{len(data.goals)} goals"
        case WavePlanned() as data:
            steps = ", ".join(data.steps)
            return f"wave {data.wave}: {steps}: {len(data.owned)} briefings, {data.workers} workers"
        case BriefingTaken() | BriefingStarted():
            return ""
        case BriefingFinished() as data:
            return f"{len(data.failures)} files failed" if data.failures else ""
        case BriefingFailed() | BriefingPaused() | RunStopped() as data:
            return data.reason
        case AgentStarted() as data:
            return data.model
        case AgentTold() as data:
            return f"through event {data.told}"
        case ToolCalled() as data:
            return f"{data.tool}: {'refused' if data.is_error else 'done'}"
        case UsageRecorded() as data:
            cached = f"{data.cache_read_tokens} cached, {data.cache_write_tokens} to cache"
            return f"{data.input_tokens} in, {cached}, {data.output_tokens} out: {data.stop}"
        case ModelRetried() as data:
            return f"attempt {data.attempt} in {data.wait:.1f} s: {data.reason}"
        case CommandFinished() as data:
            how = "" if data.confined else ", without a sandbox"
            return f"{data.command[0]}: exit {data.exit_code} in {data.seconds:.1f} s{how}"
        case EditAccepted() as data:
            symbols = symbols_of(data.edit)
            what = (
                symbols[0] if len(symbols) == 1 else f"{path_of(data.edit)}, {len(symbols)} symbols"
            )
            return f"{data.edit.op} {what}"
        case EditRefused() as data:
            return f"{path_of(data.edit)}: {data.reason}: {data.message}"
        case NameAdded() | NameDropped() as data:
            return f"{data.path}: {written(data.name)}"
        case NameRefused() as data:
            return f"{data.path}: {written(data.name)}: {data.reason}: {data.message}"
        case InterfaceProposed() | InterfacePublished() as data:
            return f"{data.symbol}: {data.before or '(new)'} -> {data.after or '(gone)'}"
        case SymbolClaimed() | SymbolReleased() as data:
            return data.symbol
        case SymbolHandedOver() as data:
            return f"{data.symbol} to briefing {data.to}"
        case ClaimRefused() as data:
            return data.message
        case RequestMade() as data:
            return f"to briefing {data.to}: {data.symbol}: {data.text}"
        case RequestAnswered() as data:
            answer = "yes" if data.granted else "no"
            return f"to event {data.request}: {answer}: {data.text}"
        case NoteAdded() as data:
            return data.text
        case UpdateDelivered() as data:
            return f"through event {data.through}"
        case ApprovalRequested() as data:
            return data.question
        case ApprovalAnswered() as data:
            without = "".join(f", without briefing {number}" for number in data.leave_out)
            comment = f": {data.comment}" if data.comment else ""
            return f"{'yes' if data.approved else 'no'}{without}{comment}"
        case ContractsChecked() as data:
            more = (
                f", {data.findings[0].symbol}: {data.findings[0].message}" if data.findings else ""
            )
            return f"wave {data.wave}, round {data.round}: {len(data.findings)} findings{more}"
        case RepairRequested() as data:
            what = f"{len(data.findings)} findings, {len(data.failures)} failures"
            return f"round {data.round}: {what}"
        case CheckFinished() as data:
            return f"{' '.join(data.command)}: exit {data.exit_code} in {data.seconds:.1f} s"
        case TrialFinished() as data:
            out = ", ".join(f"#{number}" for number in data.left_out)
            return f"without {out}: {'green' if data.green else 'red'} in {data.seconds:.1f} s"
        case ResultNarrowed() as data:
            return data.reason
        case RunVerified() as data:
            return "green" if data.green else f"red: {data.reason}"
        case RunDelivered() as data:
            return f"{data.branch} {data.commit}" if data.branch else f"{data.patch}"
        case RunFinished() as data:
            return data.status
