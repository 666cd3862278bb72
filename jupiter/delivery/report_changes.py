"""What a run changed, symbol by symbol, each with the briefings that wrote it."""

from __future__ import annotations

import dataclasses
import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from jupiter.code.changed import differing
from jupiter.code.lines import split_lines
from jupiter.code.tiles import Tile, tile
from jupiter.fold.file import Blob, File
from jupiter.fold.state import State
from jupiter.fold.tree import Base, changed_files
from jupiter.model.edit import AnyChange, FileText, Rename, symbols_of
from jupiter.model.report import Change, ChangeKind
from jupiter.model.symbol import SymbolId

_SHOWN = 400  # lines of one symbol's diff
_COMPARED = 5_000  # lines of a text; what is longer is counted, but not compared line by line


def symbol_changes(state: State, base: Base, blob: Blob) -> Iterator[Change]:
    """Every symbol in which the result differs from the base, by path, in the order of its file."""
    files = changed_files(state, base, blob)
    for path, story in sorted(_stories(state).items(), key=itemgetter(0)):
        yield from _of_file(path, story, base(story.origin), files.get(path))


@dataclass(slots=True)
class _Story:
    """What became of one file: where it was in the base, and who wrote its symbols.

    `writers` are by the names that symbols have now; `renames` lead from the base to these, a
    mapping a wave.
    """

    origin: str
    renames: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    writers: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    everybody: list[int] = field(default_factory=list[int])

    def take(self, number: int, edit: AnyChange) -> None:
        """Note who has written what."""
        _note(self.everybody, number)
        for symbol in symbols_of(edit):
            _note(self.writers.setdefault(SymbolId.parse(symbol).name, []), number)

    def end_wave(self, renames: dict[str, str]) -> None:
        """From here on symbols have the names that the wave gave them."""
        if renames:
            self.renames.append(renames)
            self.writers = {
                _renamed(name, renames): numbers for name, numbers in self.writers.items()
            }

    def name_now(self, name: str) -> str:
        """The name of what the base calls so."""
        for renames in self.renames:
            name = _renamed(name, renames)
        return name


def _note(numbers: list[int], number: int) -> None:
    if number not in numbers:
        numbers.append(number)


def _stories(state: State) -> dict[str, _Story]:
    """The stories of all files that counted edits touch, by where these files are in the end."""
    found: dict[str, _Story] = {}
    for _, places in groupby(sorted(state.touched), key=lambda place: place[0]):
        moved: dict[str, _Story] = {}
        for wave, path in places:
            edits = [e for e in state.touched[wave, path] if state.briefings[e[0]].counts]
            if edits:
                story = found.pop(path, None) or _Story(path)
                moved[_take_wave(story, edits) or path] = story
        found |= moved
    return found


def _take_wave(story: _Story, edits: Sequence[tuple[int, AnyChange]]) -> str | None:
    """Tell a story on by one wave; where the file is now if it was moved."""
    to: str | None = None
    renames: dict[str, str] = {}
    for number, edit in edits:
        story.take(number, edit)
        match edit:
            case Rename():
                renames[SymbolId.parse(edit.symbol).name] = edit.to
            case FileText():
                to = edit.to or to
            case _:
                pass
    story.end_wave(renames)
    return to


def _renamed(name: str, renames: Mapping[str, str]) -> str:
    """A name with each of its parts as it is called now: a member moves along with its class."""
    parts = name.split(".")
    outer = (".".join(parts[: depth + 1]) for depth in range(len(parts)))
    return ".".join(renames.get(whole, part) for whole, part in zip(outer, parts, strict=True))


def _of_file(path: str, story: _Story, before: File | None, after: File | None) -> Iterator[Change]:
    old = {story.name_now(one.name): one for one in _tiles(story.origin, before)}
    new = {one.name: one for one in _tiles(path, after)}
    named = [dataclasses.replace(one, name=name) for name, one in old.items()]
    names = differing(named, new.values())
    pairs = [(old.get(name), new.get(name)) for name in names]
    if not pairs and (path, before) != (story.origin, after):
        pairs = [(None, None)]
    for was, now in _paired(pairs):
        yield _change(path, story, was, now)


def _tiles(path: str, file: File | None) -> tuple[Tile, ...]:
    return () if file is None else tile(path, file.text)


_Pair = tuple[Tile | None, Tile | None]


def _paired(pairs: Sequence[_Pair]) -> Iterator[_Pair]:
    """Statements that bind no name are called by a hash of their text: one that is gone where as many
    new ones stand has become that one."""
    for unnamed, run in groupby(pairs, key=_is_unnamed):
        found = list(run)
        gone = [was for was, now in found if now is None]
        new = [now for was, now in found if was is None]
        if unnamed and len(gone) == len(new) and len(found) == len(gone) * 2:
            yield from zip(gone, new, strict=True)
        else:
            yield from found


def _is_unnamed(pair: _Pair) -> bool:
    was, now = pair
    one = was or now
    return (was is None) != (now is None) and one is not None and "<" in one.name


def _change(path: str, story: _Story, was: Tile | None, now: Tile | None) -> Change:
    lines = _diff(*_texts(was, now))
    here, there = _id(path, now), _id(story.origin, was)
    return Change(
        symbol=there if now is None and was is not None else here,
        was=there if was is not None or now is None else None,
        kind=_kind(story, was, now),
        briefings=_writers(story, was, now),
        added=lines.added,
        removed=lines.removed,
        diff=lines.shown,
        left_out=lines.left_out,
    )


def _id(path: str, one: Tile | None) -> str:
    return str(SymbolId(path, one.name if one else ""))


def _kind(story: _Story, was: Tile | None, now: Tile | None) -> ChangeKind:
    match was, now:
        case None, Tile():
            return "new"
        case Tile(), None:
            return "gone"
        case Tile(), Tile() if was.name != now.name and story.name_now(was.name) == now.name:
            return "renamed"
        case _:
            before, after = _texts(was, now)
            return "moved" if before == after else "changed"


def _writers(story: _Story, was: Tile | None, now: Tile | None) -> tuple[int, ...]:
    """Who wrote a symbol; whoever wrote the file, where no edit names the symbol itself."""
    names = [*([now.name] if now else ()), *([story.name_now(was.name)] if was else ())]
    found = [number for name in names for number in story.writers.get(name, ())]
    return tuple(dict.fromkeys(found or story.everybody))


def _texts(was: Tile | None, now: Tile | None) -> tuple[bytes, bytes]:
    """What is compared: the gap above belongs to it where that differs."""
    before, after = was and was.text, now and now.text
    if was and now and was.gap != now.gap:
        before, after = was.gap + was.text, now.gap + now.text
    return before or b"", after or b""


@dataclass(frozen=True, slots=True)
class _Diff:
    shown: tuple[str, ...]
    left_out: int
    added: int
    removed: int


def _diff(before: bytes, after: bytes) -> _Diff:
    """The lines of two texts, compared; what is no UTF-8 is shown with marks in its place."""
    old, new = _lines(before), _lines(after)
    if len(old) > _COMPARED or len(new) > _COMPARED:
        added, removed = Counter(new) - Counter(old), Counter(old) - Counter(new)
        return _Diff((), added.total() + removed.total(), added.total(), removed.total())
    lines = list(difflib.unified_diff(old, new, lineterm=""))[2:]
    return _Diff(
        shown=tuple(lines[:_SHOWN]),
        left_out=max(0, len(lines) - _SHOWN),
        added=sum(line.startswith("+") for line in lines),
        removed=sum(line.startswith("-") for line in lines),
    )


def _lines(text: bytes) -> list[str]:
    return [line.rstrip(b"\n").decode(errors="replace") for line in split_lines(text)]
