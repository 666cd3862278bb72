"""Shared names at the gate: who may add or drop one, and what that publishes. Pure decisions.

Nobody owns a name, so nothing here asks for an owner.
"""

from __future__ import annotations

from collections.abc import Sequence

from jupiter.code.interfaces import interface_of
from jupiter.code.sharing import Shared, binder, exports, imported, with_shared
from jupiter.code.tiles import Tile, is_python
from jupiter.errors import RequestError
from jupiter.fold.file import as_import
from jupiter.fold.state import State
from jupiter.model.constraint import AnyConstraint
from jupiter.model.edit import AddName, DropName
from jupiter.model.name import ExportedName, ImportedName, written
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import InterfacePublished, NameAdded, NameDropped, NameRefused
from jupiter.session.constraints import broken, forbidden, name_forbidden
from jupiter.session.gate import Refusal
from jupiter.session.view import View

Wanted = NameAdded | NameDropped


def decide_name(
    state: State, view: View, wanted: Wanted
) -> Sequence[Wanted | NameRefused | InterfacePublished]:
    """The events of adding or dropping one name; none when the briefing has done so already."""
    refusal = _unentitled(state, view, wanted)
    if refusal is None:
        if _change(wanted) in state.briefings[view.number].changes:
            return []
        tiles = view.tiles(state, wanted.path)
        published: Sequence[InterfacePublished] = ()
        if (refusal := _impossible(wanted, tiles)) is None:
            published = _published(wanted, tiles)
            refusal = _broken(published, state.briefings[view.number].constraints)
        if refusal is None:
            return [wanted, *published]
    reason, message = refusal
    return [NameRefused(path=wanted.path, name=wanted.name, reason=reason, message=message)]


def _change(wanted: Wanted) -> AddName | DropName:
    kind = AddName if isinstance(wanted, NameAdded) else DropName
    return kind(path=wanted.path, name=wanted.name)


def _unentitled(state: State, view: View, wanted: Wanted) -> Refusal | None:
    path = wanted.path
    briefing = state.briefings.get(view.number)
    if briefing is None or briefing.has_ended:
        return "finished", f"briefing {view.number} is not under way; it can write no more"
    message = forbidden(path, briefing.constraints)
    if message is None and isinstance(wanted, NameAdded) and isinstance(wanted.name, ImportedName):
        message = name_forbidden(path, wanted.name, briefing.constraints)
    if message is not None:
        return "constraint", message
    try:
        tiles = view.tiles(state, path)
    except RequestError:
        return "missing", f"there is no file {path}"
    if not is_python(path) or any(one.kind == "file" and one.text.strip() for one in tiles):
        return "unparsable", f"{path} is no Python that parses, so it has no names; write its text"
    return None


def _broken(
    published: Sequence[InterfacePublished], constraints: Sequence[AnyConstraint]
) -> Refusal | None:
    """Whether what a module exports must stay as it is."""
    message = broken((), published, constraints)
    return None if message is None else ("constraint", message)


def _impossible(wanted: Wanted, tiles: Sequence[Tile]) -> Refusal | None:
    match wanted.name:
        case ImportedName() as name:
            return _no_import(wanted, name, tiles)
        case ExportedName(name=name):
            there = exports(tiles)
            if there is None:
                return "missing", f"{wanted.path} has no __all__ that is a list or a tuple of names"
            if isinstance(wanted, NameDropped) and name not in there:
                return "missing", f"{name} is not in the __all__ of {wanted.path}"
    return None


def _no_import(wanted: Wanted, name: ImportedName, tiles: Sequence[Tile]) -> Refusal | None:
    one = as_import(name)
    if isinstance(wanted, NameDropped):
        if one._replace(typing=False) in imported(tiles, typing=True):
            return None
        return "missing", f"{wanted.path} does not have: {written(name)}"
    other = binder(tiles, one)
    if other is None:
        return None
    message = f"{one.binds} is bound already in {wanted.path}, by: {other}; use that, or an alias"
    return "exists", message


def _published(wanted: Wanted, tiles: Sequence[Tile]) -> Sequence[InterfacePublished]:
    """Of a name in `__all__`: what the module exports now."""
    if not isinstance(wanted.name, ExportedName):
        return ()
    names = frozenset({wanted.name.name})
    added = isinstance(wanted, NameAdded)
    shared = Shared(exports=names) if added else Shared(dropped_exports=names)
    after = {one.name: one for one in with_shared(wanted.path, tiles, shared)}
    return [
        InterfacePublished(
            symbol=str(SymbolId(wanted.path, one.name)),
            before=interface_of(one),
            after=interface_of(after[one.name]),
        )
        for one in tiles
        if one.name in after and one.text != after[one.name].text
    ]
