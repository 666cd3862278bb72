"""Why a selection finds nothing, and what came nearest."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from jupiter.index.index import Index
from jupiter.index.values import Place
from jupiter.model.pattern import SymbolPattern
from jupiter.model.select import Select
from jupiter.planner.criteria import Tiles, targets
from jupiter.planner.decorated import decorators_in
from jupiter.planner.finding import NO_EVIDENCE, Evidence, by, find, nested, said
from jupiter.planner.syntax import is_code

_ALIKE = 0.6  # of two names, as difflib measures it


def why_nothing(wanted: Select, index: Index, evidence: Evidence = NO_EVIDENCE) -> str:
    """What to say of a selection that finds nothing: which criterion does so alone, or that none does."""
    alone = _alone(wanted, index, evidence)
    if not alone:
        return "the codebase has no file"
    values = dict(said(wanted))
    empty = [_of_one(n, values[n], index) for n, some in alone.items() if n in values and not some]
    inner = dict(nested(wanted))
    empty += [
        f"in `{key}`: {why_nothing(inner[key], index, evidence)}"
        for key, some in alone.items()
        if key in inner and key != "not" and not some and not _may_be_empty(key, alone)
    ]
    if empty:
        return "; ".join(empty)
    found = ", ".join(f"`{name}` finds {_counted(tiles)}" for name, tiles in alone.items())
    return f"{found}; but nothing is in all of them"


def _alone(wanted: Select, index: Index, evidence: Evidence) -> dict[str, Tiles]:
    """What each part of a selection finds by itself; `not` finds what it leaves."""
    found = {name: by(name, values, index, evidence, index.files) for name, values in said(wanted)}
    for key, one in nested(wanted):
        meant = Select.model_validate({"not": one}) if key == "not" else one
        found[key] = find(meant, index, evidence)
    return found


def _may_be_empty(key: str, alone: Mapping[str, Tiles]) -> bool:
    """Whether an item of `any` may find nothing: another one does find something."""
    return key.startswith("any") and any(alone[n] for n in alone if n.startswith("any"))


def _of_one(name: str, values: Sequence[str], index: Index) -> str:
    near = [text for value in values if (text := _NEAREST[name](value, index))]
    shown = ", ".join(map(repr, values))
    return f"`{name}: {shown}` finds nothing" + (f" ({'; '.join(near)})" if near else "")


def _counted(tiles: Tiles) -> str:
    symbols = sum(map(len, tiles.values()))
    return f"{symbols} symbol{'s' * (symbols != 1)} in {len(tiles)} file{'s' * (len(tiles) != 1)}"


def _path(value: str, index: Index) -> str:
    paths = list(index.files)
    folders = {path[:at] for path in paths for at, one in enumerate(path) if one == "/"}
    return _alike(value.rstrip("/*"), [*sorted(folders), *paths])


def _symbol(value: str, index: Index) -> str:
    pattern = SymbolPattern.parse(value)
    place = {path: path if pattern.is_path else facts.module for path, facts in index.files.items()}
    if not pattern.name:
        return _alike(value, filter(None, place.values()))
    if exported := next(_exported(pattern, place, index), ""):
        return f"{value} is {exported}"
    ids = {
        f"{place[path]}{'' if name.startswith('#') else ':'}{name}": place[path]
        for path, facts in index.files.items()
        for name in facts.symbols
        if name
    }
    inside = [one for one, module in ids.items() if module == pattern.place]
    return _alike(value, inside) or _alike(value, ids)


def _exported(pattern: SymbolPattern, places: Mapping[str, str], index: Index) -> Iterator[str]:
    """What a name is that a module has only imported, by where it is defined."""
    first, *rest = pattern.name.split(".")
    for path, place in places.items():
        if place != pattern.place or path not in index.names.modules.names:
            continue
        for found in index.names.scoping.exports(path, first):
            if isinstance(found, Place) and found.scope == 0 and found.path != path:
                yield f"{places[found.path]}:{'.'.join((found.name, *rest))}"


def _referred(value: str, index: Index) -> str:
    if targets(index, SymbolPattern.parse(value)):
        return f"{value} is defined, and nothing refers to it"
    return _symbol(value, index)


def _module(value: str, index: Index) -> str:
    return _alike(value, (name for facts in index.files.values() for name in facts.imports))


def _text(value: str, index: Index) -> str:
    wanted = value.encode().lower()
    for path, data in index.names.texts.items():
        at = data.lower().find(wanted)
        if at >= 0:
            found = data[at : at + len(wanted)].decode(errors="replace")
            line = data.count(b"\n", 0, at) + 1
            return f"nearest: {found!r} in {path}, line {line}"
    return ""


def _pattern(value: str, index: Index) -> str:  # noqa: ARG001 # as the others
    return "" if is_code(value) else f"{value} is no Python"


def _decorator(value: str, index: Index) -> str:
    return _alike(value.replace(":", "."), sorted(decorators_in(index)))


def _nothing_near(value: str, index: Index) -> str:  # noqa: ARG001 # as the others
    return ""


_NEAREST: Mapping[str, Callable[[str, Index], str]] = MappingProxyType(
    {
        "paths": _path,
        "symbols": _symbol,
        "imports": _module,
        "contains": _text,
        "references": _referred,
        "calls": _referred,
        "subclasses": _symbol,
        "kind": _nothing_near,
        "matches": _pattern,
        "decorated": _decorator,
        "missing": _nothing_near,
        "changed_since": _nothing_near,
        "findings": _nothing_near,
    }
)


def _alike(word: str, words: Iterable[str]) -> str:
    found = max(_scored(word, dict.fromkeys(words)), default=None)
    return f"nearest: {found[1]}" if found else ""


def _scored(word: str, words: Iterable[str]) -> Iterator[tuple[float, str]]:
    """The words that are alike, with how much; `quick_ratio` and its kind are upper bounds of it."""
    matcher = difflib.SequenceMatcher(b=word, autojunk=False)
    best = _ALIKE
    for one in words:
        matcher.set_seq1(one)
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < best:
            continue
        ratio = matcher.ratio()
        if ratio >= best:
            best = ratio
            yield ratio, one
