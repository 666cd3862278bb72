"""The difference of two releases as a job for agents: goals of a recipe, and what a model would know.

The recipe names what changes, what is new and where, what moves and what goes. What it becomes is known to
the oracle alone, by symbol.
"""

from __future__ import annotations

import base64
import hashlib
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archives import archive_of
from operations import operations

from jupiter.code.placement import newline_of
from jupiter.code.tiles import Tile, tile
from jupiter.engines.agent_desk import fitted, fitted_new
from jupiter.fold.file import File
from jupiter.model.edit import Create, Delete, FileText, Gap, Move, OfSymbol, Replace
from jupiter.model.symbol import SymbolId
from jupiter.planner.selection import why_readonly

ENDINGS = (".py", ".pyi", ".md", ".rst")
GENERATED = b"@" + b"generated"

Step = tuple[str, Mapping[str, Any]]
"""A call of a tool: its name and its input."""


@dataclass(slots=True)
class Job:
    """What is to be done to make one tree of another; files are by path."""

    name: str
    before: Mapping[str, File]
    after: Mapping[str, File]
    steps: dict[str, list[Step]] = field(default_factory=dict[str, list[Step]])
    """What the oracle does for a symbol or file, by its id."""
    edits: dict[str, list[OfSymbol]] = field(default_factory=dict[str, list[OfSymbol]])
    """Of files that change symbol by symbol, by path."""
    texts: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """The texts of the edits by their SHA-256."""
    files: list[str] = field(default_factory=list[str])
    """Files that are written, made or deleted whole."""
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    """New paths by old ones, of files that are the same otherwise."""
    rewritten: list[str] = field(default_factory=list[str])
    """Files that have symbols and are written whole all the same: their change cannot be told by symbols."""
    left_out: list[str] = field(default_factory=list[str])
    """Paths that Jupiter refuses to write, whatever a recipe says."""

    def put(self, text: bytes) -> str:
        """Keep a text; its name."""
        name = hashlib.sha256(text).hexdigest()
        self.texts[name] = text
        return name

    @property
    def wanted(self) -> dict[str, File]:
        """The tree that is to come out: AFTER, but for what may not be written."""
        left = {p: self.before[p] for p in self.left_out if p in self.before}
        return {p: f for p, f in self.after.items() if p not in self.left_out} | left


def job_of(case: str) -> Job:
    """The job of `NAME==BEFORE..AFTER`; raises SystemExit when a release cannot be had."""
    name, _, versions = case.partition("==")
    first, _, second = versions.partition("..")
    return job(case, release(f"{name}=={first}"), release(f"{name}=={second}"))


def release(package: str) -> dict[str, File]:
    """The files of a source distribution."""
    archive = archive_of(package)
    if archive is None:
        raise SystemExit(f"{package} cannot be fetched")
    return dict(_members(archive))


def _members(archive: Path) -> Iterator[tuple[str, File]]:
    with tarfile.open(archive) as opened:
        for member in opened:
            if member.isfile() and (content := opened.extractfile(member)):
                mode = "100755" if member.mode & 0o100 else "100644"
                yield member.name.partition("/")[2], File(content.read(), mode)


def job(name: str, before: Mapping[str, File], after: Mapping[str, File]) -> Job:
    """What is to be done to make `after` of `before`."""
    made = Job(name, before, after)
    paths = sorted({p for p in (*before, *after) if before.get(p) != after.get(p)})
    made.left_out += [p for p in paths if _is_barred(p, before.get(p), after.get(p))]
    paths = [path for path in paths if path not in made.left_out]
    made.renamed |= _renamed(before, after, paths)
    for old, new in made.renamed.items():
        made.steps[old] = [("rename_file", {"path": old, "to": new})]
    moved = {*made.renamed, *made.renamed.values()}
    for path in paths:
        if path not in moved:
            _add_file(made, path)
    return made


def _is_barred(path: str, *files: File | None) -> bool:
    generated = any(file is not None and GENERATED in file.text for file in files)
    return generated or bool(why_readonly(path, (), (path,)))


def _renamed(
    before: Mapping[str, File], after: Mapping[str, File], paths: Sequence[str]
) -> dict[str, str]:
    gone = {before[p]: p for p in paths if p not in after and before[p].text}
    return {gone.pop(after[p]): p for p in paths if p not in before and after[p] in gone}


def _add_file(made: Job, path: str) -> None:
    old, new = made.before.get(path), made.after.get(path)
    if new is None:
        made.files.append(path)
        made.steps[path] = [("delete_file", {"path": path})]
        return
    found = None
    if old is not None and path.endswith(ENDINGS) and old.mode == new.mode:
        found = _by_symbols(made, path, old.text, new.text)
    if found is None:
        made.files.append(path)
        made.steps[path] = list(_whole(path, old, new))
        return
    made.edits[path] = found
    for edit in found:
        made.steps.setdefault(edit.symbol, []).extend(_calls(made, edit))


def _whole(path: str, old: File | None, new: File) -> Iterator[Step]:
    if old is None or old.text != new.text:
        try:
            yield "write_file", {"path": path, "text": new.text.decode()}
        except UnicodeDecodeError:
            text = base64.b64encode(new.text).decode()
            yield "write_file", {"path": path, "text": text, "encoding": "base64"}
    if (old.mode if old else "100644") != new.mode:
        yield "set_mode", {"path": path, "executable": new.mode == "100755"}


def _by_symbols(made: Job, path: str, before: bytes, after: bytes) -> list[OfSymbol] | None:
    """The edits of a file's symbols, deletions first; None when they cannot all be told so."""
    found = operations(path, before, after, made.put)
    tiles = {one.name: one for one in tile(path, before)}
    edits = [one for one in found if not isinstance(one, FileText)]
    replaced = [
        Delete(symbol=one.symbol, base="0" * 64)
        for one in edits
        if isinstance(one, Create) and SymbolId.parse(one.symbol).name in tiles
    ]
    is_told = len(edits) == len(found) and all(_is_told(made, one, tiles) for one in edits)
    if not is_told:
        if tile(path, before)[0].kind != "file":
            made.rewritten.append(path)
        return None
    first = [*replaced, *(one for one in edits if isinstance(one, Delete))]
    return [*first, *(one for one in edits if not isinstance(one, Delete))]


def _is_told(made: Job, edit: OfSymbol, tiles: Mapping[str, Tile]) -> bool:
    """Whether an agent can make an edit by its tools, and a recipe can name its symbol."""
    name = SymbolId.parse(edit.symbol).name
    if not edit.symbol.isprintable() or ".." in name or name.endswith(".") or "${{" in name:
        return False
    try:
        match edit:
            case Replace():
                text = made.texts[edit.text]
                return fitted(text.decode(), tiles[name]) == text
            case Create():
                text = made.texts[edit.text]
                newline = newline_of(list(tiles.values()))
                return fitted_new(text.decode(), edit.symbol, newline) == text
            case _:
                return True
    except UnicodeDecodeError:
        return False


def _calls(made: Job, edit: OfSymbol) -> Iterator[Step]:
    symbol: dict[str, Any] = {"symbol": edit.symbol}
    match edit:
        case Replace():
            yield "write_symbol", symbol | {"text": made.texts[edit.text].decode()}
        case Create():
            yield "create_symbol", symbol | {"text": made.texts[edit.text].decode()}
        case Move():
            yield "move_symbol", symbol
        case Gap():
            yield "set_gap", symbol | {"lines": edit.gap}
        case Delete():
            yield "delete_symbol", symbol
        case _:
            raise AssertionError(edit)
