"""What is wrong with an edit by its text alone: judged outside of the log's lock, before the gate."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from jupiter.code.check import defines
from jupiter.code.parse import UNPARSABLE, parse
from jupiter.code.placement import new_tiles, slot_in
from jupiter.code.skeleton import parse_tile
from jupiter.code.tiles import Tile, is_python
from jupiter.model.edit import AnyEdit, Create, Move, OfText, Placed, Rename
from jupiter.model.symbol import SymbolId


def text_flaw(edit: OfText, target: Tile | None, whole: bytes, text: bytes) -> str | None:
    """What is wrong with a symbol's new text; None when nothing is.

    `target` is its tile as it is now, None if there is none; `whole` the text of its file.
    """
    if target is None:  # the gate says so
        return None
    problem = defines(renamed(target, edit), text)
    if problem is None and target.kind == "file":
        return file_flaw(SymbolId.parse(edit.symbol).path, whole, text)
    return problem


def file_flaw(path: str, before: bytes | None, after: bytes | None) -> str | None:
    """What is wrong with a file's new text: it must parse, unless what it replaces did not."""
    if not is_python(path) or after is None:
        return None
    if before is not None and _syntax_error(before) is not None:
        return None
    error = _syntax_error(after)
    if error is None:
        return None
    return f"the new text of {path} does not parse: {error}; correct it and write it again"


def creation_flaw(edit: Create, tiles: Sequence[Tile], text: bytes) -> str | None:
    """What is wrong with a new symbol; `tiles` are all that its file has had in this wave."""
    path, name = SymbolId.parse(edit.symbol)
    if (problem := _slot_flaw(edit, tiles)) is not None:
        return problem
    first, *members = new_tiles(path, name, edit.container, text)
    beside = [one.name for one in members if not f"{one.container}.".startswith(f"{name}.")]
    if beside:
        return f"the text defines more than {name}: {', '.join(beside)}; make each one by itself"
    return defines(first, first.text)


def move_flaw(edit: Move, target: Tile | None, tiles: Sequence[Tile]) -> str | None:
    """What is wrong with a new place; `target` and `tiles` as in the other two."""
    if target is None:  # the gate says so
        return None
    path, name = SymbolId.parse(edit.symbol)
    if f"{edit.container}.".startswith(f"{name}."):
        return f"{name} cannot move into itself"
    if (problem := _slot_flaw(edit, tiles)) is not None:
        return problem
    if edit.container != target.container and is_python(path):
        try:
            parse_tile(target.text, is_member=bool(edit.container))
        except UNPARSABLE:
            return (
                f"the text of {name} does not parse in {edit.container or 'the module'}: it is indented "
                "otherwise there; delete it, and create it where it is to be"
            )
    return None


def renamed(target: Tile, edit: AnyEdit) -> Tile:
    """The tile as it is called when an edit has given it its new name."""
    if not isinstance(edit, Rename):
        return target
    separator = "." if target.container else ""
    return dataclasses.replace(target, name=f"{target.container}{separator}{edit.to}")


def _slot_flaw(edit: Placed, tiles: Sequence[Tile]) -> str | None:
    path, name = SymbolId.parse(edit.symbol)
    if slot_in(tiles, edit.container, edit.slot) is not None:
        return None
    where = f"the class {edit.container}" if edit.container else path
    return f"{where} has no symbol {edit.slot} to put {name} behind"


def _syntax_error(text: bytes) -> str | None:
    try:
        parse(text)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except UNPARSABLE as error:
        return str(error) or type(error).__name__
    return None
