"""The rows of the replays' table: what a run came to, beside what one worker came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from replay_clock import Model, ideal
from replay_fit import Fit
from replay_isolated import Isolated, mending
from replay_job import Job
from replay_run import Outcome, differences

COLUMNS = (
    *("case", "seed", "mode", "workers", "T s", "ratio", "ideal", "over"),
    *("serial %", "own %", "waiting %", "idle %"),
    *("conflicts", "refused", "adapted", "equal", "tokens in", "tokens out", "briefings"),
)
SEEN = ("calls", "stale calls", "not taken", "findings", "repair rounds", "green s")
"""The columns of `--oracle visible`."""
_WIDE = {"case": 27, "mode": 17, "tokens in": 9, "tests before": 18, "tests after": 18}
_FRACTIONS = frozenset({"ratio", "ideal", "over"})


@dataclass(frozen=True, slots=True)
class Of:
    """What a row is about."""

    case: str
    seed: int
    mode: str
    workers: int


@dataclass(frozen=True, slots=True)
class Sight:
    """What results are held against; without `fit` it is not looked whether they fit together."""

    job: Job
    fit: Fit | None


def row(sight: Sight, of: Of, made: Outcome, one: Outcome) -> dict[str, Any]:
    """A row of Jupiter's; `one` is what a single worker came to."""
    differs, first = differences(made.tree, sight.job.wanted), one.total
    bound, report = ideal(one.answered, of.workers), made.report
    usage, shares = report.usage, made.shares
    return asdict(of) | {
        "T s": made.total,
        "ratio": made.total / first,
        "ideal": bound / first,
        "over": made.work / bound,
        "serial %": 100 * made.serial / first,
        "own %": 100 * shares.own / made.total,
        "waiting %": 100 * shares.waiting / made.total,
        "idle %": 100 * shares.idle / made.total,
        "conflicts": report.conflicts,
        "refused": report.refused_edits,
        "adapted": made.adaptations,
        "equal": not differs,
        "tokens in": usage.input_tokens + usage.cache_write_tokens + usage.cache_read_tokens,
        "tokens out": usage.output_tokens,
        "briefings": report.briefings,
        "contested": made.contested,
        "status": report.status,
        "work s": made.work,
        "serial s": made.serial,
        "wall s": made.wall,
        "ideal s": bound,
        "differs": differs,
        "left out": sight.job.left_out,
        "symbols": len(sight.job.steps),
        "shares": asdict(shares),
        "samples": [[a.symbol, a.seconds] for a in made.answered],
        **(_seen(sight.fit, made) if sight.fit else {}),
    }


def _seen(fit: Fit, made: Outcome) -> dict[str, Any]:
    """What does not fit when all are done, and when that has been put right."""
    stale, looks = fit.stale(made.worked), [fit.new(found) for found in made.checked]
    is_green = not looks or not looks[-1]
    return {
        "calls": sum(map(len, fit.needing.values())),
        "stale calls": len(stale),
        "not taken": len(fit.misfits(made.worked)),
        "findings": len(looks[0]) if looks else 0,
        "repair rounds": made.rounds,
        "green s": made.total if is_green else None,
        "stale": stale,
    }


def isolated_row(
    sight: Sight, of: Of, made: Isolated, first: float, model: Model
) -> dict[str, Any]:
    """A row of isolated workers; `first` is what a single worker takes."""
    total, differs = made.total(model), differences(made.tree, sight.job.wanted)
    found = asdict(of) | {
        "T s": total,
        "ratio": total / first,
        "conflicts": len(made.conflicted),
        "equal": not differs,
        "rewriting s": made.rewriting(model),
        "differs": differs,
    }
    if sight.fit is None:
        return found
    stale, misfits = sight.fit.stale(made.tree), sight.fit.findings(made.tree)
    return found | {
        "calls": sum(map(len, sight.fit.needing.values())),
        "stale calls": len(stale),
        "not taken": len(sight.fit.misfits(made.tree)),
        "findings": len(misfits),
        "repair rounds": int(bool(misfits)),
        "green s": total + mending(misfits, made.tree, model),
        "stale": stale,
    }


def cells(one: Mapping[str, Any], columns: Sequence[str]) -> list[object]:
    """A row as the table shows it, each cell as wide as it may become."""

    def cell(key: str) -> str:
        value = one.get(key, "")
        if isinstance(value, float):
            value = f"{value:.3f}" if key in _FRACTIONS else f"{value:.2f}"
        text = "never" if value is None else str(value)
        wide = _WIDE.get(key, 0)
        return text.ljust(wide) if key in {"case", "mode"} else text.rjust(max(wide, len(key)))

    return [cell(key) for key in columns]
