"""Edits: what a worker may ask the gate to do to the tree, a tagged union by `op`.

Texts are bytes and may have any encoding, so an edit names them by their SHA-256 (hexadecimal); the
bytes lie in the log's blobs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jupiter.model.base import Model
from jupiter.model.symbol import SymbolId


class Replace(Model):
    """A symbol's new text in place of the text it was based on."""

    op: Literal["replace"] = "replace"
    symbol: str
    base: str
    text: str


class FileText(Model):
    """All of a file's new text, by the owner of all its tiles; `symbols` names the tiles that differ."""

    op: Literal["file"] = "file"
    path: str
    base: str
    text: str
    symbols: tuple[str, ...]


Edit = Annotated[Replace | FileText, Field(discriminator="op")]


def path_of(edit: Replace | FileText) -> str:
    """The path of the file that an edit changes."""
    match edit:
        case Replace():
            return SymbolId.parse(edit.symbol).path
        case FileText():
            return edit.path


def symbols_of(edit: Replace | FileText) -> tuple[str, ...]:
    """The ids of the symbols that an edit changes."""
    match edit:
        case Replace():
            return (edit.symbol,)
        case FileText():
            return edit.symbols
