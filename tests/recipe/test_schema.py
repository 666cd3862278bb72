"""The JSON Schema and the models accept the same documents."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import ValidationError

from jupiter.model.recipe import Recipe
from jupiter.recipe.nodes import data
from jupiter.recipe.reading import Unreadable, read
from jupiter.recipe.schema import recipe_schema, recipe_schema_text

HERE = Path(__file__).parent
SCHEMA = recipe_schema()
VALIDATOR = Draft7Validator(SCHEMA)


def document(path: Path) -> object:
    try:
        root, _ = read(path.read_text(encoding="utf-8"))
    except (Unreadable, UnicodeDecodeError):
        return None
    return data(root) if root else None


GOOD = [document(path) for path in sorted((HERE / "good").glob("*.yaml"))]
BAD = {path.stem: document(path) for path in sorted((HERE / "bad").glob("*.yaml"))}
ODD = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, 1.0, 2.0, 2.5, 0.0, -0.0, 10**30, 1e300),
        *(
            "",
            "a",
            "a\n",
            "A",
            "a-b",
            "1",
            "x" * 80,
            "x" * 81,
            "a.b.C",
            "string",
            "array",
            "a\u00e9",
        ),
        *([], [""], ["a"], ["a\n"], ["A"], [1], [1.0], [True], [None], [["a"]], {}, {"a": 1}),
        *({"a": {"type": "string"}}, {"a": {"run": "x"}}, {"run": "x"}, {"codemod": "x"}),
        *({"cron": "x"}, {"interval": 1, "cron": "x"}, {"timezone": "x"}, {"rrule": ""}),
        *({"branch": "x"}, {"patch": "x", "push": True}, {"push": True}),
        *({"patch": "x", "branch": "y"}, {"type": "boolean", "default": 1}),
    ]
)
KEYS = st.sampled_from(
    [
        *(
            "version",
            "name",
            "steps",
            "needs",
            "run",
            "codemod",
            "with",
            "select",
            "paths",
            "imports",
            "symbols",
            "workers",
        ),
        *("deliver", "branch", "patch", "default", "enum", "items", "minLength", "type", "pattern"),
        *("if_exists", "push", "schedule", "cron", "interval", "rrule", "timezone"),
        *("allow_empty", "env", "copy", "python", "budget", "a", "a\n", "A", "9", "", "x" * 81),
    ]
)


def models_accept(value: object) -> bool:
    try:
        Recipe.model_validate(value)
    except ValidationError:
        return False
    return True


def containers(value: object) -> list[list[object] | dict[str, object]]:
    inner = value if isinstance(value, list) else list(value.values())
    found = [one for item in inner if isinstance(item, (list, dict)) for one in containers(item)]
    return [value, *found]


@st.composite
def near_recipes(draw: st.DrawFn) -> object:
    """A good recipe, a few times changed somewhere."""
    value = copy.deepcopy(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(containers(value)))
        places = list(range(len(place))) if isinstance(place, list) else list(place)
        match draw(st.sampled_from(["replace", "remove", "add", "newline", "rename"])):
            case "add" if isinstance(place, list):
                place.append(copy.deepcopy(draw(ODD)))
            case "add":
                place[draw(KEYS)] = copy.deepcopy(draw(ODD))
            case "rename" if places and isinstance(place, dict):
                place[draw(KEYS)] = place.pop(draw(st.sampled_from(places)))
            case "remove" if places:
                del place[draw(st.sampled_from(places))]
            case "newline" if places:
                at = draw(st.sampled_from(places))
                place[at] = place[at] + "\n" if isinstance(place[at], str) else place[at]
            case _ if places:
                place[draw(st.sampled_from(places))] = copy.deepcopy(draw(ODD))
            case _:
                pass
    return value


@given(near_recipes())
@settings(max_examples=400, deadline=None)
def test_the_schema_accepts_exactly_what_the_models_accept(value: object):
    assert VALIDATOR.is_valid(value) == models_accept(value)


@pytest.mark.parametrize("name", BAD)
def test_the_schema_accepts_of_the_bad_recipes_those_that_are_wrong_in_meaning_only(name: str):
    assert VALIDATOR.is_valid(BAD[name]) == models_accept(BAD[name])


@pytest.mark.parametrize("value", GOOD, ids=range(len(GOOD)))
def test_the_schema_accepts_good_recipes(value: object):
    VALIDATOR.validate(value)


def test_the_schema_is_one_of_draft_7():
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_the_checked_in_schema_is_the_generated_one():
    path = HERE.parents[1] / "schemas" / "recipe.schema.json"
    assert path.read_text(encoding="utf-8") == recipe_schema_text()


def test_the_schema_has_nothing_that_gives_editors_useless_messages():
    text = json.dumps(SCHEMA)
    assert '"oneOf"' not in text
    assert '"discriminator"' not in text
    assert '"null"' not in text


def test_an_unknown_key_of_a_step_is_the_only_complaint():
    value = {"version": 1, "name": "a", "steps": {"s": {"codemod": "a.b", "wokers": 3}}}
    (error,) = VALIDATOR.iter_errors(value)
    assert list(error.absolute_path) == ["steps", "s"]
    assert "wokers" in error.message
