"""Whether a text may replace a tile's: the same symbol, of the same kind, where it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import assert_never

from jupiter.code.bound import Function
from jupiter.code.lines import BYTE_ORDER_MARK, is_blank, is_comment, split_lines
from jupiter.code.markdown import headings
from jupiter.code.parse import UNPARSABLE
from jupiter.code.python import is_docstring, is_placeholder, statement_label
from jupiter.code.restructuredtext import titles
from jupiter.code.sections import Heading
from jupiter.code.skeleton import LINES_ABOVE_MEMBER, indentation_of, parse_head, parse_tile
from jupiter.code.tiles import Tile

_ENDS = (b"\n", b"\r")
_Definition = Function | ast.ClassDef
_Import = ast.Import | ast.ImportFrom
_Headings = Callable[[Sequence[bytes]], Iterable[Heading]]


def defines(tile: Tile, text: bytes) -> str | None:
    """None when `text` may replace the tile's text, else what is wrong and what would be right.

    It may when it parses at the tile's place, at the tile's indentation, and defines the tile's
    symbol with the tile's kind, and nothing beside it. This needs the text alone; it does not see
    whether the symbol still exists, or who may write it.
    """
    if tile.text.endswith(_ENDS) and text and not text.endswith(_ENDS):
        return f"{_called(tile)}: the text must end with a newline, as the symbol's does: add one"
    match tile.kind:
        case "file":
            problem = None
        case "section":
            problem = _section(tile, text, headings, b"# next\n")
        case "rst section":
            problem = _section(tile, text, titles, b"next\n====\n")
        case "comment" | "tail":
            problem = _comment(tile, split_lines(text))
        case "docstring" | "imports" | "function" | "class" | "statement":
            problem = _python(tile, text)
        case _:
            assert_never(tile.kind)
    return problem and f"{_called(tile)}: {problem}"


def _called(tile: Tile) -> str:
    return f"{tile.kind} {tile.name}".strip()


def _label(tile: Tile) -> str:
    """The tile's name without its container and without the number of a repeated one."""
    own = tile.name.removeprefix(f"{tile.container}.") if tile.container else tile.name
    return re.sub(r"(?<=.)#\d+$", "", own)  # a section may be called `#4`


def _section(tile: Tile, text: bytes, headings_in: _Headings, another: bytes) -> str | None:
    """`another` is a heading, which is none behind what is left open."""

    def is_open(given: bytes) -> bool:
        above = split_lines(given)
        below = [*above, b"\n", *split_lines(another)]
        return len(list(headings_in(below))) == len(list(headings_in(above)))

    if problem := _blank_ends(split_lines(text)):
        return problem
    if is_open(text) and not is_open(tile.text):
        return "a code fence, a comment or a table is left open; close it"
    found = list(headings_in(split_lines(text)))
    label = _label(tile)
    if not label.startswith("<preamble>"):
        if not found or found[0].line != 0 or found[0].label != label:
            return f"the text must begin with its heading, {label[1:]!r}"
        level = found.pop(0).level
    else:
        level = 6
    if beside := [heading.label for heading in found if heading.level <= level]:
        return f"the text may have no other heading of its level or above, it has {_list(beside)}"
    return None


def _comment(tile: Tile, lines: Sequence[bytes]) -> str | None:
    there = set(
        split_lines(tile.text)
    )  # a backslash that continues nothing is neither, and may stay
    if not all(is_comment(line) or is_blank(line) or line in there for line in lines):
        return (
            "the text may hold nothing but comments; what defines something is a symbol of its own"
        )
    if tile.kind == "tail" and not tile.text.strip() and any(line.strip() for line in lines):
        return (
            "the symbol is the blank lines at the end; a comment is a symbol of its own, create it"
        )
    if tile.kind == "comment" and (not lines or any(is_blank(line) for line in lines)):
        return "the text must be one block of comment lines without a blank line"
    return None


def _python(tile: Tile, text: bytes) -> str | None:
    if problem := _blank_ends(split_lines(text)) or _encoding(tile, text):
        return problem
    old, new = indentation_of(tile.text), indentation_of(text)
    is_member = bool(tile.container)
    try:
        nodes = (parse_head if tile.kind == "class" else parse_tile)(text, is_member=is_member)
    except SyntaxError as error:
        line = (error.lineno or 1) - (LINES_ABOVE_MEMBER if is_member else 0)
        hint = "" if old == new else f"; it must be indented by {_shown(old)}"
        return f"the text does not parse where it stands: line {max(line, 1)}: {error.msg}{hint}"
    except UNPARSABLE as error:
        return f"the text does not parse: {error}"
    if old != new:
        return f"the text is indented by {_shown(new)}; indent it by {_shown(old)}"
    return _symbol(tile, text, nodes)


def _symbol(tile: Tile, text: bytes, nodes: Sequence[ast.stmt]) -> str | None:
    label = _label(tile)
    match tile.kind, nodes:
        case "function", [_, *_] if all(isinstance(n, Function) and n.name == label for n in nodes):
            return None
        case "imports", [_, *_] if all(isinstance(n, _Import) for n in nodes):
            return None
        case "docstring", [node] if is_docstring(node):
            return None
        case "class", [ast.ClassDef(name=name) as node] if name == label:
            return _class(tile, text, node)
        case "statement", [_, *_] if _is_statement(label, text, nodes):
            return None
        case _:
            found = _list([_described(node) for node in nodes])
            return f"the text defines {found}; it must define this symbol, and nothing beside it"


def _class(tile: Tile, text: bytes, new: ast.ClassDef) -> str | None:
    """A class that is all one tile may become any class of its name, a head only another head."""
    alone = _alone(tile, text)
    old = _alone(tile, tile.text)
    if old is not None and alone is None:
        return "the class may have no other member: give it a docstring or `pass`"
    if old is not None and _below_docstring(old):
        return None
    members = [node for node in _below_docstring(new) if not is_placeholder(node)]
    if members:
        names = _list([_described(node) for node in members])
        return f"members are symbols of their own, write the head only; the text holds {names}"
    if _on_class_line(tile, text, new):
        return "members may follow: write the body below the class line, not on it"
    if old is not None and _column(old) != _column(new):
        return f"the body must stand in column {_column(old)}, as the members do"
    return None


def _alone(tile: Tile, text: bytes) -> ast.ClassDef | None:
    """The class that a text is, None when it lacks a body, as heads above members may."""
    try:
        nodes = parse_tile(text, is_member=bool(tile.container))
    except UNPARSABLE:
        return None
    return nodes[0] if nodes and isinstance(nodes[0], ast.ClassDef) else None


def _below_docstring(node: ast.ClassDef) -> Sequence[ast.stmt]:
    """The body but for its docstring; a head holds none of it where members have their own tiles."""
    return node.body[1:] if is_docstring(node.body[0]) else node.body


def _column(node: ast.ClassDef) -> int:
    return node.body[0].col_offset


def _on_class_line(tile: Tile, text: bytes, node: ast.ClassDef) -> bool:
    line = node.body[0].lineno - 1 - (LINES_ABOVE_MEMBER if tile.container else 0)
    lines = split_lines(text)
    return line < len(lines) and bool(lines[line][: _column(node)].strip())


def _is_statement(label: str, text: bytes, nodes: Sequence[ast.stmt]) -> bool:
    """Whether statements are one tile, and that called `label`."""
    if isinstance(nodes[0], _Definition) or all(isinstance(node, _Import) for node in nodes):
        return False
    on_one_line = all(b.lineno <= (a.end_lineno or 0) for a, b in pairwise(nodes))
    return on_one_line and _family(statement_label(nodes, text)) == _family(label)


def _family(label: str) -> str:
    """A label that is a name, or what takes its place where nothing has a name."""
    if label.startswith(("if ", "<if ")):
        return "if"
    return "<statement>" if label.startswith("<statement ") else label


def _blank_ends(lines: Sequence[bytes]) -> str | None:
    if not lines:
        return "the text is empty; to remove the symbol, delete it"
    continued = len(lines) > 1 and lines[-2].rstrip(b"\r\n").endswith(b"\\")
    if is_blank(lines[0]) or (is_blank(lines[-1]) and not continued):
        return "the text begins or ends with a blank line; leave these out, the tree keeps them"
    return None


def _encoding(tile: Tile, text: bytes) -> str | None:
    if text.startswith(BYTE_ORDER_MARK):
        return "the text begins with a byte-order mark; leave it out, the tree keeps it"
    if _is_utf8(tile.text) and not _is_utf8(text):
        return "the text is not UTF-8, as the symbol's text is; encode it so"
    return None


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _shown(white: bytes) -> str:
    """Indentation in words: `4 spaces`, `nothing`, or its characters."""
    if not white:
        return "nothing"
    return f"{len(white)} spaces" if not white.strip(b" ") else repr(white.decode("latin-1"))


def _described(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return f"function {name}"
        case ast.ClassDef(name=name):
            return f"class {name}"
        case ast.Import() | ast.ImportFrom():
            return "imports"
        case _:
            label = statement_label([node], b"")
            return "a statement" if label.startswith("<") else f"statement {label}"


def _list(items: Sequence[str]) -> str:
    shown = ", ".join(items[:3]) or "nothing"
    return f"{shown} and {len(items) - 3} more" if len(items) > 3 else shown
