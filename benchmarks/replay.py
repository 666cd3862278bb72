"""Changes between two releases, made again by agents: by one, by N under ownership, by N in isolation.

    python benchmarks/replay.py [--quick] [--json FILE] [--case NAME==BEFORE..AFTER]… [--workers N[,N]…]
        [--mode single|jupiter|isolated]… [--seed S]… [--straggler FACTOR] [--contested] [--real] [--svg FILE]

The agents, the SDK, HTTP, the gate, the log and the files are real. The model is an oracle that knows AFTER,
and its time is virtual: `replay_clock.py` says how long replies take. What Jupiter itself needs is real
seconds of this machine, which others that use it make longer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from releases import CASES
from replay_chart import chart
from replay_clock import Model, ideal
from replay_isolated import Isolated, by_file, by_plan, isolated
from replay_job import Job, job, job_of
from replay_oracle import Oracle
from replay_run import Outcome, Settings, differences, place, play
from table import Goal, Results, aligned, arguments, goals

from jupiter.fold.file import File

QUICK = ("cachetools==5.5.2..6.0.0",)
MODES = ("single", "jupiter", "isolated")
LONG = 400.0
"""Seconds of T1 from which on the serial share is held to its goal."""
_HEAD = ("case", "seed", "mode", "workers", "T s", "ratio", "ideal", "over", "serial %")
_TAIL = ("conflicts", "refused", "adapted", "equal", "tokens in", "tokens out", "briefings")


def main() -> int:
    """Measure, print; fail when a goal is missed."""
    options = _options()
    results = Results()
    with place() as folder:
        _warm(folder)
        for case in options.case or (QUICK if options.quick else CASES):
            for seed in options.seed or (0,):
                rows = list(_rows(job_of(case), seed, options, folder / f"{case}-{seed}"))
                results.rows.extend(rows)
                print(aligned([[*_HEAD, *_TAIL], *map(_cells, rows)]), flush=True)
    results.goals.extend(_goals(results.rows, options))
    print(aligned([[*_HEAD, *_TAIL], *map(_cells, results.rows)]))
    print(goals(results))
    if options.json:
        results.write(options.json)
    if options.svg:
        options.svg.write_text(chart(results.rows), encoding="utf-8")
    return 0 if all(goal.holds for goal in results.goals) else 1


def _options() -> argparse.Namespace:
    parser = arguments("Changes between two releases, made again by agents.")
    parser.add_argument("--case", action="append", metavar="NAME==BEFORE..AFTER")
    parser.add_argument("--workers", type=_numbers, default=(3,), metavar="N[,N]")
    parser.add_argument("--mode", action="append", choices=MODES)
    parser.add_argument("--seed", action="append", type=int, metavar="S")
    parser.add_argument("--straggler", type=float, default=1.0, metavar="FACTOR")
    parser.add_argument("--contested", action="store_true", help="two goals that want the same too")
    parser.add_argument("--real", action="store_true", help="each case at real speed as well")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw ratios against workers")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _warm(folder: Path) -> None:
    """A run that imports what all others need: a deployment that is served has done that long ago."""
    tiny = job("warm", {"a.py": File(b"x = 1\n")}, {"a.py": File(b"x = 2\n")})
    play(tiny, Oracle(tiny.steps), Settings(workers=1), folder / "warm")


def _rows(
    job: Job, seed: int, options: argparse.Namespace, folder: Path
) -> Iterator[Mapping[str, Any]]:
    folder.mkdir()
    modes = options.mode or MODES
    of = _Of(job.name, seed, "single", 1)
    one = _played(job, Settings(Model(seed), workers=1), folder / "single")
    yield _row(job, of, one, one)
    for workers in options.workers:
        settings = Settings(Model(seed, slow=options.straggler), workers=workers)
        if "jupiter" in modes:
            made = _played(job, settings, folder / f"jupiter-{workers}")
            yield _row(job, replace(of, mode="jupiter", workers=workers), made, one)
        if options.contested:
            settled = _played(job, replace(settings, is_contested=True), folder / f"two-{workers}")
            yield _row(job, replace(of, mode="contested", workers=workers), settled, one)
        if options.real:
            real = _played(job, replace(settings, is_real=True), folder / f"real-{workers}")
            yield _row(job, replace(of, mode="at real speed", workers=workers), real, one)
        if "isolated" in modes:
            parts = {
                "isolated, by file": by_file(job, workers),
                "isolated, by plan": by_plan(job, workers, folder / f"plan-{workers}"),
            }
            for mode, some in parts.items():
                alone = isolated(job, some, settings, folder / f"{mode}-{workers}")
                yield _isolated_row(replace(of, mode=mode, workers=workers), alone, one.total)


def _played(job: Job, settings: Settings, folder: Path) -> Outcome:
    return play(job, Oracle(job.steps), settings, folder)


@dataclass(frozen=True, slots=True)
class _Of:
    """What a row is about."""

    case: str
    seed: int
    mode: str
    workers: int

    @property
    def keys(self) -> dict[str, Any]:
        return asdict(self)


def _row(job: Job, of: _Of, made: Outcome, one: Outcome) -> dict[str, Any]:
    """A row of Jupiter's; `one` is what a single worker came to."""
    differs, first = differences(made.tree, job.wanted), one.total
    bound, report = ideal(one.answered, of.workers), made.report
    usage = report.usage
    return of.keys | {
        "T s": made.total,
        "ratio": made.total / first,
        "ideal": bound / first,
        "over": made.work / bound,
        "serial %": 100 * made.serial / first,
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
        "left out": job.left_out,
        "symbols": len(job.steps),
        "samples": [[a.symbol, a.seconds] for a in made.answered],
    }


def _isolated_row(of: _Of, made: Isolated, first: float) -> dict[str, Any]:
    return of.keys | {
        "T s": made.total,
        "ratio": made.total / first,
        "conflicts": made.conflicts,
        "equal": not made.differs,
        "rewriting s": made.rewriting,
        "differs": made.differs,
    }


def _cells(row: Mapping[str, Any]) -> list[object]:
    def cell(key: str) -> object:
        value = row.get(key, "")
        return f"{value:.3f}" if key in {"ratio", "ideal", "over"} and value != "" else value

    return [cell(key) for key in (*_HEAD, *_TAIL)]


def _goals(rows: Sequence[Mapping[str, Any]], options: argparse.Namespace) -> Iterator[Goal]:
    ours = [row for row in rows if row["mode"] in {"single", "jupiter"}]
    yield Goal("equal", sum(row["equal"] for row in ours) / len(ours), "of runs", 1.0, "at least")
    yield Goal("conflicts", sum(row["conflicts"] for row in ours), "in all runs", 0)
    yield Goal("refused edits", sum(row["refused"] for row in ours), "in all runs", 0)
    long = [row["serial %"] for row in ours if row["mode"] == "single" and row["T s"] >= LONG]
    if long:
        yield Goal("serial share", max(long), "% of T1, the most", 1.5)
    yield from _ratios([row for row in ours if row["mode"] == "jupiter"], options.straggler)
    for row in rows:
        twin = next((one for one in ours if _same(one, row)), row)
        if row["mode"] == "contested":
            case = row["case"]
            yield Goal(
                f"contested, found first, {case}", row["contested"], "symbols", 1, "at least"
            )
            yield Goal(f"contested, lost, {case}", len(row["differs"]), "files", 0)
            more = 100 * (row["T s"] / twin["T s"] - 1)
            print(f"{case}: contested work takes {more:+.1f}% of the uncontested")
        if row["mode"] == "at real speed":
            off = abs(row["T s"] / twin["T s"] - 1)
            yield Goal(f"virtual is real, {row['case']}", 100 * off, "% off", 3.0)


def _ratios(rows: Sequence[Mapping[str, Any]], slow: float) -> Iterator[Goal]:
    three = [row["ratio"] for row in rows if row["workers"] == 3]
    eight = [row["ratio"] for row in rows if row["workers"] == 8]
    if three and slow > 1:
        yield Goal(f"T3/T1, one worker {slow:g} times slower", max(three), "the worst", 0.48)
    elif three:
        yield Goal("T3/T1", median(three), "the median", 0.345)
        yield Goal("T3/T1", max(three), "the worst", 0.36)
        over = [row["over"] for row in rows if row["workers"] == 3]
        yield Goal("T3 without its serial part", max(over), "times the ideal, the worst", 1.05)
    if eight and slow == 1:
        yield Goal("T8/T1", median(eight), "the median", 0.14)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    keys = ("case", "seed", "workers")
    return one["mode"] == "jupiter" and all(one[key] == other[key] for key in keys)


if __name__ == "__main__":
    sys.exit(main())
