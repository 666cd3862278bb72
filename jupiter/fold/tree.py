"""The tree of a run: the base commit plus every counted edit, as bytes.

Within a wave each symbol has one writer, so the edits of different briefings commute; those of one
briefing apply in log order. A later wave starts from the tree of the earlier ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from jupiter.code.tiles import Tile
from jupiter.errors import RequestError
from jupiter.fold.file import Blob, File, FoldedFile
from jupiter.fold.state import State
from jupiter.model.edit import AnyChange, FileText, path_of

Base = Callable[[str], File | None]
"""Gives a file of the base commit by its path; None where there is none."""

Files = dict[str, File | None]
"""Files by their paths; None where there is none any more."""


def changed_files(
    state: State,
    base: Base,
    blob: Blob,
    through: int | None = None,
    without: Collection[int] = (),
) -> Files:
    """Every path that counted edits touch, with what is there now, or was when wave `through` ended.

    The tree `without` some briefings is what it would be if they were left out.
    """
    found: Files = {}
    for _, files in commits(state, base, blob, through, without):
        found.update(files)
    return found


def commits(
    state: State,
    base: Base,
    blob: Blob,
    through: int | None = None,
    without: Collection[int] = (),
) -> Iterator[tuple[int, Files]]:
    """Each briefing that counts, with what it has made of the paths it touched, in order of their ids.

    Taken in this order they lead from the base commit to the tree. `through` and `without` are as for
    `changed_files`.
    """
    done, before = Files(), Files()
    wave, now = 0, dict[str, FoldedFile]()

    def start(path: str) -> File | None:
        return before[path] if path in before else base(path)

    for number in sorted(state.briefings):
        briefing = state.briefings[number]
        if through is not None and briefing.wave > through:
            break
        if briefing.wave != wave:
            wave, now, before = briefing.wave, {}, dict(done)
        counts = briefing.counts if through is None else briefing.counted_in(through)
        if counts and number not in without:
            files = _committed(briefing.changes, now, start, blob)
            done.update(files)
            yield number, files


def current_file(state: State, path: str, base: Base, blob: Blob) -> File | None:
    """The file at one path at the state's point of the log."""
    return _file_after(state, path, state.wave, base, blob)


def current_text(state: State, path: str, base: Base, blob: Blob) -> bytes:
    """The text of one path at the state's point of the log; raises RequestError if there is none."""
    return _text(path, current_file(state, path, base, blob))


def own_file(state: State, path: str, base: Base, blob: Blob) -> File | None:
    """The file that began the wave at `path`, at the state's point of the log, without shared names."""
    return _wave_file(state, path, base, blob).own


def current_tiles(state: State, path: str, base: Base, blob: Blob) -> tuple[Tile, ...]:
    """The tiles of a file at the state's point of the log, by the names that edits know them by.

    The path, as the tiles' names, is that at the start of the wave, also when an edit has given it a
    text that would be called otherwise. Raises RequestError if there was no such path.
    """
    folded = _wave_file(state, path, base, blob)
    _present(path, folded.own)
    return folded.tiles()


def own_tiles(state: State, path: str, base: Base, blob: Blob) -> tuple[Tile, ...]:
    """As `current_tiles`, without shared names, and none if there is no such path."""
    return _wave_file(state, path, base, blob).own_tiles()


def start_file(state: State, path: str, base: Base, blob: Blob) -> File | None:
    """The file at one path when the current wave began; None if there was none."""
    return _file_after(state, path, state.wave - 1, base, blob)


def start_tiles(state: State, path: str, base: Base, blob: Blob) -> tuple[Tile, ...]:
    """The tiles of one path when the current wave began; raises RequestError if there was none."""
    return FoldedFile(path, _present(path, start_file(state, path, base, blob)), blob).tiles()


def _committed(
    changes: Iterable[AnyChange], now: dict[str, FoldedFile], start: Base, blob: Blob
) -> Files:
    """What one briefing makes of the files that it touches; `now` has the wave's others."""
    touched: dict[str, str] = {}
    for change in changes:
        path = path_of(change)
        if path not in now:
            now[path] = FoldedFile(path, start(path), blob)
        touched.setdefault(path, now[path].path)
        now[path].apply(change)
    found: Files = dict.fromkeys(touched.values())
    found.update((now[path].path, now[path].file) for path in touched)
    return found


def _file_after(state: State, path: str, wave: int, base: Base, blob: Blob) -> File | None:
    """What is at a path at the end of a wave, as far as the log has come."""
    if wave < 1:
        return base(path)
    before = _origin(state, path, wave)
    if before is None:
        return None
    start = _file_after(state, before, wave - 1, base, blob)
    return _folded(state, before, wave, start, blob).file


def _wave_file(state: State, path: str, base: Base, blob: Blob) -> FoldedFile:
    """The file that was at a path when the current wave began, as it is now."""
    start = _file_after(state, path, state.wave - 1, base, blob)
    return _folded(state, path, state.wave, start, blob)


def _folded(state: State, path: str, wave: int, start: File | None, blob: Blob) -> FoldedFile:
    """A file of a wave with the changes of that wave; `path` is that at the start of the wave."""
    folded = FoldedFile(path, start, blob)
    for change in state.counted(wave, path):
        folded.apply(change)
    return folded


def _origin(state: State, path: str, wave: int) -> str | None:
    """Where the file that ends a wave at `path` was when the wave began; None if it moved away."""
    for other in state.moved.get((wave, path), ()):
        if path in _targets(state, wave, other):
            return other
    return None if any(_targets(state, wave, path)) else path


def _targets(state: State, wave: int, path: str) -> Iterator[str]:
    """Where a file was moved to; the last counts."""
    moves = (e.to for e in state.counted(wave, path) if isinstance(e, FileText) and e.to)
    yield from list(moves)[-1:]


def _present(path: str, file: File | None) -> File:
    if file is None:
        raise RequestError(f"there is no file {path}")
    return file


def _text(path: str, file: File | None) -> bytes:
    return _present(path, file).text
