"""Data → Recipe by the models; what they refuse becomes problems in a person's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from jupiter.model.recipe import Recipe
from jupiter.model.select import Select
from jupiter.model.step import Limits
from jupiter.model.written import Written
from jupiter.recipe.codes import Code
from jupiter.recipe.nodes import Fields, Listing, Node, Scalar, data, find
from jupiter.recipe.problems import Path, Problem, nearest, one_of, quoted
from jupiter.recipe.schedules import KEYS
from jupiter.recipe.words import KINDS, keys, step_kind, unknown_key

_EXPECTED: Mapping[str, str] = MappingProxyType(
    {
        "string_type": "text",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "bool_type": "true or false",
        "tuple_type": "a list",
        "dict_type": "a mapping",
        "model_type": "a mapping",
        "given": "a value, or the key left out",
        "scalar": "text, a number, true or false",
        "several": "text, or a list of texts",
        "value": "text, a number, true, false, or a list of texts",
        "goals": "text, or a list of goals",
        "program": "text, or a list of arguments",
    }
)
_TAGS: Mapping[Path, tuple[Path, ...]] = MappingProxyType(
    {
        ("agent",): (("goal",), ("goals",)),
        ("command",): (("line",), ("words",)),
        ("goal",): (("goal",), ("goals",)),
    }
)
"""What the models put behind a key that has two forms."""
_SWITCHES: Mapping[str, str] = MappingProxyType(
    {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
)


def shape(root: Node) -> tuple[Recipe | None, list[Problem]]:
    """The recipe, or None and all that its models refuse."""
    try:
        return Recipe.model_validate(data(root)), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        return None, [problem for one in details for problem in _problems(root, one)]


def shape_of_select(root: Node) -> tuple[Select | None, list[Problem]]:
    """The selection that is all that a document's key `select` has, or None and what is refused."""
    try:
        return _OnlySelect.model_validate(data(root)).select, []
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        return None, [problem for one in details for problem in _problems(root, one)]


class _OnlySelect(Written):
    select: Select


def _problems(root: Node, error: ErrorDetails) -> list[Problem]:
    path, on_key = _path(error["loc"])
    match error["type"]:
        case "extra_forbidden":
            return [unknown_key(path, _kinds(root, path))]
        case "union_tag_not_found":
            return _step(root, path)
        case "too_short" if _has_items(root, path):
            return []  # it has items, and each is told what is wrong with it
        case kind if kind in _MISSING:
            return [_MISSING[kind](root, path)]
        case kind if kind in _EXPECTED:
            return [_wrong_kind(root, path, _EXPECTED[kind])]
        case _:
            return [_not_allowed(root, path, error, on_key=on_key)]


def _path(loc: Path) -> tuple[Path, bool]:
    """The document's path of a model's error, and whether it is about the key there."""
    on_key = loc[-1] == "[key]"
    path = loc[:-1] if on_key else loc
    if len(path) > 2 and path[0] == "steps" and path[2] in KINDS:
        path = path[:2] + path[3:]  # the union's tag is no part of the document
        if path[2:3] in _TAGS:
            path = path[:3] + path[4:] if path[3:4] in _TAGS[path[2:3]] else path
    return path, on_key


def _kinds(root: Node, path: Path) -> tuple[str, ...]:
    found = find(root, path[:2]) if path[0] == "steps" else None
    if found is None or not isinstance(found[0], Fields):
        return ()
    return tuple(key for key in found[0].entries if key in KINDS)


def _step(root: Node, path: Path) -> list[Problem]:
    found = find(root, path)
    if found is None or not isinstance(found[0], Fields):
        return [_wrong_kind(root, path, "a mapping with a kind, such as run: python -m pytest")]
    return step_kind(path, tuple(found[0].entries))


def _has_items(root: Node, path: Path) -> bool:
    found = find(root, path)
    return found is not None and isinstance(found[0], Listing) and bool(found[0].items)


def _missing(_root: Node, path: Path) -> Problem:
    *container, key = path
    message = f"key {quoted(str(key))} is missing; add it"
    return Problem(Code.MISSING_KEY, tuple(container), message, at="key")


def _one(root: Node, path: Path) -> Problem:
    """Of a place of delivery, and of the three ways to say when, there is one."""
    is_schedule = path == ("schedule",)
    known, code = (KEYS, Code.SCHEDULE) if is_schedule else (("branch", "patch"), Code.DELIVERY)
    found = find(root, path)
    written: Mapping[str, object] = (
        found[0].entries if found is not None and isinstance(found[0], Fields) else {}
    )
    several = " and ".join(key for key in known if key in written) or "nothing"
    message = f"found {several}; expected either {one_of(known)}"
    return Problem(code, path, message, at="key")


def _no_limit(_root: Node, path: Path) -> Problem:
    message = f"found no limit; expected {one_of(keys(Limits))}"
    return Problem(Code.MISSING_KEY, path, message, at="key")


_MISSING: Mapping[str, Callable[[Node, Path], Problem]] = MappingProxyType(
    {"missing": _missing, "one_delivery": _one, "one_schedule": _one, "no_limit": _no_limit}
)
"""What is not there: what to say of it, by the type of the model's error."""


def _wrong_kind(root: Node, path: Path, expected: str) -> Problem:
    found = find(root, path)
    node = found[0] if found else None
    message = f"found {_describe(node)}; expected {expected}{_advice(node, expected)}"
    return Problem(Code.WRONG_KIND, path, message)


def _describe(node: Node | None) -> str:
    match node:
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool()):
            return node.raw
        case Scalar(value=str()):
            return f"the text {quoted(node.raw)}"
        case Scalar():
            return f"the number {node.raw}"
        case Listing():
            return "a list"
        case _:
            return "a mapping"


def _advice(node: Node | None, expected: str) -> str:
    match node, expected:
        case (Scalar(value=None), _):
            return ""
        case (Scalar(value=bool() | int() | float()), "text"):
            return f": put it in quotes, {json.dumps(node.raw)}"
        case (Scalar(), "a list"):
            return f": write [{json.dumps(node.raw, ensure_ascii=False)}]"
        case (Scalar(value=str()), "true or false"):
            near = _SWITCHES.get(node.raw.lower())
            return f" (nearest: {near})" if near else nearest(node.raw, ("true", "false"))
        case (Scalar(value=str()), "a whole number" | "a number") if node.raw.isdecimal():
            return f": write {node.raw} without quotes"
        case _:
            return ""


def _not_allowed(root: Node, path: Path, error: ErrorDetails, *, on_key: bool) -> Problem:
    found = find(root, path)
    raw = found[0].raw if found and isinstance(found[0], Scalar) else ""
    if on_key:
        raw = str(path[-1])
    shown = quoted(raw) if on_key or isinstance(error["input"], str) else raw
    message = f"found {shown or 'none'}; expected {_limit(error, raw)}"
    return Problem(Code.NOT_ALLOWED, path, message, at="key" if on_key else "value")


def _limit(error: ErrorDetails, raw: str) -> str:
    context = error.get("ctx", {})
    kind = error["type"]
    if kind == "string_pattern_mismatch":
        return _pattern(str(context["pattern"]))
    if kind == "literal_error":
        words = str(context["expected"]).replace("'", "")
        return words + nearest(raw, words.replace(",", " ").split())
    limits = {
        "string_too_short": "some text",
        "string_too_long": f"at most {context.get('max_length')} characters",
        "too_short": "at least one",
        "greater_than_equal": f"at least {context.get('ge')}",
        "less_than_equal": f"at most {context.get('le')}",
        "greater_than": f"more than {context.get('gt'):g}" if "gt" in context else "",
    }
    return limits.get(kind, error["msg"])


def _pattern(pattern: str) -> str:
    if "A-Z" in pattern:
        return "the name of an environment variable: letters, digits and _"
    dash = "-" if "_-" in pattern else ""
    others = "- and _" if dash else "and _"
    return f"lower-case letters, digits{',' if dash else ''} {others}, a letter first"
