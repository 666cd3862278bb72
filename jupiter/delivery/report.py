"""The report of a run, made from its log and the seconds that were measured beside it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from jupiter.fold.records import BriefingState
from jupiter.fold.state import State
from jupiter.fold.tree import Base, Blob, changed_files
from jupiter.index.source import Source
from jupiter.model.report import BriefingReport, CheckReport, Report, Seconds, Usage
from jupiter.model.run_events import Status
from jupiter.model.step import CommandStep
from jupiter.system.sandbox import can_confine


def report(
    state: State,
    *,
    run: str,
    log: str,
    base: Base | None,
    blob: Blob,
    workers: int,
    status: Status | Literal["unfinished"],
    reason: str,
    notices: tuple[str, ...],
    seconds: Seconds,
) -> Report:
    """Count and name what a log says; raises nothing of its own.

    Without a `base` every file that edits touch counts as changed, also one that they led back.
    """
    assert state.started is not None  # noqa: S101 # a run's log begins with run.started
    delivered = state.delivered
    return Report(
        run_id=run,
        recipe=state.started.recipe,
        status=status,
        reason=reason,
        repository=state.started.repository,
        base_commit=state.started.base_commit,
        branch=delivered.branch if delivered else None,
        commit=delivered.commit if delivered else None,
        patch=delivered.patch if delivered else None,
        workers=workers,
        briefings=len(state.briefings),
        symbols_changed=len(state.symbols_changed),
        files_changed=_files_changed(state, base, blob),
        conflicts=state.conflicts,
        refused_edits=len(state.refused),
        events=state.seq,
        interfaces_published=len(state.published),
        failures=tuple(f for b in state.briefings.values() for f in b.failures),
        warnings=tuple(w for b in state.briefings.values() for w in b.warnings),
        hazards=tuple(state.hazards),
        findings=state.contracts[-1].findings if state.contracts else (),
        checks=_checks(state),
        per_briefing=tuple(_briefing(n, b) for n, b in sorted(state.briefings.items())),
        notices=notices,
        seconds=seconds,
        usage=_usage(state),
        log=log,
    )


def _usage(state: State) -> Usage:
    spent = state.divisions.and_briefings(one.spent for one in state.briefings.values())
    return Usage.model_validate(asdict(spent))


def status_of(state: State, *, changed: bool) -> tuple[Status, str]:
    """How a run ends that nothing has stopped, and what was left out."""
    failed = [
        f"briefing {n}: {b.reason}" for n, b in state.briefings.items() if b.progress == "failed"
    ]
    failed += [f"{f.path}: {f.reason}" for b in state.briefings.values() for f in b.failures]
    failed += [one.reason for one in state.narrowed]
    if failed:
        return "partial", "; ".join(failed)
    return ("done" if changed else "unchanged"), ""


def notices(source: Source) -> tuple[str, ...]:
    """What a user should know of the repository, though it stops nothing."""
    repository, found = source.snapshot.repository, list[str]()
    if changed := repository.changed_files():
        files = "1 changed file" if changed == 1 else f"{changed} changed files"
        found.append(f"{files} of the work tree not in the run: it works on {source.request.ref}")
    if source.recipe.deliver.branch and repository.identity().is_fallback:
        found.append("git knows no user.name: the commits are by Jupiter <jupiter@localhost>")
    if _has_commands(source) and not can_confine():
        found.append("commands run without a sandbox: there is no bubblewrap here that works")
    return tuple(found)


def _has_commands(source: Source) -> bool:
    return any(isinstance(step, CommandStep) for step in source.recipe.steps.values())


def _files_changed(state: State, base: Base | None, blob: Blob) -> int:
    if base is None:
        return len(state.paths_edited)
    files = changed_files(state, base, blob)
    return sum(base(path) != file for path, file in files.items())


def _checks(state: State) -> tuple[CheckReport, ...]:
    return tuple(
        CheckReport(
            step=step,
            command=check.command,
            exit_code=check.exit_code,
            comparison=check.comparison,
            tests=check.tests,
            seconds=check.seconds,
            output=check.output,
        )
        for step, check in state.checks
    )


def _briefing(number: int, briefing: BriefingState) -> BriefingReport:
    return BriefingReport(
        id=number,
        steps=briefing.steps,
        worker=briefing.worker,
        progress=briefing.progress,
        symbols_changed=len(briefing.symbols_changed) if briefing.counts else 0,
        files_changed=tuple(sorted(briefing.paths_changed)) if briefing.counts else (),
        reason=briefing.reason,
    )
