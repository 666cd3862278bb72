"""Whether a changed interface concerns those who use it, or only says more of its types than before."""

from __future__ import annotations

import ast
from itertools import zip_longest

from jupiter.code.bound import Function
from jupiter.code.header import arguments_of
from jupiter.code.parse import UNPARSABLE, parse

_FOR_CHECKERS = frozenset(
    f"@{module}{mark}"
    for module in ("", "typing.", "typing_extensions.", "t.")
    for mark in ("final", "override")
)


def says_more(before: str, after: str) -> bool:
    """Whether `after` is `before` with annotations where there were none, or marks for type checkers.

    Both are interfaces as `interface_of` gives them. Who used the one need not look at the other; an
    annotation that is another one is a change like any.
    """
    pairs = zip_longest(_lines(before), _lines(after), fillvalue="")
    return all(_line_says_more(old, new) for old, new in pairs)


def _lines(interface: str) -> list[str]:
    return [line for line in interface.split("\n") if line.strip() not in _FOR_CHECKERS]


def _line_says_more(before: str, after: str) -> bool:
    if before == after:
        return True
    old, new = _function(before), _function(after)
    if old is None or new is None:
        return bool(before) and after.startswith(f"{before}: ")
    _forget_added(old, new)
    return ast.dump(old) == ast.dump(new)


def _function(header: str) -> Function | None:
    try:
        nodes = parse(f"{header.strip()}: ...").body
    except UNPARSABLE:
        return None
    node = nodes[0] if len(nodes) == 1 else None
    return node if isinstance(node, Function) else None


def _forget_added(old: Function, new: Function) -> None:
    """Take from the new header the annotations of what had none."""
    if old.returns is None:
        new.returns = None
    for was, now in zip(arguments_of(old), arguments_of(new), strict=False):
        if was.annotation is None:
            now.annotation = None
