"""Who takes the next briefing: a worker that is free, unless a faster one will have done it earlier.

A worker's pace is what it has written so far, while all were at work: models differ, and so do their days.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from jupiter.bus.log import Log
from jupiter.fold.state import State
from jupiter.fold.usage import Spent
from jupiter.model.plan import Plan
from jupiter.planner.units import TURN

EARLIER = 1.25
"""How many times earlier the faster one has to be done: replies are longer and shorter."""


@dataclass(slots=True)
class Hands:
    """The workers of a wave: the names of those that are free, and what the others are at."""

    plan: Plan
    log: Log
    _free: list[str] = field(default_factory=list[str])
    _busy: dict[str, int] = field(default_factory=dict[str, int])
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._free += (f"worker-{number}" for number in range(1, self.plan.workers + 1))

    def take(self, briefing: int) -> str:
        """The name of the worker that is to carry a briefing out, once it is free."""
        with self._changed:
            while (worker := self._chosen(briefing)) is None:
                self._changed.wait()
            self._free.remove(worker)
            self._busy[worker] = briefing
            return worker

    def fitting(self, briefings: Sequence[int]) -> int | None:
        """The first of some briefings that a free worker should carry out, as far as one can tell now."""
        with self._changed:
            able = self.log.look(self._able) if self._free else None
            return able and next((one for one in briefings if able(one)), None)

    def give_back(self, worker: str) -> None:
        """A worker is free again."""
        with self._changed:
            del self._busy[worker]
            self._free.append(worker)
            self._changed.notify_all()

    def _chosen(self, briefing: int) -> str | None:
        return self.log.look(self._able)(briefing) if self._free else None

    def _able(self, state: State) -> Callable[[int], str | None]:
        """Who of the free workers is to carry a briefing out, as things are."""
        weights = {one.id: one.weight for one in self.plan.briefings}
        written = self._written(state)
        left = {
            worker: max(0, weights[number] - _written(state.briefings[number].spent))
            for worker, number in self._busy.items()
        }
        waiting = sum(
            weight
            for number, weight in weights.items()
            if state.briefings[number].progress == "planned"
        )
        return lambda briefing: chosen(self._free, left, written, weights[briefing], waiting)

    def _written(self, state: State) -> Counter[str]:
        """What each worker has done so far."""
        written = Counter[str]()
        for one in self.plan.briefings:
            briefing = state.briefings[one.id]
            for worker, spent in briefing.spent_by.items():
                written[worker] += _written(spent)
        return written


def chosen(
    free: Sequence[str],
    left: Mapping[str, int],
    written: Mapping[str, int],
    weight: int,
    waiting: int,
) -> str | None:
    """The fastest of the free workers; None when a busy one will have done earlier what weighs so much.

    `left` is what the busy ones have still to do, `written` what each has done so far, `waiting` what nobody
    has begun. Who is done before all the rest is never left idle.
    """
    best = max(free, key=lambda worker: written.get(worker, 0))
    pace = written.get(best, 0)
    others = [(left[worker] + weight) / written[worker] for worker in left if written.get(worker)]
    if not pace or not others:
        return best
    everything = (waiting + sum(left.values())) / sum(written.values())
    here = weight / pace
    return best if here <= max(everything, EARLIER * min(others)) else None


def _written(spent: Spent) -> int:
    """What has been done for a briefing, in the tokens that briefings are weighed by."""
    return spent.output_tokens + TURN * spent.requests
