"""Symbol ids: `src/click/core.py:Context.invoke`, `docs/api.md#Usage`, a bare path for all of a file.

An id is plain text so that it reads the same in YAML, on the bus and in the CLI. A path never
contains a colon (such files are read-only for Jupiter), so the first colon is the border; the name
of a section of Markdown or reStructuredText brings its own, the `#`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_LISTED = 3
_SECTION = re.compile(r"([^:]+?\.(?:md|rst))(#.+)", re.DOTALL)


class SymbolId(NamedTuple):
    """The parts of an id; `name` is empty for all of a file, what is created in it included."""

    path: str
    name: str

    @classmethod
    def parse(cls, text: str) -> SymbolId:
        """Cut an id where its path ends."""
        if section := _SECTION.fullmatch(text):
            return cls(section[1], section[2])
        path, _, name = text.partition(":")
        return cls(path, name)

    def __str__(self) -> str:
        if not self.name or self.name.startswith("#"):
            return f"{self.path}{self.name}"
        return f"{self.path}:{self.name}"


def counted(symbols: Iterable[str]) -> str:
    """How much is owned, for a person; an id without a name is a whole file.

    `9 files`, or `34 symbols of 5 files`, or `9 files, 34 symbols of 5 files`.
    """
    ids = [SymbolId.parse(symbol) for symbol in symbols]
    whole = sum(not one.name for one in ids)
    inside = [one.path for one in ids if one.name]
    texts = [_many(whole, "file")] if whole or not inside else []
    if inside:
        texts.append(f"{_many(len(inside), 'symbol')} of {_many(len(set(inside)), 'file')}")
    return ", ".join(texts)


def listed(symbols: Sequence[str]) -> str:
    """The first of them by name, and how many there are more."""
    shown, more = ", ".join(symbols[:_LISTED]), len(symbols) - _LISTED
    return f"{shown} and {more} more" if more > 0 else shown


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
