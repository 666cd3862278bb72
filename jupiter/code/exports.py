"""One more name in `__all__`, one less, or another, in the style and the order that the statement has."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from jupiter.code.lines import split_lines
from jupiter.code.listing import Span, inserted, order_of, place_for, without, wrapped
from jupiter.code.parse import UNPARSABLE
from jupiter.code.skeleton import parse_tile

_ENOUGH = 3
"""Fewer names are in some order by chance."""


def exported(text: bytes) -> tuple[str, ...] | None:
    """The names in a statement about `__all__`; None if it is no plain list or tuple of names."""
    found = _items(text)
    return None if found is None else tuple(one.name for one in found)


def with_export(text: bytes, name: str, newline: bytes, longest: int) -> bytes:
    """The statement with one more name, as `exported` must know it; a long line is broken up."""
    items = _items(text) or []
    if not items:
        return _first(text, name)
    quote = text[items[0].start : items[0].start + 1]
    new = quote + name.encode() + quote
    at = place_for(name, [one.name for one in items])
    made = inserted(text, items, at, new, newline)
    if len(split_lines(made)) == 1 and len(made.rstrip()) > longest:
        return wrapped(made, _items(made) or [], newline)
    return made


def without_export(text: bytes, name: str) -> bytes:
    """The statement without a name that `exported` finds in it."""
    items = _items(text) or []
    at = [one.name for one in items].index(name)
    if len(items) == 1:
        start, end = text[: items[0].start].rstrip(), text[items[0].end :].lstrip(b", \t\r\n")
        return start + end
    made = without(text, items, at)
    if exported(made) is None:  # a tuple of one needs its comma
        left = items[1 - at]
        end = items[0].start + left.end - left.start
        return made[:end] + b"," + made[end:]
    return made


def kept_sorted(before: bytes, after: bytes) -> bytes:
    """The new text of a statement some of whose names are others now, in the order that the old text has.

    The names change places, all else stays where it is; what holds comments, or more than names, or
    was in no order, is given back as it is.
    """
    old, new = _items(before), _items(after)
    if old is None or new is None or len(old) < _ENOUGH or b"#" in after:
        return after
    order = order_of([one.name for one in old])
    if order is None:
        return after
    made, wanted = after, sorted(new, key=lambda one: order(one.name))
    for place, one in reversed(list(zip(new, wanted, strict=True))):
        made = made[: place.start] + after[one.start : one.end] + made[place.end :]
    return made


def _first(text: bytes, name: str) -> bytes:
    """An empty list or tuple with its first name."""
    for brackets, end in ((b"[]", b"]"), (b"()", b",)")):
        at = text.rfind(brackets)
        if at >= 0:
            return text[: at + 1] + b'"' + name.encode() + b'"' + end + text[at + 2 :]
    return text


def _items(text: bytes) -> list[Span] | None:
    sequence = _sequence(text)
    if sequence is None:
        return None
    lines = split_lines(text)
    starts = [sum(map(len, lines[:n])) for n in range(len(lines))]
    found: list[Span] = []
    for item in sequence.elts:
        if not isinstance(item, ast.Constant) or not isinstance(item.value, str):
            return None
        if item.lineno != item.end_lineno:
            return None
        start, end = (
            starts[item.lineno - 1] + column
            for column in (item.col_offset, item.end_col_offset or 0)
        )
        if text[start : start + 1] not in {b'"', b"'"}:
            return None
        found.append(Span(start, end, item.value))
    return found


def _sequence(text: bytes) -> ast.List | ast.Tuple | None:
    try:
        nodes: Sequence[ast.stmt] = parse_tile(text, is_member=False)
    except UNPARSABLE:
        return None
    match nodes:
        case [
            ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List() | ast.Tuple() as value)
            | ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.List() | ast.Tuple() as value)
            | ast.AugAssign(target=ast.Name(id="__all__"), value=ast.List() | ast.Tuple() as value)
        ]:
            return value
        case _:
            return None
