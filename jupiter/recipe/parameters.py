"""Values of parameters: checked against their declarations, filled in, read from a command line."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, cast

from jsonschema import Draft7Validator, ValidationError, validators

from jupiter.errors import RequestError
from jupiter.model.recipe import Parameter, Recipe
from jupiter.recipe.problems import nearest, one_of, quoted

KINDS: Mapping[str, str] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list of texts",
}


_BOUNDS: Mapping[str, tuple[str, str]] = {
    "minimum": ("at least", ""),
    "maximum": ("at most", ""),
    "minLength": ("at least", " characters"),
    "maxLength": ("at most", " characters"),
    "minItems": ("at least", " items"),
    "maxItems": ("at most", " items"),
}
_NUMBER = r"[-+]?[0-9]{0,40}\.?[0-9]{0,40}(?:[eE][-+]?[0-9]{1,2})?"


def checked(
    recipe: Recipe, given: Mapping[str, object]
) -> dict[str, str | int | float | bool | list[str]]:
    """Every parameter's value: the given one, or its default; integral floats become integers.

    Raises:
        RequestError: names that the recipe does not have, values that are missing or that their
            declarations do not allow, all of them at once, a line each.
    """
    values = {name: _plain(value) for name, value in given.items()}
    problems = [_unknown(name, recipe) for name in values if name not in recipe.parameters]
    for name, parameter in recipe.parameters.items():
        default = _plain(parameter.default)
        if name not in values and default is None:
            problems.append(
                f"parameter {name}: a value is missing; expected {KINDS[parameter.type]}"
            )
            continue
        values.setdefault(name, default)
        found = complaints(values[name], declaration(parameter))
        problems += [f"parameter {name}: {complaint}" for complaint in found]
    if problems:
        raise RequestError("\n".join(problems))
    return {name: _typed(values[name], recipe.parameters[name]) for name in recipe.parameters}


def coerce(recipe: Recipe, texts: Mapping[str, str]) -> dict[str, object]:
    """Values from the texts of a command line: `"3"` for an integer, `"a,b"` or JSON for an array.

    Raises:
        RequestError: names that the recipe does not have, texts that are no such value.
    """
    values: dict[str, object] = {}
    problems: list[str] = []
    for name, text in texts.items():
        if name not in recipe.parameters:
            problems.append(_unknown(name, recipe))
            continue
        kind = recipe.parameters[name].type
        try:
            values[name] = _read(text, kind)
        except ValueError:
            expected = KINDS[kind]
            problems.append(f"parameter {name}: found {quoted(text)}; expected {expected}")
    if problems:
        raise RequestError("\n".join(problems))
    return values


def declaration(parameter: Parameter) -> dict[str, Any]:
    """The JSON Schema (draft-07) of a parameter's values."""
    schema = parameter.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude_defaults=True
    )
    schema["type"] = parameter.type
    if parameter.type == "array":
        schema["items"] = {"type": "string", **schema.get("items", {})}
    return schema


def complaints(value: object, schema: Mapping[str, Any]) -> list[str]:
    """What is wrong with a value, in words; nothing if it fits."""
    return [_complaint(error) for error in _validator(schema).iter_errors(value)]


def ecma(pattern: str) -> re.Pattern[str]:
    """The pattern with JSON Schema's meaning: `$` is the end, where Python takes a last newline too.

    Raises:
        re.error: it is not a regular expression, or one that Python will read differently some day.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        try:
            re.compile(pattern)
        except FutureWarning as warning:
            message = str(warning).lower()
            raise re.error(f"{message}, put a backslash there", pattern) from warning
    ends = re.sub(
        r"\\.|\[(?:\\.|[^\]\\])+\]|\$",
        lambda found: r"\Z" if found[0] == "$" else found[0],
        pattern,
        flags=re.DOTALL,
    )
    return re.compile(ends)


def _pattern(
    _validator: object, pattern: str, instance: object, _schema: object
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not ecma(pattern).search(instance):
        yield ValidationError(f"does not match {pattern}")


# The stubs leave `extend` and `iter_errors` open; the protocol says what is used of them.
class _Validator(Protocol):
    def iter_errors(self, instance: object) -> Iterator[ValidationError]: ...


_validator = cast(
    "Callable[[Mapping[str, Any]], _Validator]",
    cast("Any", validators).extend(Draft7Validator, {"pattern": _pattern}),
)


def _complaint(error: ValidationError) -> str:
    limit = cast("Any", error.validator_value)
    where = f"item {error.path[0]}: " if error.path else ""
    found = json.dumps(error.instance, ensure_ascii=False, default=str)
    found = found if len(found) <= 60 else f"{found[:59]}…"
    return f"{where}found {found}; expected {_expected(str(error.validator), limit, error)}"


def _expected(keyword: str, limit: Any, error: ValidationError) -> str:
    if keyword == "type":
        return KINDS[str(limit)]
    if keyword == "enum":
        words = [value if isinstance(value, str) else json.dumps(value) for value in limit]
        near = nearest(error.instance, words) if isinstance(error.instance, str) else ""
        return one_of(words) + near
    if keyword == "pattern":
        return f"text that matches {limit}"
    bound, unit = _BOUNDS[keyword]
    return f"{bound} {limit:.15g}{unit}"


def _unknown(name: str, recipe: Recipe) -> str:
    names = tuple(recipe.parameters)
    expected = f"expected {one_of(names)}" if names else "it has none"
    return (
        f"parameter {quoted(name)}: the recipe does not have it; {expected}{nearest(name, names)}"
    )


def _plain(value: object) -> object:
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value


def _typed(value: object, parameter: Parameter) -> str | int | float | bool | list[str]:
    if parameter.type == "integer" and isinstance(value, float):
        return int(value)
    return cast("str | int | float | bool | list[str]", value)


def _read(text: str, kind: str) -> object:
    match kind:
        case "integer" if re.fullmatch(r"[-+]?[0-9]{1,40}", text):
            return int(text)
        case "number" if re.fullmatch(_NUMBER, text):
            return float(text)
        case "boolean" if text in {"true", "false"}:
            return text == "true"
        case "array":
            return _read_list(text)
        case "string":
            return text
        case _:
            raise ValueError(text)


def _read_list(text: str) -> list[str]:
    if not text.startswith("["):
        return [item.strip() for item in text.split(",")] if text.strip() else []
    items = json.loads(text)
    if not all(isinstance(item, str) for item in items):
        raise ValueError(text)
    return items
