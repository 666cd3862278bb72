"""A recipe's parameters as a function's signature, from which Prefect makes its form and checks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from math import ceil, floor
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from jupiter.errors import RequestError
from jupiter.model.recipe import Parameter
from jupiter.model.written import Items
from jupiter.recipe.declarations import RESERVED, can_be_parameter

F = TypeVar("F", bound=Callable[..., Any])

RECIPE = "RECIPE"
"""The parameter with a recipe's file; a recipe's own parameters are in lower case."""

_Workers = Annotated[int, Field(ge=1, strict=True)] | None


def parameterised(function: F, parameters: Mapping[str, Parameter], recipe: str | None = None) -> F:
    """Give `function`, which takes keywords, the recipe's parameters and `repo`, `ref`, `workers`.

    All are keyword-only, so that one without a default may follow one with. A value is checked as
    the declaration says; nothing is converted, so "3" is no integer. With `recipe`, a file's path,
    there is a parameter that can be nothing else. Raises RequestError for a name that Prefect cannot
    take.
    """
    declared = [
        _keyword(_name(name), _annotation(parameter), _default(parameter))
        for name, parameter in parameters.items()
    ]
    files = [] if recipe is None else [_file(recipe)]
    signature = inspect.Signature([*declared, *_common(), *files])
    function.__signature__ = signature  # pyright: ignore[reportFunctionMemberAccess] # inspect looks for it there
    function.__annotations__ = {name: p.annotation for name, p in signature.parameters.items()}
    return function


def _name(name: str) -> str:
    if name in RESERVED or not can_be_parameter(name):
        raise RequestError(
            f"parameters.{name}: a flow cannot have a parameter called {name!r}; "
            f"choose another name, for example '{name}_value'"
        )
    return name


def _common() -> tuple[inspect.Parameter, ...]:
    repo = _described(
        Annotated[str, Field(min_length=1)],
        "Repository",
        "The git repository to work on: a URL, or the path of a folder that is allowed.",
    )
    ref = _described(
        str, "Revision", "The branch, tag or commit to start from; empty for the default branch."
    )
    workers = _described(
        _Workers,
        "Workers",
        "How many briefings are worked on at the same time; it overrides every step's number.",
    )
    return (
        _keyword("repo", repo, inspect.Parameter.empty),
        _keyword("ref", ref, ""),
        _keyword("workers", workers, None),
    )


def _file(recipe: str) -> inspect.Parameter:
    only = Literal[recipe]  # pyright: ignore[reportInvalidTypeForm] # made at run time
    annotation = _described(only, "Recipe", "The recipe's file, where the run is carried out.")
    return _keyword(RECIPE, annotation, recipe)


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


def _default(parameter: Parameter) -> Any:
    match parameter.default:
        case None:
            return inspect.Parameter.empty
        case tuple() as items:
            return list(items)
        case value:
            return value


def _annotation(parameter: Parameter) -> Any:
    return _described(_type(parameter), parameter.title, parameter.description)


def _described(annotation: Any, title: str, description: str) -> Any:
    # Prefect overwrites a field's title and description, but not what is extra in the schema.
    texts = {"title": title, "description": description}
    extra: Any = {key: text for key, text in texts.items() if text}
    return Annotated[annotation, Field(json_schema_extra=extra)] if extra else annotation


def _type(parameter: Parameter) -> Any:
    if parameter.enum is not None:
        return Literal[parameter.enum]  # pyright: ignore[reportInvalidTypeForm] # made at run time
    match parameter.type:
        case "array":
            return Annotated[
                list[_text(parameter.items or Items())],  # pyright: ignore[reportInvalidTypeForm] # made at run time
                Field(min_length=parameter.minItems, max_length=parameter.maxItems),
            ]
        case "string":
            return _text(parameter)
        case "integer" | "number":
            return _number(parameter)
        case "boolean":
            return Annotated[bool, Field(strict=True)]


def _number(declared: Parameter) -> Any:
    low, high = declared.minimum, declared.maximum
    if declared.type == "number":
        return Annotated[float, Field(ge=low, le=high, strict=True)]
    least = None if low is None else ceil(low)
    most = None if high is None else floor(high)
    return Annotated[int, Field(ge=least, le=most, strict=True)]


def _text(declared: Parameter | Items) -> Any:
    if declared.enum is not None:
        return Literal[declared.enum]  # pyright: ignore[reportInvalidTypeForm] # made at run time
    return Annotated[
        str,
        Field(
            # Compiled: then Python's own engine judges, as it does for the declaration.
            pattern=None if declared.pattern is None else re.compile(declared.pattern),
            min_length=declared.minLength,
            max_length=declared.maxLength,
        ),
    ]
