"""The JSON Schema (draft-07) of recipes, made from the models, as editors read it best."""

from __future__ import annotations

import json
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from jupiter.model.recipe import Recipe
from jupiter.recipe.words import KINDS

_REFERENCE = "#/definitions/{model}"


def recipe_schema() -> dict[str, Any]:
    """The schema that accepts exactly the documents that the models accept."""
    schema = Recipe.model_json_schema(schema_generator=_Draft7, ref_template=_REFERENCE)
    definitions = schema.pop("$defs")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **cast("dict[str, Any]", _draft7(schema)),
        "definitions": _draft7(definitions),
    }


def recipe_schema_text() -> str:
    """The schema as it stands in `schemas/recipe.schema.json`."""
    return json.dumps(recipe_schema(), indent=2, ensure_ascii=False) + "\n"


class _Draft7(GenerateJsonSchema):
    """Pydantic's generator, but for what recipes do otherwise: no null, no `oneOf`, no titles."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """None in a model is a key that is not written."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """A default that is empty says nothing to a reader."""
        inner = super().default_schema(schema)
        if not inner.get("default", True) or "$ref" in inner:
            inner.pop("default", None)
        return inner

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """The key decides, so that an editor complains about that kind of step, not about all."""
        choices = {str(tag): self.generate_inner(one) for tag, one in schema["choices"].items()}
        if not KINDS.keys() & choices:  # one goal or a list: the value's own type decides
            return {"anyOf": list(choices.values())}
        *first, (_, otherwise) = choices.items()
        union: JsonSchemaValue = otherwise
        for tag, then in reversed(first):
            union = {"if": {"required": [tag]}, "then": then, "else": union}
        return {"type": "object", **union}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 # the base class names it
        """No titles: they would repeat the keys."""
        return False


def _draft7(value: object) -> object:
    """Where a person chooses the names, every key must match the pattern."""
    match value:
        case list():
            return [_draft7(item) for item in cast("list[object]", value)]
        case dict():
            fields = {key: _draft7(item) for key, item in cast("dict[str, object]", value).items()}
            return _named(fields) if "patternProperties" in fields else fields
        case _:
            return value


def _named(fields: dict[str, Any]) -> dict[str, object]:
    ((pattern, item),) = fields.pop("patternProperties").items()
    names = {**fields.get("propertyNames", {}), "pattern": pattern}
    return {**fields, "propertyNames": names, "additionalProperties": item}
