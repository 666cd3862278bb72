"""A command of LibCST as a recipe names it, and what it makes of a file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Command:
    """A `CodemodCommand` as a recipe names it: `package.module.Class`, or `path.py:Class` in `folder`."""

    step: str
    name: str
    arguments: tuple[tuple[str, object], ...]
    folder: str


@dataclass(frozen=True, slots=True)
class Transformed:
    """A command's output for one file; `text` equals the input when there was nothing to do."""

    text: bytes
    warnings: tuple[str, ...]
    cpu: float = field(default=0.0, compare=False)
    """The CPU seconds that the command took."""
