"""What an edit publishes: the interfaces that it changes, of which others may depend."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from jupiter.code.changed import differing
from jupiter.code.interfaces import interface_of
from jupiter.code.outline import Outline, outline
from jupiter.code.parse import try_parse
from jupiter.code.tiles import Tile, is_python
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import InterfacePublished

Published = tuple[InterfacePublished, ...]


def changed(symbol: str, target: Tile | None, before: bytes, after: bytes) -> Published:
    """What a symbol's new text publishes; `target` is its tile."""
    if target is None:
        return ()
    was, now = (interface_of(dataclasses.replace(target, text=text)) for text in (before, after))
    return _difference(symbol, was, now)


def created(path: str, tiles: Iterable[Tile]) -> Published:
    """What a new symbol publishes, and its members."""
    return tuple(
        published
        for one in tiles
        for published in _difference(_id(path, one.name), None, interface_of(one))
    )


def deleted(path: str, name: str, tiles: Iterable[Tile]) -> Published:
    """What is published when a symbol goes, and its members with it."""
    return tuple(
        published
        for one in tiles
        if f"{one.name}.".startswith(f"{name}.")
        for published in _difference(_id(path, one.name), interface_of(one), None)
    )


def file_changed(
    path: str, before: bytes | None, after: bytes | None, to: str | None
) -> tuple[tuple[str, ...], Published]:
    """The ids of the symbols that differ between two texts of a file, and what that publishes."""
    was, now = _outline(path, before), _outline(path, after)
    symbols = tuple(
        _id(path, name)
        for name in differing(was.tiles if was else (), now.tiles if now else ())
        if name or (was and now)
    )
    interfaces = _differences(path, was.interfaces if was else {}, now.interfaces if now else {})
    moved = _difference(path, path, to or path)
    return symbols, (*moved, *interfaces)


def _outline(path: str, text: bytes | None) -> Outline | None:
    if text is None:
        return None
    return outline(path, text, try_parse(text) if is_python(path) else None)


def _differences(path: str, old: Mapping[str, str], new: Mapping[str, str]) -> Published:
    return tuple(
        published
        for name in dict.fromkeys((*old, *new))
        for published in _difference(_id(path, name), old.get(name), new.get(name))
    )


def _difference(symbol: str, before: str | None, after: str | None) -> Published:
    """What is published of a symbol; nothing is of a statement that binds nothing, before and after."""
    before, after = before or None, after or None
    if before == after:
        return ()
    return (InterfacePublished(symbol=symbol, before=before, after=after),)


def _id(path: str, name: str) -> str:
    return str(SymbolId(path, name))
