"""The records that a state is made of: briefings, publications, requests, notes, repairs, approvals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from jupiter.fold.usage import Spent, total
from jupiter.model.briefing_events import FileFailure
from jupiter.model.constraint import Constraint
from jupiter.model.edit import AddName, AnyChange, AnyEdit, DropName, path_of, symbols_of
from jupiter.model.repair import Attributed, Failure
from jupiter.model.run_events import ApprovalAnswered, Owned

Progress = Literal["planned", "working", "paused", "finished", "failed", "left out"]

T = TypeVar("T")
Derived = Annotated[T, Field(exclude=True)]
"""What follows from the rest of the state, and is left out when it is written down."""


@dataclass(slots=True)
class BriefingState:
    """How far one briefing has got, and what it did to the tree."""

    wave: int
    steps: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    after: tuple[int, ...] = ()
    """The briefings that have to end before it begins."""
    receives: tuple[str, ...] = ()
    """What they hand over to it then."""
    progress: Progress = "planned"
    worker: str | None = None
    reason: str = ""
    changes: Derived[list[AnyChange]] = field(default_factory=list[AnyChange])
    """What it did to the tree: its accepted edits and its shared names, in log order."""
    failures: tuple[FileFailure, ...] = ()
    warnings: tuple[str, ...] = ()
    times_done: int = 0
    """How often it was finished: one that is woken is so again."""
    told: int = 0
    """The event up to which its worker was given what concerns it."""
    read: set[str] = field(default_factory=set[str])
    """What its worker has been shown beyond its briefing."""
    spent_by: dict[str, Spent] = field(default_factory=dict[str, Spent])
    """What each worker has spent for it: another one may go on with it."""
    left_out_in: int = 0
    """The wave that was under way when it was left out."""

    @classmethod
    def planned(cls, wave: int, owned: Owned) -> BriefingState:
        """One that nobody has begun."""
        return cls(wave, owned.steps, owned.constraints, owned.after, owned.receives)

    @property
    def spent(self) -> Spent:
        """What it has cost."""
        return total(self.spent_by.values())

    def counted_in(self, wave: int) -> bool:
        """Whether its edits were part of the tree when that wave ended: later ones were planned on it."""
        return self.counts or (self.progress == "left out" and self.left_out_in > wave)

    @property
    def edits(self) -> list[AnyEdit]:
        """Its accepted edits, in log order."""
        return [one for one in self.changes if not isinstance(one, AddName | DropName)]

    @property
    def symbols_changed(self) -> frozenset[str]:
        """The ids of the symbols that its edits have changed."""
        return frozenset(symbol for change in self.changes for symbol in symbols_of(change))

    @property
    def paths_changed(self) -> frozenset[str]:
        """The paths of the files that it has changed."""
        return frozenset(path_of(change) for change in self.changes)

    @property
    def has_ended(self) -> bool:
        """Whether it is finished, failed or left out: nothing more comes from it."""
        return self.progress in {"finished", "failed", "left out"}

    @property
    def counts(self) -> bool:
        """Whether its edits are part of the tree: not those of one that failed, paused or was left out."""
        return self.progress not in {"failed", "paused", "left out"}


@dataclass(slots=True)
class Published:
    """An interface that changed, or is going to (`proposed`), and by whom."""

    seq: int
    symbol: str
    before: str | None
    after: str | None
    briefing: int | None
    proposed: bool = False


@dataclass(slots=True)
class Request:
    """A change that one briefing wants of another; `answered` is the event that says so."""

    seq: int
    asker: int
    owner: int
    symbol: str
    text: str
    answered: int | None = None
    granted: bool = False
    answer: str = ""


@dataclass(slots=True)
class HandOver:
    """A symbol that has gone from one briefing to another."""

    seq: int
    symbol: str
    giver: int
    taker: int


@dataclass(slots=True)
class Note:
    """What a worker has told the others."""

    seq: int
    briefing: int
    worker: str | None
    text: str


@dataclass(slots=True)
class Repair:
    """What a briefing was given back, in which round of its wave."""

    seq: int
    wave: int
    round: int
    briefing: int
    findings: tuple[Attributed, ...]
    failures: tuple[Failure, ...]


@dataclass(slots=True)
class Approval:
    """What a person was asked, and what came back."""

    question: str
    briefings: tuple[int, ...]
    answer: ApprovalAnswered | None = None


def opposite(change: AnyChange) -> AnyChange | None:
    """What a briefing takes back that first adds a name and then drops it, or the other way round."""
    match change:
        case AddName(path=path, name=name):
            return DropName(path=path, name=name)
        case DropName(path=path, name=name):
            return AddName(path=path, name=name)
        case _:
            return None
