"""The uses of names in one module, one by one: `Names` holds them flattened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from jupiter.code.scopes import Expr, Names


class NameUse(NamedTuple):
    """A name by itself; `how` is one of the constants of `scopes`."""

    scope: int
    line: int
    column: int
    how: int


class AttributeUse(NamedTuple):
    """A member that is looked up on a receiver."""

    scope: int
    line: int
    column: int
    how: int
    receiver: Expr


class KeywordUse(NamedTuple):
    """The name of a keyword argument."""

    scope: int
    line: int
    column: int
    function: Expr


class ImportUse(NamedTuple):
    """A name that is imported from `module`, or that is a part of a module's own dotted name.

    The column is -1 for a part of the module's name in `from a.b import c`.
    """

    scope: int
    line: int
    column: int
    level: int
    module: str
    alias: str | None


class TextUse(NamedTuple):
    """A string that may name something; `what` is "export", "slot", "getattr", "member" or "dotted"."""

    scope: int
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    what: str
    receiver: Expr


def name_uses(names: Names, name: str) -> Iterator[NameUse]:
    """The uses of a name."""
    return map(NameUse._make, _rows(names.names.get(name, ()), 4))


def attribute_uses(names: Names, name: str) -> Iterator[AttributeUse]:
    """The uses of a name as a member."""
    return map(AttributeUse._make, _rows(names.attributes.get(name, ()), 5))


def keyword_uses(names: Names, name: str) -> Iterator[KeywordUse]:
    """The uses of a name as a keyword argument."""
    return map(KeywordUse._make, _rows(names.keywords.get(name, ()), 4))


def import_uses(names: Names, name: str) -> Iterator[ImportUse]:
    """The imports of a name."""
    return map(ImportUse._make, _rows(names.imported.get(name, ()), 6))


def text_uses(names: Names) -> Iterator[TextUse]:
    """The strings that may name something."""
    return map(TextUse._make, names.texts)


def _rows(flat: Sequence[Any], width: int) -> Iterator[tuple[Any, ...]]:
    return zip(*[iter(flat)] * width, strict=True)
