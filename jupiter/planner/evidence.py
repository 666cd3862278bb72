"""What git and checkers say of a codebase, asked before the pure part: `changed_since`, `findings`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from jupiter.code.tiles import tile
from jupiter.errors import RequestError
from jupiter.index.index import Index
from jupiter.index.snapshot import Snapshot
from jupiter.model.select import Select
from jupiter.planner.checkers import lines_of
from jupiter.planner.criteria import Tiles, at_lines
from jupiter.planner.finding import OUTSIDE, Evidence, nested, said


def evidence_for(selects: Iterable[Select], index: Index, snapshot: Snapshot) -> Evidence:
    """What the selections need beside the index: the tree at revisions, what checkers find.

    Raises:
        RequestError: there is no such revision, or a checker does not know what it is asked for.
        SurroundingsError: a checker is not installed, or it fails.
    """
    wanted = dict.fromkeys(one for select in selects for one in _outside(select))
    return {(name, value): _asked(name, value, index, snapshot) for name, value in wanted}


def _outside(select: Select) -> Iterator[tuple[str, str]]:
    for name, values in said(select):
        if name in OUTSIDE:
            yield from ((name, value) for value in values)
    for _, one in nested(select):
        yield from _outside(one)


def _asked(criterion: str, value: str, index: Index, snapshot: Snapshot) -> Tiles:
    if criterion == "findings":
        return _found(value, index, snapshot)
    try:
        revision = snapshot.repository.commit(value)
    except RequestError as error:
        raise RequestError(f"changed_since: {error}") from error
    return changed(_texts(Snapshot(snapshot.repository, revision), index), index)


def _texts(before: Snapshot, index: Index) -> Mapping[str, bytes]:
    there = before.entries
    return before.texts(
        path for path in index.files if path in there and there[path].kind == "file"
    )


def changed(before: Mapping[str, bytes], index: Index) -> Tiles:
    """The tiles whose text is not one that a tile of that name had in the texts before."""
    found: dict[str, frozenset[str]] = {}
    for path, facts in index.files.items():
        now = index.names.texts[path]
        if before.get(path) == now:
            continue
        was = _tiles(path, before[path]) if path in before else {}
        names = frozenset(n for n, text in _tiles(path, now).items() if was.get(n) != text)
        if names:
            found[path] = names & frozenset(facts.symbols)
    return found


def _tiles(path: str, data: bytes) -> dict[str, bytes]:
    return {one.name: one.text for one in tile(path, data)}


def _found(checker: str, index: Index, snapshot: Snapshot) -> Tiles:
    found = lines_of(checker, index.names.texts, snapshot)
    return at_lines(index, {path: lines for path, lines in found.items() if path in index.files})
