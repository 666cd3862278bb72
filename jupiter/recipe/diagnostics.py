"""Problems become messages: `file:line:col: error[J103] path: …`, the source line, a marker."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from jupiter.recipe.codes import Code
from jupiter.recipe.nodes import Mark, Node, Scalar, find
from jupiter.recipe.problems import Path, Problem, dotted

# What PyYAML counts as the end of a line.
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_WIDTH = 100  # characters of a source line that are shown


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A mistake at its place; line and column count from 0."""

    code: Code
    line: int
    column: int
    path: Path
    message: str


def locate(root: Node, text: str, problem: Problem) -> Diagnostic:
    """The place of a problem: its key, its value, or the nearest thing around it that exists."""
    path = problem.path
    found = find(root, path)
    while found is None:
        path = path[:-1]
        found = find(root, path)
    node, key = found
    mark = _mark(node, key, text, problem)
    return Diagnostic(problem.code, mark.line, mark.column, problem.path, problem.message)


def render(text: str, source: str, diagnostics: Iterable[Diagnostic]) -> tuple[str, ...]:
    """The messages in document order, each once; `source` is the file's name."""
    lines = _LINE_END.split(text)
    ordered = sorted(diagnostics, key=lambda one: (one.line, one.column, one.code))
    return tuple(dict.fromkeys(_message(one, lines, source) for one in ordered))


def _mark(node: Node, key: Scalar | None, text: str, problem: Problem) -> Mark:
    if problem.at == "key" and key is not None:
        return key.start
    match node:
        case Scalar(value=None) if key is not None:
            return key.start
        case Scalar() if problem.fragment:
            return _within(node, text, problem.fragment)
        case _:
            return node.start


def _within(node: Scalar, text: str, fragment: str) -> Mark:
    offset = text.find(fragment, node.start.index, node.end.index)
    if offset < 0:
        return node.start
    before = _LINE_END.split(text[node.start.index : offset])
    column = len(before[-1]) + (node.start.column if len(before) == 1 else 0)
    return Mark(offset, node.start.line + len(before) - 1, column)


def _visible(char: str) -> str:
    """A character that moves no cursor and hides nothing."""
    return char if char.isprintable() or char == "\t" else "\ufffd"


def _named(char: str) -> str:
    """The same where there is room: a character that cannot be seen has its number."""
    return char if _visible(char) == char else f"<U+{ord(char):04X}>"


def _message(one: Diagnostic, lines: list[str], source: str) -> str:
    head = f"{source}:{one.line + 1}:{one.column + 1}: error[{one.code}] "
    line = lines[one.line] if one.line < len(lines) else ""
    skipped = max(0, one.column - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = "".join(map(_visible, line[skipped : skipped + _WIDTH]))
    message = "".join(map(_named, one.message))
    indent = "".join("\t" if char == "\t" else " " for char in line[skipped : one.column])
    return f"{head}{dotted(one.path)}: {message}\n    {shown}\n    {indent}^"
