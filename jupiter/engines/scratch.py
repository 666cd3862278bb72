"""Whether a command can run alone: `context.scratch` carries what one pass leaves to another."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from types import ModuleType

_TRUSTED = {"libcst", "builtins", "abc"}


def foreign_scratch(loaded: type, filled: Mapping[str, object]) -> int | None:
    """The line at which a class reads an entry of `scratch` that nobody has filled; None if none.

    Filled is what its module writes or looks for before it reads, what its constructor has left
    there (`filled`), and what belongs to LibCST's own visitors.
    """
    for cls in loaded.__mro__:
        module = sys.modules.get(cls.__module__)
        if module is None or module.__name__.partition(".")[0] in _TRUSTED or _fills(module):
            continue
        for key, line in _reads(cls):
            if not _is_filled(key, filled, cls, module):
                return line
    return None


def _fills(module: ModuleType) -> bool:
    """Whether a module writes to any scratch, or asks whether an entry is there."""
    for node in ast.walk(_tree(module)[0]):
        match node:
            case ast.Subscript(value=value, ctx=ast.Store()) if _is_scratch(value):
                return True
            case ast.Attribute(value=value, attr="setdefault" | "update" | "get") if _is_scratch(
                value
            ):
                return True
            case ast.Compare(comparators=values) if any(map(_is_scratch, values)):
                return True
            case _:
                pass
    return False


def _reads(cls: type) -> Iterator[tuple[ast.expr, int]]:
    """Keys that a class reads from a scratch, with their lines."""
    tree, above = _tree(cls)
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is_scratch(node.value):
            yield node.slice, above + node.lineno


def _tree(of: type | ModuleType) -> tuple[ast.Module, int]:
    """The syntax tree of a class or module, and the number of lines above it."""
    try:
        lines, first = inspect.getsourcelines(of)
        return ast.parse(textwrap.dedent("".join(lines))), max(0, first - 1)
    except (OSError, TypeError, SyntaxError):  # there is no source: nothing to judge by
        return ast.Module(body=[], type_ignores=[]), 0


def _is_scratch(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "scratch"


def _is_filled(key: ast.expr, filled: Mapping[str, object], cls: type, module: ModuleType) -> bool:
    match key:
        case ast.Constant(value=value):
            return value in filled
        case ast.Name(id=name):
            return not hasattr(module, name) or getattr(module, name) in filled
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            owner = cls if name in {"self", "cls"} else getattr(module, name, None)
            own = getattr(owner, "__module__", "").startswith("libcst.")
            return own or getattr(owner, attribute, None) in filled
        case _:
            return True
