"""The criteria of a selection that the index answers: what each finds in some of the files."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from jupiter.code.lines import split_lines
from jupiter.code.tiles import is_python
from jupiter.index.index import FileFacts, Index
from jupiter.index.mentions import mentions
from jupiter.index.references import name_of, users
from jupiter.index.values import External, Place
from jupiter.model.pattern import SymbolPattern, dotted_pattern
from jupiter.model.reference import Reference
from jupiter.model.symbol import SymbolId
from jupiter.system.paths import matches

Tiles = Mapping[str, frozenset[str]]
"""The names of tiles by path; no path is without any."""


def at_lines(index: Index, lines: Mapping[str, Iterable[int]]) -> Tiles:
    """The tiles that lines, from 1, belong to."""
    found = {p: frozenset(index.files[p].tile_at(n) for n in some) for p, some in lines.items()}
    return {path: names for path, names in found.items() if names}


def targets(index: Index, pattern: SymbolPattern) -> tuple[Place, ...]:
    """The definitions that a pattern means: names in modules and classes, or the modules themselves."""
    names = index.names
    found: list[Place] = []
    for path in names.paths:
        if not _is_place(index.files[path], pattern):
            continue
        if not pattern.name:
            found.append(Place(path, -1, ""))
        else:
            defined = (one.symbol for one in names.defined_in(path))
            meant = (one for one in defined if pattern.names(one.partition(":")[2]))
            found += (names.place(symbol) for symbol in dict.fromkeys(meant))
    return tuple(found)


def by_paths(index: Index, values: Sequence[str], paths: Collection[str]) -> Tiles:
    """All of the files that a glob matches."""
    return {p: frozenset(index.files[p].symbols) for p in paths if matches(p, values)}


def by_symbols(index: Index, values: Sequence[str], paths: Collection[str]) -> Tiles:
    """The symbols of the patterns, a class with its members."""
    patterns = [SymbolPattern.parse(value) for value in values]
    found: dict[str, frozenset[str]] = {}
    for path in paths:
        facts = index.files[path]
        here = [pattern for pattern in patterns if _is_place(facts, pattern)]
        names = frozenset(n for n in facts.symbols if any(one.covers(n) for one in here))
        if names:
            found[path] = names
    return found


def by_imports(index: Index, values: Sequence[str], paths: Collection[str]) -> Tiles:
    """All of the files that import one of the modules, or something in them."""
    patterns = [dotted_pattern(value) for value in values]
    chosen = (index.files[path] for path in paths)
    return {
        facts.path: frozenset(facts.symbols)
        for facts in chosen
        if any(p.fullmatch(name) for name in facts.imports for p in patterns)
    }


def by_text(index: Index, values: Sequence[str], paths: Collection[str]) -> Tiles:
    """The symbols whose text has one of the texts."""
    texts = [value.encode() for value in values]
    found = {
        path: {line for text in texts for line in _lines_with(index.names.texts[path], text)}
        for path in paths
    }
    return at_lines(index, found)


def by_references(index: Index, values: Sequence[str], paths: Collection[str]) -> Tiles:
    """The symbols that refer to one of the patterns."""
    return _referring(index, _references_to(index, values, paths), paths)


def by_calls(index: Index, values: Sequence[str], paths: Collection[str]) -> Tiles:
    """The symbols that call one of the patterns, or make an instance of it."""
    found = _references_to(index, values, paths)
    return _referring(index, (one for one in found if one.kind == "call"), paths)


def _references_to(
    index: Index, values: Sequence[str], paths: Collection[str]
) -> Iterator[Reference]:
    return references_to(index, [SymbolPattern.parse(value) for value in values], paths)


def _referring(index: Index, found: Iterable[Reference], paths: Collection[str]) -> Tiles:
    lines: dict[str, set[int]] = {path: set() for path in paths}
    for one in found:
        lines[one.path].add(one.line)
    return at_lines(index, lines)


def by_bases(index: Index, values: Sequence[str], paths: Collection[str]) -> Tiles:
    """Classes of other code are known by their dotted names: `pydantic:BaseModel`."""
    patterns = [SymbolPattern.parse(value) for value in values]
    bases = {place for pattern in patterns for place in targets(index, pattern)}
    foreign = {value.replace(":", ".") for value in values}
    names: defaultdict[str, set[str]] = defaultdict(set)
    for cls in index.names.families.classes:
        for base in index.names.hierarchy.order(cls)[1:]:
            is_meant = (
                base.dotted in foreign
                if isinstance(base, External)
                else index.names.defined_as(base) in bases
            )
            if is_meant:
                place = index.names.defined_as(cls)
                names[cls.path].add(index.names.symbol(place).partition(":")[2])
    exact = {
        path: [SymbolPattern(path, n, is_path=True) for n in some] for path, some in names.items()
    }
    found = {
        path: frozenset(
            n for n in index.files[path].symbols if any(p.covers(n) for p in exact[path])
        )
        for path in paths
        if path in exact
    }
    return {path: some for path, some in found.items() if some}


def by_kind(index: Index, values: Sequence[str], paths: Collection[str]) -> Tiles:
    """The symbols of these kinds."""
    found = {
        facts.path: frozenset(
            name
            for name, kind in zip(facts.symbols, facts.kinds, strict=True)
            if _kind(name, kind) in values
        )
        for facts in map(index.files.__getitem__, paths)
    }
    return {path: names for path, names in found.items() if names}


def _kind(name: str, kind: str) -> str:
    if kind == "function" and "." in name:
        return "method"
    return "section" if kind == "rst section" else kind


def references_to(
    index: Index, patterns: Sequence[SymbolPattern], paths: Collection[str]
) -> Iterator[Reference]:
    """The references to symbols of patterns, in files of Python and in prose.

    What a symbol says of itself is none, nor is where only the name fits.
    """
    places = dict.fromkeys(place for one in patterns for place in targets(index, one))
    own = {index.names.symbol(place) for place in places}
    with_family = dict.fromkeys(one for place in places for one in index.names.family(place))
    python = [path for path in paths if is_python(path)]
    for one in users(index.names, with_family, python):
        inside = SymbolId(one.path, index.files[one.path].tile_at(one.line).partition("#")[0])
        is_itself = one.symbol in own and str(inside) == one.symbol
        if not is_itself and (one.certainty != "possible" or one.by_convention):
            yield one
    yield from _in_prose(index, places, [path for path in paths if path.endswith((".md", ".rst"))])


def _in_prose(index: Index, places: Iterable[Place], paths: Sequence[str]) -> Iterator[Reference]:
    texts = [index.names.texts[path] for path in paths]
    by_name: defaultdict[str, set[Place]] = defaultdict(set)
    for place in places:
        by_name[name_of(index.names, place)].add(place)
    for name, called in sorted(by_name.items()):
        if any(name.encode() in text for text in texts):
            yield from mentions(index.names, frozenset(called), name, paths)


def _is_place(facts: FileFacts, pattern: SymbolPattern) -> bool:
    if pattern.is_path:
        return matches(facts.path, (pattern.place,))
    return any(pattern.is_module(name) for name in _module_names(facts))


def _module_names(facts: FileFacts) -> Iterator[str]:
    """What a Python file may be called: by its packages, and by its folders, which need no `__init__`."""
    if facts.module:
        yield facts.module
        by_path = facts.path.rpartition(".")[0].removesuffix("/__init__").replace("/", ".")
        yield by_path.removeprefix("src.").removeprefix("lib.")


def _lines_with(data: bytes, text: bytes) -> Iterator[int]:
    """The lines, from 1, that the occurrences of a text stand on."""
    at = data.find(text)
    if at < 0:
        return
    ends: list[int] = []
    total = 0
    for line in split_lines(data):
        total += len(line)
        ends.append(total)
    while at >= 0:
        first, last = bisect_right(ends, at), bisect_right(ends, at + len(text) - 1)
        yield from range(first + 1, last + 2)
        at = data.find(text, at + 1)
