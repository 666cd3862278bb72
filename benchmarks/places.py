"""Where a name stands: path, line (1-based) and column in UTF-8 bytes (0-based), as `ast` counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The first byte of a name; `str()` is how an editor opens it."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column + 1}"


@dataclass(frozen=True, slots=True)
class Edit:
    """What a rename asks for: `old` bytes from `place` on become `new`."""

    place: Place
    old: bytes
    new: bytes


class Texts:
    """The files of a codebase, and the columns of their lines in both encodings."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self._lines: dict[str, Sequence[bytes]] = {}

    def line(self, path: str, line: int) -> bytes:
        """One line (1-based) with its end; empty when there is none."""
        lines = self.lines(path)
        return lines[line - 1] if 0 < line <= len(lines) else b""

    def lines(self, path: str) -> Sequence[bytes]:
        """The lines of a file, cut where Python and the protocol cut them."""
        if path not in self._lines:
            data = self.files[path].removeprefix(_MARK)
            self._lines[path] = _LINE.findall(data)
        return self._lines[path]

    def character(self, place: Place) -> int:
        """The column of a place in UTF-16 units, as the protocol counts."""
        before = self.line(place.path, place.line)[: place.column]
        return len(before.decode(errors="replace").encode("utf-16-le")) // 2

    def place(self, path: str, line: int, character: int) -> Place:
        """The place of a protocol position (`line` 0-based, `character` in UTF-16 units)."""
        units = self.line(path, line + 1).decode(errors="replace").encode("utf-16-le")
        before = units[: 2 * character].decode("utf-16-le", errors="replace")
        return Place(path, line + 1, len(before.encode()))

    def shown(self, place: Place) -> str:
        """The source line of a place, without what surrounds it."""
        return self.line(place.path, place.line).decode(errors="replace").strip()


def apply(texts: Texts, edits: Sequence[Edit]) -> dict[str, bytes]:
    """The files with the edits made, last first; raises ValueError where `old` does not stand."""
    lines: dict[str, list[bytes]] = {}
    for edit in sorted(set(edits), key=lambda one: one.place, reverse=True):
        path, row, column = edit.place.path, edit.place.line - 1, edit.place.column
        mine = lines.setdefault(path, list(texts.lines(path)))
        line = mine[row]
        end = column + len(edit.old)
        if line[column:end] != edit.old:
            raise ValueError(f"{edit.place}: {edit.old!r} does not stand here")
        mine[row] = line[:column] + edit.new + line[end:]
    return {
        path: (_MARK if texts.files[path].startswith(_MARK) else b"") + b"".join(mine)
        for path, mine in lines.items()
    }
