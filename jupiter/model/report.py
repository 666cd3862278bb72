"""The report of a run: what `jupiter run --json` prints, and what the summary is made of."""

from __future__ import annotations

from typing import Literal

from jupiter.model.base import Model
from jupiter.model.briefing_events import FileFailure
from jupiter.model.plan import Hazard
from jupiter.model.repair import Attributed
from jupiter.model.run_events import ChosenTests, Comparison, Status
from jupiter.model.tree_events import Reason


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
    """Tokens that the prompt cache neither had nor was given."""
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0

    @property
    def sent(self) -> int:
        """All tokens of input, cached and uncached."""
        return self.input_tokens + self.cache_write_tokens + self.cache_read_tokens

    @property
    def cached(self) -> float:
        """How much of the input was read from the prompt cache: 0 to 1."""
        return self.cache_read_tokens / self.sent if self.sent else 0.0


class CheckReport(Model):
    """One `run` step: its command, and how it ended."""

    step: str
    command: tuple[str, ...]
    exit_code: int
    seconds: float
    output: str
    comparison: Comparison | None = None
    """With the base, of a step with `compare: baseline`."""
    tests: ChosenTests | None = None
    """Of a command with `${{ affected_tests }}`: what it ran, what it left out, and why."""


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
    status: Status | Literal["unfinished"]
    """How it ended; `unfinished` when its log has no end, which only `jupiter report` can see."""
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
    findings: tuple[Attributed, ...]
    """What of the result does not fit together as it did on the base."""
    checks: tuple[CheckReport, ...]
    per_briefing: tuple[BriefingReport, ...]
    notices: tuple[str, ...]
    seconds: Seconds
    usage: Usage
    log: str


ChangeKind = Literal["changed", "new", "gone", "renamed", "moved"]


class Change(Model):
    """A symbol that differs between the base commit and the result."""

    symbol: str
    """Its id in the result; in the base, if it is gone."""
    was: str | None
    """Its id in the base, None if it is new."""
    kind: ChangeKind
    briefings: tuple[int, ...]
    """Who wrote it, in log order."""
    added: int
    removed: int
    diff: tuple[str, ...]
    """Lines that begin with ` `, `+`, `-` or `@@`, as `diff -u` has them."""
    left_out: int
    """Lines of the diff that were too many to show."""


class Published(Model):
    """An interface that changed; `at` are seconds since the run began."""

    seq: int
    at: float
    symbol: str
    before: str | None
    after: str | None
    briefing: int | None
    worker: str | None
    adapted: tuple[int, ...]
    """The briefings that have said of an edit that it follows this change."""


class Refusal(Model):
    """An edit that the gate refused; the tree stayed as it was."""

    seq: int
    at: float
    briefing: int | None
    worker: str | None
    path: str
    symbols: tuple[str, ...]
    reason: Reason
    message: str


class Holding(Model):
    """What one briefing owned in its wave."""

    wave: int
    briefing: int
    steps: tuple[str, ...]
    symbols: tuple[str, ...]


class Span(Model):
    """A time that a worker, or the run itself, spent on one thing; in seconds since the run began."""

    lane: str
    """The worker, or `run`."""
    title: str
    briefing: int | None
    begun: float
    ended: float
    how: Literal["finished", "failed", "broken off", "under way", "green", "red"]


class Mark(Model):
    """A moment: an interface was published, an edit followed one, a worker was told of news."""

    lane: str
    kind: Literal["published", "adapted", "told"]
    at: float
    briefing: int | None
    seq: int
    symbols: tuple[str, ...]


class WaveBegun(Model):
    """A wave was planned."""

    wave: int
    at: float


class Timeline(Model):
    """When what was done. Time in which nobody worked on the run, before it was resumed, is cut out."""

    seconds: float
    waves: tuple[WaveBegun, ...]
    resumed: tuple[float, ...]
    spans: tuple[Span, ...]
    marks: tuple[Mark, ...]


class FullReport(Report):
    """All that a log tells of its run: what `jupiter report` prints."""

    begun: str
    """When the run began: ISO 8601, UTC."""
    changes: tuple[Change, ...]
    changes_missing: str
    """Why there are no changes to see though there are edits; empty otherwise."""
    published: tuple[Published, ...]
    refusals: tuple[Refusal, ...]
    holdings: tuple[Holding, ...]
    timeline: Timeline
