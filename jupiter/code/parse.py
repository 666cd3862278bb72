"""Python source to a syntax tree, without warnings and without surprises."""

from __future__ import annotations

import ast
import warnings

_FILENAME = "<jupiter>"

UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What `ast.parse` raises for text that is no Python, or too much of it."""


def parse(source: bytes | str) -> ast.Module:
    """The tree of `source`; an encoding cookie counts in bytes only. Raises one of `UNPARSABLE`."""
    _silence()
    return ast.parse(source, _FILENAME)


def try_parse(source: bytes | str) -> ast.Module | None:
    """The tree of `source`, or None when it does not parse."""
    try:
        return parse(source)
    except UNPARSABLE:
        return None


def render(node: ast.AST) -> str | None:
    """A node as normalised source, or None when it nests too deep or holds too long a number."""
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):
        return None


def decode(text: bytes) -> str:
    """A tile's bytes as text to parse: UTF-8, or one character a byte when they are not."""
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _silence() -> None:
    """Ignore what the parser warns of (an escape `\\d`), which `-W error` would make an error.

    `warnings.catch_warnings` is not safe in threads; this filter never changes, and matches nothing
    but our own pseudo file. It must stand first, in front of those that a test runner puts there.
    """
    first = warnings.filters[0] if warnings.filters else ()
    if _FILENAME in (getattr(part, "pattern", None) for part in first):
        return
    warnings.filterwarnings("ignore", module=_FILENAME)
