"""What a schema cannot say: names that must exist, commands, paths, secrets, the order of steps.

Each pass reads plain data of any shape, so that all mistakes come out at once, also beside those
that the models find.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from jupiter.model.step import RENAME
from jupiter.recipe import commands
from jupiter.recipe.agents import agent_problems
from jupiter.recipe.codes import Code
from jupiter.recipe.command_steps import command_problems
from jupiter.recipe.comparisons import comparison_problems
from jupiter.recipe.declarations import declaration_problems
from jupiter.recipe.expressions import BRIEFING, RECIPE, REPO, judge_name
from jupiter.recipe.paths import judge
from jupiter.recipe.places import Place, holds_list, listing, mapping, place_of, texts
from jupiter.recipe.problems import Mistake, Path, Problem, nearest, one_of, quoted
from jupiter.recipe.renames import rename_problems
from jupiter.recipe.schedules import schedule_problems
from jupiter.recipe.template import AFFECTED_TESTS, Braces, Expression, parse, split
from jupiter.recipe.waves import arrows, cycles
from jupiter.system.process import withheld

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)
_BESIDE = re.compile(r"([^:]+\.py):[A-Za-z_]\w*", re.ASCII)
_STAND_IN = "x"  # for an expression, where a text is looked at before its value is known

Names = Mapping[str, tuple[str, ...]]


def semantic_problems(data: object) -> list[Problem]:
    """All problems of a document's data that are not about its shape."""
    return [
        *_texts(data),
        *_needs(data),
        *_codemods(data),
        *_agents(data),
        *_environment(data),
        *declaration_problems(data),
        *schedule_problems(data),
        *comparison_problems(data),
    ]


def _texts(data: object) -> Iterator[Problem]:
    declared = mapping(data, "parameters")
    lists = {name for name in declared if mapping(declared, name).get("type") == "array"}
    names = {"parameters": tuple(declared), "recipe": RECIPE, "repo": REPO}
    for path, text in texts(data):
        is_command = path[:1] == ("steps",) and path[2:3] == ("command",)
        here = {**names, "briefing": BRIEFING} if is_command else names
        if path[:1] == ("steps",) and path[2:] == ("run",):
            here = {**names, AFFECTED_TESTS: ("",)}
        mistakes = list(_expressions(text, path, here, lists))
        if not mistakes:
            mistakes = list(_literal(text, path))
        yield from (mistake.at(path) for mistake in mistakes)


def _expressions(text: str, path: Path, names: Names, lists: set[str]) -> Iterator[Mistake]:
    if "${{" not in text:
        return
    if place_of(path) is None:
        advice = "no expression is substituted here; write the value itself"
        yield Mistake(Code.EXPRESSION_PLACE, advice, "${{")
        return
    try:
        parts = split(text)
    except Mistake as mistake:
        yield mistake
        return
    for braces in (part for part in parts if isinstance(part, Braces)):
        try:
            expression = parse(braces)
            judge_name(expression, names)
            _judge_list(expression, braces, text, path, lists)
        except Mistake as mistake:
            yield mistake


def _judge_list(
    expression: Expression, braces: Braces, text: str, path: Path, lists: set[str]
) -> None:
    is_list = (expression.root, expression.name) in {("briefing", "paths"), (AFFECTED_TESTS, "")}
    if not is_list and (expression.root != "parameters" or expression.name not in lists):
        return
    place = place_of(path)
    whole = text == braces.source and (holds_list(path) or place is Place.ARGUMENT)
    if place is Place.COMMAND:
        whole = any(argument == (braces,) for argument in _arguments(text))
    if not whole:
        advice = f"{expression.name or expression.root} is a list; expected it to be a whole item or argument"
        raise Mistake(Code.EXPRESSION_PLACE, advice, braces.source)


def _arguments(text: str) -> tuple[commands.Argument, ...]:
    try:
        return commands.cut(text)
    except Mistake:
        return ()


def _literal(text: str, path: Path) -> Iterator[Mistake]:
    place = place_of(path)
    try:
        if place is Place.COMMAND:
            if text:
                commands.cut(text)
        elif place is not None:
            filled = (part if isinstance(part, str) else _STAND_IN for part in split(text))
            judge("".join(filled), place)
    except Mistake as mistake:
        yield mistake


def _needs(data: object) -> Iterator[Problem]:
    steps = mapping(data, "steps")
    edges: dict[str, list[str]] = {}
    for name in steps:
        wanted = listing(mapping(steps, name).get("needs"))
        edges[name] = []
        for number, item in enumerate(wanted):
            if not isinstance(item, str):
                continue
            message = _need(name, item, wanted[:number], tuple(steps))
            if message:
                yield Problem(Code.NEEDS, ("steps", name, "needs", number), message)
            else:
                edges[name].append(item)
    for cycle in cycles(edges):
        number = listing(mapping(steps, cycle[0]).get("needs")).index(cycle[1])
        message = f"steps wait for each other: {arrows(cycle)}; take one of these needs out"
        yield Problem(Code.NEEDS, ("steps", cycle[0], "needs", number), message)


def _need(name: str, item: str, before: list[object], steps: tuple[str, ...]) -> str:
    if item == name:
        return "a step cannot need itself; expected another step"
    if item not in steps:
        others = tuple(step for step in steps if step != name)
        expected = one_of(others) if others else "another step, and there is none"
        return f"no step is called {quoted(item)}; expected {expected}{nearest(item, others)}"
    return f"{quoted(item)} stands twice; expected it once" if item in before else ""


def _codemods(data: object) -> Iterator[Problem]:
    steps = mapping(data, "steps")
    for name in steps:
        codemod = mapping(steps, name).get("codemod")
        if codemod == RENAME:
            yield from rename_problems(("steps", name), mapping(steps, name))
        if isinstance(codemod, str) and codemod and "${{" not in codemod:
            try:
                _judge_codemod(codemod)
            except Mistake as mistake:
                yield mistake.at(("steps", name, "codemod"))


def _agents(data: object) -> Iterator[Problem]:
    steps = mapping(data, "steps")
    for name in steps:
        yield from agent_problems(("steps", name), mapping(steps, name))
        yield from command_problems(("steps", name), mapping(steps, name))


def _judge_codemod(codemod: str) -> None:
    if codemod == RENAME:
        return
    beside = _BESIDE.fullmatch(codemod)
    if beside:
        try:
            judge(beside[1], Place.FOLDER)
        except Mistake as mistake:
            expected = "a path beside the recipe, such as codemods/x.py:Name"
            raise Mistake(
                Code.CODEMOD, f"found {quoted(codemod)}; expected {expected}"
            ) from mistake
    elif not _DOTTED.fullmatch(codemod):
        expected = "a dotted name such as package.module.Name, or path.py:Name beside the recipe"
        raise Mistake(Code.CODEMOD, f"found {quoted(codemod)}; expected {expected}")


def _environment(data: object) -> Iterator[Problem]:
    for number, name in enumerate(listing(mapping(data, "environment").get("env"))):
        if isinstance(name, str) and withheld(name):
            message = (
                f"{quoted(name)} is never passed on: it looks like a secret, or steers git, Python "
                "or Prefect; take it out"
            )
            yield Problem(Code.SECRET, ("environment", "env", number), message)
