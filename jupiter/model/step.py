"""The steps of a recipe, a class for each kind, and what agents are asked and allowed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Strict, Tag, model_validator
from pydantic_core import PydanticCustomError

from jupiter.model.select import Select
from jupiter.model.written import (
    Maybe,
    ModuleName,
    Name,
    Positive,
    Text,
    Texts,
    Value,
    VariableName,
    Written,
    whole,
)

RENAME = "rename"
"""What a `codemod:` key says to rename a symbol."""


class CodemodStep(Written):
    """A LibCST codemod, run once on each selected file; or `rename`."""

    codemod: Text
    """A `CodemodCommand`: its dotted name, or `path.py:Name` beside the recipe; or `rename`."""
    needs: Annotated[tuple[Name, ...], Strict(strict=False)] = ()
    """The steps that must be done before this one."""
    select: Select = Select()
    with_: dict[Text, Value] = Field(default_factory=dict, alias="with")
    """The codemod's arguments: the destinations of its `add_args`."""
    workers: Positive = 3
    """How many briefings are worked on at the same time."""
    allow_empty: Maybe[bool] = None
    """Whether a selection that matches nothing is fine; default: where there is a `schedule`."""


class Limits(Written):
    """How much a briefing, a step or a run may use; what is not named has no limit."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    usd: Maybe[Annotated[float, Field(gt=0)]] = None
    """US dollars, by the prices that Jupiter knows."""
    tokens: Maybe[Positive] = None
    """Tokens of input, cached ones included, and of output."""
    minutes: Maybe[Annotated[float, Field(gt=0)]] = None
    """Minutes of work."""
    turns: Maybe[Positive] = None
    """Replies of a model."""

    @model_validator(mode="after")
    def _some(self) -> Limits:
        if not self.model_fields_set:
            raise PydanticCustomError("no_limit", "at least one limit")
        return self


class Constraints(Written):
    """What no change may do, enforced at the gate."""

    readonly: Texts = ()
    """Path globs that nobody may write."""
    keep_interface: Texts = ()
    """Path globs of files whose symbols keep their interfaces; new symbols may come."""
    forbid_added: Annotated[tuple[Text, ...], Strict(strict=False)] = ()
    """Texts that no change may bring in, for example `# type: ignore`."""
    forbid_import: Annotated[tuple[ModuleName, ...], Strict(strict=False)] = ()
    """Modules, with all that is in them, that no change may import where it did not."""
    max_changed_lines: Maybe[Annotated[int, Field(ge=1), BeforeValidator(whole)]] = None
    """How many lines of one symbol may be added and removed in all."""
    no_new_files: bool = False
    """Whether no file may come to be."""


class Placement(Written):
    """Where a symbol is to stand: one that is new, or one that is there and moves."""

    symbol: Text
    after: str = ""
    """What it comes behind, in its file; left out it is the top of the file, or of its class."""
    gap: Maybe[Annotated[int, Field(ge=0, le=100), BeforeValidator(whole)]] = None
    """Blank lines above it; as many as are usual if it is left out."""


class Goal(Written):
    """One of several goals of an agent step, with the part of the codebase that it is about."""

    goal: Text
    """What is to be done, in the words of a person."""
    select: Select = Select()
    creates: Annotated[tuple[Text, ...], Strict(strict=False)] = ()
    """What is new: files by their paths, symbols as `path.py:Name`."""
    places: Annotated[tuple[Placement, ...], Strict(strict=False)] = ()
    """Where what is new stands, and where what is there comes to stand; in the order that it has."""
    deletes: Annotated[tuple[Text, ...], Strict(strict=False)] = ()
    """Symbols that are to go; a class goes with its members."""


def _form(value: object) -> str:
    return "goals" if isinstance(value, (list, tuple)) else "goal"


def _goals(value: object) -> object:
    if not isinstance(value, (str, list, tuple)):
        raise PydanticCustomError("goals", "text, or a list of goals")
    return value  # pyright: ignore[reportUnknownVariableType] # a foreign list: the models judge its items


Goals = Annotated[tuple[Goal, ...], Strict(strict=False), Field(min_length=1)]
Task = Annotated[
    Annotated[Text, Tag("goal")] | Annotated[Goals, Tag("goals")],
    Discriminator(_form),
    BeforeValidator(_goals),
]
"""What agents are to do: one goal, or a list of goals."""


class AgentStep(Written):
    """Language models that share the codebase: each briefing is one conversation."""

    agent: Task
    """The goal, in the words of a person; or a list of goals, each with its own selection."""
    needs: Annotated[tuple[Name, ...], Strict(strict=False)] = ()
    """The steps that must be done before this one."""
    select: Select = Select()
    creates: Annotated[tuple[Text, ...], Strict(strict=False)] = ()
    """What is new: files by their paths, symbols as `path.py:Name`."""
    places: Annotated[tuple[Placement, ...], Strict(strict=False)] = ()
    """Where what is new stands, and where what is there comes to stand; in the order that it has."""
    deletes: Annotated[tuple[Text, ...], Strict(strict=False)] = ()
    """Symbols that are to go; a class goes with its members."""
    planner: Maybe[Literal["model"]] = None
    """`model`: the step's model divides a goal without `select` into goals that say what each is about."""
    workers: Positive = 3
    """How many briefings are worked on at the same time."""
    contested: Maybe[Literal["merge", "order"]] = None
    """What becomes of symbols that another goal of the wave wants too: `merge` gives them to one worker with
    both goals, `order` hands them over; by how much it is when this is left out."""
    model: Text = "claude-sonnet-5-5"
    """The model, as its provider calls it."""
    provider: Literal["anthropic"] = "anthropic"
    """Who serves the model."""
    max_tokens: Positive = 16000
    """How long one reply may be, thinking included."""
    thinking: Maybe[Literal["adaptive", "between_tools", "disabled"]] = None
    """Whether the model thinks before it answers; what it does by itself when this is left out."""
    effort: Maybe[Literal["low", "medium", "high", "xhigh", "max"]] = None
    """How much work the model puts into a reply."""
    limits: Maybe[Limits] = None
    """What one briefing may use; one that needs more has failed."""
    budget: Maybe[Limits] = None
    """What the whole step may use; reaching it stops the run, which can be resumed."""
    check: Maybe[Text] = None
    """A quick command that a worker may run on the tree as it is."""
    constraints: Constraints = Constraints()
    """What this step may not do, beside the constraints of the recipe."""
    allow_empty: Maybe[bool] = None
    """Whether a selection that matches nothing is fine; default: where there is a `schedule`."""


def _program(value: object) -> object:
    if not isinstance(value, (str, list, tuple)):
        raise PydanticCustomError("program", "text, or a list of arguments")
    return value  # pyright: ignore[reportUnknownVariableType] # a foreign list: the model judges its items


def _written_as(value: object) -> str:
    return "words" if isinstance(value, (list, tuple)) else "line"


Words = Annotated[tuple[str, ...], Strict(strict=False), Field(min_length=1)]
Program = Annotated[
    Annotated[Text, Tag("line")] | Annotated[Words, Tag("words")],
    Discriminator(_written_as),
    BeforeValidator(_program),
]
"""A program and its arguments: a text that is cut as that of `run`, or a list; or the name of a preset."""


class CommandStep(Written):
    """Any other agent or tool, in a repository of its own that Jupiter keeps in step with the run."""

    command: Program
    """A program and its arguments, as text or as a list; or a preset: `claude`, `codex`, `aider`."""
    goal: Maybe[Task] = None
    """What is to be done: then symbols are shared out as among agents. Without one files stay whole."""
    needs: Annotated[tuple[Name, ...], Strict(strict=False)] = ()
    """The steps that must be done before this one."""
    select: Select = Select()
    creates: Annotated[tuple[Text, ...], Strict(strict=False)] = ()
    """What is new: files by their paths, symbols as `path.py:Name`; for a step with a goal."""
    places: Annotated[tuple[Placement, ...], Strict(strict=False)] = ()
    """Where what is new stands, and where what is there comes to stand; for a step with a goal."""
    deletes: Annotated[tuple[Text, ...], Strict(strict=False)] = ()
    """Symbols that are to go; a class goes with its members; for a step with a goal."""
    workers: Positive = 3
    """How many briefings are worked on at the same time."""
    contested: Maybe[Literal["merge", "order"]] = None
    """What becomes of symbols that another goal of the wave wants too: `merge` gives them to one worker with
    both goals, `order` hands them over; by how much it is when this is left out."""
    model: Maybe[Text] = None
    """Of a preset: the model, as its agent calls it."""
    env: Annotated[tuple[VariableName, ...], Strict(strict=False)] = ()
    """Variables that are passed on; of those that look like secrets only a preset's own key."""
    network: bool = False
    """Whether it may use the network, where a sandbox could forbid that; a preset always may."""
    limits: Maybe[Limits] = None
    """What one briefing may use; one that needs more has failed."""
    budget: Maybe[Limits] = None
    """What the whole step may use; reaching it stops the run, which can be resumed."""
    check: Maybe[Text] = None
    """A quick command that a worker may run, by the tool `check`, on the tree as it is."""
    constraints: Constraints = Constraints()
    """What this step may not do, beside the constraints of the recipe."""
    allow_empty: Maybe[bool] = None
    """Whether a selection that matches nothing is fine; default: where there is a `schedule`."""


class RunStep(Written):
    """A command that must succeed on the result: a program and its arguments, no shell."""

    run: Text
    """The command; it is cut into arguments before expressions are substituted."""
    needs: Annotated[tuple[Name, ...], Strict(strict=False)] = ()
    """The steps that must be done before this one."""
    compare: Maybe[Literal["baseline"]] = None
    """`baseline`: of pytest, what was red on the base does not count; what is gone does."""


class ApproveStep(Written):
    """A person's yes, which the run waits for."""

    approve: Text
    """What the person is asked."""
    needs: Annotated[tuple[Name, ...], Strict(strict=False)] = ()
    """The steps that must be done before this one."""


_KINDS: dict[type, str] = {
    AgentStep: "agent",
    ApproveStep: "approve",
    CodemodStep: "codemod",
    CommandStep: "command",
    RunStep: "run",
}


def _kind(value: object) -> str | None:
    """The key that says a step's kind."""
    kind = _KINDS.get(type(value))
    if kind is not None or not isinstance(value, dict):
        return kind
    return next((one for one in sorted(_KINDS.values()) if one in value), None)


Step = AgentStep | ApproveStep | CodemodStep | CommandStep | RunStep
WholeStep = CodemodStep | CommandStep
"""What changes whole files: a codemod, or a command without a goal."""


GoalStep = AgentStep | CommandStep
"""What has goals, and shares symbols: an agent, or a command with a goal."""


TaggedStep = Annotated[
    Annotated[AgentStep, Tag("agent")]
    | Annotated[ApproveStep, Tag("approve")]
    | Annotated[CodemodStep, Tag("codemod")]
    | Annotated[CommandStep, Tag("command")]
    | Annotated[RunStep, Tag("run")],
    Discriminator(_kind),
]
