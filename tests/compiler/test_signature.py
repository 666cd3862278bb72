import pytest
from prefect import Flow
from prefect.exceptions import ParameterTypeError

from jupiter.compiler.signature import parameterised
from jupiter.errors import RequestError
from jupiter.model.recipe import Parameter
from jupiter.model.written import Items

PARAMETERS = {
    "package": Parameter(
        type="string",
        title="Package",
        description="Import name of the package.",
        pattern=r"^[a-z_]+$(?!\n)",
        default="click",
        maxLength=8,
    ),
    "count": Parameter(type="integer", minimum=0.5, maximum=9),
    "ratio": Parameter(type="number", minimum=0.5, default=1),
    "mode": Parameter(type="string", enum=("fast", "slow"), default="fast"),
    "level": Parameter(type="number", enum=(1.5, 2), default=2),
    "force": Parameter(type="boolean", default=False),
    "tags": Parameter(type="array", items=Items(pattern="^a"), minItems=1, default=("ab", "a")),
    "kinds": Parameter(type="array", items=Items(enum=("x", "y")), default=()),
}
NEEDED = {"count": 3, "repo": "/r"}
NAMES = [*PARAMETERS, "repo", "ref", "workers"]


def _flow(parameters=PARAMETERS):
    def body(**values):
        return values

    return Flow(parameterised(body, parameters), name="a-recipe")


def test_the_form_shows_the_parameters_in_the_recipe_s_order_and_then_the_common_ones():
    properties = _flow().parameters.properties
    assert sorted(properties, key=lambda name: properties[name]["position"]) == NAMES


def test_only_what_has_no_default_is_required():
    assert _flow().parameters.required == ["count", "repo"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param(
            "package",
            {
                "type": "string",
                "title": "Package",
                "description": "Import name of the package.",
                "pattern": r"^[a-z_]+$(?!\n)",
                "maxLength": 8,
                "default": "click",
            },
            id="text with its pattern, title and description",
        ),
        pytest.param("count", {"type": "integer", "minimum": 1, "maximum": 9}, id="limits"),
        pytest.param("ratio", {"type": "number", "minimum": 0.5, "default": 1}, id="number"),
        pytest.param("mode", {"enum": ["fast", "slow"], "default": "fast"}, id="choices"),
        pytest.param("force", {"type": "boolean", "default": False}, id="switch"),
        pytest.param(
            "tags",
            {"type": "array", "items": {"type": "string", "pattern": "^a"}, "minItems": 1},
            id="list of texts",
        ),
        pytest.param("repo", {"type": "string", "minLength": 1}, id="repository"),
        pytest.param("ref", {"type": "string", "default": ""}, id="revision"),
        pytest.param("workers", {"title": "Workers", "default": None}, id="workers"),
    ],
)
def test_the_form_shows_what_was_declared(name, shown):
    assert shown.items() <= _flow().parameters.properties[name].items()


def test_defaults_are_filled_in_and_lists_are_lists():
    assert _flow().validate_parameters(NEEDED) == {
        "package": "click",
        "count": 3,
        "ratio": 1,
        "mode": "fast",
        "level": 2,
        "force": False,
        "tags": ["ab", "a"],
        "kinds": [],
        "repo": "/r",
        "ref": "",
        "workers": None,
    }


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"count": 1}, id="lower limit"),
        pytest.param({"count": 9}, id="upper limit"),
        pytest.param({"level": 1.5}, id="a number among the choices"),
        pytest.param({"tags": ["abc"], "kinds": ["y", "x"]}, id="lists"),
        pytest.param({"workers": 1}, id="one worker"),
        pytest.param({"force": True}, id="switch"),
    ],
)
def test_good_values_pass_unchanged(values):
    assert values.items() <= _flow().validate_parameters(NEEDED | values).items()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"count": 0}, id="below the limit"),
        pytest.param({"count": 10}, id="above the limit"),
        pytest.param({"count": "3"}, id="text for an integer"),
        pytest.param({"count": True}, id="a switch for an integer"),
        pytest.param({"package": "Click"}, id="not of the pattern"),
        pytest.param({"package": "click\n"}, id="a newline after the pattern"),
        pytest.param({"package": "clickclick"}, id="too long"),
        pytest.param({"package": 3}, id="a number for a text"),
        pytest.param({"mode": "medium"}, id="not among the choices"),
        pytest.param({"level": 3}, id="a number not among the choices"),
        pytest.param({"force": "yes"}, id="text for a switch"),
        pytest.param({"tags": []}, id="list too short"),
        pytest.param({"tags": ["b"]}, id="item not of the pattern"),
        pytest.param({"kinds": ["z"]}, id="item not among the choices"),
        pytest.param({"workers": 0}, id="no worker"),
    ],
)
def test_bad_values_are_refused_by_their_name(values):
    with pytest.raises(ParameterTypeError, match=next(iter(values))):
        _flow().validate_parameters(NEEDED | values)


def test_a_missing_value_is_refused():
    with pytest.raises(ParameterTypeError, match="count"):
        _flow().validate_parameters({})


@pytest.mark.parametrize("name", ["repo", "workers", "copy", "model_config", "class", "self"])
def test_a_name_that_a_flow_cannot_have_is_refused_with_another_one(name):
    with pytest.raises(RequestError, match=f"{name}_value"):
        _flow({name: Parameter(type="string")})


def test_the_file_of_a_recipe_can_be_nothing_else():
    flow = Flow(parameterised(lambda **_: None, {}, "/recipes/a.yaml"), name="a-recipe")
    assert flow.validate_parameters({"repo": "/r"})["RECIPE"] == "/recipes/a.yaml"
    with pytest.raises(ParameterTypeError, match="RECIPE"):
        flow.validate_parameters({"repo": "/r", "RECIPE": "/etc/passwd"})
