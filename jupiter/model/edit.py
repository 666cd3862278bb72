"""Edits: what a worker may ask the gate to do to the tree, a tagged union by `op`.

Texts are bytes and may have any encoding, so an edit names them by their SHA-256 (hexadecimal); the
bytes lie in the log's blobs.
"""

from __future__ import annotations

from typing import Annotated, Literal, assert_never

from pydantic import Field

from jupiter.model.base import Model
from jupiter.model.name import SharedName
from jupiter.model.symbol import SymbolId

Mode = Literal["100644", "100755"]
"""Git's mode of a regular file: the second one is executable."""


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


class Placed(Model):
    """Where a symbol is to stand; that does not depend on when its edit arrives.

    It stands behind the tile `slot` of the tree at the start of the wave, among others that do so:
    behind that which `after` names, if it is one of them, else in the order of `rank`, which the plan
    has fixed and what no plan knew does not have; see `jupiter.code.placement`. `container`, `slot`
    and `after` are names within the file. `gap` counts the blank lines above; None are as many as are
    usual.
    """

    symbol: str
    container: str
    slot: str
    rank: int | None
    gap: Annotated[int, Field(ge=0, le=100)] | None
    after: str | None = None


class Create(Placed):
    """A new symbol, a class with its members."""

    op: Literal["create"] = "create"
    text: str


class Move(Placed):
    """A new place, in its file, for a symbol, a class with its members; its text stays as it is."""

    op: Literal["move"] = "move"
    base: str


class Delete(Model):
    """A symbol, a class with its members, is gone, and the blank lines above it."""

    op: Literal["delete"] = "delete"
    symbol: str
    base: str


class Gap(Model):
    """How many blank lines stand above a symbol; `base` is its text, which stays as it is."""

    op: Literal["gap"] = "gap"
    symbol: str
    base: str
    gap: Annotated[int, Field(ge=0, le=100)]


class FileText(Model):
    """All of a file's new text, by the owner of all its tiles; `symbols` names the tiles that differ.

    `base` is None where there was no file, `text` where there is to be none. `to` is the file's new
    path if it gets one, `mode` its new mode.
    """

    op: Literal["file"] = "file"
    path: str
    base: str | None
    text: str | None
    symbols: tuple[str, ...]
    to: str | None = None
    mode: Mode | None = None


class AddName(Model):
    """A name that a file is to have, whoever owns the text that it stands in."""

    op: Literal["add_name"] = "add_name"
    path: str
    name: SharedName


class DropName(Model):
    """A name that a file need not have any more if nothing in it uses the name."""

    op: Literal["drop_name"] = "drop_name"
    path: str
    name: SharedName


OfText = Replace | Rename
OfSymbol = Replace | Rename | Create | Move | Delete | Gap
AnyEdit = OfSymbol | FileText
Edit = Annotated[AnyEdit, Field(discriminator="op")]
"""What the gate accepts or refuses."""

AnyChange = AnyEdit | AddName | DropName
Change = Annotated[AnyChange, Field(discriminator="op")]
"""What makes one tree of another: accepted edits, and shared names."""


def path_of(change: AnyChange) -> str:
    """The path of the file that a change is about."""
    match change:
        case Replace() | Rename() | Create() | Move() | Delete() | Gap():
            return SymbolId.parse(change.symbol).path
        case FileText() | AddName() | DropName():
            return change.path
        case _:
            assert_never(change)


def symbols_of(change: AnyChange) -> tuple[str, ...]:
    """The ids of the symbols that a change is about; none of a shared name, which belongs to nobody."""
    match change:
        case Replace() | Rename() | Create() | Move() | Delete() | Gap():
            return (change.symbol,)
        case FileText():
            return change.symbols
        case AddName() | DropName():
            return ()
        case _:
            assert_never(change)


def text_of(change: AnyChange) -> str | None:
    """The text that a change brings; None if it brings none."""
    match change:
        case Replace() | Rename() | Create() | FileText():
            return change.text
        case Move() | Delete() | Gap() | AddName() | DropName():
            return None
        case _:
            assert_never(change)
