"""Which symbols use which: a graph of tiles, by names and imports and by what a plain receiver is.

It is quick and leaves out what needs types: for a cut it does not matter who is meant by a member of an
unknown receiver. Who must know every place asks `jupiter.index.references`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from jupiter.code.lines import split_lines
from jupiter.code.scopes import Scope
from jupiter.code.uses import attribute_uses, name_uses
from jupiter.index.hierarchy import Hierarchy
from jupiter.index.index import FileFacts, Index
from jupiter.index.scoping import Scoping
from jupiter.index.values import Class, External, Place
from jupiter.system.collection import collection_paused

Tile = tuple[str, str]
"""A tile by its path and its name."""
_DOTTED = rb"[^\W\d]\w*(?:\.[^\W\d]\w*)"
_NAMES = re.compile(rb"`[~.!]?(" + _DOTTED + rb"*)(?:\([^`]*\))?`|(?<![\w.])(" + _DOTTED + rb"+)")

Edges = Mapping[tuple[Tile, Tile], int]
"""How often one tile names another."""


def edges(index: Index, paths: Iterable[str]) -> Edges:
    """How often the tiles of some files, of Python or of prose, name other tiles of the codebase."""
    found: Counter[tuple[Tile, Tile]] = Counter()
    with collection_paused():
        prose = _Prose(index)
        for path in paths:
            if path.endswith((".py", ".pyi")):
                found.update(_File(index, path).edges())
            elif path.endswith((".md", ".rst")):
                found.update(prose.edges(path))
    return found


class _Prose:
    """What sections name: dotted names that lead to a symbol, and what only one symbol is called."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def edges(self, path: str) -> Iterator[tuple[Tile, Tile]]:
        """Each mention of a symbol in one file."""
        facts = self._index.files[path]
        for number, line in enumerate(split_lines(self._index.names.texts[path]), start=1):
            for said in dict.fromkeys(_names_in(line)):
                target = self._meant(said, path)
                if target is not None:
                    yield (path, facts.tile_at(number)), target

    def _meant(self, said: str, path: str) -> Tile | None:
        if "." in said:
            places = self._index.names.dotted(said, path)
            found = (tile for place in places if (tile := _tile_of(self._index, place)))
            if tile := next(found, None):
                return tile
        named = self._by_name.get(said, ())
        return named[0] if len(named) == 1 else None

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[Tile]]:
        found: defaultdict[str, list[Tile]] = defaultdict(list)
        for path, facts in self._index.files.items():
            if facts.module:
                for name in facts.symbols:
                    found[name].append((path, name))
        return found


def _names_in(line: bytes) -> Iterator[str]:
    """The names that a line says: with dots anywhere, without them in code marks alone."""
    for found in _NAMES.finditer(line):
        yield (found[1] or found[2]).decode(errors="replace")


class _File:
    """One file, whose uses of names are resolved."""

    def __init__(self, index: Index, path: str) -> None:
        self._index = index
        self._path = path
        self._facts: FileFacts = index.files[path]
        self._scoping: Scoping = index.names.scoping
        self._hierarchy: Hierarchy = index.names.hierarchy
        self._scopes: Sequence[Scope] = self._scoping.scopes(path)
        self._uses = index.names.uses(path)

    def edges(self) -> Iterator[tuple[Tile, Tile]]:
        """Each use of a name that a tile of the codebase binds, but for those within it."""
        for line, place in self._places():
            target = _tile_of(self._index, place)
            user = (self._path, self._facts.tile_at(line))
            if target is not None and target != user:
                yield user, target

    def _places(self) -> Iterator[tuple[int, Place]]:
        for name in self._uses.names:
            known: dict[int, tuple[Place, ...]] = {}
            for scope, line, _, _ in name_uses(self._uses, name):
                if scope not in known:
                    known[scope] = _own(self._scoping.places(self._path, scope, name))
                for place in known[scope]:
                    yield line, place
        for name in self._uses.attributes:
            for scope, line, _, _, receiver in attribute_uses(self._uses, name):
                if isinstance(receiver, str):
                    for place in self._members(scope, receiver, name):
                        yield line, place

    def _members(self, scope: int, receiver: str, name: str) -> Iterator[Place]:
        if receiver in {"self", "cls"}:
            if (cls := self._class_around(scope)) is not None:
                yield from self._member(cls, name)
            return
        for place in _own(self._scoping.places(self._path, scope, receiver)):
            if place.scope < 0:
                yield from _own(self._scoping.exports(place.path, name))
            elif (cls := self._class(place)) is not None:
                yield from self._member(cls, name)

    def _member(self, cls: Class, name: str) -> Iterator[Place]:
        owner = self._hierarchy.owner(cls, name)
        if owner is not None:
            yield Place(owner.path, owner.scope, name)

    def _class_around(self, scope: int) -> Class | None:
        while scope > 0:
            if self._scopes[scope].kind == "class":
                return Class(self._path, scope)
            scope = self._scopes[scope].parent
        return None

    def _class(self, place: Place) -> Class | None:
        bindings = self._scoping.scopes(place.path)[place.scope].bindings.get(place.name, ())
        return next((Class(place.path, b[3]) for b in bindings if b[0] == "class"), None)


def _tile_of(index: Index, place: Place) -> Tile | None:
    """The tile that binds a name; None for a module as such and for what is local to a function."""
    if place.scope < 0:
        return None
    scopes = index.names.scoping.scopes(place.path)
    scope = scopes[place.scope]
    if scope.kind not in {"module", "class"}:
        return None
    bindings = scope.bindings.get(place.name) or scope.members.get(place.name)
    if not bindings:
        return None
    return place.path, index.files[place.path].tile_at(bindings[0][1])


def _own(places: Iterable[Place | External]) -> tuple[Place, ...]:
    return tuple(place for place in places if isinstance(place, Place))
