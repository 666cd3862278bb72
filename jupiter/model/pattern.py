"""Patterns of symbols, as a selection has them: `click.core:Context.*`, `src/**/*.py:main`, `click:**`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from jupiter.model.symbol import SymbolId

_FILE = re.compile(r".*\.(?:py|pyi|md|rst)", re.DOTALL)
_DOTTED = re.compile(r"(?:[\w?*]+\.)*[\w?*]+")


@dataclass(frozen=True)
class SymbolPattern:
    """A file by its path or its module's name, and names in it; without a name it is all of the file.

    `*` and `?` stand for characters of one part, `**` for any number of parts. `place` is a glob of
    paths where `is_path` says so.
    """

    place: str
    name: str
    is_path: bool

    @classmethod
    def parse(cls, text: str) -> SymbolPattern:
        """Read a pattern.

        Raises:
            ValueError: it has no such form; the message says what is wrong.
        """
        place, name = SymbolId.parse(text)
        if not name and ":" in text:
            raise ValueError("nothing stands behind the colon")
        if ".." in name or name.startswith(".") or name.endswith("."):
            raise ValueError("a part between two dots is empty")
        is_path = "/" in place or _FILE.fullmatch(place) is not None
        if not is_path and not _DOTTED.fullmatch(place):
            raise ValueError(f"{place or 'nothing'} is neither a path nor the name of a module")
        return cls(place, name, is_path)

    def is_module(self, dotted: str) -> bool:
        """Whether a module is meant by its name; `pkg:**` takes the modules of the package in."""
        return self._module.fullmatch(dotted) is not None

    def names(self, name: str) -> bool:
        """Whether a name within a file is meant, itself."""
        return self._is_all or self._exactly.fullmatch(name) is not None

    def covers(self, name: str) -> bool:
        """Whether a name within a file is meant, or is a member of a class that is."""
        return self._is_all or self._with_members.fullmatch(name) is not None

    @property
    def _is_all(self) -> bool:
        return self.name in {"", "**"}

    @cached_property
    def _module(self) -> re.Pattern[str]:
        inside = r"(?:\..+)?" if self.name == "**" else ""
        return re.compile(_parts(self.place) + inside, re.DOTALL)

    @cached_property
    def _exactly(self) -> re.Pattern[str]:
        if self.name.startswith("#"):
            return re.compile(_part(self.name) + r"(?:#\d+)?", re.DOTALL)
        return re.compile(rf"{re.escape(self.name)}|{_parts(self.name)}", re.DOTALL)

    @cached_property
    def _with_members(self) -> re.Pattern[str]:
        return re.compile(rf"(?:{self._exactly.pattern})(?:\..+)?", re.DOTALL)


def dotted_pattern(text: str) -> re.Pattern[str]:
    """What a pattern of a module's name matches in full: itself, and all that lies in it."""
    return re.compile(rf"{_parts(text)}(?:\..+)?", re.DOTALL)


def _parts(text: str) -> str:
    *inner, last = text.split(".")
    found = [r"(?:.+\.)?" if part == "**" else rf"{_part(part)}(?:#\d+)?\." for part in inner]
    return "".join([*found, ".+" if last == "**" else rf"{_part(last)}(?:#\d+)?"])


def _part(text: str) -> str:
    """`*` never stands for what binds no name, such as `<imports>`."""
    regex = "".join({"*": "[^.<]*", "?": "[^.<]"}.get(one, re.escape(one)) for one in text)
    return rf"(?!<){regex}" if text.startswith("*") else regex
