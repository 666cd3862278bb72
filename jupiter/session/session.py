"""A session: what an engine sees of the world while it carries out one briefing."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass

from jupiter.bus.log import Log
from jupiter.code.changed import changed
from jupiter.code.interfaces import interface_of, interfaces
from jupiter.code.tiles import Tile, join
from jupiter.errors import RequestError
from jupiter.fold.state import State
from jupiter.fold.tree import Read, current_text, current_tiles
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.edit import FileText, Replace, path_of
from jupiter.model.event import (
    EditAccepted,
    EditRefused,
    InterfacePublished,
)
from jupiter.model.symbol import SymbolId
from jupiter.session.gate import CurrentName, Write, decide_write, flaw


@dataclass(frozen=True, slots=True)
class Session:
    """One briefing's reads and writes; `base` reads a path of the run's base commit.

    A write returns the verdict that the log has recorded. It never raises for what the worker did
    wrong: a refusal is an answer.
    """

    log: Log
    briefing: WorkerBriefing
    worker: str
    base: Read

    def read(self, path: str) -> bytes:
        """The text of a path at this moment of the log; raises RequestError if there is no such path."""
        return self.log.look(lambda state: current_text(state, path, self.base, self.log.get))

    def write_file(self, path: str, before: bytes, after: bytes) -> EditAccepted | EditRefused:
        """Give a file that the briefing owns whole a new text, based on the text `before`."""
        edit = FileText(
            path=path,
            base=_name(before),
            text=self.log.put(after),
            symbols=tuple(_id(path, name) for name in changed(path, before, after)),
        )
        return self._write(edit, flaw(edit, None, before, after), _published(path, before, after))

    def write(self, symbol: str, before: bytes, after: bytes) -> EditAccepted | EditRefused:
        """Give a symbol that the briefing owns a new text, based on the text `before`."""
        edit = Replace(symbol=symbol, base=_name(before), text=self.log.put(after))
        tiles = self.log.look(lambda state: self._tiles(state, edit))
        target = _find(tiles, edit)
        return self._write(
            edit, flaw(edit, target, join(tiles), after), _changed(edit, target, after)
        )

    def _write(
        self,
        edit: Replace | FileText,
        problem: str | None,
        published: tuple[InterfacePublished, ...],
    ) -> EditAccepted | EditRefused:
        write = Write(
            edit=edit,
            briefing=self.briefing.id,
            step=step_name(self.briefing),
            worker=self.worker,
            flaw=problem,
            interfaces=published,
        )
        verdict = self.log.append(lambda state: decide_write(write, state, self._current(edit)))
        assert isinstance(verdict[0].data, EditAccepted | EditRefused)  # noqa: S101  decide_write puts the verdict first
        return verdict[0].data

    def _current(self, edit: Replace | FileText) -> CurrentName:
        def current(state: State) -> str:
            match edit:
                case FileText(path=path):
                    return _name(current_text(state, path, self.base, self.log.get))
                case Replace():
                    target = _find(self._tiles(state, edit), edit)
                    return _name(b"" if target is None else target.text)

        return current

    def _tiles(self, state: State, edit: Replace) -> tuple[Tile, ...]:
        """The tiles of an edit's file; none when the base commit has no such path."""
        try:
            return current_tiles(state, path_of(edit), self.base, self.log.get)
        except RequestError:
            return ()


def step_name(briefing: WorkerBriefing) -> str:
    """The step of a briefing as events name it: `a`, or `a+b` for two that share its files."""
    return "+".join(briefing.task.steps)


def _published(path: str, before: bytes, after: bytes) -> tuple[InterfacePublished, ...]:
    old, new = interfaces(path, before), interfaces(path, after)
    return tuple(
        published
        for name in dict.fromkeys((*old, *new))
        for published in _difference(_id(path, name), old.get(name), new.get(name))
    )


def _changed(edit: Replace, target: Tile | None, text: bytes) -> tuple[InterfacePublished, ...]:
    if target is None:
        return ()
    before, after = interface_of(target), interface_of(dataclasses.replace(target, text=text))
    return _difference(edit.symbol, before, after)


def _difference(
    symbol: str, before: str | None, after: str | None
) -> tuple[InterfacePublished, ...]:
    """What is published of a symbol; nothing is of a statement that binds nothing, before and after."""
    before, after = before or None, after or None
    if before == after:
        return ()
    return (InterfacePublished(symbol=symbol, before=before, after=after),)


def _find(tiles: tuple[Tile, ...], edit: Replace) -> Tile | None:
    name = SymbolId.parse(edit.symbol).name
    return next((tile for tile in tiles if tile.name == name), None)


def _id(path: str, name: str) -> str:
    return str(SymbolId(path, name))


def _name(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
