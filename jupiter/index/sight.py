"""Which files may know of each other, by their text alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jupiter.index.modules import Modules


@dataclass(frozen=True, slots=True)
class Sight:
    """The texts of a codebase by path."""

    texts: Mapping[str, bytes]
    modules: Modules

    def sees(self, path: str, other: str) -> bool:
        """Whether a file has the name of another's topmost package, as one has that imports it."""
        if path == other:
            return True
        top = self.modules.names[other].partition(".")[0]
        return top.encode() in self.texts[path]

    def files_with(self, name: str) -> Iterator[str]:
        """The Python files whose text has a name."""
        wanted = name.encode()
        return (path for path in self.modules.names if wanted in self.texts[path])
