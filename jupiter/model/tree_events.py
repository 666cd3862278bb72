"""What happens to the tree and to who owns it: edits, shared names, interfaces, claims, requests, notes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jupiter.model.base import Model
from jupiter.model.edit import Edit
from jupiter.model.name import SharedName

Reason = Literal["not_owned", "stale", "exists", "missing", "unparsable", "constraint", "finished"]


class EditAccepted(Model):
    """The gate let an edit through: it is part of the tree."""

    type: Literal["edit.accepted"] = "edit.accepted"
    edit: Edit
    follows: tuple[str, ...] = ()
    """The symbols whose published interfaces this edit adapts its own symbol to."""


class EditRefused(Model):
    """The gate refused an edit: the tree is as it was."""

    type: Literal["edit.refused"] = "edit.refused"
    edit: Edit
    reason: Reason
    message: str
    """What was wrong and what the worker may do instead."""


class NameAdded(Model):
    """A file has one more import, or entry of `__all__`, if it has not got it already."""

    type: Literal["name.added"] = "name.added"
    path: str
    name: SharedName


class NameDropped(Model):
    """A file loses an import, or an entry of `__all__`, unless something in it uses it."""

    type: Literal["name.dropped"] = "name.dropped"
    path: str
    name: SharedName


class NameRefused(Model):
    """The gate refused to add or drop a name: the tree is as it was."""

    type: Literal["name.refused"] = "name.refused"
    path: str
    name: SharedName
    reason: Reason
    message: str


class InterfaceProposed(Model):
    """An owner says what an interface of its own is going to be, before it writes the body."""

    type: Literal["interface.proposed"] = "interface.proposed"
    symbol: str
    before: str | None
    after: str


class InterfacePublished(Model):
    """An accepted edit changed what others rely on; None where there was or is no such symbol."""

    type: Literal["interface.published"] = "interface.published"
    symbol: str
    before: str | None
    after: str | None


class SymbolClaimed(Model):
    """A briefing owns what nobody owned: the first claim in log order wins."""

    type: Literal["symbol.claimed"] = "symbol.claimed"
    symbol: str


class SymbolHandedOver(Model):
    """The owner of a symbol gives it to another briefing, which may write it from here on."""

    type: Literal["symbol.handed_over"] = "symbol.handed_over"
    symbol: str
    to: int


class SymbolReleased(Model):
    """A briefing gives back what it had claimed and not written."""

    type: Literal["symbol.released"] = "symbol.released"
    symbol: str


class ClaimRefused(Model):
    """What a briefing wanted to claim is not to be had."""

    type: Literal["claim.refused"] = "claim.refused"
    symbol: str
    owner: int | None
    """The briefing that owns it, or some of it; None if nobody may write it."""
    message: str


class RequestMade(Model):
    """A briefing asks the owner of a symbol for a change; the event's `seq` names the request."""

    type: Literal["request.made"] = "request.made"
    to: int
    symbol: str
    text: Annotated[str, Field(max_length=2000)]


class RequestAnswered(Model):
    """A request has its answer, from the owner or, where no answer can come, from the log."""

    type: Literal["request.answered"] = "request.answered"
    request: int
    granted: bool
    text: Annotated[str, Field(max_length=2000)]


class NoteAdded(Model):
    """A worker tells all others something."""

    type: Literal["note.added"] = "note.added"
    text: Annotated[str, Field(max_length=500)]


class UpdateDelivered(Model):
    """A worker was given what concerns it of the events up to `through`."""

    type: Literal["update.delivered"] = "update.delivered"
    through: int


OfOwners = SymbolClaimed | SymbolHandedOver | SymbolReleased | ClaimRefused
"""Who owns what."""
AboutSymbol = InterfaceProposed | InterfacePublished | OfOwners | RequestMade
"""What is about one symbol, and names it."""
