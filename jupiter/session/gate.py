"""The gate: a write is a pure decision over the fold, taken at the tail of the log.

`decide_write` runs under the log's lock and must be cheap: it compares names of texts, owners and
constraints. What needs only the text (does it parse, does it define the same symbol) is judged before,
by `jupiter.session.flaws`, outside the lock, and arrives here as a finished verdict. Either way the
verdict is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from jupiter.fold.audit import holder
from jupiter.fold.state import State
from jupiter.model.constraint import AnyConstraint
from jupiter.model.edit import (
    AnyEdit,
    Create,
    Delete,
    FileText,
    Gap,
    Move,
    Rename,
    Replace,
    path_of,
)
from jupiter.model.tree_events import (
    EditAccepted,
    EditRefused,
    InterfacePublished,
    Reason,
    SymbolClaimed,
)
from jupiter.session.constraints import forbidden, new_file_forbidden

Refusal = tuple[Reason, str]
"""Why an edit is refused, and what the worker may do instead."""


@dataclass(frozen=True, slots=True)
class Now:
    """What the log has, at its tail, where an edit is to go."""

    current: Callable[[State], str | None]
    """The SHA-256 of the text that the edit is based on; None where there is none."""
    problem: Callable[[State], Refusal | None]
    """What stands in the way of something new, or what it needs and is not there."""


@dataclass(frozen=True, slots=True)
class Write:
    """An edit on its way to the gate, with what was found out about it outside the lock."""

    edit: AnyEdit
    briefing: int
    flaw: str | None
    interfaces: tuple[InterfacePublished, ...]
    follows: tuple[str, ...] = ()
    breach: str | None = None
    """The constraint that its text breaks."""
    claims: bool = False
    """Whether what nobody owns is claimed with the edit."""


def decide_write(
    write: Write, state: State, now: Now
) -> Sequence[SymbolClaimed | EditAccepted | EditRefused | InterfacePublished]:
    """The events of one write: accepted with the interfaces that it changes, or refused with a reason."""
    if write.briefing in state.briefings and _is_repeated(write, state, now):
        return [one for one in write.interfaces if not _is_published(write, one, state)]
    refusal = _refusal(write, state, now)
    if refusal is not None:
        reason, message = refusal
        return [EditRefused(edit=write.edit, reason=reason, message=message)]
    wanted = target_of(write.edit)
    claimed = [SymbolClaimed(symbol=wanted)] if state.owner(wanted) is None else []
    return [*claimed, EditAccepted(edit=write.edit, follows=write.follows), *write.interfaces]


def target_of(edit: AnyEdit) -> str:
    """The id of what an edit is about: a symbol, or all of a file."""
    match edit:
        case Replace() | Rename() | Create() | Move() | Delete() | Gap():
            return edit.symbol
        case FileText():
            return edit.path
        case _:
            assert_never(edit)


def _is_repeated(write: Write, state: State, now: Now) -> bool:
    """Whether the very edit was accepted and still stands: a resumed worker may write it again."""
    match write.edit:
        case Create():
            stands = (now.problem(state) or ("", ""))[0] == "exists"
        case Replace(text=text) | Rename(text=text) | FileText(text=text):
            stands = now.current(state) == text
        case Delete():
            stands = now.current(state) is None
        case Move() | Gap():
            return _latest(write, state) == write.edit
        case _:
            assert_never(write.edit)
    return stands and write.edit in state.briefings[write.briefing].changes


def _latest(write: Write, state: State) -> AnyEdit | None:
    """The briefing's last accepted edit of the same kind and symbol."""
    same = (
        one
        for one in reversed(state.briefings[write.briefing].edits)
        if one.op == write.edit.op and target_of(one) == target_of(write.edit)
    )
    return next(same, None)


def _is_published(write: Write, one: InterfacePublished, state: State) -> bool:
    return any(
        (p.symbol, p.before, p.after, p.briefing, p.proposed)
        == (one.symbol, one.before, one.after, write.briefing, False)
        for p in state.published
    )


def _refusal(write: Write, state: State, now: Now) -> Refusal | None:
    refusal = _unentitled(write, state) or _misplaced(write.edit, state, now)
    if refusal is None and write.flaw is not None:
        return "unparsable", write.flaw
    return refusal


def _unentitled(write: Write, state: State) -> Refusal | None:
    """Whether it is not for the writer to make such an edit."""
    briefing = state.briefings.get(write.briefing)
    if briefing is None or briefing.has_ended:
        return "finished", f"briefing {write.briefing} is not under way; it can write no more"
    if (message := _foreign(write, state)) is not None:
        return "not_owned", message
    message = write.breach or _forbidden(write.edit, briefing.constraints)
    return None if message is None else ("constraint", message)


def _forbidden(edit: AnyEdit, constraints: Sequence[AnyConstraint]) -> str | None:
    for path in _paths(edit):
        if (message := forbidden(path, constraints)) is not None:
            return message
    if isinstance(edit, FileText) and edit.base is None:
        return new_file_forbidden(edit.path, constraints)
    return None


def _misplaced(edit: AnyEdit, state: State, now: Now) -> Refusal | None:
    """An edit of what is not as it was read, or of what is new where something is already."""
    if (refusal := now.problem(state)) is not None:
        return refusal
    if not isinstance(edit, Create) and now.current(state) != edit.base:
        return "stale", (
            f"{target_of(edit)} has changed since it was read; read it again and redo the change"
        )
    return None


def _paths(edit: AnyEdit) -> tuple[str, ...]:
    """The path that an edit changes, and that which it gives a file instead."""
    if isinstance(edit, FileText) and edit.to is not None:
        return edit.path, edit.to
    return (path_of(edit),)


def _foreign(write: Write, state: State) -> str | None:
    """Whose it is, if it is not the writer's."""
    for wanted in (target_of(write.edit), *_paths(write.edit)[1:]):
        owner = state.owner(wanted)
        if owner is None and write.claims and (owner := holder(state, wanted)) is None:
            continue
        if owner is None:
            return (
                f"{wanted} belongs to no briefing of this wave; claim it, or write only what your "
                "briefing owns"
            )
        if owner != write.briefing:
            return f"{wanted} is owned by briefing {owner}; ask its owner for the change"
    return _shared(write, state)


def _shared(write: Write, state: State) -> str | None:
    """What takes others along: a file its symbols, a class that goes its members."""
    match write.edit:
        case FileText(path=path):
            inside, how = f"{path}:", "write the symbols that you own one by one"
        case Delete(symbol=symbol):
            inside, how = f"{symbol}.", "a class is deleted by the owner of all its members"
        case _:
            return None
    for symbol, owner in state.owners.items():
        if symbol.startswith(inside) and owner != write.briefing:
            return f"{symbol} is owned by briefing {owner}; {how}"
    return None
