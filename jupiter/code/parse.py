"""Python source to a syntax tree, without warnings and without surprises."""

from __future__ import annotations

import ast
import threading
import warnings
from contextlib import suppress
from typing import Final, Literal, overload

_FILENAME = "<jupiter>"

UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What `ast.parse` raises for text that is no Python, or too much of it."""


def parse(source: bytes | str) -> ast.Module:
    """The tree of `source`; an encoding cookie counts in bytes only. Raises one of `UNPARSABLE`."""
    _silence()
    return _tree(source, "exec")


def parse_expression(source: str) -> ast.expr:
    """The tree of one expression. Raises one of `UNPARSABLE`."""
    _silence()
    return _tree(source, "eval").body


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


# CPython counts how deep it is in a tree once a process, not once a thread, and a thread may be
# switched while it does (in 3.11: "AST constructor recursion depth mismatch", gh-106905). Our own
# parsing takes turns, which costs nothing where one thread runs at a time; what parses elsewhere in the
# process (a debugger, an importer) may still meet it, so a mismatch is tried again.
_one_at_a_time: Final = threading.Lock()
_TRIES: Final = 5


@overload
def _tree(source: bytes | str, mode: Literal["exec"]) -> ast.Module: ...
@overload
def _tree(source: bytes | str, mode: Literal["eval"]) -> ast.Expression: ...
def _tree(source: bytes | str, mode: Literal["exec", "eval"]) -> ast.mod:
    for _ in range(_TRIES):
        with _one_at_a_time, suppress(SystemError):
            return ast.parse(source, _FILENAME, mode)
    return ast.parse(source, _FILENAME, mode)


def _silence() -> None:
    """Ignore what the parser warns of (an escape `\\d`), which `-W error` would make an error.

    `warnings.catch_warnings` is not safe in threads; this filter never changes, and matches nothing
    but our own pseudo file. It must stand first, in front of those that a test runner puts there.
    """
    first = warnings.filters[0] if warnings.filters else ()
    if _FILENAME in (getattr(part, "pattern", None) for part in first):
        return
    warnings.filterwarnings("ignore", module=_FILENAME)
