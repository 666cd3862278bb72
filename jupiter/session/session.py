"""A session: what an engine sees of the world while it carries out one briefing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

from jupiter.code.placement import container_of, new_tiles
from jupiter.code.tiles import Tile, join
from jupiter.errors import RequestError
from jupiter.fold.file import File
from jupiter.fold.tree import current_file
from jupiter.model.briefing import PlannedSymbol
from jupiter.model.edit import (
    AnyEdit,
    Create,
    Delete,
    FileText,
    Gap,
    Mode,
    Move,
    Rename,
    Replace,
    path_of,
)
from jupiter.model.name import SharedName
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import (
    EditAccepted,
    EditRefused,
    InterfacePublished,
    NameAdded,
    NameDropped,
    NameRefused,
)
from jupiter.session.constraints import Altered, altered_new, altered_tiles, broken
from jupiter.session.flaws import creation_flaw, file_flaw, move_flaw, text_flaw
from jupiter.session.gate import Now, Write, decide_write
from jupiter.session.names import decide_name
from jupiter.session.publishing import changed, created, deleted, file_changed
from jupiter.session.talk import Talk
from jupiter.session.view import container_behind, name_of

N = TypeVar("N", NameAdded, NameDropped)
Verdict = EditAccepted | EditRefused
Published = tuple[InterfacePublished, ...]


@dataclass(frozen=True)
class Session(Talk):
    """One briefing's reads and writes, and what it says to the others.

    A write returns the verdict that the log has recorded. It never raises for what the worker did
    wrong: a refusal is an answer.
    """

    @cached_property
    def _read(self) -> dict[str, dict[bytes, bytes]]:
        """Texts that were read, each with its writer's own."""
        return {}

    def read(self, path: str) -> bytes:
        """The text of a path at this moment of the log; raises RequestError if there is no such path."""
        self.has_read(path)
        return self.log.look(lambda state: self._view.text(state, path))

    def file(self, path: str) -> File | None:
        """The file at a path at this moment of the log; None if there is none."""
        return self.log.look(lambda state: current_file(state, path, self.base, self.log.get))

    def tiles(self, path: str) -> tuple[Tile, ...]:
        """The symbols of a path at this moment; raises RequestError if there is no such path."""
        return self.log.look(lambda state: self._view.tiles(state, path))

    def read_symbol(self, symbol: str) -> bytes:
        """The text of a symbol at this moment, of a class that of its head.

        Raises:
            RequestError: there is no such symbol.
        """
        self.has_read(symbol)
        path, name = SymbolId.parse(symbol)
        for one in self.tiles(path):
            if one.name == name:
                self._own_text(symbol, one.text)
                return one.text
        raise RequestError(f"there is no symbol {symbol}")

    def write(
        self,
        symbol: str,
        before: bytes,
        after: bytes,
        *,
        to: str | None = None,
        follows: tuple[str, ...] = (),
    ) -> Verdict:
        """Give a symbol that the briefing owns a new text, based on the text `before`.

        `to` is the symbol's new name if the text gives it one; `follows` names the symbols whose
        published interfaces the text adapts to.
        """
        base, text = name_of(self._own_text(symbol, before)), self.log.put(after)
        edit: Replace | Rename = Replace(symbol=symbol, base=base, text=text)
        if to is not None:
            edit = Rename(symbol=symbol, to=to, base=base, text=text)
        target, whole = self.log.look(lambda state: self._view.target(state, symbol))
        flaw = text_flaw(edit, target, whole, after)
        published = changed(symbol, target, before, after)
        return self._write(edit, flaw, published, self._since_start(symbol, after), follows)

    def create(self, new: PlannedSymbol, *, follows: tuple[str, ...] = ()) -> Verdict:
        """Make a symbol that the plan gave to the briefing, at the place that the plan says."""
        text = new.text.encode()
        edit = Create(
            symbol=new.symbol,
            container=new.container,
            slot=new.slot,
            rank=new.rank,
            gap=new.gap,
            text=self.log.put(text),
        )
        return self._create(edit, text, follows)

    def create_behind(
        self,
        symbol: str,
        text: bytes,
        *,
        after: str,
        gap: int | None = None,
        follows: tuple[str, ...] = (),
        claims: bool = True,
    ) -> Verdict:
        """Make a symbol that no plan knew, behind the symbol `after` of its file, and claim it.

        `after` is empty, or the class itself, for the top of the module or class; `gap` is how many
        blank lines stand above, None for as many as are usual. Without `claims` it is refused unless the
        briefing owns its file, or its class.
        """
        path, name = SymbolId.parse(symbol)
        container = container_of(path, name)
        behind = SymbolId.parse(after).name if after else ""
        slot, anchor = self.log.look(lambda s: self._view.place(s, path, container, behind))
        edit = Create(
            symbol=symbol,
            container=container,
            slot=slot,
            rank=None,
            after=anchor,
            gap=gap,
            text=self.log.put(text),
        )
        return self._create(edit, text, follows, claims=claims)

    def delete(self, symbol: str, before: bytes) -> Verdict:
        """Delete a symbol, a class with its members; `before` is its text, of a class its head's."""
        path, name = SymbolId.parse(symbol)
        edit = Delete(symbol=symbol, base=name_of(self._own_text(symbol, before)))
        tiles = self.log.look(lambda state: self._view.known(state, path))
        published = deleted(path, name, tiles)
        return self._write(edit, None, published, self._since_start(symbol, b""))

    def move(self, symbol: str, before: bytes, *, after: str, gap: int | None = None) -> Verdict:
        """Put a symbol, a class with its members, behind another symbol of its file.

        `after` is empty for the top of the module, a class for the top of that class.
        """
        path, name = SymbolId.parse(symbol)
        behind = SymbolId.parse(after).name if after else ""
        known = self.log.look(lambda state: self._view.known(state, path))
        container = container_behind(known, behind, container_of(path, name))
        slot, anchor = self.log.look(lambda s: self._view.place(s, path, container, behind))
        edit = Move(
            symbol=symbol,
            base=name_of(self._own_text(symbol, before)),
            container=container,
            slot=slot,
            rank=None,
            after=anchor,
            gap=gap,
        )
        return self._move(edit)

    def move_as_planned(self, planned: PlannedSymbol, before: bytes) -> Verdict:
        """Put a symbol where the plan says; `before` is its text, of a class its head's."""
        edit = Move(
            symbol=planned.symbol,
            base=name_of(self._own_text(planned.symbol, before)),
            container=planned.container,
            slot=planned.slot,
            rank=planned.rank,
            gap=planned.gap,
        )
        return self._move(edit)

    def _move(self, edit: Move) -> Verdict:
        known = self.log.look(lambda state: self._view.known(state, path_of(edit)))
        target, _ = self.log.look(lambda state: self._view.target(state, edit.symbol))
        return self._write(edit, move_flaw(edit, target, known), ())

    def set_gap(self, symbol: str, before: bytes, lines: int) -> Verdict:
        """Have so many blank lines, 0 to 100, above a symbol; `before` is its text."""
        base = name_of(self._own_text(symbol, before))
        return self._write(Gap(symbol=symbol, base=base, gap=lines), None, ())

    def add_name(self, path: str, name: SharedName) -> NameAdded | NameRefused:
        """Have an import, or an entry of `__all__`, in a file, whoever owns the text around it."""
        return self._share(NameAdded(path=path, name=name))

    def drop_name(self, path: str, name: SharedName) -> NameDropped | NameRefused:
        """Need an import, or an entry of `__all__`, no more; it goes if nothing in the file uses it."""
        return self._share(NameDropped(path=path, name=name))

    def _share(self, wanted: N) -> N | NameRefused:
        decided = self._decide(lambda state: decide_name(state, self._view, wanted))
        refused = (one for one in decided if isinstance(one, NameRefused))
        return next(refused, wanted)

    def write_file(
        self,
        path: str,
        before: bytes | None,
        after: bytes | None,
        *,
        to: str | None = None,
        mode: Mode | None = None,
        follows: tuple[str, ...] = (),
    ) -> Verdict:
        """Give a file that the briefing owns whole a new text, based on the text `before`.

        `before` is None where there is no file, `after` to delete it. `to` is the file's new path if
        it gets one, `mode` its new mode; `follows` is as for `write`.
        """
        symbols, published = file_changed(path, before, after, to)
        edit = FileText(
            path=path,
            base=None if before is None else name_of(self._own_text(path, before)),
            text=None if after is None else self.log.put(after),
            symbols=symbols,
            to=to,
            mode=mode,
        )
        flaw = file_flaw(path, before, after)
        altered = altered_tiles(path, self._start_text(path), after)
        return self._write(edit, flaw, published, altered, follows, claims=before is None)

    def show(self, symbol: str) -> None:
        """Know the text of a symbol or file as it reads now for what the worker was shown."""
        own, shown = self.log.look(lambda state: self._view.texts(state, symbol))
        if own is not None and shown is not None:
            self._read.setdefault(symbol, {})[shown] = own

    def refuse(self, edit: AnyEdit, message: str) -> EditRefused:
        """Record that a write was refused that never came to the gate: it was no text."""
        refused = EditRefused(edit=edit, reason="constraint", message=message)
        self.record(refused)
        return refused

    def _own_text(self, symbol: str, read: bytes) -> bytes:
        """What a text that was read, of a symbol or a file, is without the names that others have added.

        A write is based on its writer's own text: what others add meanwhile does not make it stale.
        """
        known = self._read.setdefault(symbol, {})
        if read not in known:
            own, shown = self.log.look(lambda state: self._view.texts(state, symbol))
            known[read] = own if own is not None and read == shown else read
        return known[read]

    def _create(
        self, edit: Create, text: bytes, follows: tuple[str, ...], *, claims: bool = False
    ) -> Verdict:
        path, name = SymbolId.parse(edit.symbol)
        known = self.log.look(lambda state: self._view.known(state, path))
        published = created(path, new_tiles(path, name, edit.container, text))
        flaw = creation_flaw(edit, known, text)
        altered = altered_new(path, name, edit.container, text)
        return self._write(edit, flaw, published, altered, follows, claims=claims)

    def _since_start(self, symbol: str, after: bytes) -> tuple[Altered, ...]:
        """What a new text makes of a symbol as it was when the wave began."""
        path, name = SymbolId.parse(symbol)
        start = self.log.look(lambda state: self._view.at_start(state, path)).get(name)
        return (Altered(symbol, b"" if start is None else start.text, after),)

    def _start_text(self, path: str) -> bytes:
        return join(self.log.look(lambda state: self._view.at_start(state, path)).values())

    def _write(
        self,
        edit: AnyEdit,
        flaw: str | None,
        published: Published,
        altered: Sequence[Altered] = (),
        follows: tuple[str, ...] = (),
        *,
        claims: bool = False,
    ) -> Verdict:
        write = Write(
            edit=edit,
            briefing=self.briefing.id,
            flaw=flaw,
            breach=broken(altered, published, self.briefing.constraints),
            interfaces=published,
            follows=follows,
            claims=claims,
        )
        now = Now(
            partial(self._view.current, edit=edit),
            partial(self._view.problem, edit=edit),
        )
        for verdict in self._decide(lambda state: decide_write(write, state, now)):
            if isinstance(verdict, EditAccepted | EditRefused):
                return verdict
        return EditAccepted(edit=edit, follows=follows)  # it was accepted before

    def written(self) -> frozenset[str]:
        """The paths that the briefing has written, also before the run was resumed."""
        number = self.briefing.id
        return self.log.look(
            lambda state: frozenset(path_of(edit) for edit in state.briefings[number].edits)
        )
