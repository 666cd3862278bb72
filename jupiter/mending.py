"""What comes between a wave's work and its verdict: the contract check, and rounds of repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from jupiter.conductor import Conductor, Notice
from jupiter.delivery.repair import attributed, requests, rounds
from jupiter.execution import Run
from jupiter.fold.state import State
from jupiter.index.contracts import findings
from jupiter.model.finding import Finding
from jupiter.model.plan import Plan
from jupiter.model.recipe import AgentStep
from jupiter.model.repair import Attributed, ContractsChecked, Failure
from jupiter.narrowing import narrow
from jupiter.parts import Crew, failures_of, integrate

_SHOWN = 5  # findings that a person is told of while the run goes on


@dataclass(frozen=True)
class Mending:
    """One wave that is done, and those who can repair it."""

    run: Run
    crew: Crew
    conductor: Conductor

    @cached_property
    def _agents(self) -> frozenset[int]:
        steps = self.run.source.recipe.steps
        return frozenset(
            one.id
            for one in self.crew.plan.briefings
            if isinstance(steps[one.task.steps[0]], AgentStep)
        )

    def fit(self) -> None:
        """Check the contracts, and give what does not fit back, until all fits or the rounds are over."""
        found = self._checked()
        while found and self._repaired(found, ()):
            found = self._checked()

    def heal(self) -> bool:
        """Give what the last check found red back to its owners; whether anybody was given anything."""
        red = self.run.log.look(lambda state: state.checks[-1][1])
        if not self._repaired(self._checked(), failures_of(self.run, red)):
            return False
        self._checked()
        return True

    def narrow(self, steps: Sequence[str]) -> bool:
        """Leave out what makes the last check red; whether anything is green without it.

        `steps` are the `run` steps that have to accept what is kept.
        """
        wave = self.crew.plan.wave
        if self.run.log.look(lambda state: state.wave) != wave:
            return False
        if not narrow(self.run, steps, self.conductor):
            return False
        self._checked()
        return True

    def _checked(self) -> tuple[Attributed, ...]:
        run = self.run
        run.go_on()
        title = f"check contracts of wave {self.crew.plan.wave}"
        return self.conductor.call(title, partial(check_contracts, run))

    def _repaired(self, found: Sequence[Attributed], red: Sequence[Failure]) -> bool:
        """Have one round of repair, if there is one left and somebody to do it."""
        run = self.run
        wanted = run.source.recipe.repair.rounds
        if run.log.look(partial(_is_over, self.crew.plan, wanted)):
            return False
        asked = run.log.append(lambda state: requests(found, red, state, self._able(state)))
        if not asked:
            return False
        who = ", ".join(f"#{event.briefing}" for event in asked)
        run.listen(Notice("repair", f"{len(found) + len(red)} given back to {who}"))
        self.crew.go(self.conductor)
        run.go_on()
        wave = self.crew.plan.wave
        self.conductor.call(f"integrate wave {wave}", partial(integrate, run, wave))
        return True

    def _able(self, state: State) -> frozenset[int]:
        return frozenset(n for n in self._agents if state.briefings[n].progress == "finished")


def check_contracts(run: Run) -> tuple[Attributed, ...]:
    """What of the tree does not fit together as it did on the base; logged when it is not known yet."""
    if not any(path.endswith((".py", ".pyi")) for path in run.changed):
        return ()
    with run.timed("integrate"):
        found = findings(run.source.index, run.index_now())
        checked = run.log.look(lambda state: _checked(state, found))
        if not run.log.look(lambda state: checked in state.contracts):
            run.record(checked)
    text = f"{len(checked.findings)} places do not fit together" if found else "all fits together"
    run.listen(Notice("contracts", text))
    for one in checked.findings[:_SHOWN]:
        whose = f" (briefing {one.briefing})" if one.briefing is not None else ""
        run.listen(Notice("contracts", f"{one.path}:{one.line}: {one.message}{whose}"))
    return checked.findings


def _checked(state: State, found: Sequence[Finding]) -> ContractsChecked:
    return ContractsChecked(wave=state.wave, round=rounds(state), findings=attributed(found, state))


def _is_over(plan: Plan, wanted: int, state: State) -> bool:
    """Whether the wave has had its rounds, or another one has been planned on what it left."""
    return state.wave != plan.wave or rounds(state) >= wanted
