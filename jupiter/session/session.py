"""A session: what an engine sees of the world while it carries out one briefing."""

from __future__ import annotations

import ast
import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from jupiter.bus.log import Log
from jupiter.code.changed import differing
from jupiter.code.interfaces import interface_of
from jupiter.code.outline import outline
from jupiter.code.parse import try_parse
from jupiter.code.placement import new_tiles
from jupiter.code.tiles import Tile, is_python, join
from jupiter.errors import RequestError
from jupiter.fold.state import State
from jupiter.fold.tree import (
    Base,
    current_file,
    current_text,
    current_tiles,
    start_tiles,
    wave_text,
)
from jupiter.model.briefing import PlannedSymbol, WorkerBriefing
from jupiter.model.edit import AnyEdit, Create, FileText, Rename, Replace, path_of, symbols_of
from jupiter.model.event import (
    ClaimRefused,
    Draft,
    EditAccepted,
    EditRefused,
    InterfacePublished,
    NoteAdded,
    Payload,
    SymbolClaimed,
    UpdateDelivered,
)
from jupiter.model.symbol import SymbolId
from jupiter.session.claims import decide_claim, decide_release
from jupiter.session.gate import Now, Write, creation_flaw, decide_write, flaw
from jupiter.session.requests import decide_answer, decide_request
from jupiter.session.updates import Updates, updates_of


@dataclass(frozen=True, slots=True)
class Session:
    """One briefing's reads and writes; `base` reads a path of the run's base commit.

    A write returns the verdict that the log has recorded. It never raises for what the worker did
    wrong: a refusal is an answer.
    """

    log: Log
    briefing: WorkerBriefing
    worker: str
    base: Base
    _started: dict[str, dict[str, Tile]] = field(default_factory=dict[str, dict[str, Tile]])
    """The tiles of a path when the wave began, by name, once they have been asked for."""

    def read(self, path: str) -> bytes:
        """The text of a path at this moment of the log; raises RequestError if there is no such path."""
        return self.log.look(lambda state: current_text(state, path, self.base, self.log.get))

    def write_file(
        self,
        path: str,
        before: bytes,
        after: bytes,
        *,
        to: str | None = None,
        follows: tuple[str, ...] = (),
    ) -> EditAccepted | EditRefused:
        """Give a file that the briefing owns whole a new text, based on the text `before`.

        `to` is the file's new path if it gets one; `follows` is as for `write`.
        """
        tree = _tree(path, after)
        was, now = outline(path, before, _tree(path, before)), outline(path, after, tree)
        edit = FileText(
            path=path,
            base=_name(before),
            text=self.log.put(after),
            symbols=tuple(_id(path, name) for name in differing(was.tiles, now.tiles)),
            to=to,
        )
        problem = flaw(edit, None, before, after) if tree is None else None
        published = _published(path, was.interfaces, now.interfaces)
        return self._write(
            edit, problem, (*_difference(path, path, to or path), *published), follows
        )

    def write(
        self,
        symbol: str,
        before: bytes,
        after: bytes,
        *,
        to: str | None = None,
        follows: tuple[str, ...] = (),
    ) -> EditAccepted | EditRefused:
        """Give a symbol that the briefing owns a new text, based on the text `before`.

        `to` is the symbol's new name if the text gives it one; `follows` names the symbols whose
        published interfaces the text adapts to.
        """
        base, text = _name(before), self.log.put(after)
        edit: Replace | Rename = Replace(symbol=symbol, base=base, text=text)
        if to is not None:
            edit = Rename(symbol=symbol, to=to, base=base, text=text)
        target, whole = self.log.look(lambda state: self._target(state, edit))
        return self._write(
            edit,
            flaw(edit, target, whole, after),
            _changed(edit, target, before, after),
            follows,
        )

    def create(
        self, new: PlannedSymbol, *, follows: tuple[str, ...] = ()
    ) -> EditAccepted | EditRefused:
        """Make a symbol that the plan gave to the briefing, at the place that the plan says."""
        path, name = SymbolId.parse(new.symbol)
        text = new.text.encode()
        edit = Create(
            symbol=new.symbol,
            container=new.container,
            slot=new.slot,
            rank=new.rank,
            gap=new.gap,
            text=self.log.put(text),
        )
        there = tuple(self.log.look(lambda state: self._at_start(state, path)).values())
        tiles = new_tiles(path, name, new.container, text)
        return self._write(
            edit,
            creation_flaw(edit, there, text),
            tuple(
                published
                for one in tiles
                for published in _difference(_id(path, one.name), None, interface_of(one))
            ),
            follows,
        )

    def _write(
        self,
        edit: AnyEdit,
        problem: str | None,
        published: tuple[InterfacePublished, ...],
        follows: tuple[str, ...] = (),
    ) -> EditAccepted | EditRefused:
        write = Write(
            edit=edit,
            briefing=self.briefing.id,
            flaw=problem,
            interfaces=published,
            follows=follows,
        )
        now = Now(partial(self._current, edit), partial(self._is_free, edit))
        match self._decide(lambda state: decide_write(write, state, now)):
            case (EditAccepted() | EditRefused() as verdict, *_):
                return verdict
            case _:  # it was accepted before
                return EditAccepted(edit=edit, follows=follows)

    def claim(self, symbol: str) -> SymbolClaimed | ClaimRefused:
        """Come to own a symbol, or a file, that nobody owns; the verdict says who does if somebody does."""
        match self._decide(lambda state: decide_claim(state, symbol, self.briefing.id)):
            case (ClaimRefused() as refused,):
                return refused
            case _:
                return SymbolClaimed(symbol=symbol)

    def release(self, symbol: str) -> bool:
        """Give back what was claimed and not written; whether there was anything to give back."""
        return bool(self._decide(lambda state: decide_release(state, symbol, self.briefing.id)))

    def request(self, symbol: str, text: str) -> None:
        """Ask the owner of a symbol for a change; the answer comes with the updates.

        Raises:
            RequestError: nobody owns the symbol, or the briefing itself does.
        """
        self._decide(lambda state: decide_request(state, symbol, text, self.briefing.id))

    def answer(self, request: int, text: str, *, granted: bool) -> None:
        """Answer a request by the number of its event; raises RequestError if there is none."""
        own = self.briefing.id
        self._decide(lambda state: decide_answer(state, request, text, own, granted=granted))

    def note(self, text: str) -> None:
        """Tell all other workers something, in 500 characters at most."""
        self.record(NoteAdded(text=text))

    def updates(self) -> Updates:
        """What concerns the briefing since it asked the last time; nothing is given twice."""
        found = Updates()

        def decide(state: State) -> Sequence[UpdateDelivered]:
            nonlocal found
            found = updates_of(state, self.briefing)
            return [UpdateDelivered(through=state.seq)] if found else []

        self._decide(decide)
        return found

    def record(self, data: Payload) -> None:
        """Append an event of this briefing."""
        self.log.record(self._draft(data))

    def _decide(self, decide: Callable[[State], Sequence[Payload]]) -> tuple[Payload, ...]:
        """Append what a decision of this briefing comes to."""
        events = self.log.append(lambda state: [self._draft(data) for data in decide(state)])
        return tuple(event.data for event in events)

    def _draft(self, data: Payload) -> Draft:
        return Draft(
            data=data,
            step=step_name(self.briefing),
            briefing=self.briefing.id,
            worker=self.worker,
        )

    def written(self) -> frozenset[str]:
        """The paths that the briefing has written, also before the run was resumed."""
        number = self.briefing.id
        return self.log.look(
            lambda state: frozenset(path_of(edit) for edit in state.briefings[number].edits)
        )

    def _current(self, edit: AnyEdit, state: State) -> str:
        match edit:
            case FileText(path=path):
                return _name(wave_text(state, path, self.base, self.log.get))
            case Replace() | Rename():
                target, _ = self._target(state, edit)
                return _name(b"" if target is None else target.text)
            case Create():
                return ""

    def _is_free(self, edit: AnyEdit, state: State) -> bool:
        match edit:
            case FileText(to=to):
                return to is None or current_file(state, to, self.base, self.log.get) is None
            case Create(symbol=symbol):
                path, name = SymbolId.parse(symbol)
                tiles = current_tiles(state, path, self.base, self.log.get)
                return all(one.name != name for one in tiles)
            case _:
                return True

    def _target(self, state: State, edit: Replace | Rename) -> tuple[Tile | None, bytes]:
        """The tile that an edit is about, as it is now, and the text of its file.

        A symbol has one writer, so it is as it was when the wave began but for the briefing's own
        edits. The file's text is that of the wave's start: only a file of one tile asks for it.
        """
        path, name = SymbolId.parse(edit.symbol)
        own = state.briefings[self.briefing.id].edits if self.briefing.id in state.briefings else []
        if any(isinstance(one, FileText | Create) and path_of(one) == path for one in own):
            replaced = current_tiles(state, path, self.base, self.log.get)
            return next((t for t in replaced if t.name == name), None), join(replaced)
        tiles = self._at_start(state, path)
        target = tiles.get(name)
        for one in reversed(own):
            if target and symbols_of(one) == (edit.symbol,):
                target = dataclasses.replace(target, text=self.log.get(one.text))
                break
        return target, join(tiles.values())

    def _at_start(self, state: State, path: str) -> dict[str, Tile]:
        """The tiles of a path when the wave began, by name; none if there is no such path."""
        if path not in self._started:
            try:
                tiles = start_tiles(state, path, self.base, self.log.get)
            except RequestError:
                tiles = ()
            self._started[path] = {tile.name: tile for tile in tiles}
        return self._started[path]


def step_name(briefing: WorkerBriefing) -> str:
    """The step of a briefing as events name it: `a`, or `a+b` for two that share its files."""
    return "+".join(briefing.task.steps)


def _tree(path: str, text: bytes) -> ast.Module | None:
    return try_parse(text) if is_python(path) else None


def _published(
    path: str, old: Mapping[str, str], new: Mapping[str, str]
) -> tuple[InterfacePublished, ...]:
    """What is published of a file whose symbols had and have these interfaces."""
    return tuple(
        published
        for name in dict.fromkeys((*old, *new))
        for published in _difference(_id(path, name), old.get(name), new.get(name))
    )


def _changed(
    edit: Replace | Rename, target: Tile | None, before: bytes, after: bytes
) -> tuple[InterfacePublished, ...]:
    if target is None:
        return ()
    was, now = (interface_of(dataclasses.replace(target, text=text)) for text in (before, after))
    return _difference(edit.symbol, was, now)


def _difference(
    symbol: str, before: str | None, after: str | None
) -> tuple[InterfacePublished, ...]:
    """What is published of a symbol; nothing is of a statement that binds nothing, before and after."""
    before, after = before or None, after or None
    if before == after:
        return ()
    return (InterfacePublished(symbol=symbol, before=before, after=after),)


def _id(path: str, name: str) -> str:
    return str(SymbolId(path, name))


def _name(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
