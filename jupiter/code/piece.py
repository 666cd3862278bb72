"""A tile before its bytes are cut: where it stands, in lines, and what syntax it holds."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

Kind = Literal[
    "docstring",
    "imports",
    "function",
    "class",
    "statement",
    "comment",
    "tail",
    "file",
    "section",
    "rst section",
]


@dataclass(slots=True)
class Piece:
    """Lines `top` to `start` are the gap, `start` to `end` the text; from 0, ends excluded.

    It grows while its file is cut: a copy for each of 100,000 imports would take a minute.
    """

    name: str
    """Unique within the file: `Context.invoke#2`."""
    label: str
    """What the name was made of: `invoke`."""
    kind: Kind
    container: str
    top: int
    start: int
    end: int
    nodes: list[ast.stmt] = field(default_factory=list[ast.stmt])


def hashed(kind: str, text: bytes) -> str:
    """A label for what binds no name: `<statement 1a2b3c4d>`, by a hash of its text."""
    return f"<{kind} {sha256(text).hexdigest()[:8]}>"


def unique(name: str, taken: dict[str, int]) -> str:
    """`name`, or with the next free number, `f#2`, when `taken` has it; `taken` learns of it."""
    free = name
    while free in taken:
        taken[name] += 1
        free = f"{name}#{taken[name]}"
    taken[free] = 1
    return free
