"""A recipe: what to refactor, by which steps, under which constraints, delivered where.

These types say what can be said with a JSON Schema, no more and no less; what needs a look at two
places at once (`needs`, expressions, paths) is judged by `jupiter.recipe.semantics`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from jupiter.model.step import (
    Constraints,
    GoalStep,
    Limits,
    TaggedStep,
    WholeStep,
)
from jupiter.model.written import (
    Count,
    Items,
    Maybe,
    Name,
    ParameterName,
    Scalars,
    Text,
    Texts,
    Value,
    VariableName,
    Written,
    exactly_one,
    whole,
)


def _version(value: object) -> object:
    if isinstance(value, bool):  # `True == 1` would do for a literal
        raise PydanticCustomError("version", "the number 1")
    return whole(value)


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


IfExists = Literal["replace", "fail", "suffix"]


class Deliver(Written):
    """Where the result goes: a branch, or a patch."""

    model_config = exactly_one("branch", "patch")

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

    model_config = exactly_one("cron", "interval", "rrule")

    cron: Maybe[Text] = None
    """Minute, hour, day of the month, month, day of the week: `0 3 * * 1-5`."""
    interval: Maybe[Annotated[int, Field(ge=1), BeforeValidator(whole)]] = None
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
    minutes: Annotated[float, Field(ge=0)] = 10
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
