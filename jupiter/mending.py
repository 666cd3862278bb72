"""What comes between a wave's work and its verdict: rounds of repair, and what is left out at last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from jupiter.conductor import Conductor, Notice
from jupiter.delivery.repair import requests, rounds
from jupiter.execution import Run
from jupiter.fold.state import State
from jupiter.model.plan import Plan
from jupiter.model.repair import Attributed, Failure
from jupiter.model.run_events import CheckFinished
from jupiter.narrowing import narrow
from jupiter.parts import Crew, failures_of, integrate


@dataclass(frozen=True)
class Mending:
    """One wave that is done, and those who can repair it."""

    run: Run
    crew: Crew
    conductor: Conductor

    @cached_property
    def _menders(self) -> frozenset[int]:
        """Agents, and commands with a goal: a codemod, or a tool, would only do the same again."""
        return frozenset(one.id for one in self.crew.plan.briefings if one.task.goals)

    def fit(self, found: Sequence[Attributed]) -> None:
        """Give what does not fit back, until all fits or the rounds are over."""
        while found:
            found = self._repaired(found, ()) or ()

    def heal(self) -> bool:
        """Give what the last check found red back to its owners; whether anybody was given anything."""
        red, found = self.run.log.look(_broken)
        return self._repaired(found, failures_of(self.run, red)) is not None

    def narrow(self, steps: Sequence[str]) -> bool:
        """Leave out what makes the last check red; whether anything is green without it.

        `steps` are the `run` steps that have to accept what is kept.
        """
        wave = self.crew.plan.wave
        is_last = self.run.log.look(lambda state: state.wave) == wave
        return is_last and narrow(self.run, steps, self.conductor)

    def _repaired(
        self, found: Sequence[Attributed], red: Sequence[Failure]
    ) -> tuple[Attributed, ...] | None:
        """Have one round of repair, if there is one left and somebody to do it; what does not fit then."""
        run = self.run
        wanted = run.source.recipe.repair.rounds
        if run.log.look(partial(_is_over, self.crew.plan, wanted)):
            return None
        asked = run.log.append(lambda state: requests(found, red, state, self._able(state)))
        if not asked:
            return None
        who = ", ".join(f"#{event.briefing}" for event in asked)
        run.listen(Notice("repair", f"{len(found) + len(red)} given back to {who}"))
        self.crew.go(self.conductor)
        run.go_on()
        wave = self.crew.plan.wave
        return self.conductor.call(f"integrate wave {wave}", partial(integrate, run, wave))

    def _able(self, state: State) -> frozenset[int]:
        return frozenset(n for n in self._menders if state.briefings[n].progress == "finished")


def _is_over(plan: Plan, wanted: int, state: State) -> bool:
    """Whether the wave has had its rounds, or another one has been planned on what it left."""
    return state.wave != plan.wave or rounds(state) >= wanted


def _broken(state: State) -> tuple[CheckFinished, tuple[Attributed, ...]]:
    """The last check, and what did not fit when the contracts were last looked at."""
    return state.checks[-1][1], state.contracts[-1].findings if state.contracts else ()
