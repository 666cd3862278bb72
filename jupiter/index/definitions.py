"""The definitions of a codebase: what a symbol id stands for, and the id of a place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from jupiter.code.scopes import Binding, Scope
from jupiter.index.externals import PROPERTIES
from jupiter.index.hierarchy import Hierarchy
from jupiter.index.notation import last_name
from jupiter.index.scoping import Scoping
from jupiter.index.values import Class, Place
from jupiter.model.reference import Definition, DefinitionKind
from jupiter.system.collection import collection_paused

_NO_DEFINITION = frozenset({"import", "from", "global", "outer"})


class Definitions:
    """What the files of a codebase define in modules and classes, but not inside of functions."""

    def __init__(self, scoping: Scoping, hierarchy: Hierarchy, files: Collection[str]) -> None:
        """`files` are all paths of the codebase."""
        self._scoping = scoping
        self._hierarchy = hierarchy
        self._files = files

    @cached_property
    def all(self) -> dict[str, Definition]:
        """All definitions by symbol id; of a name that is bound more than once, the first."""
        found: dict[str, Definition] = {}
        with collection_paused():
            for path in sorted(self._files):
                if path.endswith((".py", ".pyi")):
                    for one in self.in_file(path):
                        found.setdefault(one.symbol, one)
        return found

    def symbol(self, place: Place) -> str:
        """The id of a place."""
        if place.scope < 0:
            return place.path
        scopes = self._scoping.scopes(place.path)
        parts = [place.name]
        at = place.scope
        while at > 0:
            parts.append(scopes[at].name)
            at = scopes[at].parent
        return f"{place.path}:{'.'.join(reversed(parts))}"

    def place(self, symbol: str) -> Place:
        """The place of a symbol id; raises KeyError when the codebase does not define it."""
        path, _, qualified = symbol.partition(":")
        if path not in self._files:
            raise KeyError(symbol)
        if not qualified:
            return Place(path, -1, "")
        *outer, name = qualified.split(".")
        for scope in self._scopes_of(path, outer):
            if self._hierarchy.members(Class(path, scope), name):
                return Place(path, scope, name)
        raise KeyError(symbol)

    def _scopes_of(self, path: str, classes: Sequence[str]) -> list[int]:
        """The scopes of a class by the names that lead to it: more than one if it is defined twice."""
        scopes = self._scoping.scopes(path)
        found = [0]
        for name in classes:
            bindings = [b for scope in found for b in scopes[scope].bindings.get(name, ())]
            found = [binding[3] for binding in bindings if binding[0] == "class"]
        return found

    def in_file(self, path: str) -> Iterator[Definition]:
        """What one Python file defines; of a name that is bound more than once, each."""
        scopes = self._scoping.scopes(path)
        for number, scope in enumerate(scopes):
            if not _is_reachable(scopes, number):
                continue
            for name in (*scope.bindings, *(scope.members if scope.kind == "class" else ())):
                bindings = self._hierarchy.members(Class(path, number), name)
                own = [binding for binding in bindings if binding[0] not in _NO_DEFINITION]
                own.sort(key=lambda binding: binding[0] == "slot")
                if own:
                    yield Definition(
                        path=path,
                        line=own[0][1],
                        column=own[0][2],
                        symbol=self.symbol(Place(path, number, name)),
                        kind=_kind(scopes, scope, own[0]),
                    )


def _is_reachable(scopes: list[Scope], number: int) -> bool:
    """Whether a scope is a module, or a class that can be named from outside: it is in no function."""
    while number > 0:
        if scopes[number].kind != "class":
            return False
        number = scopes[number].parent
    return True


def _kind(scopes: list[Scope], scope: Scope, binding: Binding) -> DefinitionKind:
    match binding[0]:
        case "function" if scope.kind == "class":
            inner: int = binding[3]
            is_property = any(last_name(d) in PROPERTIES for d in scopes[inner].decorators)
            return "property" if is_property else "method"
        case "function":
            return "function"
        case "class":
            return "class"
        case _:
            return "attribute" if scope.kind == "class" else "constant"
