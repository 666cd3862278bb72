"""What people write in a recipe: the kinds of values, and how strictly each is read."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from jupiter.model.base import Model

T = TypeVar("T")


# Python's `$` matches before a final newline too, JavaScript's does not; `(?!\n)` makes them agree.
END = r"$(?!\n)"


def whole(value: object) -> object:
    """An integral float is an integer, as JSON Schema has it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


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
        return tuple(value)  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType] # all of them are text
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
Count = Annotated[int, Field(ge=0), BeforeValidator(whole)]
Positive = Annotated[int, Field(ge=1), BeforeValidator(whole)]
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


def exactly_one(first: str, *others: str) -> ConfigDict:
    """What a JSON Schema says of keys of which there is one: an editor complains about the second."""
    return ConfigDict(json_schema_extra=_one_of(first, others))


def _one_of(first: str, others: tuple[str, ...]) -> dict[str, Any]:
    if not others:
        return {"required": [first]}
    alone = {"properties": dict.fromkeys(others, False)}
    return {"if": {"required": [first]}, "then": alone, "else": _one_of(others[0], others[1:])}
