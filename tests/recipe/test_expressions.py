"""Expressions: values in place of look-ups, and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.errors import RequestError
from jupiter.model.recipe import Codebase, Deliver, Parameter, Recipe
from jupiter.model.step import CodemodStep, RunStep
from jupiter.recipe.expressions import arguments, asks_for_tests, lookup, resolve

REPO = {"name": "click", "path": "/src/click", "ref": "main", "commit": "daef398"}
PARAMETERS = {
    "package": Parameter(type="string", default="click"),
    "paths": Parameter(type="array", default=("src/**", "docs/**")),
    "level": Parameter(type="integer", default=3),
    "share": Parameter(type="number", default=0.5),
    "strict": Parameter(type="boolean", default=True),
}


def recipe(**fields: object) -> Recipe:
    given = {"steps": {"check": RunStep(run="pytest")}, "parameters": PARAMETERS, **fields}
    return Recipe(version=1, name="tidy", **given)


def step(**fields: object) -> Recipe:
    return recipe(steps={"fix": CodemodStep(codemod="a.b.C", **fields)})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${{ parameters.package }}", "click"),
        ("${{parameters.package}}-${{ recipe.name }}", "click-tidy"),
        ("${{ repo.name }} ${{ repo.path }} ${{ repo.ref }} ${{ repo.commit }}", None),
        ("${{ parameters.level }}/${{ parameters.share }}/${{ parameters.strict }}", "3/0.5/true"),
        ("{ {{ parameters.package }} } $ ${x}", "{ {{ parameters.package }} } $ ${x}"),
    ],
)
def test_expressions_in_text_become_values_and_other_braces_stay(text: str, value: str | None):
    expected = value or "click /src/click main daef398"
    assert resolve(recipe(description=text), {}, REPO).description == expected


def test_a_given_value_wins_over_the_default():
    written = recipe(deliver=Deliver(branch="fix/${{ parameters.package }}"))
    assert resolve(written, {"package": "flask"}, REPO).deliver.branch == "fix/flask"


def test_the_default_branch_names_the_recipe():
    assert resolve(recipe(), {}, REPO).deliver.branch == "jupiter/tidy"


def test_a_patch_is_not_joined_by_the_default_branch():
    resolved = resolve(recipe(deliver=Deliver(patch="${{ repo.name }}.patch")), {}, REPO)
    assert resolved.deliver == Deliver(patch="click.patch")


def test_a_list_that_is_a_whole_item_becomes_one_item_an_item():
    written = recipe(codebase=Codebase(include=("a.py", "${{ parameters.paths }}", "b.py")))
    assert resolve(written, {}, REPO).codebase.include == ("a.py", "src/**", "docs/**", "b.py")


def test_an_argument_of_a_codemod_that_is_one_expression_keeps_its_type():
    written = step(
        **{
            "with": {
                "level": "${{ parameters.level }}",
                "strict": "${{ parameters.strict }}",
                "paths": "${{ parameters.paths }}",
                "text": "v${{ parameters.level }}",
                "number": 4,
            }
        }
    )
    fix = resolve(written, {}, REPO).steps["fix"]
    assert isinstance(fix, CodemodStep)
    assert fix.with_ == {
        "level": 3,
        "strict": True,
        "paths": ("src/**", "docs/**"),
        "text": "v3",
        "number": 4,
    }


def test_commands_stay_as_they_are_written():
    written = recipe(steps={"check": RunStep(run="pytest ${{ parameters.package }}")})
    assert resolve(written, {}, REPO).steps == written.steps


def test_what_was_not_written_stays_unwritten():
    resolved = resolve(recipe(), {}, REPO)
    assert resolved.model_fields_set == {"version", "name", "parameters", "steps", "deliver"}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pytest ${{ parameters.package }}", ("pytest", "click")),
        ("pytest src/${{ parameters.package }}/x", ("pytest", "src/click/x")),
        ("pytest ${{ parameters.paths }} -q", ("pytest", "src/**", "docs/**", "-q")),
        ("pytest '${{ parameters.level }}'", ("pytest", "3")),
        ("pytest", ("pytest",)),
    ],
)
def test_a_command_becomes_its_arguments(command: str, expected: tuple[str, ...]):
    found = lookup(recipe(), {}, REPO)
    assert arguments(command, found) == expected
    assert arguments(RunStep(run=command), found) == expected


def test_an_empty_list_is_no_argument():
    found = lookup(recipe(), {"paths": []}, REPO)
    assert arguments("pytest ${{ parameters.paths }}", found) == ("pytest",)


@given(st.text())
def test_a_value_is_always_exactly_one_argument(value: str):
    found = lookup(recipe(), {"package": value}, REPO)
    command = (
        'pytest ${{ parameters.package }} "${{ parameters.package }}" x=${{ parameters.package }}'
    )
    assert arguments(command, found) == ("pytest", value, value, f"x={value}")


def test_an_expression_in_a_value_is_not_substituted_again():
    resolved = resolve(
        recipe(description="${{ parameters.package }}"), {"package": "${{ repo.name }}"}, REPO
    )
    assert resolved.description == "${{ repo.name }}"


@pytest.mark.parametrize(
    ("include", "value", "message"),
    [
        ("src/${{ parameters.package }}/**", "../..", r"include\[0\]: .* leaves its folder"),
        ("${{ parameters.package }}/**", "/etc", r"include\[0\]: .* is absolute"),
        ("${{ parameters.package }}", "", r"include\[0\]: found an empty path"),
        ("${{ parameters.package }}/config", ".git", r"include\[0\]: .* git's own folder"),
    ],
)
def test_a_value_cannot_lead_a_path_out_of_the_repository(include: str, value: str, message: str):
    with pytest.raises(RequestError, match=message):
        resolve(recipe(codebase=Codebase(include=(include,))), {"package": value}, REPO)


def test_a_value_cannot_make_a_branch_that_git_refuses():
    written = recipe(deliver=Deliver(branch="x/${{ parameters.package }}"))
    with pytest.raises(RequestError, match=r"deliver\.branch: 'x/a b' is not a name"):
        resolve(written, {"package": "a b"}, REPO)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${{ parameters.nope }}", "nothing is called 'parameters.nope'"),
        ("${{ nope.name }}", "expected parameters, recipe or repo"),
        ("${{ parameters.paths }} x", "a list stands within text"),
        ("${{ repo.name", "not closed"),
        ("${{ __import__('os') }}", "not built yet"),
    ],
)
def test_a_recipe_made_in_code_is_refused_where_the_reader_would_have(text: str, message: str):
    with pytest.raises(RequestError, match=message):
        resolve(recipe(description=text), {}, REPO)
    with pytest.raises(RequestError, match=message):
        arguments(f"pytest '{text}'", lookup(recipe(), {}, REPO))


def test_affected_tests_become_an_argument_each_and_none_of_them_is_no_argument():
    command = RunStep(run="python -m pytest ${{ affected_tests }} -q")
    found = lookup(recipe(), {}, REPO)
    some = arguments(command, replace(found, tests=("tests/a b.py", "tests/c.py")))
    assert some == ("python", "-m", "pytest", "tests/a b.py", "tests/c.py", "-q")
    assert arguments(command, replace(found, tests=())) == ("python", "-m", "pytest", "-q")
    assert asks_for_tests(command)
    assert not asks_for_tests(RunStep(run="python -m pytest ${{ parameters.paths }}"))
