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


class Rename(Model):
    """A symbol's new text under another name, `to`: what its tile is called when it is cut anew.

    Within the wave the symbol keeps the id that it had at the start.
    """

    op: Literal["rename"] = "rename"
    symbol: str
    to: str
    base: str
    text: str


class Create(Model):
    """A new symbol; where it stands does not depend on when it arrives.

    It stands behind the tile `slot` of the tree at the start of the wave, among others that do so in
    the order of `rank`, which the plan has fixed; see `jupiter.code.placement`. `slot` and `container`
    are names within the file. `gap` counts the blank lines above; None are as many as are usual.
    """

    op: Literal["create"] = "create"
    symbol: str
    container: str
    slot: str
    rank: int
    gap: int | None
    text: str


class FileText(Model):
    """All of a file's new text, by the owner of all its tiles; `symbols` names the tiles that differ.

    `to` is the file's new path if it gets one.
    """

    op: Literal["file"] = "file"
    path: str
    base: str
    text: str
    symbols: tuple[str, ...]
    to: str | None = None


OfSymbol = Replace | Rename | Create
AnyEdit = OfSymbol | FileText
Edit = Annotated[AnyEdit, Field(discriminator="op")]


def path_of(edit: AnyEdit) -> str:
    """The path of the file that an edit changes."""
    match edit:
        case Replace() | Rename() | Create():
            return SymbolId.parse(edit.symbol).path
        case FileText():
            return edit.path


def symbols_of(edit: AnyEdit) -> tuple[str, ...]:
    """The ids of the symbols that an edit changes."""
    match edit:
        case Replace() | Rename() | Create():
            return (edit.symbol,)
        case FileText():
            return edit.symbols
