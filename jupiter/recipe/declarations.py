"""Declarations of parameters that contradict themselves, and defaults that they do not allow."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pydantic import BaseModel, ValidationError

from jupiter.model.recipe import Parameter
from jupiter.recipe.codes import Code
from jupiter.recipe.parameters import KINDS, complaints, declaration, ecma
from jupiter.recipe.places import mapping
from jupiter.recipe.problems import Path, Problem, one_of, quoted

RESERVED = ("repo", "ref", "workers")
"""Parameters that every run has of its own."""

_TEXT, _NUMBER, _LIST = ("string",), ("integer", "number"), ("array",)
_ABOUT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "pattern": _TEXT,
        "minLength": _TEXT,
        "maxLength": _TEXT,
        "minimum": _NUMBER,
        "maximum": _NUMBER,
        "items": _LIST,
        "minItems": _LIST,
        "maxItems": _LIST,
        "enum": (*_TEXT, *_NUMBER, "boolean"),
    }
)
_BOUNDS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))


def declaration_problems(data: object) -> Iterator[Problem]:
    """What is wrong with `parameters`, as far as their shape is right."""
    declared = mapping(data, "parameters")
    for name in declared:
        path = ("parameters", name)
        yield from _name(name, path)
        try:
            parameter = Parameter.model_validate(declared[name])
        except ValidationError:
            continue  # the models have said so
        yield from _contradictions(parameter, mapping(declared, name), path)
        unusable = [*_patterns(parameter, path)]
        yield from unusable or _values(parameter, path)


def _name(name: str, path: Path) -> Iterator[Problem]:
    if name in RESERVED:
        message = f"every run has a parameter {quoted(name)} of its own; expected another name"
        yield Problem(Code.PARAMETER, path, message, at="key")
    elif not can_be_parameter(name):
        message = f"{quoted(name)} is a word of Python's or pydantic's own; expected another name"
        yield Problem(Code.PARAMETER, path, message, at="key")


def can_be_parameter(name: str) -> bool:
    """Whether a flow can have it: parameters become the fields of a pydantic model."""
    return not (keyword.iskeyword(name) or hasattr(BaseModel, name) or name == "self")


def _contradictions(
    parameter: Parameter, written: Mapping[str, object], path: Path
) -> Iterator[Problem]:
    for key in written:
        kinds = _ABOUT.get(key, KINDS)
        if parameter.type not in kinds:
            message = (
                f"{quoted(key)} says nothing about type {parameter.type}; expected {one_of(kinds)}"
            )
            yield Problem(Code.PARAMETER, (*path, key), message, at="key")
    yield from _bounds(written, path)
    yield from _bounds(mapping(written, "items"), (*path, "items"))


def _bounds(written: Mapping[str, object], path: Path) -> Iterator[Problem]:
    for least, most in _BOUNDS:
        low, high = written.get(least), written.get(most)
        if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
            message = f"{least} {low} is above {most} {high}; no value can be right"
            yield Problem(Code.PARAMETER, (*path, least), message)


def _patterns(parameter: Parameter, path: Path) -> Iterator[Problem]:
    items = parameter.items
    patterns = ((parameter.pattern, path), (items and items.pattern, (*path, "items")))
    for pattern, place in patterns:
        try:
            ecma(pattern or "")
        except re.error as error:
            message = f"not a regular expression: {error}; expected one such as ^[a-z_]+$"
            yield Problem(Code.PARAMETER, (*place, "pattern"), message)


def _values(parameter: Parameter, path: Path) -> Iterator[Problem]:
    kind = {"type": parameter.type}
    choices = parameter.enum if parameter.type in _ABOUT["enum"] else ()
    for number, value in enumerate(choices or ()):
        for complaint in complaints(value, kind):
            yield Problem(Code.PARAMETER, (*path, "enum", number), complaint)
    if parameter.default is None:
        return
    default = parameter.default
    value = list(default) if isinstance(default, tuple) else default
    for complaint in complaints(value, declaration(parameter)):
        yield Problem(Code.DEFAULT, (*path, "default"), complaint)
