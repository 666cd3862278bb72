"""A briefing: all that a worker is given, and all that it may write."""

from __future__ import annotations

from jupiter.model.base import Model
from jupiter.model.constraint import Constraint


class Site(Model):
    """A place where a name stands. The line counts from 1, the column from 0, in bytes."""

    path: str
    line: int
    column: int
    text: str | None = None
    """What is to stand there; None is the new name."""


class NameChange(Model):
    """A symbol's new name, and the places of one briefing where it is to stand."""

    step: str
    symbol: str
    old: str
    new: str
    sites: tuple[Site, ...]
    aliases: tuple[PlannedSymbol, ...] = ()
    """What is left behind under the old name."""
    moves: tuple[tuple[str, str], ...] = ()
    """Of a module: old and new paths of files that the briefing owns."""


class PlannedSymbol(Model):
    """A symbol that the plan has a briefing make, and where; see `jupiter.model.edit.Create`.

    The text is empty where it is the worker's to write.
    """

    symbol: str
    container: str
    slot: str
    rank: int
    gap: int | None
    text: str


class AgentGoal(Model):
    """What of a briefing is for one goal of an `agent` step."""

    place: str
    """Where it stands in the recipe: `steps.follow.agent[0]`."""
    step: str
    goal: str
    symbols: tuple[str, ...]
    """Those owned symbols and files that the goal is about, new ones too."""


class TaskDescription(Model):
    """What is to be done; two codemods of one wave that select one file are one task with two `steps`."""

    goal: str
    steps: tuple[str, ...]
    select: tuple[str, ...]
    """What chose the symbols: path globs as they are, others as `imports: pydantic`; empty means all."""
    renames: tuple[NameChange, ...] = ()
    """Of `rename` steps: what is renamed, and where in the symbols that are owned."""
    goals: tuple[AgentGoal, ...] = ()
    """Of `agent` steps: the goals; several where they want the same symbols."""
    creates: tuple[PlannedSymbol, ...] = ()
    """Of `agent` steps: the new symbols in files that are there, each with its place."""
    moves: tuple[PlannedSymbol, ...] = ()
    """Of `agent` steps: owned symbols that are to stand elsewhere in their files, and where."""
    deletes: tuple[str, ...] = ()
    """Of `agent` steps: owned symbols that are to go, a class with its members."""
    check: str = ""
    """Of `agent` steps: the quick command that the worker may run, as the recipe has it."""


class Source(Model):
    """The text of a symbol, or of a file, that is owned."""

    symbol: str
    text: str


class Interface(Model):
    """What the owned symbols rely on, and who may change it: a briefing, or nobody yet."""

    symbol: str
    text: str
    owner: int | None


class Dependent(Model):
    """A symbol of somebody else that names owned ones, and who owns it: a briefing, or nobody yet."""

    symbol: str
    names: tuple[str, ...]
    owner: int | None


class Instruction(Model):
    """A file of the repository that says how to work on what is owned; `text` may be cut short."""

    path: str
    text: str
    folder: str = ""
    """What it is about: everything below this folder; empty for all of the repository."""


class CodebaseContext(Model):
    """What a worker should know of the codebase before it starts.

    Of a codemod's or rename's briefing only the first three say anything. An agent's is made whole by
    `jupiter.planner.context`; in a plan it has no texts, but tells how many tokens they are.
    """

    base_commit: str
    neighbours: tuple[str, ...]
    """Paths outside the briefing that import from it or that it imports from."""
    outline: tuple[str, ...]
    """A line a file: of what is owned; of an agent's of all of the codebase, the same for all."""
    requires_python: str = ""
    sources: tuple[Source, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    """Of what the owned symbols name, what they name most first; `others` are those beyond the bound."""
    others: tuple[str, ...] = ()
    dependents: tuple[Dependent, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    checks: tuple[str, ...] = ()
    """The commands that judge the result."""
    conflicts: tuple[str, ...] = ()
    """What several goals wanted, and how it was settled."""
    tokens: int = 0
    """How many tokens all of it is, by a rule of thumb."""


class WorkerBriefing(Model):
    """One mapped task, one progress artifact, one commit; ids count from 1 through the whole run."""

    id: int
    wave: int
    task: TaskDescription
    context: CodebaseContext
    symbols_owned: tuple[str, ...]
    symbols_readable: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    weight: int
    """What briefings are balanced by: bytes of source, places of a name, or tokens to be written."""
    after: tuple[int, ...] = ()
    """The briefings that have to end before this one begins."""
    receives: tuple[str, ...] = ()
    """What of `symbols_owned` these own before: it is handed over when this one begins."""

    @property
    def owned_at_start(self) -> tuple[str, ...]:
        """What it owns from the start of the wave; no two briefings have the same there."""
        received = set(self.receives)
        return tuple(symbol for symbol in self.symbols_owned if symbol not in received)
