"""The tree of a run: the base commit plus every counted edit, as bytes.

Within a wave each symbol has one writer, so the edits of different briefings commute; those of one
briefing apply in log order. A later wave starts from the tree of the earlier ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jupiter.code.tiles import Tile, join, replace, tile
from jupiter.fold.state import State
from jupiter.model.edit import AnyEdit, FileText, Rename, Replace, path_of
from jupiter.model.symbol import SymbolId

Read = Callable[[str], bytes]


def changed_texts(state: State, base: Read, blob: Read) -> dict[str, bytes]:
    """The current text of every file that counted edits touch, by path.

    `base` reads a path of the base commit, `blob` a text by its SHA-256.
    """
    found: defaultdict[str, Edits] = defaultdict(list)
    for path, wave, edit in _counted(state):
        found[path].append((wave, edit))
    return {path: _text(path, base(path), edits, blob) for path, edits in found.items()}


def current_text(state: State, path: str, base: Read, blob: Read) -> bytes:
    """The text of one path at the state's point of the log."""
    return text_after(state, path, max(state.briefings, default=0), base, blob)


def current_tiles(state: State, path: str, base: Read, blob: Read) -> tuple[Tile, ...]:
    """The tiles of one path at the state's point of the log, by the names that edits know them by.

    A tile keeps the name that it had at the start of its wave, also when an edit has given it a text
    that would be called otherwise.
    """
    edits = [(wave, edit) for at, wave, edit in _counted(state) if at == path]
    replayed = _replayed(path, base(path), edits, blob)
    if replayed.tiles and replayed.tiled_in == max(b.wave for b in state.briefings.values()):
        return replayed.tiles
    return tile(path, replayed.text)


def start_tiles(state: State, path: str, base: Read, blob: Read) -> tuple[Tile, ...]:
    """The tiles of one path when the current wave began."""
    wave = max((b.wave for b in state.briefings.values()), default=0)
    before = [number for number, b in state.briefings.items() if b.wave < wave]
    return tile(path, text_after(state, path, max(before, default=0), base, blob))


def text_after(state: State, path: str, last: int, base: Read, blob: Read) -> bytes:
    """The text of one path when only briefings up to `last` have been at work."""
    edits = [(wave, edit) for at, wave, edit in _counted(state, last) if at == path]
    return _text(path, base(path), edits, blob)


Edits = list[tuple[int, AnyEdit]]


@dataclass(frozen=True, slots=True)
class _Replayed:
    """A file after some edits; `tiles` are empty while nothing but whole texts has been written."""

    text: bytes
    tiles: tuple[Tile, ...] = ()
    tiled_in: int = 0


def _counted(state: State, last: int | None = None) -> Iterator[tuple[str, int, AnyEdit]]:
    for number in sorted(state.briefings):
        briefing = state.briefings[number]
        if briefing.counts and (last is None or number <= last):
            for edit in briefing.edits:
                yield path_of(edit), briefing.wave, edit


def _text(path: str, text: bytes, edits: Edits, blob: Read) -> bytes:
    return _replayed(path, text, edits, blob).text


def _replayed(path: str, text: bytes, edits: Edits, blob: Read) -> _Replayed:
    tiles: tuple[Tile, ...] = ()
    tiled_in = 0
    for wave, edit in edits:
        match edit:
            case FileText():
                text, tiles = blob(edit.text), ()
            case Replace() | Rename():
                if not tiles or wave != tiled_in:
                    tiles, tiled_in = tile(path, text), wave
                tiles = replace(tiles, SymbolId.parse(edit.symbol).name, blob(edit.text))
                text = join(tiles)
    return _Replayed(text, tiles, tiled_in)
