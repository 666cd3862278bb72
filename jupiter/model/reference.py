"""Definitions and references: what the index says of a symbol, with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DefinitionKind = Literal[
    "module", "class", "function", "method", "property", "constant", "attribute"
]
ReferenceKind = Literal[
    "definition",
    "import",
    "export",
    "call",
    "read",
    "write",
    "base",
    "decorator",
    "annotation",
    "string",
    "patch",
    "entry_point",
    "doc",
    "path",
]
Certainty = Literal["certain", "likely", "possible"]
"""`certain`: the code says so; `likely`: the code leads there; `possible`: no type does, the name fits."""


@dataclass(frozen=True, slots=True, order=True)
class Definition:
    """A named thing of a codebase. Lines count from 1, columns from 0 in UTF-8 bytes."""

    path: str
    line: int
    column: int
    symbol: str
    kind: DefinitionKind


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A place where the name of a symbol stands: the place of the name itself."""

    path: str
    line: int
    column: int
    symbol: str
    """The definition that is referred to."""
    kind: ReferenceKind
    certainty: Certainty
    by_convention: bool = False
    """Of a possible one: a convention says so, as the name of a fixture, of many parameters, or of a
    member that one family of classes alone has."""
