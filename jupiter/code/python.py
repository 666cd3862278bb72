"""Python source to pieces: which lines belong to which symbol."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from tokenize import detect_encoding
from typing import NamedTuple

from jupiter.code.bound import COMPOUND, bound_names
from jupiter.code.lines import column, is_blank, is_comment
from jupiter.code.parse import decode, render, try_parse
from jupiter.code.piece import Kind, Piece, hashed, unique

_LONGEST_LABEL = 100

_IMPORT = (ast.Import, ast.ImportFrom)
_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_RULER = re.compile(
    rb"[ \t\f]*#(?:[ \t]*([-=~*_+])\1{2,}|#{3,}|.*([-=~*_+#])\2{3,}[ \t]*[\r\n]*\Z)",
)


def python_pieces(
    data: bytes, lines: Sequence[bytes], tree: ast.Module | None
) -> list[Piece] | None:
    """The pieces of a module, in file order and without holes; None when it is not Python.

    `lines` are those of `data`; they may lack its byte-order mark. `tree` is what `data` parses to.
    """
    if tree is None or not _same_lines(data, lines):
        return None
    return _Cutter(lines).module(tree)


def is_docstring(node: ast.stmt) -> bool:
    """Whether a statement is a bare string; first in its body, that is a docstring."""
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case _:
            return False


def is_placeholder(node: ast.stmt) -> bool:
    """Whether a statement only fills a body: `pass` or `...`."""
    match node:
        case ast.Pass():
            return True
        case ast.Expr(value=ast.Constant(value=value)):
            return value is ...
        case _:
            return False


def statement_label(nodes: Sequence[ast.stmt], text: bytes) -> str:
    """What a statement is called: `if TEST`, the first name that it binds, or a hash of its text."""
    if isinstance(nodes[0], ast.If):
        test = render(nodes[0].test)
        if test is not None and len(test) <= _LONGEST_LABEL and test.isprintable():
            return f"if {test}"
        return hashed("if", text)
    bound = (name for node in nodes for name in bound_names(node))
    return next(bound, None) or hashed("statement", text)


def _same_lines(data: bytes, lines: Sequence[bytes]) -> bool:
    """Whether the declared encoding leaves the lines where the bytes have them; `utf-7` need not."""
    if not any(b"coding" in line for line in lines[:2]):
        return True
    try:
        encoding, _ = detect_encoding(iter(lines).__next__)
        text = data.decode(encoding)
    except (SyntaxError, LookupError, ValueError):
        return False
    return len(re.findall(r"\r\n?|\n", text)) == len(re.findall(rb"\r\n?|\n", data))


class _Span(NamedTuple):
    """Lines `top` to `start` are a gap, `start` to `end` a text."""

    top: int
    start: int
    end: int


@dataclass(slots=True)
class _Run:
    """Statements of one block that share lines, nearly always one: lines `begin` to `end`."""

    nodes: list[ast.stmt]
    begin: int
    end: int


class _Cutter:
    """Walks one module from top to bottom and collects its pieces; used once."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines
        self._pieces: list[Piece] = []
        self._taken: dict[str, int] = {}

    def module(self, tree: ast.Module) -> list[Piece]:
        """The pieces of a whole module."""
        end = len(self._lines)
        runs = self._runs(tree.body, 0, end, margin=0)
        at = 0
        if runs and len(runs[0].nodes) == 1 and is_docstring(runs[0].nodes[0]):
            first = runs.pop(0)
            self._add("<docstring>", "docstring", "", self._lead(0, first, ""), first.nodes)
            at = first.end
        at = self._block(runs, at, "")
        if at < end:
            start = next((i for i in range(at, end) if not is_blank(self._lines[i])), at)
            self._add("<tail>", "tail", "", _Span(at, start, end))
        return self._pieces

    def _block(self, runs: Sequence[_Run], at: int, container: str) -> int:
        """Cut the runs of a module or class that begin after line `at`; the line after the last."""
        for run in runs:
            span = self._lead(at, run, container)
            match run.nodes:
                case [ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name)]:
                    self._add_to_neighbour(name, "function", container, span, run.nodes)
                case [ast.ClassDef() as node]:
                    self._class(node, container, span)
                case nodes if all(isinstance(node, _IMPORT) for node in nodes):
                    self._add_to_neighbour("<imports>", "imports", container, span, nodes)
                case nodes:
                    label = statement_label(nodes, self._text(span))
                    self._add(label, "statement", container, span, nodes)
            at = run.end
        return at

    def _class(self, node: ast.ClassDef, container: str, span: _Span) -> None:
        members, head_end = self._members(node, span)
        head = _Span(span.top, span.start, head_end)
        name = self._add(node.name, "class", container, head, [node])
        at = self._block(members, head_end, name)
        for block in self._comment_blocks(at, span.end):
            self._add_comment(name, block)

    def _members(self, node: ast.ClassDef, span: _Span) -> tuple[list[_Run], int]:
        """The runs of a class that are tiles of their own, and the line where its head ends."""
        body = node.body[0]
        begin = self._begin(body, node.lineno)
        on_class_line = self._lines[body.lineno - 1][: body.col_offset].strip()
        if on_class_line or self._is_continued(begin - 1):
            return [], span.end
        runs = self._runs(node.body, begin, span.end, margin=column(self._lines[begin]))
        documented = is_docstring(body)
        members = runs[1:] if documented else runs
        if not members or [is_placeholder(n) for run in members for n in run.nodes] == [True]:
            return [], span.end
        if documented:
            return members, runs[0].end
        while self._is_filling(begin - 1):
            begin -= 1
        return members, begin

    def _runs(self, body: Sequence[ast.stmt], at: int, limit: int, margin: int) -> list[_Run]:
        """The statements of one block, which lies between the lines `at` and `limit`, as runs.

        `margin` is the block's column.
        """
        runs: list[_Run] = []
        for node in body:
            begin = self._begin(node, runs[-1].end if runs else at)
            end = node.end_lineno or node.lineno
            if runs and begin < runs[-1].end:
                runs[-1].nodes.append(node)
                runs[-1].end = max(end, runs[-1].end)
            else:
                if runs:
                    self._take_deeper_comments(runs[-1], begin, margin)
                runs.append(_Run([node], begin, end))
            self._take_continued_line(runs[-1], limit)
        if runs:
            self._take_deeper_comments(runs[-1], limit, margin)
        return runs

    def _begin(self, node: ast.stmt, at: int) -> int:
        """The first line of a statement: that of its first decorator's `@`, not above line `at`."""
        if not isinstance(node, _DEFINITION) or not node.decorator_list:
            return node.lineno - 1
        begin = line = node.decorator_list[0].lineno - 1
        while line > at and not self._lines[line].lstrip().startswith(b"@"):
            line -= 1
        return line if self._lines[line].lstrip().startswith(b"@") else begin

    def _take_continued_line(self, run: _Run, limit: int) -> None:
        """A backslash after the last token takes the next line along, unless it ends a comment."""
        while run.end < limit and self._is_continued(run.end - 1):
            if b"#" in self._lines[run.end - 1]:
                text = decode(b"".join(self._lines[run.begin : run.end]))
                if try_parse("if 1:\n" + text if text[:1].isspace() else text) is not None:
                    return
            run.end += 1

    def _take_deeper_comments(self, run: _Run, limit: int, margin: int) -> None:
        """Comments below a compound statement that stand deeper than its column end it."""
        if not isinstance(run.nodes[-1], COMPOUND):
            return
        for i in range(run.end, limit):
            if is_comment(self._lines[i]):
                if column(self._lines[i]) <= margin:
                    return
                run.end = i + 1
            elif not is_blank(self._lines[i]):
                return

    def _lead(self, at: int, run: _Run, container: str) -> _Span:
        """Where a run's gap and text begin below line `at`; the comments that detach are added.

        A line that is neither blank nor a comment (a lone backslash) goes with the statement below.
        """
        begin, has_comments = self._filled(at, run.begin)
        for block in self._comment_blocks(at, begin) if has_comments else ():
            at = block.end if block.end < begin else self._below_ruler(block)
            if at == block.start:
                return _Span(block.top, at, run.end)
            self._add_comment(container, block._replace(end=at))
            if block.end == begin:
                return _Span(at, at, run.end)
        return _Span(at, begin, run.end)

    def _filled(self, at: int, end: int) -> tuple[int, bool]:
        """Where, from line `at`, lines that are blank or comments end, and whether one is a comment."""
        has_comments = False
        for i in range(at, end):
            if not is_blank(self._lines[i]):
                if not is_comment(self._lines[i]):
                    return i, has_comments
                has_comments = True
        return end, has_comments

    def _comment_blocks(self, at: int, end: int) -> Iterator[_Span]:
        """The comment blocks in lines that are blank or comments, each with the gap above it."""
        i = at
        while i < end:
            start = i
            while i < end and is_comment(self._lines[i]):
                i += 1
            if i > start:
                yield _Span(at, start, i)
                at = i
            else:
                i += 1

    def _below_ruler(self, block: _Span) -> int:
        """The line below a block's last ruler: a ruler, and what is above it, is a section's."""
        for i in range(block.end, block.start, -1):
            if _RULER.match(self._lines[i - 1]):
                return i
        return block.start

    def _is_filling(self, line: int) -> bool:
        return is_blank(self._lines[line]) or is_comment(self._lines[line])

    def _is_continued(self, line: int) -> bool:
        """Whether a backslash ends a line that is not all comment."""
        text = self._lines[line]
        if b"\\" not in text:  # nearly always
            return False
        return text.rstrip(b"\r\n").endswith(b"\\") and not is_comment(text)

    def _text(self, span: _Span) -> bytes:
        return b"".join(self._lines[span.start : span.end])

    def _add_comment(self, container: str, span: _Span) -> None:
        self._add(hashed("comment", self._text(span)), "comment", container, span)

    def _add_to_neighbour(
        self, label: str, kind: Kind, container: str, span: _Span, nodes: Sequence[ast.stmt]
    ) -> None:
        """Add a piece, or lengthen the one right above when it has the same kind and label."""
        last = self._pieces[-1] if self._pieces else None
        if last is None or (last.label, last.kind, last.container) != (label, kind, container):
            self._add(label, kind, container, span, nodes)
        else:
            last.end = span.end
            last.nodes.extend(nodes)

    def _add(
        self,
        label: str,
        kind: Kind,
        container: str,
        span: _Span,
        nodes: Sequence[ast.stmt] = (),
    ) -> str:
        name = unique(f"{container}.{label}" if container else label, self._taken)
        self._pieces.append(Piece(name, label, kind, container, *span, list(nodes)))
        return name
