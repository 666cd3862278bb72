"""A YAML document as nodes that know where they stand, and as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupiter.recipe.problems import Path


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text, counted from 0: character, line, column."""

    index: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `raw` is its text as YAML has unfolded it, before it became a number."""

    value: str | int | float | bool | None
    raw: str
    start: Mark
    end: Mark


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    items: tuple[Node, ...]
    start: Mark


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the document's order."""

    entries: Mapping[str, Entry]
    start: Mark


Node = Scalar | Listing | Fields


def data(node: Node) -> object:
    """The node as `dict`, `list`, `str`, `int`, `float`, `bool` or `None`."""
    match node:
        case Scalar():
            return node.value
        case Listing():
            return [data(item) for item in node.items]
        case Fields():
            return {key: data(entry.value) for key, entry in node.entries.items()}


def find(root: Node, path: Path) -> tuple[Node, Scalar | None] | None:
    """The node at a path, and its key if it has one; None where the document has no such place."""
    node, key = root, None
    for part in path:
        match node:
            case Fields() if isinstance(part, str) and part in node.entries:
                key, node = node.entries[part].key, node.entries[part].value
            case Listing() if isinstance(part, int) and part < len(node.items):
                key, node = None, node.items[part]
            case _:
                return None
    return node, key
