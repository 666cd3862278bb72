"""A worker's desk: what its tools read and write, in words for a model. The session behind it decides."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from jupiter.code.placement import container_of
from jupiter.code.tiles import Tile
from jupiter.engines.agent_views import breaks, readable, updates_text, used, uses
from jupiter.engines.setting import Setting
from jupiter.errors import RequestError
from jupiter.fold.file import FoldedFile
from jupiter.fold.state import State
from jupiter.fold.tree import start_file
from jupiter.index.codebase import Codebase
from jupiter.model.edit import path_of
from jupiter.model.plan import Plan
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import EditAccepted, EditRefused
from jupiter.session.session import Session
from jupiter.session.updates import Updates

MOST_WOKEN = 10
"""How often a briefing that is done goes on because of what others have changed."""


class Refused(Exception):  # noqa: N818 # an answer that the model reads, no error of ours
    """A call of a tool that could not be carried out; the text says why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all workers of a wave have in common."""

    goals: Mapping[int, str]
    """By briefing."""
    paths: tuple[str, ...]
    """The files of the codebase."""
    names: Codebase
    """What names meant when the wave began."""
    check: Callable[[Session], str]
    """Runs the quick command of a briefing's step on the tree as it is; empty if there is none."""
    shares: bool = True
    """Whether workers see what others do; without it each works as if it were alone."""


def surroundings(plan: Plan, setting: Setting) -> Surroundings:
    """What the workers of a plan have in common."""
    return Surroundings(
        goals={one.id: one.task.goal for one in plan.briefings},
        paths=tuple(setting.index.files),
        names=setting.index.names,
        check=setting.check,
        shares=setting.shares,
    )


@dataclass(slots=True)
class Desk:
    """One conversation's reads and writes."""

    session: Session
    around: Surroundings
    seen: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """The text of a symbol as the worker has seen it last."""
    summary: str | None = None
    """What the worker said when it was done."""
    answers: int = 0
    """The event of the reply whose calls are being answered."""
    unread: int = 0
    """The event of the last reply that has a refusal, or news, among the answers to its calls."""
    shown: set[str] = field(default_factory=set[str])
    """The symbols that the call which is being answered has shown."""
    asked: int = 0
    """The last event before that call."""

    def tiles(self, path: str) -> tuple[Tile, ...]:
        """The tiles of a file as the worker may see them; Refused if there is no such file."""
        try:
            if self._sees():
                return self.session.tiles(path)
            return self.session.log.look(lambda state: self._own(state, path))
        except RequestError as error:
            raise Refused(f"{error}; `search` finds the files that there are") from error

    def text(self, path: str) -> bytes:
        """The text of a file as the worker may see it."""
        return b"".join(one.gap + one.text for one in self.tiles(path))

    def file(self, path: str) -> bytes | None:
        """The text of a file that a change of it is based on; None if there is no file."""
        if path in self.seen:
            return self.seen[path]
        try:
            return self.text(path)
        except Refused:
            return None

    def symbol(self, symbol: str) -> tuple[Tile, ...]:
        """The tile of a symbol, with the members of a class behind its head; all tiles of a path."""
        return _inside(self.tiles(SymbolId.parse(symbol).path), symbol)

    def show(self, *symbols: str) -> None:
        """The worker is shown these symbols: from now on it is told when their interfaces change."""
        self.shown.update(symbols)
        self.session.has_read(*symbols, at=self.asked)

    def owned_texts(self) -> dict[str, str]:
        """The texts of what the briefing owns, by symbol, as the worker sees them."""
        found: dict[str, str] = {}
        tiles = cache(self.tiles)  # a file is cut once, however many of its symbols are owned
        away = self._given_away()
        for symbol in self._owned():
            path = SymbolId.parse(symbol).path
            try:
                for one in _inside(tiles(path), symbol):
                    mine = str(SymbolId(path, one.name))
                    if away.isdisjoint((mine, path)):
                        found[mine] = readable(one.text)
            except Refused:  # it is to be made, or gone
                continue
        return found

    def before(self, symbol: str) -> bytes:
        """The text of a symbol that a change of it is based on: the one that was seen last."""
        return self.seen.get(symbol) or self.symbol(symbol)[0].text

    def write(self, symbol: str, text: str) -> str:
        """Give a symbol a new text."""
        target = self.symbol(symbol)[0]
        after = fitted(text, target)
        if target.text != after:  # else a crash came between the edit and its answer
            before = self.before(symbol)
            follows = self.follows(symbol, after)
            accepted(self.session.write(symbol, before, after, follows=follows))
        self.seen[symbol] = after
        return f"{symbol} is written."

    def follows(self, symbol: str, text: bytes) -> tuple[str, ...]:
        """The changed interfaces that the worker was told of and that a text of it uses."""
        own = self.session.briefing

        def told(state: State) -> dict[str, None]:
            until = state.briefings[own.id].told
            return dict.fromkeys(
                one.symbol
                for one in state.published
                if one.briefing not in {None, own.id} and one.before is not None
                if one.seq <= until and state.briefings[one.briefing or 0].wave == own.wave
            )

        texts = {symbol: readable(text)}
        return tuple(one for one in self.session.log.look(told) if any(uses(one, texts)))

    def updates(self, since: int | None = None) -> tuple[Updates, int]:
        """What concerns the briefing and was not delivered, and the event up to which that is so.

        With `since` all that has come up after that event, delivered or not.
        """
        found, through = self.session.pending(since)
        return (found if self.around.shares else Updates(repairs=found.repairs)), through

    def news(self, since: int | None = None, *, is_done: bool = False) -> tuple[str, int]:
        """The updates as the worker reads them, empty if there are none, and how far they reach.

        One that was done is told nothing of interfaces that it does not use.
        """
        found, through = self.updates(since)
        if not found:
            return "", through
        texts = self.owned_texts()
        return updates_text(used(found, texts) if is_done else found, texts), through

    def told(self) -> int:
        """The event up to which the worker was given what concerns it."""
        number = self.session.briefing.id
        return self.session.log.look(lambda state: state.briefings[number].told)

    def is_broken(self) -> bool:
        """Whether an update that the worker has not read touches its symbols, or asks something of it."""
        return self._is_broken_by(self.updates()[0])

    def is_touched(self) -> bool:
        """Whether what the worker has not read breaks something of its own, or asks, answers or gives."""
        found, _ = self.updates()
        return bool(found.answers or found.received) or self._is_broken_by(found)

    def _is_broken_by(self, found: Updates) -> bool:
        if found.requests or found.repairs:
            return True
        return bool(found.interfaces) and breaks(found, self.owned_texts())

    def _sees(self) -> bool:
        """Whether the worker sees what others do: who is to repair does, also one that worked as if alone."""
        number = self.session.briefing.id
        return self.around.shares or self.session.log.look(
            lambda state: any(one.briefing == number for one in state.repairs)
        )

    def _owned(self) -> tuple[str, ...]:
        number = self.session.briefing.id
        claimed = self.session.log.look(
            lambda state: tuple(sorted(s for s in state.claimed if state.owner(s) == number))
        )
        return (*self.session.briefing.symbols_owned, *claimed)

    def _given_away(self) -> frozenset[str]:
        """What was the briefing's own, and has been handed over since."""
        number = self.session.briefing.id
        return self.session.log.look(
            lambda state: frozenset(
                one.symbol
                for one in state.handed_over
                if one.giver == number and state.owner(one.symbol) != number
            )
        )

    def _own(self, state: State, path: str) -> tuple[Tile, ...]:
        """A file as it was when the wave began, with the worker's own edits alone."""
        log, base = self.session.log, self.session.base
        folded = FoldedFile(path, start_file(state, path, base, log.get), log.get)
        for change in state.briefings[self.session.briefing.id].changes:
            if path_of(change) == path:
                folded.apply(change)
        if folded.file is None:
            raise RequestError(f"there is no file {path}")
        return folded.tiles()


def _inside(tiles: tuple[Tile, ...], symbol: str) -> tuple[Tile, ...]:
    """Of the tiles of a symbol's file its own, with the members of a class behind its head; all of a path."""
    path, name = SymbolId.parse(symbol)
    if not name:
        return tiles
    found = tuple(one for one in tiles if one.name == name or one.name.startswith(f"{name}."))
    if not found:
        near = ", ".join(one.name for one in tiles if one.name)
        raise Refused(f"{path} has no symbol {name}; it has: {near or 'none, it is one piece'}")
    return found


def is_woken(session: Session, around: Surroundings) -> bool:
    """Whether a change that came after the session's briefing was done breaks what it owns.

    Workers that wake each other in a circle come to an end: beyond `MOST_WOKEN` only what is given back
    for repair wakes, of which there are so many rounds as the recipe says.
    """
    mine = session.log.look(lambda state: state.briefings[session.briefing.id])
    if mine.progress != "finished":
        return False
    desk = Desk(session, around)
    return desk.is_broken() if mine.times_done <= MOST_WOKEN else bool(desk.updates()[0].repairs)


def accepted(verdict: EditAccepted | EditRefused) -> None:
    """Raise Refused, with what the gate says, unless an edit was accepted."""
    if isinstance(verdict, EditRefused):
        raise Refused(f"{verdict.reason}: {verdict.message}")


def fitted(text: str, target: Tile) -> bytes:
    """A model's text in the form that its place has: indentation, line ends, a line end behind it."""
    body = text.replace("\r\n", "\n").strip("\n")
    indent = _indentation(target)
    if indent and not body.startswith((" ", "\t")):
        body = textwrap.indent(body, indent)
    end = "\r\n" if b"\r\n" in target.text else "\n"
    last = "" if _has_no_end(target) and not text.endswith("\n") else end
    return (body.replace("\n", end) + last).encode()


def _indentation(target: Tile) -> str:
    """How far in a member of a class stands; in prose columns mean something else."""
    if not target.container:
        return ""
    first = target.text.split(b"\n", 1)[0]
    return first[: len(first) - len(first.lstrip())].decode(errors="replace")


def _has_no_end(target: Tile) -> bool:
    """Whether a tile is the last one of a file whose last line has no end."""
    return bool(target.text) and not target.text.endswith((b"\n", b"\r"))


def fitted_new(text: str, symbol: str, newline: bytes) -> bytes:
    """The text of something new: a member of a class stands four columns in; `newline` ends lines."""
    path, name = SymbolId.parse(symbol)
    body = text.replace("\r\n", "\n").strip("\n")
    container = container_of(path, name)
    if container and not body.startswith((" ", "\t")):
        body = textwrap.indent(body, "    " * (container.count(".") + 1))
    return f"{body}\n".encode().replace(b"\n", newline)
