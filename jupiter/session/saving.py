"""Saving: what somebody has made of a file, cut into edits of its symbols, each of them at the gate.

Who owns all of a file writes all of it. Else each symbol that differs is an edit of its own, and what
differs in imports and in `__all__` is names that are added and dropped. An edit is accepted whole, or
refused; the others of the same file do not depend on it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from jupiter.code.difference import Difference, Stand, difference
from jupiter.code.importing import Import
from jupiter.code.parse import UNPARSABLE
from jupiter.code.placement import newline_of
from jupiter.code.sharing import exports, holds_names, imported
from jupiter.code.skeleton import parse_tile
from jupiter.code.tiles import Tile, join, tile
from jupiter.errors import RequestError
from jupiter.model.edit import Mode
from jupiter.model.name import ExportedName, ImportedName, SharedName
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import ClaimRefused, EditRefused, NameRefused
from jupiter.session.session import Session, Verdict

Refused = EditRefused | NameRefused | ClaimRefused


def save(
    session: Session,
    path: str,
    before: bytes | None,
    after: bytes | None,
    mode: Mode | None = None,
) -> tuple[Refused, ...]:
    """Have the gate decide on all that makes `after` of `before`; what it has refused.

    `before` is None where there was no file, `after` where there is to be none; `mode` is a new mode.
    """
    parts = None if before is None or after is None else _parts(session, path, before, after)
    if parts is None:
        return _refused(session.write_file(path, before, after, mode=mode))
    saving = _Saving(session, path, *parts)
    refused = saving.save() if before != after else ()
    if mode is None:
        return refused
    text = session.read(path)
    return (*refused, *_refused(session.write_file(path, text, text, mode=mode)))


def _parts(
    session: Session, path: str, before: bytes, after: bytes
) -> tuple[Sequence[Tile], Sequence[Tile], Difference] | None:
    """The tiles of both texts and how they differ; None where only the whole text tells."""
    number = session.briefing.id
    if session.log.look(lambda state: state.owner(path) == number):
        return None
    old, new = tile(path, before), _ended(path, tile(path, before), after)
    found = difference(old, new)
    return None if found is None else (old, new, found)


def _ended(path: str, old: Sequence[Tile], after: bytes) -> Sequence[Tile]:
    """The tiles of a new text; a last symbol that is new, and has no line end, gets one.

    It would not be a symbol that something can stand behind.
    """
    new = tile(path, after)
    if after.endswith((b"\n", b"\r")) or (old and old[-1].text == new[-1].text):
        return new
    return tile(path, after + newline_of(old))


def _refused(verdict: Verdict) -> tuple[Refused, ...]:
    return (verdict,) if isinstance(verdict, EditRefused) else ()


@dataclass(slots=True)
class _Saving:
    """One file's edits, and which symbols are there by now for others to stand behind."""

    session: Session
    path: str
    old: Sequence[Tile]
    new: Sequence[Tile]
    found: Difference
    refused: list[Refused] = field(default_factory=list[Refused])
    _there: set[str] = field(default_factory=set[str])
    _ids: dict[str, str] = field(default_factory=dict[str, str])

    def save(self) -> tuple[Refused, ...]:
        """Each edit in an order in which it finds what it needs."""
        self._ids = _ids(self.session, self.path, self.old)
        foreign, added, dropped = self._shared_names()
        self._there = {one.name for one in self.old} - set(self.found.gone)
        self._share(self.session.add_name, added)
        self._make(foreign)
        for name, (before, after) in self.found.changed.items():
            if name not in foreign:
                self._edit(self.session.write(self._id(name), before, after))
        for name, gap in self.found.gaps.items():
            self._edit(self.session.set_gap(self._id(name), self._text(name), gap))
        for name in self.found.gone:
            if name not in foreign:
                self._edit(self.session.delete(self._id(name), self._text(name)))
        self._share(self.session.drop_name, dropped)
        return tuple(self.refused)

    def _make(self, foreign: frozenset[str]) -> None:
        """What is new, and what stands elsewhere, from top to bottom."""
        for one in self.new:
            name = one.name
            if name in self.found.made and name not in foreign:
                text, stand = self.found.made[name]
                if self._edit(self._made(one, text, stand)):
                    self._there.add(name)
            elif name in self.found.moved and name not in foreign:
                stand = self.found.moved[name]
                after = self._after(stand)
                before = self._text(name)
                self._edit(self.session.move(self._id(name), before, after=after, gap=stand.gap))

    def _made(self, one: Tile, text: bytes, stand: Stand) -> Verdict:
        symbol = self._id(one.name)
        if any(one.name == old.name for old in self.old):  # another thing under the same name
            gone = self.session.delete(symbol, self._text(one.name))
            if isinstance(gone, EditRefused):
                return gone
        for planned in self.session.briefing.task.creates:
            if planned.symbol == symbol:
                new = planned.model_copy(update={"text": text.decode(errors="replace")})
                return self.session.create(new)
        after, claims = self._after(stand), _may_be_claimed(one, text)
        return self.session.create_behind(symbol, text, after=after, gap=stand.gap, claims=claims)

    def _after(self, stand: Stand) -> str:
        """The id of what something comes to stand behind: the symbol above it, if that is there."""
        above = stand.after if stand.after in self._there else stand.slot
        return self._id(above or stand.container) if above or stand.container else ""

    def _foreign_names(self) -> frozenset[str]:
        """The tiles of shared names that differ and that the briefing does not own."""
        number = self.session.briefing.id
        found = self.found
        names = {*found.made, *found.moved, *found.changed, *found.gone}
        now = {one.name: one for one in self.new}
        shared = {
            one.name: self._id(one.name)
            for one in (*self.old, *self.new)
            if one.name in names and holds_names(one) and holds_names(now.get(one.name, one))
        }
        return self.session.log.look(
            lambda state: frozenset(n for n, one in shared.items() if state.owner(one) != number)
        )

    def _shared_names(self) -> tuple[frozenset[str], list[SharedName], list[SharedName]]:
        """The tiles of others that hold shared names and differ, the names added there, those dropped."""
        foreign = self._foreign_names()
        old = [one for one in self.old if one.name in foreign]
        new = [one for one in self.new if one.name in foreign]
        had, has = imported(old, typing=True), imported(new, typing=True)
        gone, at_run_time = had - imported(self.new, typing=True), imported(new, typing=False)
        listed, before = set(exports(new) or ()), set(exports(old) or ())
        try:
            return (
                foreign,
                [
                    *(_import(one, typing=one not in at_run_time) for one in _sorted(has - had)),
                    *(ExportedName(name=one) for one in sorted(listed - before)),
                ],
                [
                    *(_import(one, typing=False) for one in _sorted(gone)),
                    *(ExportedName(name=one) for one in sorted(before - listed)),
                ],
            )
        except ValidationError:  # too long for a name: the gate judges the text
            return frozenset(), [], []

    def _share(
        self,
        how: Callable[[str, SharedName], object],
        names: Sequence[SharedName],
    ) -> None:
        for name in names:
            verdict = how(self.path, name)
            if isinstance(verdict, NameRefused):
                self.refused.append(verdict)

    def _edit(self, verdict: Verdict) -> bool:
        """Whether it was accepted."""
        self.refused += _refused(verdict)
        return not isinstance(verdict, EditRefused)

    def _text(self, name: str) -> bytes:
        return next(one.text for one in self.old if one.name == name)

    def _id(self, name: str) -> str:
        return str(SymbolId(self.path, self._ids.get(name, name)))


def _ids(session: Session, path: str, old: Sequence[Tile]) -> dict[str, str]:
    """The names that edits know tiles by: those at the start of the wave, also when renamed since."""
    try:
        known = session.tiles(path)
    except RequestError:
        return {}
    if len(known) != len(old) or join(known) != join(old):
        return {}
    return {one.name: two.name for one, two in zip(old, known, strict=True)}


def _may_be_claimed(one: Tile, text: bytes) -> bool:
    """Whether it is for anybody to make such a thing: a definition, a constant, a comment, a section.

    Any other statement does something when the module is imported: that is for who owns the file.
    """
    if one.kind not in {"statement", "imports"}:
        return True
    try:
        body = parse_tile(text, is_member=bool(one.container))
    except UNPARSABLE:
        return False
    return len(body) == 1 and isinstance(body[0], ast.Assign | ast.AnnAssign)


def _sorted(imports: Iterable[Import]) -> list[Import]:
    return sorted(imports, key=lambda one: (one.module, one.name or "", one.alias or ""))


def _import(one: Import, *, typing: bool) -> ImportedName:
    return ImportedName(module=one.module, name=one.name, alias=one.alias, typing=typing)
