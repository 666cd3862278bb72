"""Who refers to a symbol: the uses of its name in the files that have it, each resolved on its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jupiter.code.scopes import (
    ANNOTATION,
    BASE,
    CALL,
    DECORATOR,
    IMPORT,
    LOAD,
    STORE,
    Names,
)
from jupiter.index.codebase import Codebase
from jupiter.index.values import Answer, Class, Instance, Module, Place, Super, Value
from jupiter.model.reference import Certainty, Reference, ReferenceKind

_KINDS: dict[int, ReferenceKind] = {
    LOAD: "read",
    CALL: "call",
    STORE: "write",
    BASE: "base",
    DECORATOR: "decorator",
    ANNOTATION: "annotation",
    IMPORT: "import",
}


def references(codebase: Codebase, symbol: str) -> tuple[Reference, ...]:
    """All places that name a symbol, in order; those of its override family with their own ids.

    Raises:
        KeyError: the codebase does not define the symbol.
    """
    places = codebase.family(codebase.place(symbol))
    search = _Search(codebase, frozenset(places))
    found: set[Reference] = set()
    for place in places:
        found.update(search.definitions(place))
    name = symbol_name(symbol)
    for path in codebase.files_with(name):
        found.update(search.file(path, name))
    found.update(search.aliases())
    return tuple(sorted(_best(found)))


def symbol_name(symbol: str) -> str:
    """The identifier of a symbol: the last part of its id."""
    return symbol.rpartition(":")[2].rpartition(".")[2]


def _best(found: Iterable[Reference]) -> Iterator[Reference]:
    """One reference a place: the one that is known best."""
    ranks = {"certain": 0, "likely": 1, "possible": 2}
    best: dict[tuple[str, int, int], Reference] = {}
    for one in sorted(found):
        key = (one.path, one.line, one.column)
        if key not in best or ranks[one.certainty] < ranks[best[key].certainty]:
            best[key] = one
    return iter(best.values())


@dataclass(slots=True)
class _Search:
    codebase: Codebase
    targets: frozenset[Place]
    seen_aliases: set[tuple[str, int, str]] = field(default_factory=set[tuple[str, int, str]])
    waiting: list[tuple[str, int, str]] = field(default_factory=list[tuple[str, int, str]])
    """Names that are another name of a target: path, scope, name."""

    def definitions(self, place: Place) -> Iterator[Reference]:
        """Where a place is bound by `def` and `class`; names and attributes are uses as well."""
        if place.scope < 0:
            return
        for binding in self.codebase.scoping.members(Class(place.path, place.scope), place.name):
            if binding[0] in {"function", "class"}:
                yield self._reference(
                    place.path, binding[1], binding[2], place, "definition", "certain"
                )

    def file(self, path: str, name: str) -> Iterator[Reference]:
        """The references in one file."""
        uses = self.codebase.uses(path)
        yield from self._names(path, name, uses)
        yield from self._imports(path, name, uses)
        yield from self._attributes(path, name, uses)
        yield from self._keywords(path, name, uses)
        yield from self._texts(path, name, uses)

    def aliases(self) -> Iterator[Reference]:
        """What is reached under another name: `from m import x as y`, then `y`."""
        while self.waiting:
            path, scope, name = self.waiting.pop()
            uses = self.codebase.uses(path)
            del scope
            yield from self._names(path, name, uses)

    def _names(self, path: str, name: str, uses: Names) -> Iterator[Reference]:
        flat = uses.names.get(name, ())
        known: dict[int, tuple[Place, ...]] = {}
        for at in range(0, len(flat), 4):
            scope, line, column, how = flat[at : at + 4]
            hits = known.get(scope)
            if hits is None:
                places = self.codebase.scoping.places(path, scope, name)
                hits = known[scope] = tuple(p for p in places if p in self.targets)
            for place in hits:
                yield self._reference(path, line, column, place, _KINDS[how], "certain")

    def _imports(self, path: str, name: str, uses: Names) -> Iterator[Reference]:
        flat = uses.imported.get(name, ())
        for at in range(0, len(flat), 6):
            scope, line, column, level, module, alias = flat[at : at + 6]
            for place in self.codebase.scoping.imported(path, level, module, name):
                if place in self.targets and isinstance(place, Place):
                    yield self._reference(path, line, column, place, "import", "certain")
                    if alias and alias != name and (path, scope, alias) not in self.seen_aliases:
                        self.seen_aliases.add((path, scope, alias))
                        self.waiting.append((path, scope, alias))

    def _attributes(self, path: str, name: str, uses: Names) -> Iterator[Reference]:
        flat = uses.attributes.get(name, ())
        for at in range(0, len(flat), 5):
            scope, line, column, how, receiver = flat[at : at + 5]
            answer = self.codebase.evaluator.value(receiver, path, scope)
            for place, certainty in self.codebase.member_places(path, answer, name, self.targets):
                yield self._reference(path, line, column, place, _KINDS[how], certainty)

    def _keywords(self, path: str, name: str, uses: Names) -> Iterator[Reference]:
        """`Point(x=1)` names the field `x` of a dataclass, a NamedTuple or the like."""
        flat = uses.keywords.get(name, ())
        for at in range(0, len(flat), 4):
            scope, line, column, function = flat[at : at + 4]
            answer = self.codebase.evaluator.value(function, path, scope)
            for value in answer.values:
                if not isinstance(value, Class) or not self.codebase.takes_fields(value):
                    continue
                owner = self.codebase.scoping.owner(value, name)
                place = Place(owner.path, owner.scope, name) if owner else None
                if place in self.targets:
                    certainty: Certainty = "certain" if answer.sure else "likely"
                    yield self._reference(path, line, column, place, "write", certainty)

    def _texts(self, path: str, name: str, uses: Names) -> Iterator[Reference]:
        for at in range(0, len(uses.texts), 1):
            scope, line, column, end_line, end_column, text, how, receiver = uses.texts[at]
            if line != end_line or not (text == name or text.endswith(name)):
                continue
            inner = column + (end_column - column - len(text.encode())) // 2
            where = end_column - (
                inner - column if (end_column - column - len(text.encode())) % 2 == 0 else 1
            )
            where -= len(name.encode())
            if how == "export" and text == name:
                for place in self.codebase.scoping.exports(path, name):
                    if place in self.targets and isinstance(place, Place):
                        yield self._reference(path, line, where, place, "export", "certain")
            elif how == "slot" and text == name:
                if (place := Place(path, scope, name)) in self.targets:
                    yield self._reference(path, line, where, place, "string", "certain")
            elif how in {"getattr", "member"} and text == name:
                answer = self.codebase.evaluator.value(receiver, path, scope)
                for place, certainty in self.codebase.member_places(
                    path, answer, name, self.targets
                ):
                    if how == "getattr" or (certainty != "possible" and answer.values):
                        kind: ReferenceKind = "string" if how == "getattr" else "patch"
                        yield self._reference(path, line, where, place, kind, certainty)
            elif how == "dotted":
                for place in self.codebase.dotted(text.replace(":", "."), path):
                    if place in self.targets:
                        yield self._reference(path, line, where, place, "patch", "likely")

    def _reference(
        self,
        path: str,
        line: int,
        column: int,
        place: Place,
        kind: ReferenceKind,
        certainty: Certainty,
    ) -> Reference:
        return Reference(
            path=path,
            line=line,
            column=column,
            symbol=self.codebase.symbol(place),
            kind=kind,
            certainty=certainty,
        )


__all__ = ["Answer", "Instance", "Module", "Super", "Value", "references", "symbol_name"]
