"""The JSON Schema of a line of the log: the envelope, and `data` by `type`."""

from __future__ import annotations

from typing import Any, cast

from pydantic.json_schema import models_json_schema

from jupiter.model.event import PAYLOADS, Event, type_of


def event_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of an event as `jupiter.bus.codec` writes it."""
    _, found = models_json_schema([(payload, "validation") for payload in PAYLOADS])
    definitions = cast("dict[str, Any]", found["$defs"])
    envelope = Event.model_json_schema()["properties"]
    names = {type_of(payload): payload.__name__ for payload in PAYLOADS}
    for name in names.values():
        # On disk the type stands in the envelope, not in the data.
        definitions[name]["properties"].pop("type")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Event",
        "type": "object",
        "additionalProperties": False,
        "required": [
            "v",
            "seq",
            "time",
            "run",
            "step",
            "briefing",
            "worker",
            "type",
            "data",
            "crc",
        ],
        "properties": {
            **{key: value for key, value in envelope.items() if key != "data"},
            "type": {"enum": list(names)},
            "data": {"type": "object"},
            "crc": {"type": "string", "pattern": "^[0-9a-f]{8}$"},
        },
        "allOf": [
            {
                "if": {"properties": {"type": {"const": type_}}},
                "then": {"properties": {"data": {"$ref": f"#/$defs/{name}"}}},
            }
            for type_, name in names.items()
        ],
        "$defs": definitions,
    }
