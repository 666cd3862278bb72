"""What a name or an expression may stand for, as far as the code says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name is defined: a scope of a file, and the name in it; scope -1 is the module itself."""

    path: str
    scope: int
    name: str


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the codebase."""

    path: str


@dataclass(frozen=True, slots=True)
class External:
    """Something outside of the codebase, by its dotted name; builtins are `builtins.NAME`."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the codebase, as an object."""

    path: str
    scope: int


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a class of the codebase."""

    path: str
    scope: int


@dataclass(frozen=True, slots=True)
class Super:
    """What `super()` gives: members are looked up behind the class in the receiver's order."""

    path: str
    scope: int
    receiver: Value | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the codebase, bound to a receiver if it was looked up on one."""

    path: str
    scope: int
    receiver: Value | None = None


@dataclass(frozen=True, slots=True)
class Generic:
    """An instance of a class outside of the codebase, with its type arguments."""

    dotted: str
    arguments: tuple[tuple[Value, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    """A method of such an instance."""

    receiver: Generic
    name: str


Value: TypeAlias = "Module | External | Class | Instance | Super | Function | Generic | Method"


@dataclass(frozen=True, slots=True)
class Answer:
    """The values that an expression may have; `sure` when the code says so and nothing was inferred."""

    values: tuple[Value, ...] = ()
    sure: bool = True


_DEEPEST = 3

NOTHING = Answer((), sure=False)


def joined(answers: list[Answer]) -> Answer:
    """One of several: sure when each is and no two say different things."""
    known = [answer for answer in answers if answer.values]
    if not known:
        return NOTHING
    if len(known) == 1:
        return known[0]
    values = tuple(dict.fromkeys(value for answer in known for value in answer.values))
    return Answer(values, all(answer.sure for answer in known) and len(values) == 1)


def shallow(answer: Answer) -> Answer:
    """An answer whose containers hold no more than so many others, one inside the other.

    What goes round in circles (`x = [x]`) would else grow with every step.
    """
    if _depth_exceeds(answer.values, _DEEPEST):
        return Answer(_cut(answer.values, _DEEPEST), answer.sure)
    return answer


def _depth_exceeds(values: tuple[Value, ...], depth: int) -> bool:
    return any(
        depth == 0 or any(_depth_exceeds(inner, depth - 1) for inner in value.arguments)
        for value in values
        if isinstance(value, Generic) and value.arguments
    )


def _cut(values: tuple[Value, ...], depth: int) -> tuple[Value, ...]:
    return tuple(
        Generic(
            value.dotted,
            tuple(_cut(inner, depth - 1) for inner in value.arguments) if depth else (),
        )
        if isinstance(value, Generic) and value.arguments
        else value
        for value in values
    )
