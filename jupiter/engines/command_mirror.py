"""A work tree in step with the log, both ways: what is saved there goes to the gate, what others do arrives.

What the command has changed is never overwritten before the gate has decided on it; what the gate
refuses is put back. A file is taken once it has stayed as it is for two looks and parses, at the end
as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from jupiter.code.parse import try_parse
from jupiter.code.tiles import is_python
from jupiter.engines.command_place import Place
from jupiter.errors import AgentError, RequestError
from jupiter.fold.file import File
from jupiter.fold.state import State
from jupiter.model.edit import FileText, Mode, path_of
from jupiter.model.symbol import SymbolId
from jupiter.session.saving import Refused, save
from jupiter.session.session import Session
from jupiter.system import inside
from jupiter.system.inside import Stamp

MOST_FILES = 200_000
"""Files in a work tree; a command that makes more has failed."""
MOST_BYTES = 8 * 1024 * 1024
"""Of one file; a larger one that a command has written is put back."""
MOST_REFUSED = 500
"""Refused writes of one briefing; with more it has failed."""

_PAST = 1_000_000_000  # nanoseconds: what is written over our files has another time in any case


@dataclass(frozen=True, slots=True)
class Known:
    """What we have put at a path, or taken from there; `file` is None of a symbolic link."""

    file: File | None
    stamp: Stamp | None
    target: bytes = b""


@dataclass(slots=True)
class Mirror:
    """The work tree of one briefing; one thread at a time uses it."""

    place: Place
    session: Session
    ignored: Callable[[Collection[str]], Collection[str]]
    """Which new paths git would ignore: they are the command's own business."""
    tell: Callable[[str], None] = lambda _text: None
    """Tells the command what was refused."""
    refused: int = 0
    _known: dict[str, Known] = field(default_factory=dict[str, Known])
    _private: set[str] = field(default_factory=set[str])
    _unsettled: dict[str, Stamp | None] = field(default_factory=dict[str, Stamp | None])
    _behind: set[str] = field(default_factory=set[str])
    """Paths that others have changed and that could not be brought yet."""
    _cursor: dict[int, tuple[int, bool]] = field(default_factory=dict[int, tuple[int, bool]])
    _made: int = 0

    def begin(self) -> None:
        """Take the tree as it was made for known, and bring what the wave has changed since it began."""
        there = dict(inside.walk(self._root, MOST_FILES))
        for path, file in self.place.files.items():
            self._known[path] = Known(file, there.get(path))
        for path, target in self.place.links.items():
            self._known[path] = Known(None, there.get(path), target)
        self.bring()

    def take_back(self) -> None:
        """Have what the briefing has changed as it was when the wave began.

        There is something only when the run was interrupted: who did it cannot be told, and begins anew.
        """
        number = self.session.briefing.id
        for path in sorted(self.session.log.look(lambda s: s.briefings[number].paths_changed)):
            known = self._known.get(path, Known(None, None))
            file = self.place.files.get(path)
            if file != known.file:
                texts = known.file and known.file.text, file and file.text
                self._count(save(self.session, path, *texts, _mode(known.file, file)))
                self._put(path, known.stamp)

    def step(self, *, last: bool = False, settled: bool = False) -> None:
        """Take what was saved, then bring what others have changed.

        With `settled` what is there counts as written to its end, with `last` also what does not parse.

        Raises:
            AgentError: too many files, or too many refused writes.
        """
        there = dict(inside.walk(self._root, MOST_FILES))
        if len(there) >= MOST_FILES:
            raise AgentError(f"the command made more than {MOST_FILES} files")
        self._ignore([path for path in there if path not in self._known])
        for path in [*(p for p in there if p not in self._known), *self._known]:
            known = self._known.get(path)
            if path not in self._private and there.get(path) != (known and known.stamp):
                self._take(path, there.get(path), last=last, settled=settled or last)
        self.bring()

    def bring(self) -> None:
        """Bring what others, or the command by other ways, have changed since the last time."""
        for path in sorted(self._behind | self.session.log.look(self._changed)):
            self._behind.discard(path)
            known = self._known.get(path)
            self._put(path, known and known.stamp)

    @property
    def _root(self) -> Path:
        return self.place.tree.root

    def _ignore(self, new: list[str]) -> None:
        unseen = [path for path in new if path not in self._private]
        if unseen:
            self._private.update(self.ignored(unseen))

    def _take(self, path: str, now: Stamp | None, *, last: bool, settled: bool) -> None:
        """Look at one path that is not as it was known."""
        known = self._known.get(path, Known(None, None))
        if not settled and self._unsettled.get(path, known.stamp) != now:
            self._unsettled[path] = now
            return
        self._unsettled.pop(path, None)
        if now is None and known.file is not None:
            self._save(path, known, None, now)
        elif now is None or known.target or not now.is_file or ".git" in path.split("/"):
            self._refuse(path, known, "links and special files stay as they are; none can be made")
        elif now.size > MOST_BYTES:
            self._refuse(path, known, f"a file of more than {MOST_BYTES} bytes is not taken")
        else:
            self._read(path, known, now, last=last)

    def _read(self, path: str, known: Known, now: Stamp, *, last: bool) -> None:
        text = inside.read(self._root, path, MOST_BYTES)
        if text is None or inside.stamp(self._root, path) != now:
            return  # it is being written: the next look will tell
        file = File(text, now.git_mode)
        if file == known.file:
            self._known[path] = Known(file, now)
        elif last or _is_whole(path, known.file, text):
            self._save(path, known, file, now)

    def _save(self, path: str, known: Known, file: File | None, now: Stamp | None) -> None:
        """Have the gate decide on a file, then bring it to what the log has."""
        shown = _printable(path)
        if shown != path:
            self._refuse(path, known, "its name is no text in UTF-8")
            return
        before, after = known.file and known.file.text, file and file.text
        try:
            refused = save(self.session, path, before, after, _mode(known.file, file))
        except RequestError as error:
            refused = (self.session.refuse(_edit(path), str(error)),)
        self._count(refused)
        self._known[path] = Known(file, now)
        self._put(path, now)

    def _refuse(self, path: str, known: Known, why: str) -> None:
        """Put back what is no file, whoever it belongs to."""
        self._count((self.session.refuse(_edit(_printable(path)), f"{_printable(path)}: {why}"),))
        inside.remove(self._root, path)
        if known.target:
            inside.link(self._root, path, known.target)
            self._known[path] = Known(None, inside.stamp(self._root, path), known.target)
        elif known.file is not None:
            self._known[path] = Known(None, None)
            self._put(path, None)
        else:
            self._known.pop(path, None)

    def _put(self, path: str, expected: Stamp | None) -> None:
        """Have at a path what the log has, if there is still what was expected; else at the next look."""
        file, known = self.session.file(path), self._known.get(path)
        if known is not None and known.target:
            return
        if known is not None and known.stamp == expected and file == known.file:
            return
        if file is None:
            if expected is None or inside.stamp(self._root, path) == expected:
                inside.remove(self._root, path)
                self._known.pop(path, None)
            else:
                self._behind.add(path)
            return
        made, stamp = self._write(file)
        if inside.put(self._root, path, made, expected):
            self._known[path] = Known(file, stamp)
            self._remember(path)
        else:
            self._behind.add(path)

    def _write(self, file: File) -> tuple[Path, Stamp | None]:
        """The file beside the tree, to be moved into it, and what it will look like there."""
        self._made += 1
        made = self.place.folder / "made" / str(self._made)
        made.write_bytes(file.text)
        made.chmod(0o755 if file.mode == "100755" else 0o644)
        written = made.stat().st_mtime_ns - _PAST
        os.utime(made, ns=(written, written))
        return made, inside.stamp(made.parent, made.name)

    def _remember(self, path: str) -> None:
        """Of what holds names that all may add, the session is to know which text was shown."""
        number = self.session.briefing.id
        try:
            tiles = self.session.tiles(path)
        except RequestError:  # the wave knows it by another path
            return
        shared = (one for one in tiles if one.kind == "imports" or one.name.startswith("__all__"))
        for symbol in (path, *(str(SymbolId(path, one.name)) for one in shared)):
            if self.session.log.look(partial(_is_owned, symbol, number)):
                self.session.show(symbol)

    def _count(self, refused: tuple[Refused, ...]) -> None:
        self.refused += len(refused)
        for one in refused:
            self.tell(f"Refused, and put back: {one.message}")
        if self.refused > MOST_REFUSED:
            raise AgentError(f"more than {MOST_REFUSED} writes were refused")

    def _changed(self, state: State) -> set[str]:
        """The paths that briefings of this wave have changed since the last look."""
        found: set[str] = set()
        for number, one in state.briefings.items():
            seen, counted = self._cursor.get(number, (0, True))
            if one.wave != state.wave or (seen, counted) == (len(one.changes), one.counts):
                continue
            for change in one.changes[seen if counted == one.counts else 0 :]:
                found.add(path_of(change))
                if isinstance(change, FileText) and change.to is not None:
                    found.add(change.to)
            self._cursor[number] = (len(one.changes), one.counts)
        return found


def _is_owned(symbol: str, briefing: int, state: State) -> bool:
    return state.owner(symbol) == briefing


def _is_whole(path: str, before: File | None, text: bytes) -> bool:
    """Whether a text may be all that is to come: it parses, unless the one before did not either."""
    if not is_python(path) or try_parse(text) is not None:
        return True
    return before is not None and try_parse(before.text) is None


def _mode(before: File | None, after: File | None) -> Mode | None:
    if after is None or (before is None and after.mode == "100644"):
        return None
    if before is not None and before.mode == after.mode:
        return None
    return "100755" if after.mode == "100755" else "100644"


def _printable(path: str) -> str:
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _edit(path: str) -> FileText:
    """What is refused of a path whose text nobody looks at."""
    return FileText(path=path, base=None, text=None, symbols=())
