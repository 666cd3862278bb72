"""Items between commas, in source: one more or one less, and every other byte as it was.

For the names of a `from` import and for those of `__all__`, in whatever way they are laid out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jupiter.code.lines import indentation

Key = tuple[bool, bool, str]
Order = Callable[[str], Key]


def _plain(name: str) -> Key:
    return (True, True, name)


def _folded(name: str) -> Key:
    return (True, True, name.casefold())


def _by_kind(name: str) -> Key:
    """Constants, then classes, then the rest: as isort and ruff have it."""
    return (not (name.isupper() and len(name) > 1), not name[:1].isupper(), name)


ORDERS: tuple[Order, ...] = (_by_kind, _plain, _folded)
"""The orders that names are found in; of those that fit the first is taken."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where an item stands in a text: from `start` to `end`, in bytes."""

    start: int
    end: int
    name: str


def order_of(names: Sequence[str]) -> Order | None:
    """The order that names are in; None if they are in none."""
    return next((one for one in ORDERS if _is_sorted(names, one)), None)


def place_for(name: str, names: Sequence[str]) -> int:
    """Where a name goes among others: where their order wants it, at the end if they have none."""
    order = order_of(names)
    if order is None:
        return len(names)
    return next((i for i, one in enumerate(names) if order(one) > order(name)), len(names))


def inserted(text: bytes, items: Sequence[Span], at: int, new: bytes, newline: bytes) -> bytes:
    """The text with one more item, in front of item `at`; there is at least one.

    Where each item has a line of its own, so has the new one.
    """
    if _is_one_a_line(text, items):
        return _with_line(text, items, at, new, newline)
    if at == len(items):
        end = items[-1].end
        return text[:end] + b", " + new + text[end:]
    start = items[at].start
    return text[:start] + new + b", " + text[start:]


def without(text: bytes, items: Sequence[Span], at: int) -> bytes:
    """The text without item `at`; at least one other is left."""
    if _is_one_a_line(text, items):
        start = text.rfind(b"\n", 0, items[at].start) + 1
        end = text.find(b"\n", items[at].end) + 1
        if _comma(text, items[at].end) or at == 0:
            return text[:start] + text[end:]
        last = items[at - 1].end  # the new last item has no comma, as the old one had none
        return text[:last] + text[last + 1 : start] + text[end:]
    if at + 1 < len(items):
        return text[: items[at].start] + text[items[at + 1].start :]
    return text[: items[at - 1].end] + text[items[at].end :]


def wrapped(text: bytes, items: Sequence[Span], newline: bytes) -> bytes:
    """The same on several lines: one item a line, in parentheses unless it has brackets already."""
    first, last = items[0].start, items[-1].end
    indent = indentation(text)
    inner = indent + b"    "
    lines = b"".join(inner + text[one.start : one.end] + b"," + newline for one in items)
    head, tail = text[:first].rstrip(b" "), text[last:].lstrip(b" ,")
    if head.endswith((b"(", b"[")):
        return head + newline + lines + indent + tail
    return (
        head
        + b" ("
        + newline
        + lines
        + indent
        + b")"
        + (b"  " + tail if tail[:1] == b"#" else tail)
    )


def _is_sorted(names: Sequence[str], order: Order) -> bool:
    keys = [order(one) for one in names]
    return all(a <= b for a, b in pairwise(keys))


def _is_one_a_line(text: bytes, items: Sequence[Span]) -> bool:
    """Whether each item begins its line, and no other follows on it."""
    if not all(text[text.rfind(b"\n", 0, one.start) + 1 : one.start].isspace() for one in items):
        return False
    if b"\n" not in text[: items[0].start]:
        return False
    return b"\n" in text[items[-1].end :]


def _with_line(text: bytes, items: Sequence[Span], at: int, new: bytes, newline: bytes) -> bytes:
    beside = items[min(at, len(items) - 1)]
    begin = text.rfind(b"\n", 0, beside.start) + 1
    indent = text[begin : beside.start]
    if at < len(items):
        return text[:begin] + indent + new + b"," + newline + text[begin:]
    comma = _comma(text, beside.end)
    end = text.find(b"\n", beside.end) + 1
    if comma:
        return text[:end] + indent + new + b"," + newline + text[end:]
    return text[: beside.end] + b"," + text[beside.end : end] + indent + new + newline + text[end:]


def _comma(text: bytes, end: int) -> bool:
    """Whether a comma follows an item."""
    return text[end:].lstrip(b" \t").startswith(b",")
