"""Changes between two releases, made again by agents: by one, by N under ownership, by N in isolation.

    python benchmarks/replay.py [--quick] [--json FILE] [--case NAME==BEFORE..AFTER]… [--workers N[,N]…]
        [--mode single|jupiter|isolated]… [--oracle after|visible] [--seed S]… [--seeds COUNT]
        [--straggler FACTOR] [--contested] [--real] [--server] [--suites] [--svg FILE]

The agents, the SDK, HTTP, the gate, the log and the files are real. The model is an oracle that knows AFTER,
and its time is virtual: `replay_clock.py` says how long replies take. What Jupiter itself needs is real
seconds of this machine, which others that use it make longer.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from releases import CASES
from replay_chart import chart
from replay_clock import Model
from replay_fit import Fit
from replay_goals import found_goals
from replay_isolated import Isolated, by_file, by_plan, isolated
from replay_job import Job, job, job_of
from replay_oracle import Oracle, Visible
from replay_rows import COLUMNS, SEEN, Of, Sight, cells, isolated_row, row
from replay_run import Outcome, Settings, place, play
from replay_server import Carry, at_server
from replay_suites import Suites
from table import Results, aligned, arguments, goals

from jupiter.demo.conversation import Agent
from jupiter.fold.file import File

QUICK = ("cachetools==5.5.2..6.0.0",)
MODES = ("single", "jupiter", "isolated")
ROUNDS = 2
"""Of repair, where calls are written by what is visible."""


def main() -> int:
    """Measure, print; fail when a goal is missed."""
    options = _options()
    results, begun = Results(), time.monotonic()
    columns = (*COLUMNS, *(SEEN if options.oracle == "visible" else ()), *_tests(options))
    with place() as folder, _carried(folder, options) as carry:
        _warm(folder, carry)
        for case in options.case or (QUICK if options.quick else CASES):
            replayed = _Case(job_of(case), options, folder / case.replace("/", "-"), carry)
            for one in replayed.rows():
                results.rows.append(one)
                print(aligned([columns, cells(one, columns)]).splitlines()[-1], flush=True)
    results.goals.extend(found_goals(results.rows, options.straggler))
    print(aligned([columns, *(cells(one, columns) for one in results.rows)]))
    print(f"{goals(results)}\nall of it in {time.monotonic() - begun:.0f} s")
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
    parser.add_argument("--oracle", choices=("after", "visible"), default="after")
    parser.add_argument("--seed", action="append", type=int, metavar="S")
    parser.add_argument("--seeds", type=int, default=1, metavar="COUNT", help="seeds 0, 1, …")
    parser.add_argument("--straggler", type=float, default=1.0, metavar="FACTOR")
    parser.add_argument("--contested", action="store_true", help="two goals that want the same too")
    parser.add_argument("--real", action="store_true", help="each case at real speed as well")
    parser.add_argument("--server", action="store_true", help="runs are flows at a Prefect server")
    parser.add_argument("--suites", action="store_true", help="run the packages' own tests")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw ratios against workers")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _tests(options: argparse.Namespace) -> tuple[str, ...]:
    return ("tests before", "tests after") if options.suites else ()


@contextmanager
def _carried(folder: Path, options: argparse.Namespace) -> Generator[Carry | None]:
    """What carries runs out, if that is not threads alone."""
    if not options.server:
        yield None
        return
    with at_server(folder / "prefect") as carry:
        yield carry


def _warm(folder: Path, carry: Carry | None) -> None:
    """A run that imports what all others need: a deployment that is served has done that long ago."""
    tiny = job("warm", {"a.py": File(b"x = 1\n")}, {"a.py": File(b"x = 2\n")})
    play(tiny, Oracle(tiny.steps), Settings(workers=1, carry=carry), folder / "warm")


@dataclass(frozen=True)
class _Case:
    """One pair of releases, with all that is asked for."""

    job: Job
    options: argparse.Namespace
    folder: Path
    carry: Carry | None

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """The rows, as they are measured."""
        self.folder.mkdir()
        options, suites = self.options, Suites()
        for one, tree in self._measured():
            if options.suites:
                name, before = self.job.name, self.job.before
                tests = (suites.told(name, before), suites.told(name, tree))
                yield {**one, **dict(zip(_tests(options), tests, strict=True))}
            else:
                yield one
        shutil.rmtree(self.folder)

    def _measured(self) -> Iterator[tuple[dict[str, Any], Mapping[str, File]]]:
        """The rows and the trees; what one worker does alone is done once, and timed for each seed."""
        options, modes = self.options, self.options.mode or MODES
        alone = self._play("single", Settings(workers=1))
        apart = dict(self._isolated()) if "isolated" in modes else {}
        for seed in options.seed or range(options.seeds):
            model, one = Model(seed, slow=options.straggler), alone.by(Model(seed))
            of = Of(self.job.name, seed, "single", 1)
            yield row(self._sight, of, one, one), one.tree
            for workers in options.workers:
                settings = Settings(model, workers=workers)
                for mode, varied in self._varied(settings) if "jupiter" in modes else ():
                    made = self._play(f"{mode}-{workers}-{seed}", varied)
                    this = replace(of, mode=mode, workers=workers)
                    yield row(self._sight, this, made, one), made.tree
                for (mode, number), merged in apart.items():
                    if number == workers:
                        this = replace(of, mode=mode, workers=workers)
                        yield isolated_row(self._sight, this, merged, one.total, model), merged.tree

    def _varied(self, settings: Settings) -> Iterator[tuple[str, Settings]]:
        """The ways of Jupiter that are asked for."""
        yield "jupiter", settings
        if self.options.oracle == "visible":
            yield "bus off", replace(settings, shares=False)
        if self.options.contested:
            yield "contested", replace(settings, is_contested=True)
        if self.options.real:
            yield "at real speed", replace(settings, is_real=True)

    def _isolated(self) -> Iterator[tuple[tuple[str, int], Isolated]]:
        asked: tuple[int, ...] = self.options.workers
        for workers in (number for number in asked if number > 1):
            plan = by_plan(self.job, workers, self.folder / f"plan-{workers}")
            parts = {"isolated, by file": by_file(self.job, workers), "isolated, by plan": plan}
            for mode, some in parts.items():
                folder = self.folder / f"{mode}-{workers}"
                yield (mode, workers), isolated(self.job, some, self._agent, folder)

    def _play(self, name: str, settings: Settings) -> Outcome:
        rounds = ROUNDS if self.options.oracle == "visible" else 0
        settings = replace(settings, repairs=rounds, carry=self.carry)
        return play(self.job, self._agent, settings, self.folder / name)

    @cached_property
    def _agent(self) -> Agent:
        if self.options.oracle == "visible":
            return Visible(self.job.steps, self._fit.needing)
        return Oracle(self.job.steps)

    @cached_property
    def _fit(self) -> Fit:
        return Fit(self.job)

    @property
    def _sight(self) -> Sight:
        return Sight(self.job, self._fit if self.options.oracle == "visible" else None)


if __name__ == "__main__":
    sys.exit(main())
