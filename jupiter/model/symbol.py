"""Symbol ids: `src/click/core.py:Context.invoke`, `docs/api.md#Usage`, a bare path for all of a file.

An id is plain text so that it reads the same in YAML, on the bus and in the CLI. A path never
contains a colon (such files are read-only for Jupiter), so the first colon is the border; the name
of a section of Markdown or reStructuredText brings its own, the `#`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

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
