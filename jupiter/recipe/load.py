"""YAML → Recipe: all mistakes at once, in document order, each with its place and what to do."""

from __future__ import annotations

from pathlib import Path

from jupiter.errors import RecipeError, RequestError
from jupiter.model.recipe import Recipe
from jupiter.model.select import Select
from jupiter.recipe.codes import Code
from jupiter.recipe.diagnostics import Diagnostic, locate, render
from jupiter.recipe.nodes import Entry, Fields, Mark, Node, Scalar, data
from jupiter.recipe.problems import Problem, quoted
from jupiter.recipe.reading import LARGEST, Unreadable, decode, read
from jupiter.recipe.semantics import semantic_problems
from jupiter.recipe.shape import shape, shape_of_select

VERSION = 1


def load(path: Path) -> Recipe:
    """Read a recipe from a file.

    Raises:
        RequestError: the file cannot be read.
        RecipeError: the recipe has mistakes.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise RequestError(f"{path}: {reason}; expected the file of a recipe") from error
    return parse(content, str(path))


def parse(text: str | bytes, source: str) -> Recipe:
    """Read a recipe from its text; `source` is what messages call it.

    Raises:
        RecipeError: the recipe has mistakes; `diagnostics` are all of them, in document order.
    """
    root, found, decoded = _nodes(text, source)
    recipe, diagnostics = _judge(root, found, decoded)
    if recipe is None or diagnostics:
        raise RecipeError(render(decoded, source, diagnostics))
    return recipe


def parse_select(text: str, source: str) -> Select:
    """Read what stands behind `select:` by itself; there are no parameters to look up.

    Raises:
        RecipeError: it has mistakes, which come as those of a recipe.
    """
    written, found, decoded = _nodes(text, source)
    start = Mark(0, 0, 0)
    node = written or Fields({}, start)
    root = Fields({"select": Entry(Scalar("select", "select", start, start), node)}, start)
    select, refused = shape_of_select(root)
    problems = _first_at_each_path(found, refused, semantic_problems(data(root)))
    diagnostics = found + [locate(root, decoded, problem) for problem in problems]
    if select is None or diagnostics:
        raise RecipeError(render(decoded, source, diagnostics))
    return select


def _nodes(text: str | bytes, source: str) -> tuple[Node | None, list[Diagnostic], str]:
    """The document as nodes, what reading it has found, and its decoded text."""
    decoded = ""
    try:
        content = text.encode(errors="surrogatepass") if isinstance(text, str) else text
        decoded = decode(content)
        root, found = read(decoded)
    except Unreadable as error:
        shown = decoded or (text if isinstance(text, str) else text.decode(errors="replace"))
        raise RecipeError(render(shown, source, (error.diagnostic,))) from error
    return root, found, decoded


def _judge(
    root: Node | None, found: list[Diagnostic], text: str
) -> tuple[Recipe | None, list[Diagnostic]]:
    if not isinstance(root, Fields):
        return None, [_no_mapping(root)]
    version = _version(root)
    if version is not None:
        return None, [locate(root, text, version)]
    recipe, refused = shape(root)
    problems = _first_at_each_path(found, refused, semantic_problems(data(root)))
    return recipe, found + [locate(root, text, problem) for problem in problems]


def _no_mapping(root: Node | None) -> Diagnostic:
    mark = root.start if root is not None else Mark(0, 0, 0)
    message = "found no keys; expected a recipe, which begins with version: 1"
    return Diagnostic(Code.WRONG_KIND, mark.line, mark.column, (), message)


def _version(root: Fields) -> Problem | None:
    """Nothing can be said of a recipe in an unknown version but that."""
    entry = root.entries.get("version")
    if entry is None:
        return Problem(Code.VERSION, (), f"the key version is missing; expected version: {VERSION}")
    value = entry.value.value if isinstance(entry.value, Scalar) else None
    if value == VERSION and not isinstance(value, (bool, str)):
        return None
    shown = f"the text {quoted(value)}" if isinstance(value, str) else _raw(entry.value)
    message = f"found {shown}; expected {VERSION}, the only version there is"
    return Problem(Code.VERSION, ("version",), message)


def _raw(node: Node) -> str:
    return node.raw or "nothing" if isinstance(node, Scalar) else "a list or mapping"


def _first_at_each_path(
    found: list[Diagnostic], refused: list[Problem], semantic: list[Problem]
) -> list[Problem]:
    """What reading or the models refuse at a place is said once, not again by a later pass."""
    read = {one.path for one in found if one.code is not Code.DUPLICATE_KEY}
    features = {one.path for one in found if one.code is Code.YAML_FEATURE}
    merged = {path[:-1] for path in features if path[-1:] == ("<<",)}
    shaped = [
        problem
        for problem in refused
        if problem.path not in (features if problem.at == "key" else read)
        and not (problem.path in merged and problem.code in {Code.MISSING_KEY, Code.STEP_KIND})
    ]
    seen = read | {one.path for one in shaped if one.code is not Code.MISSING_KEY}
    return shaped + [problem for problem in semantic if problem.path not in seen]
