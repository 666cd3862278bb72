"""A session: what an engine sees of the world while it carries out one briefing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from jupiter.bus.log import Log
from jupiter.code.changed import changed
from jupiter.code.interfaces import interfaces
from jupiter.code.tiles import tile
from jupiter.fold.state import State
from jupiter.fold.tree import Read, current_text
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.edit import FileText, Replace, path_of
from jupiter.model.event import (
    EditAccepted,
    EditRefused,
    InterfacePublished,
)
from jupiter.model.symbol import SymbolId
from jupiter.session.gate import Write, decide_write, flaw


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
        return self._write(edit, before, after, after)

    def write(self, symbol: str, before: bytes, after: bytes) -> EditAccepted | EditRefused:
        """Give a symbol that the briefing owns a new text, based on the text `before`."""
        path, name = SymbolId.parse(symbol)
        file = self.read(path)
        edit = Replace(symbol=symbol, base=_name(before), text=self.log.put(after))
        whole = b"".join(t.gap + (after if t.name == name else t.text) for t in tile(path, file))
        return self._write(edit, file, after, whole)

    def _write(
        self, edit: Replace | FileText, file: bytes, text: bytes, whole: bytes
    ) -> EditAccepted | EditRefused:
        path = path_of(edit)
        write = Write(
            edit=edit,
            briefing=self.briefing.id,
            step=step_name(self.briefing),
            worker=self.worker,
            flaw=flaw(edit, file, text),
            interfaces=_published(path, file, whole),
        )

        def current(state: State) -> str:
            return _name(_target_text(edit, current_text(state, path, self.base, self.log.get)))

        verdict = self.log.append(lambda state: decide_write(write, state, current))[0].data
        assert isinstance(verdict, EditAccepted | EditRefused)  # noqa: S101  decide_write puts the verdict first
        return verdict


def step_name(briefing: WorkerBriefing) -> str:
    """The step of a briefing as events name it: `a`, or `a+b` for two that share its files."""
    return "+".join(briefing.task.steps)


def _published(path: str, before: bytes, after: bytes) -> tuple[InterfacePublished, ...]:
    old, new = interfaces(path, before), interfaces(path, after)
    return tuple(
        InterfacePublished(symbol=_id(path, name), before=old.get(name), after=new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    )


def _target_text(edit: Replace | FileText, file: bytes) -> bytes:
    match edit:
        case FileText():
            return file
        case Replace():
            path, name = SymbolId.parse(edit.symbol)
            return next((t.text for t in tile(path, file) if t.name == name), b"")


def _id(path: str, name: str) -> str:
    return str(SymbolId(path, name))


def _name(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
