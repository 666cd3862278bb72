"""One more import in a block of imports, or one less, in the style that the block has.

A block is what stands in one tile: the imports of a module, or the body of `if TYPE_CHECKING:`. Lines
that are not concerned keep every byte.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from jupiter.code.lines import is_blank, split_lines
from jupiter.code.listing import Span, inserted, place_for, without, wrapped
from jupiter.code.parse import decode, parse

ImportNode = ast.Import | ast.ImportFrom


class Import(NamedTuple):
    """`from module import name as alias`; without a name, `import module as alias`.

    `module` may begin with dots; `typing` says that it is for annotations only.
    """

    module: str
    name: str | None = None
    alias: str | None = None
    typing: bool = False

    @property
    def binds(self) -> str:
        """The name that it binds; of `import a.b` that is `a`."""
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def item(self) -> str:
        """What stands behind `import`."""
        what = self.name or self.module
        return f"{what} as {self.alias}" if self.alias else what

    @property
    def statement(self) -> str:
        """It alone, as a statement."""
        return f"from {self.module} import {self.item}" if self.name else f"import {self.item}"


@dataclass(frozen=True, slots=True)
class Block:
    """The imports in one text; `nodes` are those that stand in it as statements of one body.

    `indent` is the white space in front of each.
    """

    text: bytes
    nodes: tuple[ImportNode, ...]
    indent: bytes = b""

    @property
    def imports(self) -> frozenset[Import]:
        """What the block imports."""
        return frozenset(one for node in self.nodes for one in imports_of(node))


@dataclass(frozen=True, slots=True)
class Style:
    """How a file is laid out: the path it has, how its lines end, how long they may be."""

    path: str
    newline: bytes
    longest: int


def imports_of(node: ImportNode) -> Iterator[Import]:
    """What one statement imports."""
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, None, alias.asname) for alias in node.names)
    else:
        module = "." * node.level + (node.module or "")
        yield from (Import(module, alias.name, alias.asname) for alias in node.names)


def with_import(block: Block, new: Import, style: Style) -> bytes:
    """The block's text with one more import: in a statement of its module if one may take it."""
    node = _host(block, new)
    if node is None:
        return _with_statement(block, new, style)
    start, end = extent(block.text, node)
    text = block.text[start:end]
    items = _items(text, node)
    at = place_for(new.name or "", [one.name for one in items])
    made = inserted(text, items, at, new.item.encode(), style.newline)
    if len(split_lines(made)) == 1 and len(made.rstrip()) > style.longest:
        made = wrapped(made, _items(made, _parsed(made)), style.newline)
    return block.text[:start] + made + block.text[end:]


def without_import(block: Block, old: Import) -> bytes:
    """The block's text without one of its imports; empty when nothing is left of it."""
    for node in block.nodes:
        found = list(imports_of(node))
        if old not in found or not _has_its_lines(block, node):
            continue
        start, end = extent(block.text, node)
        text = block.text[start:end]
        if len(found) == 1:
            return without_lines(block.text, start, end)
        made = without(text, _items(text, node), found.index(old))
        return block.text[:start] + made + block.text[end:]
    return block.text


def extent(text: bytes, node: ast.stmt) -> tuple[int, int]:
    """Where the lines of a statement begin and end in a text, in bytes."""
    lines = split_lines(text)
    first, last = node.lineno - 1, node.end_lineno or node.lineno
    start = sum(map(len, lines[:first]))
    return start, start + sum(map(len, lines[first:last]))


def without_lines(text: bytes, start: int, end: int) -> bytes:
    """A text without some of its lines; what they leave as an empty group goes with its blank lines."""
    above, below = split_lines(text[:start]), split_lines(text[end:])
    if not above or is_blank(above[-1]):
        while below and is_blank(below[0]):
            below.pop(0)
    if not below:
        while above and is_blank(above[-1]):
            above.pop()
    return b"".join((*above, *below))


def _host(block: Block, new: Import) -> ast.ImportFrom | None:
    """The statement that takes one more name of its module; None where each has its own."""
    if new.name in {None, "*"}:
        return None
    same = [
        node
        for node in block.nodes
        if isinstance(node, ast.ImportFrom)
        and "." * node.level + (node.module or "") == new.module
        and node.names[0].name != "*"
    ]
    is_one_each = len(same) > 1 and all(len(node.names) == 1 for node in same)
    return next((n for n in same if _has_its_lines(block, n)), None) if not is_one_each else None


def _has_its_lines(block: Block, node: ImportNode) -> bool:
    """Whether a statement shares no line with another."""
    text = b"".join(split_lines(block.text)[node.lineno - 1 : node.end_lineno])
    return len(block.nodes) == 1 or (
        not any(
            other is not node
            and other.lineno <= (node.end_lineno or 0)
            and (other.end_lineno or 0) >= node.lineno
            for other in block.nodes
        )
        and not text.rstrip().endswith(b";")
    )


def _items(text: bytes, node: ImportNode) -> list[Span]:
    """Where the names of a statement stand in the text of its lines."""
    lines = split_lines(text)
    starts = [sum(map(len, lines[:n])) for n in range(len(lines))]

    def offset(line: int, column: int) -> int:
        return starts[line - node.lineno] + column

    return [
        Span(
            offset(alias.lineno, alias.col_offset),
            offset(alias.end_lineno or alias.lineno, alias.end_col_offset or 0),
            alias.name,
        )
        for alias in node.names
    ]


def _parsed(text: bytes) -> ImportNode:
    tree = parse(decode(text.strip()))
    node = tree.body[0]
    assert isinstance(node, ast.Import | ast.ImportFrom)  # noqa: S101 # what was an import, with one more name
    shift = len(text) - len(text.lstrip())
    for alias in node.names:
        alias.col_offset += shift
        alias.end_col_offset = (alias.end_col_offset or 0) + shift
    return node


def _with_statement(block: Block, new: Import, style: Style) -> bytes:
    """The block with a line of its own for an import, in the group that its module belongs to."""
    line = block.indent + new.statement.encode() + style.newline
    category = _category(new, style.path)
    groups = _groups(block)
    group = _group_of(category, groups, style.path)
    if group is not None:
        return _in_group(block.text, group, new, line, style.newline)
    above = [g for g in groups if _category_of(g[-1], style.path) < category]
    if above:
        end = extent(block.text, above[-1][-1])[1]
        head = _ended(block.text[:end], style.newline)
        return head + style.newline + line + block.text[end:]
    if not groups:
        return _ended(block.text, style.newline) + line
    start = extent(block.text, groups[0][0])[0]
    return block.text[:start] + line + style.newline + block.text[start:]


def _groups(block: Block) -> list[list[ImportNode]]:
    """The statements in runs that no blank line and no comment parts."""
    groups: list[list[ImportNode]] = []
    for node in block.nodes:
        if groups and node.lineno - (groups[-1][-1].end_lineno or 0) <= 1:
            groups[-1].append(node)
        else:
            groups.append([node])
    return groups


def _group_of(
    category: int, groups: Sequence[list[ImportNode]], path: str
) -> list[ImportNode] | None:
    """The group for a module: one of its category alone, one that has such, or the one that has all."""
    kinds = [{_category_of(node, path) for node in group} for group in groups]
    pure = [g for g, kind in zip(groups, kinds, strict=True) if kind == {category}]
    mixed = [g for g, kind in zip(groups, kinds, strict=True) if category in kind]
    if pure or mixed:
        return (pure or mixed)[-1]
    if len(groups) == 1 and len(kinds[0]) > 1 and category > 0:
        return groups[0]
    return None


def _in_group(
    text: bytes, group: Sequence[ImportNode], new: Import, line: bytes, newline: bytes
) -> bytes:
    """A text with a line more where the order of its group wants it, at the group's end if it has none."""
    members = [next(imports_of(node)) for node in group]
    order = next((one for one in _ORDERS if _is_sorted(members, one)), None)
    later = [n for n, m in zip(group, members, strict=True) if order and order(m) > order(new)]
    if later:
        at = extent(text, later[0])[0]
        return text[:at] + line + text[at:]
    at = extent(text, group[-1])[1]
    return _ended(text[:at], newline) + line + text[at:]


_SortKey = tuple[bool | int | str, ...]


def _depth(one: Import) -> int:
    return len(one.module) - len(one.module.lstrip("."))


def _plain_first(one: Import) -> _SortKey:
    return (one.name is not None, -_depth(one), one.module.lstrip(".").casefold())


def _by_module(one: Import) -> _SortKey:
    return (-_depth(one), one.module.lstrip(".").casefold(), one.name is not None)


def _plain_first_near_first(one: Import) -> _SortKey:
    return (one.name is not None, _depth(one), one.module.lstrip(".").casefold())


_ORDERS: tuple[Callable[[Import], _SortKey], ...] = (
    _plain_first,
    _by_module,
    _plain_first_near_first,
)
"""The orders that isort and ruff give a group; the first that a group is in is kept."""


def _is_sorted(members: Sequence[Import], order: Callable[[Import], _SortKey]) -> bool:
    keys = [order(one) for one in members]
    return all(a <= b for a, b in pairwise(keys))


def _category_of(node: ImportNode, path: str) -> int:
    return _category(next(imports_of(node)), path)


def _category(one: Import, path: str) -> int:
    """Which section of a file's imports a module belongs to: 0 the future, 4 what is relative."""
    top = one.module.partition(".")[0]
    if not top:
        return 4
    if top == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    return 3 if top in path.split("/") else 2


def _ended(text: bytes, newline: bytes) -> bytes:
    return text if not text or text.endswith((b"\n", b"\r")) else text + newline
