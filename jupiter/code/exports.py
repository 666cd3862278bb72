"""`__all__` that is sorted stays sorted when a name in it changes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from itertools import pairwise

from jupiter.code.lines import split_lines
from jupiter.code.parse import UNPARSABLE
from jupiter.code.skeleton import parse_tile

_ENOUGH = 3
"""Fewer names are in some order by chance."""

_Key = tuple[bool, bool, str]

_ORDERS: tuple[Callable[[str], _Key], ...] = (
    lambda name: (True, True, name),
    lambda name: (True, True, name.casefold()),
    lambda name: (not name.isupper(), not name[:1].isupper(), name),  # as isort and ruff have it
)


def kept_sorted(before: bytes, after: bytes) -> bytes:
    """The new text of an `__all__` statement, its names in the order that the old text has.

    The names change places, all else stays where it is; what holds comments, or more than names, or
    was in no order, is given back as it is.
    """
    old, new = _names(before), _names(after)
    if old is None or new is None or len(old) < _ENOUGH or b"#" in after:
        return after
    order = next((order for order in _ORDERS if _is_sorted(old, order)), None)
    if order is None or _is_sorted(new, order):
        return after
    lines = split_lines(after)
    wanted = sorted(new, key=lambda one: order(str(one.value)))
    texts = [_text(lines, one) for one in wanted]
    for one, text in sorted(
        zip(new, texts, strict=True), key=lambda pair: _place(pair[0]), reverse=True
    ):
        line = lines[one.lineno - 1]
        lines[one.lineno - 1] = line[: one.col_offset] + text + line[one.end_col_offset :]
    return b"".join(lines)


def _names(text: bytes) -> list[ast.Constant] | None:
    """The strings of a list or tuple of names, each on one line; None if it is anything else."""
    try:
        nodes = parse_tile(text, is_member=False)
    except UNPARSABLE:
        return None
    match nodes:
        case [
            ast.Assign(value=ast.List(elts=items) | ast.Tuple(elts=items))
            | ast.AnnAssign(value=ast.List(elts=items) | ast.Tuple(elts=items))
            | ast.AugAssign(value=ast.List(elts=items) | ast.Tuple(elts=items))
        ]:
            found = [item for item in items if isinstance(item, ast.Constant)]
            plain = all(
                isinstance(one.value, str) and one.lineno == one.end_lineno for one in found
            )
            return found if plain and len(found) == len(items) else None
        case _:
            return None


def _is_sorted(names: Sequence[ast.Constant], order: Callable[[str], _Key]) -> bool:
    keys = [order(str(one.value)) for one in names]
    return all(a <= b for a, b in pairwise(keys))


def _text(lines: Sequence[bytes], one: ast.Constant) -> bytes:
    return lines[one.lineno - 1][one.col_offset : one.end_col_offset]


def _place(one: ast.Constant) -> tuple[int, int]:
    return one.lineno, one.col_offset
