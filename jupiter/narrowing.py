"""A result that stays red is narrowed to the most of it that is green; the rest is left out by name."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from jupiter.conductor import Conductor, Notice
from jupiter.delivery.narrowing import Green, TimeOver, green_part, needs_of
from jupiter.execution import Run
from jupiter.fold.file import File
from jupiter.fold.state import State
from jupiter.fold.tree import changed_files
from jupiter.index.cache import open_cache
from jupiter.index.contracts import findings
from jupiter.index.index import build_index
from jupiter.index.source import codebase
from jupiter.model.repair import ResultNarrowed, TrialFinished
from jupiter.model.run_events import CheckFinished
from jupiter.model.step import RunStep
from jupiter.parts import failures_of, integrate

Changed = dict[str, File | None]

_NAMED = 50  # tests that the event names


def narrow(run: Run, steps: Sequence[str], conductor: Conductor) -> bool:
    """Leave out what makes the last check red, if anything of the result is green without it.

    `steps` are the `run` steps that have to accept what is kept.
    """
    trials = _Trials(run, steps)
    if trials.limit == 0 or len(trials.needs) < 2:
        return False
    part = conductor.call("narrow the result", trials.search)
    if not part.kept:
        return False
    step, red = run.log.look(lambda state: state.checks[-1])
    left_out = tuple(sorted(trials.needs.keys() - part.kept))
    run.record(_narrowed(run, red, left_out, is_maximal=part.is_maximal), step=step)
    wave = run.log.look(lambda state: state.wave)
    conductor.call(f"integrate wave {wave}", partial(integrate, run, wave))
    run.listen(Notice("narrow", run.log.look(lambda state: state.narrowed[-1].reason)))
    return True


@dataclass(frozen=True)
class _Trials:
    """The trials of one search; those that the log has are not made again."""

    run: Run
    steps: Sequence[str]

    @cached_property
    def needs(self) -> dict[int, set[int]]:
        events = list(self.run.log.events())
        return self.run.log.look(lambda state: needs_of(state, events))

    @property
    def limit(self) -> float:
        """The seconds that all trials may take."""
        return 60 * self.run.source.recipe.repair.minutes

    @cached_property
    def _known(self) -> frozenset[tuple[str, str]]:
        """What of the whole result does not fit together."""
        found = findings(self.run.source.index, self.run.index_now())
        return frozenset((one.symbol, one.message) for one in found)

    def search(self) -> Green:
        """The part of the result that is green."""
        with self.run.timed("verify"):
            return green_part(self.needs, self._is_green)

    def _is_green(self, kept: frozenset[int]) -> bool:
        """Whether the result with just these briefings is accepted; what the log knows is not tried again."""
        out = tuple(sorted(self.needs.keys() - kept))
        if not out:
            return False
        known = self.run.log.look(lambda state: state.trials)
        for one in known:
            if one.left_out == out:
                return one.green
        left = self.limit - sum(one.seconds for one in known)
        if left <= 0:
            raise TimeOver
        self.run.go_on()
        begun = time.monotonic()
        changed = self._changed(out)
        green = self._fits(changed) and self._passes(changed, begun + left)
        seconds = round(time.monotonic() - begun, 3)
        self.run.record(TrialFinished(left_out=out, green=green, seconds=seconds))
        text = f"without {', '.join(f'#{n}' for n in out)}: {'green' if green else 'red'}"
        self.run.listen(Notice("narrow", text))
        return green

    def _fits(self, changed: Changed) -> bool:
        """Whether nothing is broken that is whole in the whole result: else what is kept is not closed."""
        source = self.run.source
        texts = codebase(source.recipe, source.snapshot, changed)
        found = findings(source.index, build_index(texts, open_cache()))
        return all((one.symbol, one.message) in self._known for one in found)

    def _passes(self, changed: Changed, deadline: float) -> bool:
        for name in self.steps:
            step = self.run.source.recipe.steps[name]
            if isinstance(step, RunStep):
                left = max(0.1, deadline - time.monotonic())
                done = self.run.verification.check(name, step, changed, _silent, left)
                if not done.green:
                    return False
        return True

    def _changed(self, out: tuple[int, ...]) -> Changed:
        """The files that the result changes without some briefings, by path; None where there is none."""
        log, base = self.run.log, self.run.source.snapshot.file
        files = log.look(lambda state: changed_files(state, base, log.get, without=out))
        return {path: file for path, file in files.items() if file != base(path)}


def _narrowed(
    run: Run, red: CheckFinished, left_out: tuple[int, ...], *, is_maximal: bool
) -> ResultNarrowed:
    tests = _tests(run, red)
    counts = red.comparison.counts if red.comparison else (len(tests), 0)
    edits, of = run.log.look(lambda state: _edits(state, left_out))
    return ResultNarrowed(
        left_out=left_out,
        edits=edits,
        of=of,
        command=red.command,
        tests=tests[:_NAMED],
        count=sum(counts),
        is_maximal=is_maximal,
    )


def _tests(run: Run, red: CheckFinished) -> tuple[str, ...]:
    """The tests that are red; none when the check is no list of tests."""
    if red.comparison is not None:
        return (*red.comparison.worse, *red.comparison.gone)
    told = (one.title for one in failures_of(run, red))
    return tuple(title for title in told if title != shlex.join(red.command))


def _edits(state: State, left_out: tuple[int, ...]) -> tuple[int, int]:
    """How many accepted edits are left out, and of how many."""
    counts = {n: len(one.changes) for n, one in state.briefings.items() if one.counts}
    return sum(counts[n] for n in left_out), sum(counts.values())


def _silent(_text: str) -> None:
    """Nobody is told of each step of a trial."""
