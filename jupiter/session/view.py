"""A view: the tree at one point of the log, as a briefing needs it to read and to write."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from jupiter.code.placement import slot_in
from jupiter.code.tiles import Tile, join
from jupiter.errors import RequestError
from jupiter.fold.file import Blob
from jupiter.fold.state import State
from jupiter.fold.tree import (
    Base,
    current_file,
    current_text,
    current_tiles,
    own_file,
    own_tiles,
    start_tiles,
)
from jupiter.model.edit import (
    AnyEdit,
    Create,
    Delete,
    FileText,
    Gap,
    Move,
    Placed,
    Rename,
    Replace,
    path_of,
    symbols_of,
)
from jupiter.model.symbol import SymbolId
from jupiter.session.gate import Refusal

_REARRANGING = (Create, Move, Delete, Gap, FileText)
"""The edits behind which a file is not what it was at the start but for single texts."""


@dataclass(frozen=True, slots=True)
class View:
    """What briefing `number` sees of the tree; `base` reads a path of the run's base commit."""

    number: int
    base: Base
    blob: Blob
    _started: dict[str, dict[str, Tile]] = field(default_factory=dict[str, dict[str, Tile]])
    """The tiles of a path when the wave began, by name, once they have been asked for."""

    def text(self, state: State, path: str) -> bytes:
        """The text of a path; raises RequestError if there is no such path."""
        return current_text(state, path, self.base, self.blob)

    def tiles(self, state: State, path: str) -> tuple[Tile, ...]:
        """The tiles of the file that began the wave at `path`; RequestError if there is none."""
        return current_tiles(state, path, self.base, self.blob)

    def known(self, state: State, path: str) -> tuple[Tile, ...]:
        """All tiles that a file has now, and those that it had when the wave began."""
        now = {one.name: one for one in self.own_tiles(state, path)}
        return tuple((self.at_start(state, path) | now).values())

    def own_tiles(self, state: State, path: str) -> tuple[Tile, ...]:
        """As `tiles`, without the shared names: what writes are about; none if there is no path."""
        return own_tiles(state, path, self.base, self.blob)

    def own_text(self, state: State, path: str) -> bytes | None:
        """The text of the file that began the wave at `path`, without the shared names."""
        file = own_file(state, path, self.base, self.blob)
        return None if file is None else file.text

    def at_start(self, state: State, path: str) -> dict[str, Tile]:
        """The tiles of a path when the current wave began, by name; none if there was no such path."""
        if path not in self._started:
            try:
                tiles = start_tiles(state, path, self.base, self.blob)
            except RequestError:
                tiles = ()
            self._started[path] = {tile.name: tile for tile in tiles}
        return self._started[path]

    def target(self, state: State, symbol: str) -> tuple[Tile | None, bytes]:
        """A symbol's tile as it is now, None if there is none, and the text of its file.

        A symbol has one writer, so it is as it was when the wave began but for the briefing's own
        edits. The file's text is that of the wave's start: only a file of one tile asks for it.
        """
        path, name = SymbolId.parse(symbol)
        touched = state.touched.get((state.wave, path), ())
        own = [one for number, one in touched if number == self.number]
        if (
            symbol in state.claimed
            or self._was_handed(state, symbol, path)
            or any(isinstance(one, _REARRANGING) for one in own)
        ):
            tiles = self.own_tiles(state, path)
            return next((one for one in tiles if one.name == name), None), join(tiles)
        tiles = self.at_start(state, path)
        target = tiles.get(name)
        for one in reversed(own):
            if target and isinstance(one, Replace | Rename) and symbols_of(one) == (symbol,):
                target = dataclasses.replace(target, text=self.blob(one.text))
                break
        return target, join(tiles.values())

    def _was_handed(self, state: State, *symbols: str) -> bool:
        """Whether one of these came from another briefing, which may have changed it before."""
        return any(one.taker == self.number and one.symbol in symbols for one in state.handed_over)

    def texts(self, state: State, symbol: str) -> tuple[bytes | None, bytes | None]:
        """The text of a symbol or a file without the shared names, and as it is read."""
        path, name = SymbolId.parse(symbol)
        try:
            own, shown = self.own_tiles(state, path), self.tiles(state, path)
        except RequestError:
            return None, None
        return _text(own, name), _text(shown, name)

    def current(self, state: State, edit: AnyEdit) -> str | None:
        """The SHA-256 of the text that an edit must be based on; None where there is none."""
        match edit:
            case FileText(path=path):
                text = self.own_text(state, path)
                return None if text is None else name_of(text)
            case Create():
                return None
            case Replace() | Rename() | Move() | Delete() | Gap():
                target, _ = self.target(state, edit.symbol)
                return None if target is None else name_of(target.text)

    def problem(self, state: State, edit: AnyEdit) -> Refusal | None:
        """What stands in the way of something new, or what it needs and is not there."""
        match edit:
            case FileText():
                return self._taken(state, edit)
            case Create():
                now = self.own_tiles(state, path_of(edit))
                if edit.symbol in {str(SymbolId(path_of(edit), one.name)) for one in now}:
                    return _exists(edit.symbol)
                return _without_container(edit, now)
            case Move() if self.target(state, edit.symbol)[0] is not None:
                return _without_container(edit, self.own_tiles(state, path_of(edit)))
            case Replace() | Rename() | Move() | Delete() | Gap():
                target, _ = self.target(state, edit.symbol)
                return _unknown(edit.symbol) if target is None else None

    def place(self, state: State, path: str, container: str, after: str) -> tuple[str, str | None]:
        """The slot, and what of those with that slot, a symbol has that is to stand behind `after`.

        `after` is the name of a tile, empty for the top of the container.
        """
        if after in {"", container}:
            return "", None
        for one in reversed(list(state.counted(state.wave, path))):
            if isinstance(one, Create | Move) and SymbolId.parse(one.symbol).name == after:
                return one.slot, after
        slot = slot_in(self.known(state, path), container, after)
        return (after if slot is None else slot), None

    def _taken(self, state: State, edit: FileText) -> Refusal | None:
        if edit.to is not None and self._is_there(state, edit.to):
            return _exists(edit.to)
        if edit.base is None and (
            self._is_there(state, edit.path) or self.own_text(state, edit.path) is not None
        ):
            return _exists(edit.path)
        return None

    def _is_there(self, state: State, path: str) -> bool:
        return current_file(state, path, self.base, self.blob) is not None


def container_behind(tiles: Sequence[Tile], behind: str, own: str) -> str:
    """The class that a symbol comes to stand in, behind another; its own where that is no answer."""
    if behind == own or not behind:
        return behind
    return next((one.container for one in tiles if one.name == behind), own)


def _text(tiles: Sequence[Tile], name: str) -> bytes | None:
    """The text of one tile, None if there is none; without a name, of them all."""
    if not name:
        return join(tiles)
    return next((one.text for one in tiles if one.name == name), None)


def name_of(text: bytes) -> str:
    """What the log calls a text: its SHA-256."""
    return hashlib.sha256(text).hexdigest()


def _exists(what: str) -> Refusal:
    return "exists", f"{what} exists already; give what is new another name"


def _unknown(symbol: str) -> Refusal:
    message = f"there is no symbol {symbol}; read the file again for the names that it has"
    return "missing", message


def _without_container(edit: Placed, now: Sequence[Tile]) -> Refusal | None:
    path, name = SymbolId.parse(edit.symbol)
    if not edit.container:
        if now or not path.endswith((".py", ".pyi", ".md", ".rst")):
            return None
        return "missing", f"there is no file {path}; write it whole"
    if any((one.name, one.kind) == (edit.container, "class") for one in now):
        return None
    return "missing", f"{path} has no class {edit.container} that {name} could be a member of"
