"""What a run puts in place of `${{ … }}`: values of parameters, of the recipe, of the repository.

`resolve` gives a recipe without expressions, but for its commands: these are cut into arguments
before anything is substituted, so they stay as they are written. `arguments` turns one of them into
what is executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from pydantic import ValidationError

from jupiter.errors import RequestError
from jupiter.model.recipe import Recipe
from jupiter.model.step import RunStep
from jupiter.recipe import commands
from jupiter.recipe.codes import Code
from jupiter.recipe.parameters import checked
from jupiter.recipe.paths import judge
from jupiter.recipe.places import Place, holds_list, place_of, texts
from jupiter.recipe.problems import Mistake, Path, dotted, nearest, one_of, quoted
from jupiter.recipe.template import AFFECTED_TESTS, Braces, Expression, parse, split

RECIPE = ("name",)
"""What `recipe.` can be followed by."""
REPO = ("name", "path", "ref", "commit")
"""What `repo.` can be followed by."""
BRIEFING = (
    *("prompt_file", "file", "updates", "mcp_config", "workdir", "paths"),
    *("door", "python"),
)
"""What `briefing.` can be followed by, in a `command` alone; `paths` is a list."""

Found = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class Lookup:
    """All that an expression of one run can find."""

    parameters: Mapping[str, Found]
    recipe: Mapping[str, str]
    repo: Mapping[str, str]
    briefing: Mapping[str, Found] = field(default_factory=dict[str, Found])
    """Of a command that is carried out."""
    tests: tuple[str, ...] | None = None
    """What `affected_tests` stands for, where it may stand: files; none of them is everything."""

    def value(self, expression: Expression) -> Found:
        """What the expression stands for.

        Raises:
            Mistake: there is no such name.
        """
        roots: Mapping[str, Mapping[str, Found]] = {
            "parameters": self.parameters,
            "recipe": self.recipe,
            "repo": self.repo,
            **({"briefing": self.briefing} if self.briefing else {}),
            **({} if self.tests is None else {AFFECTED_TESTS: {"": list(self.tests)}}),
        }
        judge_name(expression, {root: tuple(names) for root, names in roots.items()})
        return roots[expression.root][expression.name]


def lookup(recipe: Recipe, parameters: Mapping[str, object], repo: Mapping[str, str]) -> Lookup:
    """Check the values that a run is given, and fill in the defaults.

    `repo` has `name`, `path`, `ref` and `commit`.

    Raises:
        RequestError: values that the declarations do not allow, all of them at once.
    """
    return Lookup(checked(recipe, parameters), {"name": recipe.name}, repo)


def resolve(recipe: Recipe, parameters: Mapping[str, object], repo: Mapping[str, str]) -> Recipe:
    """The recipe with values in place of all expressions but those in commands (see `arguments`).

    A list that is all of an item of a list becomes one item an item.

    Raises:
        RequestError: values that the declarations do not allow, or that make a path or branch
            of the recipe one that is not allowed.
    """
    found = lookup(recipe, parameters, repo)
    written = recipe.model_dump(mode="json", by_alias=True, exclude_unset=True)
    written.setdefault("deliver", recipe.deliver.model_dump(mode="json", exclude_none=True))
    filled = _filled(written, (), found)
    _judge_filled(filled)
    try:
        return Recipe.model_validate(filled)
    except ValidationError as error:
        first = error.errors()[0]
        place = dotted(first["loc"])
        raise RequestError(f"{place}: with these parameters: {first['msg']}") from error


def arguments(command: RunStep | str | tuple[str, ...], found: Lookup) -> tuple[str, ...]:
    """The program and its arguments, each expression substituted within its one argument.

    A tuple has its arguments cut already.

    Raises:
        RequestError: the command is not one, or looks up what is not there.
    """
    text = command.run if isinstance(command, RunStep) else command
    try:
        cut = commands.cut(text) if isinstance(text, str) else commands.listed(text)
        return tuple(value for argument in cut for value in _items(argument, found))
    except Mistake as mistake:
        shown = text if isinstance(text, str) else " ".join(text)
        raise RequestError(f"command {quoted(shown)}: {mistake.message}") from mistake


def asks_for_tests(command: RunStep) -> bool:
    """Whether a command that has been judged has `affected_tests` among its arguments."""
    parts = (part for argument in commands.cut(command.run) for part in argument)
    return any(isinstance(p, Braces) and parse(p).root == AFFECTED_TESTS for p in parts)


def program_of(command: str | tuple[str, ...]) -> str:
    """The program of a command that has been judged: no expression stands in it."""
    cut = commands.cut(command) if isinstance(command, str) else commands.listed(command)
    return "".join(str(part) for part in cut[0])


def judge_name(expression: Expression, names: Mapping[str, tuple[str, ...]]) -> None:
    """Raise a Mistake unless `names` has the expression's root, and that root its name."""
    known = names.get(expression.root)
    if known is None and not expression.name:
        message = "the affected tests are known in the `run` of a step alone"
        raise Mistake(Code.EXPRESSION_PLACE, message, expression.root)
    if known is None:
        found, words = expression.root, tuple(names)
    elif expression.name not in known:
        found, words = f"{expression.root}.{expression.name}", known
    else:
        return
    word = found if known is None else expression.name
    expected = one_of(words) if words else "no expression: there are none"
    message = f"nothing is called {quoted(found)}; expected {expected}{nearest(word, words)}"
    raise Mistake(Code.EXPRESSION, message, found)


def _filled(value: object, path: Path, found: Lookup) -> object:
    match value:
        case str() if place_of(path) not in {None, Place.COMMAND, Place.WORD}:
            return _text(value, path, found)
        case list():
            return _list(cast("list[object]", value), path, found)
        case dict():
            fields = cast("dict[str, object]", value)
            return {key: _filled(item, (*path, key), found) for key, item in fields.items()}
        case _:
            return value


def _list(values: list[object], path: Path, found: Lookup) -> list[object]:
    items: list[object] = []
    for number, value in enumerate(values):
        filled = _filled(value, (*path, number), found)
        items.extend(cast("list[object]", filled) if isinstance(filled, list) else [filled])
    return items


def _text(text: str, path: Path, found: Lookup) -> object:
    try:
        parts = split(text)
        if len(parts) == 1 and isinstance(parts[0], Braces):
            value = found.value(parse(parts[0]))
            keeps_type = place_of(path) is Place.ARGUMENT
            return value if keeps_type or _is_listed(value, path) else _shown(value)
        return "".join(_joined(parts, found))
    except Mistake as mistake:
        raise RequestError(f"{dotted(path)}: {mistake.message}") from mistake


def _is_listed(value: Found, path: Path) -> bool:
    return isinstance(value, list) and holds_list(path)


def _items(argument: commands.Argument, found: Lookup) -> list[str]:
    if len(argument) == 1 and isinstance(argument[0], Braces):
        value = found.value(parse(argument[0]))
        return value if isinstance(value, list) else [_shown(value)]
    return ["".join(_joined(argument, found))]


def _joined(parts: tuple[str | Braces, ...], found: Lookup) -> list[str]:
    return [part if isinstance(part, str) else _shown(found.value(parse(part))) for part in parts]


def _shown(value: Found) -> str:
    """A value within text: as it would be written in a recipe."""
    match value:
        case list():
            message = "a list stands within text; expected it to be a whole item or argument"
            raise Mistake(Code.EXPRESSION_PLACE, message)
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _judge_filled(filled: object) -> None:
    """Values of parameters make paths and branches that nobody has looked at before."""
    found: list[str] = []
    for path, text in texts(filled):
        try:
            judge(text, place_of(path))
        except Mistake as mistake:
            found.append(f"{dotted(path)}: {mistake.message}")
    if found:
        raise RequestError("\n".join(found))
