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
from jupiter.code.tiles import Tile
from jupiter.fold.state import State
from jupiter.model.constraint import Constraint
from jupiter.model.edit import AnyEdit, FileText, Rename, Replace, path_of
from jupiter.model.event import Draft, EditAccepted, EditRefused, InterfacePublished, Reason
from jupiter.system.paths import matches

CurrentName = Callable[[State], str]
"""The SHA-256 of the text that an edit would replace, as the log has it now."""


@dataclass(frozen=True, slots=True)
class Write:
    """An edit on its way to the gate, with what was found out about it outside the lock."""

    edit: AnyEdit
    briefing: int
    step: str
    worker: str
    flaw: str | None
    interfaces: tuple[InterfacePublished, ...]
    follows: tuple[str, ...] = ()


def decide_write(write: Write, state: State, current: CurrentName) -> Sequence[Draft]:
    """The events of one write: accepted with the interfaces that it changes, or refused with a reason."""
    refusal = _refusal(write, state, current)
    if refusal is None:
        return [_draft(write, EditAccepted(edit=write.edit, follows=write.follows))] + [
            _draft(write, published) for published in write.interfaces
        ]
    reason, message = refusal
    return [_draft(write, EditRefused(edit=write.edit, reason=reason, message=message))]


def flaw(edit: AnyEdit, target: Tile | None, before: bytes, after: bytes) -> str | None:
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


def renamed(target: Tile, edit: AnyEdit) -> Tile:
    """The tile as it is called when an edit has given it its new name."""
    if not isinstance(edit, Rename):
        return target
    separator = "." if target.container else ""
    return dataclasses.replace(target, name=f"{target.container}{separator}{edit.to}")


def _refusal(write: Write, state: State, current: CurrentName) -> tuple[Reason, str] | None:
    briefing = state.briefings.get(write.briefing)
    if briefing is None or briefing.progress in {"finished", "failed"}:
        return "finished", f"briefing {write.briefing} is not under way; it can write no more"
    if (message := _foreign(write, state)) is not None:
        return "not_owned", message
    if (message := _forbidden(path_of(write.edit), briefing.constraints)) is not None:
        return "constraint", message
    if current(state) != write.edit.base:
        return (
            "stale",
            f"{_target(write.edit)} has changed since it was read; read it again and redo the change",
        )
    if write.flaw is not None:
        return "unparsable", write.flaw
    return None


def _foreign(write: Write, state: State) -> str | None:
    wanted = _target(write.edit)
    owner = state.owner(wanted)
    if owner == write.briefing:
        return _shared(write, state)
    if owner is None:
        return f"{wanted} belongs to no briefing of this wave; write only what your briefing owns"
    return f"{wanted} is owned by briefing {owner}; ask its owner for the change"


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


def _forbidden(path: str, constraints: Sequence[Constraint]) -> str | None:
    for constraint in constraints:
        if matches(path, constraint.paths):
            return f"{path} is readonly in the recipe ({', '.join(constraint.paths)}); leave it as it is"
    return None


def _target(edit: AnyEdit) -> str:
    match edit:
        case Replace() | Rename():
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


def _draft(write: Write, data: EditAccepted | EditRefused | InterfacePublished) -> Draft:
    return Draft(data=data, step=write.step, briefing=write.briefing, worker=write.worker)
