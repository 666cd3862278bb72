"""The goals that models have divided, and what asking them has cost: before a step has briefings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from jupiter.fold.usage import Spent, total
from jupiter.model.briefing_events import OfAgents, UsageRecorded
from jupiter.model.division import DividedGoal


@dataclass(slots=True)
class Divisions:
    """By step."""

    goals: dict[str, tuple[DividedGoal, ...]] = field(
        default_factory=dict[str, tuple[DividedGoal, ...]]
    )
    spent: dict[str, Spent] = field(default_factory=dict[str, Spent])

    def ask(self, data: OfAgents, step: str) -> None:
        """Take what has come of a request that no briefing has made."""
        if isinstance(data, UsageRecorded):
            self.spent[step] = self.spent.get(step, Spent()).and_also(data)

    def and_briefings(self, spent: Iterable[Spent]) -> Spent:
        """What all of it has cost, and what briefings have spent."""
        return total((*spent, *self.spent.values()))
