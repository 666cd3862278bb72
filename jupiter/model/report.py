"""The report of a run: what `jupiter run --json` prints, and what the summary is made of."""

from __future__ import annotations

from jupiter.model.base import Model
from jupiter.model.event import FileFailure, Status
from jupiter.model.plan import Hazard


class Seconds(Model):
    """Wall seconds of each part of a run."""

    index: float = 0.0
    plan: float = 0.0
    work: float = 0.0
    integrate: float = 0.0
    verify: float = 0.0
    deliver: float = 0.0
    total: float = 0.0


class Usage(Model):
    """What models were paid for; codemods cost nothing."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0


class CheckReport(Model):
    """One `run` step: its command, and how it ended."""

    step: str
    command: tuple[str, ...]
    exit_code: int
    seconds: float
    output: str


class BriefingReport(Model):
    """What became of one briefing."""

    id: int
    steps: tuple[str, ...]
    worker: str | None
    progress: str
    symbols_changed: int
    files_changed: tuple[str, ...]
    reason: str


class Report(Model):
    """One run, from start to end."""

    run_id: str
    recipe: str
    status: Status
    reason: str
    """Why it is not `done`; empty when it is."""
    repository: str
    base_commit: str
    branch: str | None
    commit: str | None
    patch: str | None
    workers: int
    briefings: int
    symbols_changed: int
    files_changed: int
    conflicts: int
    refused_edits: int
    events: int
    interfaces_published: int
    failures: tuple[FileFailure, ...]
    warnings: tuple[str, ...]
    hazards: tuple[Hazard, ...]
    """Places that a rename may concern, and that it left as they were."""
    checks: tuple[CheckReport, ...]
    per_briefing: tuple[BriefingReport, ...]
    notices: tuple[str, ...]
    seconds: Seconds
    usage: Usage
    log: str
