"""The gate: a write is a pure decision over the fold, taken at the tail of the log.

`decide_write` runs under the log's lock and must be cheap: it compares names of texts, owners and
constraints. What needs only the text (does it parse, does it define the same symbol) is judged before
by `flaw`, outside the lock, and arrives here as a finished verdict. Either way the verdict is recorded.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jupiter.code.check import defines
from jupiter.code.parse import UNPARSABLE, parse
from jupiter.code.placement import new_tiles
from jupiter.code.tiles import Tile
from jupiter.fold.state import State
from jupiter.model.constraint import Constraint
from jupiter.model.edit import AnyEdit, Create, FileText, Rename, Replace, path_of
from jupiter.model.event import EditAccepted, EditRefused, InterfacePublished, Reason
from jupiter.model.symbol import SymbolId
from jupiter.system.paths import matches, safe_path


@dataclass(frozen=True, slots=True)
class Now:
    """What the log has, at its tail, where an edit is to go."""

    current: Callable[[State], str]
    """The SHA-256 of the text that would be replaced."""
    is_free: Callable[[State], bool]
    """Whether nothing is where something new is to be."""


@dataclass(frozen=True, slots=True)
class Write:
    """An edit on its way to the gate, with what was found out about it outside the lock."""

    edit: AnyEdit
    briefing: int
    flaw: str | None
    interfaces: tuple[InterfacePublished, ...]
    follows: tuple[str, ...] = ()


def decide_write(
    write: Write, state: State, now: Now
) -> Sequence[EditAccepted | EditRefused | InterfacePublished]:
    """The events of one write: accepted with the interfaces that it changes, or refused with a reason."""
    if write.briefing in state.briefings and _is_repeated(write, state, now):
        return [one for one in write.interfaces if not _is_published(write, one, state)]
    refusal = _refusal(write, state, now)
    if refusal is None:
        return [EditAccepted(edit=write.edit, follows=write.follows), *write.interfaces]
    reason, message = refusal
    return [EditRefused(edit=write.edit, reason=reason, message=message)]


def _is_repeated(write: Write, state: State, now: Now) -> bool:
    """Whether the very edit was accepted and still stands: a resumed worker may write it again."""
    if isinstance(write.edit, Create):
        stands = not now.is_free(state)
    else:
        stands = now.current(state) == write.edit.text
    return stands and write.edit in state.briefings[write.briefing].edits


def _is_published(write: Write, one: InterfacePublished, state: State) -> bool:
    return any(
        (p.symbol, p.before, p.after, p.briefing)
        == (one.symbol, one.before, one.after, write.briefing)
        for p in state.published
    )


def flaw(
    edit: FileText | Replace | Rename, target: Tile | None, before: bytes, after: bytes
) -> str | None:
    """What is wrong with a text by itself; None when nothing is.

    `target` is the tile that the edit replaces, None when there is none or it is all of the file;
    `before` is the whole text of the edit's file as it is now, `after` the edit's own text.
    """
    match edit:
        case FileText(path=path):
            return _file_flaw(path, before, after)
        case Replace(symbol=symbol) | Rename(symbol=symbol):
            if target is None:
                return f"there is no symbol {symbol}; read the file again for the names that it has"
            problem = defines(renamed(target, edit), after)
            if problem is None and target.kind == "file":
                return _file_flaw(path_of(edit), before, after)
            return problem


def creation_flaw(edit: Create, there: Sequence[Tile], text: bytes) -> str | None:
    """What is wrong with a new symbol, by its text and by the tiles that its file has at the start."""
    path, name = SymbolId.parse(edit.symbol)
    if all(one.name != edit.slot for one in there) and edit.slot:
        return f"{path} has no symbol {edit.slot} to put {name} behind"
    if edit.container and all((one.name, one.kind) != (edit.container, "class") for one in there):
        return f"{path} has no class {edit.container} that {name} could be a member of"
    first, *members = new_tiles(path, name, edit.container, text)
    beside = [one.name for one in members if not f"{one.container}.".startswith(f"{name}.")]
    if beside:
        return f"the text defines more than {name}: {', '.join(beside)}; make each one by itself"
    return defines(first, first.text)


def renamed(target: Tile, edit: AnyEdit) -> Tile:
    """The tile as it is called when an edit has given it its new name."""
    if not isinstance(edit, Rename):
        return target
    separator = "." if target.container else ""
    return dataclasses.replace(target, name=f"{target.container}{separator}{edit.to}")


def _refusal(write: Write, state: State, now: Now) -> tuple[Reason, str] | None:
    briefing = state.briefings.get(write.briefing)
    if briefing is None or briefing.has_ended:
        return "finished", f"briefing {write.briefing} is not under way; it can write no more"
    if (message := _foreign(write, state)) is not None:
        return "not_owned", message
    for path in _paths(write.edit):
        if (message := forbidden(path, briefing.constraints)) is not None:
            return "constraint", message
    if (refusal := _misplaced(write.edit, state, now)) is not None:
        return refusal
    if write.flaw is not None:
        return "unparsable", write.flaw
    return None


def _misplaced(edit: AnyEdit, state: State, now: Now) -> tuple[Reason, str] | None:
    """An edit of what is not as it was read, or of what is new where something is already."""
    if not isinstance(edit, Create) and now.current(state) != edit.base:
        return (
            "stale",
            f"{_target(edit)} has changed since it was read; read it again and redo the change",
        )
    if not now.is_free(state):
        new = edit.to if isinstance(edit, FileText) else _target(edit)
        return "exists", f"{new} exists already; give what is new another name"
    return None


def _paths(edit: AnyEdit) -> tuple[str, ...]:
    """The path that an edit changes, and that which it gives a file instead."""
    if isinstance(edit, FileText) and edit.to is not None:
        return edit.path, edit.to
    return (path_of(edit),)


def _foreign(write: Write, state: State) -> str | None:
    for wanted in (_target(write.edit), *_paths(write.edit)[1:]):
        owner = state.owner(wanted)
        if owner is None:
            return (
                f"{wanted} belongs to no briefing of this wave; write only what your briefing owns"
            )
        if owner != write.briefing:
            return f"{wanted} is owned by briefing {owner}; ask its owner for the change"
    return _shared(write, state)


def _shared(write: Write, state: State) -> str | None:
    """A file's whole text is written by the owner of all its symbols, and by nobody else."""
    if not isinstance(write.edit, FileText):
        return None
    inside = f"{write.edit.path}:"
    for symbol, owner in state.owners.items():
        if symbol.startswith(inside) and owner != write.briefing:
            return (
                f"{symbol} is owned by briefing {owner}; write the symbols that you own one by one"
            )
    return None


def forbidden(path: str, constraints: Sequence[Constraint]) -> str | None:
    """Why nobody may write a path; None when that is allowed."""
    if not safe_path(path):
        return f"{path!r} is not a path that may be written; name one inside of the repository"
    for constraint in constraints:
        if matches(path, constraint.paths):
            return f"{path} is readonly in the recipe ({', '.join(constraint.paths)}); leave it as it is"
    return None


def _target(edit: AnyEdit) -> str:
    match edit:
        case Replace() | Rename() | Create():
            return edit.symbol
        case FileText():
            return edit.path


def _file_flaw(path: str, before: bytes, after: bytes) -> str | None:
    if not path.endswith((".py", ".pyi")) or _syntax_error(before) is not None:
        return None
    error = _syntax_error(after)
    if error is None:
        return None
    return f"the new text of {path} does not parse: {error}; correct it and write it again"


def _syntax_error(text: bytes) -> str | None:
    try:
        parse(text)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except UNPARSABLE as error:
        return str(error) or type(error).__name__
    return None
