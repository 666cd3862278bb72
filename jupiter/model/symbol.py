"""Symbol ids: `src/click/core.py:Context.invoke`, or a bare path for all of a file.

An id is plain text so that it reads the same in YAML, on the bus and in the CLI. A path never
contains a colon (such files are read-only for Jupiter), so the first colon is the border.
"""

from __future__ import annotations

from typing import NamedTuple


class SymbolId(NamedTuple):
    """The parts of an id; `name` is empty for all of a file, what is created in it included."""

    path: str
    name: str

    @classmethod
    def parse(cls, text: str) -> SymbolId:
        """Cut an id at its first colon."""
        path, _, name = text.partition(":")
        return cls(path, name)

    def __str__(self) -> str:
        return f"{self.path}:{self.name}" if self.name else self.path
