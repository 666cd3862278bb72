"""What was found out about the tree of a run: checks, contracts, trials, and what became of the result."""

from __future__ import annotations

from dataclasses import dataclass, field

from jupiter.model.repair import ContractsChecked, ResultNarrowed, TrialFinished
from jupiter.model.run_events import CheckFinished, RunDelivered, RunVerified


@dataclass(slots=True)
class Verdicts:
    """A part of the state. The tree that was judged becomes another one, and then a verdict may be void."""

    contracts: list[ContractsChecked] = field(default_factory=list[ContractsChecked])
    """What the contract check has found, each time."""
    checks: list[tuple[str, CheckFinished]] = field(default_factory=list[tuple[str, CheckFinished]])
    """Each with the name of its step."""
    planned_at: int = 0
    """How many of them there were when the wave that is under way was planned."""
    judged: int = 0
    """How many of them there were when the tree last became another without a wave: those of this wave
    before that prove nothing."""
    trials: list[TrialFinished] = field(default_factory=list[TrialFinished])
    """Of the tree as it is: what it is without some briefings."""
    narrowed: list[ResultNarrowed] = field(default_factory=list[ResultNarrowed])
    verified: RunVerified | None = None
    delivered: RunDelivered | None = None

    def judge(
        self,
        data: ContractsChecked | CheckFinished | TrialFinished | RunVerified | RunDelivered,
        step: str,
    ) -> None:
        """Take what was found out; `step` is the step that has looked."""
        match data:
            case ContractsChecked():
                self.contracts.append(data)
            case CheckFinished():
                self.checks.append((step, data))
            case TrialFinished():
                self.trials.append(data)
            case RunVerified():
                self.verified = data
            case RunDelivered():
                self.delivered = data

    def verdict(self, step: str) -> CheckFinished | None:
        """How a `run` step has judged the tree as it is, or before a later wave; None if it has not."""
        for number, (name, check) in reversed(list(enumerate(self.checks))):
            if name == step:
                return check if number < self.planned_at or number >= self.judged else None
        return None

    def begin_wave(self) -> None:
        """A wave is planned on the tree: what was found out about it stays."""
        self.planned_at = len(self.checks)
        self.trials.clear()

    def becomes_another(self) -> None:
        """The tree of the wave becomes another one: what was found out about it does not hold any more."""
        self.judged = len(self.checks)
        self.trials.clear()

    def forget_verdicts(self) -> None:
        """More is to be done: no check holds, nothing is delivered."""
        self.delivered = None
        self.checks.clear()
        self.planned_at = self.judged = 0
