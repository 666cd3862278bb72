"""What happens to a briefing: who carries it out, what an agent does and uses, how it ends."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jupiter.model.base import Model


class FileFailure(Model):
    """A file that a codemod failed on: it stays as it was."""

    path: str
    step: str
    reason: str


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
    cpu: float | None = None
    """The CPU seconds that its codemods, or its rename, took; None where not all of it was measured."""


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
    """Why the reply ended, in the words of the API; `malformed` where the input of a call was no JSON."""
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


OfBriefing = BriefingTaken | BriefingStarted | BriefingFinished | BriefingFailed | BriefingPaused
"""How far a briefing has got."""
OfAgents = AgentStarted | AgentTold | ToolCalled | ModelRetried | UsageRecorded | CommandFinished
"""What an agent does, or a command, and what it costs."""
