"""Values of parameters are checked, filled in, and read from a command line."""

import pytest

from jupiter.errors import RequestError
from jupiter.model.recipe import Parameter, Recipe
from jupiter.model.step import RunStep
from jupiter.model.written import Items
from jupiter.recipe.parameters import checked, coerce, declaration


def recipe(**parameters: Parameter) -> Recipe:
    return Recipe(version=1, name="x", parameters=parameters, steps={"a": RunStep(run="a")})


ONE = {
    "text": Parameter(type="string", pattern="^[a-z]+$", minLength=2, maxLength=5, default="abc"),
    "choice": Parameter(type="string", enum=("red", "green"), default="red"),
    "whole": Parameter(type="integer", minimum=1, maximum=9, default=3),
    "number": Parameter(type="number", default=0.5),
    "flag": Parameter(type="boolean", default=False),
    "items": Parameter(type="array", items=Items(pattern="^[a-z]$"), maxItems=2, default=("a",)),
}


def test_defaults_fill_in_what_is_not_given():
    assert checked(recipe(**ONE), {"whole": 4}) == {
        "text": "abc",
        "choice": "red",
        "whole": 4,
        "number": 0.5,
        "flag": False,
        "items": ["a"],
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": 3}, "parameter text: found 3; expected text"),
        ({"text": "AB"}, 'parameter text: found "AB"; expected text that matches ^[a-z]+$'),
        ({"text": "ab\n"}, 'parameter text: found "ab\\n"; expected text that matches ^[a-z]+$'),
        ({"text": "a"}, 'parameter text: found "a"; expected at least 2 characters'),
        ({"choice": "gren"}, 'found "gren"; expected red or green (nearest: green)'),
        ({"whole": 0}, "parameter whole: found 0; expected at least 1"),
        ({"whole": 10}, "parameter whole: found 10; expected at most 9"),
        ({"whole": 1.5}, "parameter whole: found 1.5; expected a whole number"),
        ({"whole": True}, "parameter whole: found true; expected a whole number"),
        ({"flag": 1}, "parameter flag: found 1; expected true or false"),
        ({"flag": None}, "parameter flag: found null; expected true or false"),
        ({"items": "a"}, 'parameter items: found "a"; expected a list of texts'),
        ({"items": ["a", 1]}, "parameter items: item 1: found 1; expected text"),
        ({"items": ["a", "B"]}, 'item 1: found "B"; expected text that matches ^[a-z]$'),
        ({"items": ["a", "b", "c"]}, "expected at most 2 items"),
        ({"txet": "ab"}, "parameter 'txet': the recipe does not have it; expected text, choice,"),
        ({"txet": "ab"}, "(nearest: text)"),
    ],
)
def test_a_value_that_its_declaration_does_not_allow_is_refused(
    given: dict[str, object], message: str
):
    with pytest.raises(RequestError) as caught:
        checked(recipe(**ONE), given)
    assert message in str(caught.value)


def test_all_wrong_values_are_said_at_once():
    with pytest.raises(RequestError) as caught:
        checked(recipe(need=Parameter(type="integer"), **ONE), {"flag": 1, "whole": 0, "nope": 1})
    assert len(str(caught.value).splitlines()) == 4
    assert "parameter need: a value is missing; expected a whole number" in str(caught.value)


def test_an_integral_float_is_an_integer():
    value = checked(recipe(**ONE), {"whole": 4.0})["whole"]
    assert (value, type(value)) == (4, int)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("text", "3", "3"),
        ("text", "", ""),
        ("whole", "3", 3),
        ("whole", "-3", -3),
        ("number", "3", 3.0),
        ("number", "-.5e2", -50.0),
        ("flag", "true", True),
        ("flag", "false", False),
        ("items", "a,b", ["a", "b"]),
        ("items", "a, b", ["a", "b"]),
        ("items", "", []),
        ("items", '["a,b", "c"]', ["a,b", "c"]),
    ],
)
def test_the_text_of_a_command_line_becomes_a_value(name: str, text: str, value: object):
    found = coerce(recipe(**ONE), {name: text})[name]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[("whole", text) for text in ("", "a", "3.0", "0x3", "٣", "1_0", "9" * 5000)],
        *[("number", text) for text in ("", ".", "nan", "inf", "1e999", "1,5")],
        *[("flag", text) for text in ("yes", "True", "1", "")],
        *[("items", text) for text in ("[", "[1]", '["a"')],
    ],
)
def test_a_text_that_is_no_such_value_is_refused(name: str, text: str):
    with pytest.raises(RequestError, match=rf"^parameter {name}: found .*; expected "):
        coerce(recipe(**ONE), {name: text})


def test_a_name_that_the_recipe_does_not_have_is_refused():
    with pytest.raises(RequestError, match="the recipe does not have it; it has none"):
        coerce(recipe(), {"x": "1"})


def test_a_declaration_is_a_json_schema():
    assert declaration(ONE["items"]) == {
        "type": "array",
        "items": {"type": "string", "pattern": "^[a-z]$"},
        "maxItems": 2,
        "default": ["a"],
    }
