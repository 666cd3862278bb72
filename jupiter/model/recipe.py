"""A recipe: what to refactor, by which steps, under which constraints, delivered where.

These types say what can be said with a JSON Schema, no more and no less; what needs a look at two
places at once (`needs`, expressions, paths) is judged by `jupiter.recipe.semantics`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from jupiter.model.base import Model

T = TypeVar("T")

# Python's `$` matches before a final newline too, JavaScript's does not; `(?!\n)` makes them agree.
END = r"$(?!\n)"


def _whole(value: object) -> object:
    """An integral float is an integer, as JSON Schema has it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _version(value: object) -> object:
    if isinstance(value, bool):  # `True == 1` would do for a literal
        raise PydanticCustomError("version", "the number 1")
    return _whole(value)


def _given(value: object) -> object:
    """A key that is written has a value; what is optional is left out."""
    if value is None:
        raise PydanticCustomError("given", "a key that is written has a value")
    return value


def _scalar(value: object) -> object:
    if not isinstance(value, (str, bool, int, float)):
        raise PydanticCustomError("scalar", "text, a number, true or false")
    return value


def _value(value: object) -> object:
    if isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):  # pyright: ignore[reportUnknownVariableType] # a foreign list: its items are what is being looked at
        return tuple(value)  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType] # all of them are text, see above
    raise PydanticCustomError("value", "text, a number, true, false, or a list of texts")


def _several(value: object) -> object:
    """One text stands for a list of one."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, (list, tuple)):
        raise PydanticCustomError("several", "text, or a list of texts")
    return value  # pyright: ignore[reportUnknownVariableType] # a foreign list: its items are judged by the model


Maybe = Annotated[T | None, BeforeValidator(_given)]
Texts = Annotated[tuple[str, ...], Strict(strict=False)]
Count = Annotated[int, Field(ge=0), BeforeValidator(_whole)]
Positive = Annotated[int, Field(ge=1), BeforeValidator(_whole)]
Text = Annotated[str, Field(min_length=1)]
Several = Annotated[
    tuple[Text, ...],
    Strict(strict=False),
    Field(min_length=1),
    BeforeValidator(_several),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
            ]
        }
    ),
]
"""A text or a list of texts."""
Scalar = Annotated[str | bool | int | float, BeforeValidator(_scalar)]
Scalars = Annotated[tuple[Scalar, ...], Strict(strict=False)]
Value = Annotated[str | bool | int | float | tuple[str, ...], BeforeValidator(_value)]
"""What a parameter or an argument of a codemod can be."""

Name = Annotated[str, Field(pattern=f"^[a-z][a-z0-9_-]*{END}", max_length=80)]
ModuleName = Annotated[str, Field(pattern=rf"^[^\W\d]\w*(\.[^\W\d]\w*)*{END}", max_length=200)]
ParameterName = Annotated[str, Field(pattern=f"^[a-z][a-z0-9_]*{END}", max_length=80)]
VariableName = Annotated[str, Field(pattern=f"^[A-Za-z_][A-Za-z0-9_]*{END}")]


class Written(Model):
    """A part of a recipe, as a person writes it."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Items(Written):
    """What each text of a list may be."""

    type: Literal["string"] = "string"
    enum: Maybe[Annotated[Texts, Field(min_length=1)]] = None
    pattern: Maybe[str] = None
    minLength: Maybe[Count] = None  # noqa: N815 # JSON Schema's spelling
    maxLength: Maybe[Count] = None  # noqa: N815 # JSON Schema's spelling


class Parameter(Written):
    """A parameter's declaration: a fragment of JSON Schema. Without a default it must be given."""

    type: Literal["string", "integer", "number", "boolean", "array"]
    """What it is; an `array` is a list of texts."""
    title: str = ""
    description: str = ""
    default: Maybe[Value] = None
    enum: Maybe[Annotated[Scalars, Field(min_length=1)]] = None
    """The values that may be chosen."""
    pattern: Maybe[str] = None
    """A regular expression that is found in the text; `^` and `$` anchor it."""
    minimum: Maybe[float] = None
    maximum: Maybe[float] = None
    minLength: Maybe[Count] = None  # noqa: N815 # JSON Schema's spelling
    maxLength: Maybe[Count] = None  # noqa: N815 # JSON Schema's spelling
    items: Maybe[Items] = None
    """What each text of an `array` may be."""
    minItems: Maybe[Count] = None  # noqa: N815 # JSON Schema's spelling
    maxItems: Maybe[Count] = None  # noqa: N815 # JSON Schema's spelling


class Codebase(Written):
    """The files that are looked at, and the only ones that a change may touch."""

    include: Annotated[Texts, Field(min_length=1)] = ("**/*.py",)
    """Path globs, relative to the repository; `**` stands for any number of folders."""


class Environment(Written):
    """Where checks and verification run: a place of its own, never the user's."""

    python: Text = ""
    """The interpreter: a version in quotes (`"3.12"`) or a program; default: Jupiter's own."""
    setup: Annotated[tuple[Text, ...], Strict(strict=False)] = ()
    """Commands that prepare the environment, for example `python -m pip install -e . pytest`."""
    pythonpath: Annotated[tuple[Text, ...], Strict(strict=False)] = ()
    """Folders of the repository that stand in front of the module search path."""
    copy_: Annotated[tuple[Text, ...], Strict(strict=False)] = Field(default=(), alias="copy")
    """Files that git does not track and that the checks need, for example `.env.test`."""
    env: Annotated[tuple[VariableName, ...], Strict(strict=False)] = ()
    """Names of environment variables that are passed on; never those of secrets."""


Selects = Annotated[tuple["Select", ...], Strict(strict=False), Field(min_length=1)]


class Select(Written):
    """What a step is about; without a criterion, all of the codebase.

    All criteria must hold; of a list, any item.
    """

    symbols: Several = ()
    """The symbols of these patterns, such as `click.core:Context.*`; a class with its members."""
    paths: Several = ()
    """All of the files that a path glob matches."""
    references: Several = ()
    """The symbols that refer to a symbol of these patterns; `click:**` is any of the package."""
    calls: Several = ()
    """The symbols that call a function, or make an instance of a class, of these patterns."""
    subclasses: Several = ()
    """The classes, with their members, that inherit from one of these patterns, at any remove."""
    kind: Several = ()
    """Symbols of these kinds: class, function, method, statement, section."""
    imports: Several = ()
    """All of the files that import these modules, or something in them."""
    contains: Several = ()
    """The symbols whose text has this text, letter by letter."""
    matches: Several = ()
    """The Python symbols with code that a pattern of ast-grep matches, such as `print($$$)`."""
    decorated: Several = ()
    """The symbols that carry a decorator of these patterns; of other code by its dotted name."""
    missing: Several = ()
    """The functions, methods and classes without these: annotations, docstring, tests."""
    changed_since: Several = ()
    """The symbols whose text is not what it was at this revision of git, new ones among them."""
    findings: Several = ()
    """The symbols that a checker complains of: ruff, pyright, or one rule as `ruff:UP006`."""
    all_: Selects = Field(default=(), alias="all")
    """Selections that must all hold."""
    any_: Selects = Field(default=(), alias="any")
    """Selections of which at least one must hold."""
    not_: Maybe[Select] = Field(default=None, alias="not")
    """A selection that must not hold."""


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
    max_changed_lines: Maybe[Annotated[int, Field(ge=1), BeforeValidator(_whole)]] = None
    """How many lines of one symbol may be added and removed in all."""
    no_new_files: bool = False
    """Whether no file may come to be."""


class Placement(Written):
    """Where a symbol is to stand: one that is new, or one that is there and moves."""

    symbol: Text
    after: str = ""
    """What it comes behind, in its file; left out it is the top of the file, or of its class."""
    gap: Maybe[Annotated[int, Field(ge=0, le=100), BeforeValidator(_whole)]] = None
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
    workers: Positive = 3
    """How many briefings are worked on at the same time."""
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


def _kind(value: object) -> str | None:
    """The key that says a step's kind."""
    kind = _KINDS.get(type(value))
    if kind is not None or not isinstance(value, dict):
        return kind
    return next((one for one in sorted(_KINDS.values()) if one in value), None)


_KINDS: dict[type, str] = {
    AgentStep: "agent",
    ApproveStep: "approve",
    CodemodStep: "codemod",
    CommandStep: "command",
    RunStep: "run",
}


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


def _exactly_one(first: str, *others: str) -> ConfigDict:
    """What a JSON Schema says of keys of which there is one: an editor complains about the second."""
    return ConfigDict(json_schema_extra=_one_of(first, others))


def _one_of(first: str, others: tuple[str, ...]) -> dict[str, Any]:
    if not others:
        return {"required": [first]}
    alone = {"properties": dict.fromkeys(others, False)}
    return {"if": {"required": [first]}, "then": alone, "else": _one_of(others[0], others[1:])}


IfExists = Literal["replace", "fail", "suffix"]


class Deliver(Written):
    """Where the result goes: a branch, or a patch."""

    model_config = _exactly_one("branch", "patch")

    branch: Maybe[Text] = None
    """The branch that gets one commit a briefing."""
    patch: Maybe[Text] = None
    """The file that gets the difference."""
    if_exists: IfExists = "replace"
    """What becomes of a branch of that name: `replace` it if Jupiter made all of it, `fail`, or
    deliver beside it, with a number as `suffix`."""
    push: bool = False
    """Whether a deployed run that works on a URL also pushes the branch there."""

    @model_validator(mode="after")
    def _one(self) -> Deliver:
        if (self.branch is None) == (self.patch is None):
            raise PydanticCustomError("one_delivery", "either branch or patch")
        return self


class Schedule(Written):
    """When a deployment runs by itself: one of `cron`, `interval`, `rrule`."""

    model_config = _exactly_one("cron", "interval", "rrule")

    cron: Maybe[Text] = None
    """Minute, hour, day of the month, month, day of the week: `0 3 * * 1-5`."""
    interval: Maybe[Annotated[int, Field(ge=1), BeforeValidator(_whole)]] = None
    """Seconds from one run to the next."""
    rrule: Maybe[Annotated[str, Field(min_length=1, max_length=6500)]] = None
    """A recurrence rule of iCalendar: `FREQ=WEEKLY;BYDAY=MO;BYHOUR=3`."""
    timezone: Text = "UTC"
    """The time zone that its hours are meant in, by its IANA name."""

    @model_validator(mode="after")
    def _one(self) -> Schedule:
        if sum(each is not None for each in (self.cron, self.interval, self.rrule)) != 1:
            raise PydanticCustomError("one_schedule", "one of cron, interval and rrule")
        return self


class Repair(Written):
    """What becomes of a result that does not fit together, or that a check finds red."""

    rounds: Annotated[Count, Field(le=10)] = 2
    """How often, in a wave, agents are given back what is broken in their symbols, or by them."""
    minutes: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 10
    """How long may be searched for what is green of a result that stays red; with 0 all of it has failed."""


Durability = Literal["disk", "flush"]


class Recipe(Written):
    """What a recipe's document says; every key that is not here is refused."""

    version: Annotated[Literal[1], BeforeValidator(_version)]
    """The version of the recipe format."""
    name: Name
    """Names the flow, the runs and, by default, the branch."""
    description: str = ""
    parameters: dict[ParameterName, Parameter] = Field(default_factory=dict)
    """The values that a run is given: the flow's typed parameters."""
    codebase: Codebase = Codebase()
    environment: Environment = Environment()
    steps: Annotated[dict[Name, TaggedStep], Field(min_length=1)]
    """What is done, in any order that `needs` allows."""
    constraints: Constraints = Constraints()
    budget: Maybe[Limits] = None
    """What the agents of the run may use together; reaching it stops the run, which can be resumed."""
    repair: Repair = Repair()
    deliver: Deliver = Deliver(branch="jupiter/${{ recipe.name }}")
    schedule: Maybe[Schedule] = None
    """When a deployment of the recipe runs by itself."""
    durability: Durability = "disk"
    """When an event of the run counts as written: `disk`: when it survives a power failure; `flush`:
    when it survives the end of every process, which is faster."""

    def may_be_empty(self, step: WholeStep | GoalStep) -> bool:
        """Whether it is fine that a step selects nothing: at night nobody is there to correct it."""
        return self.schedule is not None if step.allow_empty is None else step.allow_empty
