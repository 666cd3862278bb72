"""Structured outputs: which schemas the Messages API takes for a reply, and whether a text follows one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator, SchemaError

from jupiter.demo.wire import Body

_KEYWORDS = {
    *("type", "enum", "const", "anyOf", "allOf", "$ref", "$defs", "definitions", "properties"),
    *("required", "additionalProperties", "items", "minItems", "format", "default"),
    *("title", "description"),
}
_FORMATS = {
    *("date-time", "time", "date", "duration", "email", "hostname"),
    *("uri", "ipv4", "ipv6", "uuid"),
}
_PLACE = "output_config.format.schema"


def format_problems(body: Body) -> Iterator[str]:
    """Why the API refuses the format that a reply is to have."""
    schema = schema_of(body)
    if schema is None:
        return
    if not is_schema(json.dumps(schema)):
        yield f"{_PLACE}: JSON schema is invalid. It must match JSON Schema draft 2020-12"
        return
    yield from _unsupported(schema)
    if _is_recursive(schema):
        yield f"{_PLACE}: Recursive schemas are not supported"


def schema_of(body: Body) -> Mapping[str, Any] | None:
    """The schema that a reply is to follow; None if there is none."""
    wanted = body.output_config and body.output_config.format
    return wanted.json_schema if wanted else None


def follows(text: str, schema: Mapping[str, Any]) -> bool:
    """Whether a text is JSON that a schema allows: the API says nothing else, unless it is cut off."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return False
    validator: Any = Draft202012Validator(schema)
    return bool(validator.is_valid(value))


@lru_cache(maxsize=256)
def is_schema(text: str) -> bool:
    """Whether a text is a JSON Schema."""
    try:
        Draft202012Validator.check_schema(json.loads(text))
    except SchemaError:
        return False
    return True


def _unsupported(schema: Mapping[str, Any]) -> Iterator[str]:
    kind = schema.get("type")
    for key in schema.keys() - _KEYWORDS:
        yield f"{_PLACE}: For '{kind}' type, property '{key}' is not supported"
    if kind == "object" and schema.get("additionalProperties") is not False:
        yield f"{_PLACE}: For 'object' type, 'additionalProperties' must be explicitly set to false"
    if schema.get("minItems", 0) not in {0, 1}:
        yield f"{_PLACE}: For 'array' type, 'minItems' values other than 0 or 1 are not supported"
    if kind == "string" and schema.get("format", "uuid") not in _FORMATS:
        yield f"{_PLACE}: String format '{schema['format']}' is not supported"
    if not str(schema.get("$ref", "#/")).startswith("#/"):
        yield f"{_PLACE}: External $ref is not supported"
    for inner in _inside(schema):
        yield from _unsupported(inner)


def _inside(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The schemas right within a schema."""
    for key in ("properties", "$defs", "definitions"):
        yield from cast("dict[str, dict[str, Any]]", schema.get(key, {})).values()
    for key in ("anyOf", "allOf"):
        yield from cast("list[dict[str, Any]]", schema.get(key, []))
    if isinstance(schema.get("items"), dict):
        yield schema["items"]


def _is_recursive(schema: Mapping[str, Any]) -> bool:
    """Whether a definition leads back to itself."""
    definitions = cast("dict[str, dict[str, Any]]", schema.get("$defs", {}))
    uses = {f"#/$defs/{name}": set(_references(one)) for name, one in definitions.items()}

    def leads_to(name: str, wanted: str, seen: frozenset[str]) -> bool:
        inner = uses.get(name, set[str]()) - seen
        return wanted in uses.get(name, ()) or any(
            leads_to(one, wanted, seen | inner) for one in sorted(inner)
        )

    return any(leads_to(name, name, frozenset()) for name in uses)


def _references(schema: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        yield str(schema["$ref"])
    for inner in _inside(schema):
        yield from _references(inner)
