"""The vocabulary: what works, what is refused with `not yet`, what nobody knows."""

import pytest

from jupiter.errors import RecipeError
from jupiter.model.select import Select
from jupiter.model.step import AgentStep, CodemodStep, CommandStep, Goal
from jupiter.recipe.load import parse

STEP = "version: 1\nname: x\nsteps:\n  a:\n    codemod: a.b.C\n"
TOP = "version: 1\nname: x\nsteps: {a: {run: a}}\n"


def codes(text: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        parse(text, "r")
    return [one.split("error[")[1].split("]")[0] for one in caught.value.diagnostics]


@pytest.mark.parametrize("key", ["tests"])
def test_keys_of_later_at_the_top_are_not_built_yet(key: str):
    assert codes(f"{TOP}{key}: x\n") == ["J108"]


@pytest.mark.parametrize("key", ["retries", "timeout"])
@pytest.mark.parametrize("kind", ["agent: Do it.", "codemod: a.b.C", "run: a"])
def test_keys_of_later_in_a_step_are_not_built_yet(kind: str, key: str):
    assert codes(f"version: 1\nname: x\nsteps: {{a: {{{kind}, {key}: x}}}}\n") == ["J108"]


@pytest.mark.parametrize("kind", ["agent", "command", "approve", "run"])
def test_a_second_kind_is_one_too_many(kind: str):
    assert codes(f"{STEP}    {kind}: x\n") == ["J113"]


COMMAND = "version: 1\nname: x\nsteps:\n  a:\n    command: claude\n    goal: Do it.\n"


@pytest.mark.parametrize(
    "key",
    [
        *("creates: [a.py]", "select: {paths: [src]}", "model: sonnet", "network: true"),
        *("env: [ANTHROPIC_API_KEY]", "limits: {usd: 0.5, turns: 25}", "budget: {usd: 10}"),
        *("check: python -m pytest -q", "constraints: {readonly: [a.py]}", "allow_empty: true"),
    ],
)
def test_the_keys_of_a_command_step_are_its_own(key: str):
    assert isinstance(parse(f"{COMMAND}    {key}\n", "r").steps["a"], CommandStep)


def test_a_command_takes_a_text_a_list_or_the_name_of_a_preset_and_goals_as_an_agent():
    made = parse(
        "version: 1\nname: x\nsteps:\n"
        "  text: {command: 'sed -i s/a/b/ x', goal: Do it.}\n"
        "  words: {command: [sed, -i, s/a/b/]}\n"
        "  preset:\n    command: claude\n    goal:\n      - goal: Write it.\n        creates: [a.py]\n",
        "r",
    ).steps
    assert [one.command for one in made.values() if isinstance(one, CommandStep)] == [
        "sed -i s/a/b/ x",
        ("sed", "-i", "s/a/b/"),
        "claude",
    ]
    assert isinstance(made["preset"], CommandStep)
    assert made["preset"].goal == (Goal(goal="Write it.", creates=("a.py",)),)


@pytest.mark.parametrize(
    "select",
    [
        *('matches: "f($X)"', "decorated: pytest.fixture", "missing: docstring"),
        *("changed_since: HEAD~1", "findings: ruff:UP006", "not: {paths: a.py}"),
        *("all: [{paths: a.py}, {kind: class}]", "any: [{paths: a.py}, {kind: class}]"),
    ],
)
def test_a_selection_has_each_of_its_criteria(select: str):
    step = parse(f"{STEP}    select: {{{select}}}\n", "r").steps["a"]
    assert isinstance(step, CodemodStep)
    (name,) = step.select.model_fields_set
    assert (Select.model_fields[name].alias or name) == select.partition(":")[0]


AGENT = "version: 1\nname: x\nsteps:\n  a:\n    agent: Do it.\n"


@pytest.mark.parametrize(
    "key",
    [
        *("creates: [a.py, 'a.py:f', 'docs/a.md#Usage']", "select: {paths: [src]}"),
        *("model: claude-opus-5-5", "provider: anthropic", "max_tokens: 4000", "effort: low"),
        *("thinking: disabled", "limits: {usd: 0.5, turns: 25}", "budget: {tokens: 1000000}"),
        *("check: python -m pytest -q", "constraints: {readonly: [a.py]}", "allow_empty: true"),
    ],
)
def test_the_keys_of_an_agent_step_are_its_own(key: str):
    parse(f"{AGENT}    {key}\n", "r")
    if not key.startswith(("select", "allow_empty")):
        assert codes(f"{STEP}    {key}\n") == ["J103"]


def test_an_agent_takes_one_goal_or_a_list_of_goals():
    one = parse(AGENT, "r").steps["a"]
    several = parse(
        "version: 1\nname: x\nsteps:\n  a:\n    agent:\n"
        "      - goal: Write it.\n        select: {paths: [src]}\n"
        "      - goal: Test it.\n        creates: [tests/test_it.py]\n",
        "r",
    ).steps["a"]
    assert isinstance(one, AgentStep)
    assert one.agent == "Do it."
    assert isinstance(several, AgentStep)
    assert several.agent == (
        Goal(goal="Write it.", select=Select(paths=("src",))),
        Goal(goal="Test it.", creates=("tests/test_it.py",)),
    )


RENAME = "version: 1\nname: x\nsteps:\n  a:\n    codemod: rename\n    with: {symbol: a.py:f, to: g"


def test_a_rename_is_accepted_with_and_without_strict():
    parse(RENAME + "}\n", "r")
    parse(RENAME + ", strict: true}\n", "r")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param("with: {to: g}", "J104", id="without a symbol"),
        pytest.param("with: {symbol: a.py:f}", "J104", id="without a new name"),
        pytest.param("with: {symbol: a.py:f, to: g, alias: 1}", "J105", id="alias is a number"),
        pytest.param("with: {symbol: a.py:f, to: g, too: h}", "J103", id="with an unknown key"),
        pytest.param("with: {symbol: a.py:f, to: 3}", "J105", id="to a number"),
        pytest.param("with: {symbol: a.py:f, to: g, strict: very}", "J105", id="strict is text"),
        pytest.param(
            "with: {symbol: a.py:f, to: g}\n    select: {paths: [a.py]}",
            "J103",
            id="with a selection",
        ),
    ],
)
def test_what_a_rename_needs_and_what_it_does_not_know(body: str, code: str):
    assert codes(f"version: 1\nname: x\nsteps:\n  a:\n    codemod: rename\n    {body}\n") == [code]


def test_both_missing_keys_of_a_rename_are_told():
    assert codes(STEP.replace("a.b.C", "rename")) == ["J104", "J104"]


@pytest.mark.parametrize("key", ["nonsense", "Steps", "worker", "jobs"])
def test_other_keys_are_unknown(key: str):
    assert codes(f"{TOP}{key}: x\n") == ["J103"]
    assert codes(f"{STEP}    {key}: x\n") == ["J103"]
    for part in ("codebase", "environment", "constraints"):
        assert codes(f"{TOP}{part}: {{{key}: x}}\n") == ["J103"]
