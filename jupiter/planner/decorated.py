"""`decorated`: what carries a decorator, by what its name means: `pytest.fixture`, `app.core:route`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from jupiter.code.tiles import is_python
from jupiter.index.codebase import Codebase
from jupiter.index.index import Index
from jupiter.index.notation import called
from jupiter.index.values import Class, External, Function, Method, Place, Value
from jupiter.model.pattern import SymbolPattern, dotted_pattern
from jupiter.planner.criteria import Tiles, targets


def by_decorators(index: Index, values: Sequence[str], paths: Collection[str]) -> Tiles:
    """The functions and methods, and the classes with their members, that carry such a decorator."""
    patterns = [SymbolPattern.parse(value) for value in values]
    meant = {place for pattern in patterns for place in targets(index, pattern)}
    dotted = [dotted_pattern(value.replace(":", ".")) for value in values]
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in filter(is_python, paths):
        facts = index.files[path]
        for line, decorator in _decorators(index.names, path):
            if _is_one(index.names, decorator, meant, dotted):
                name = facts.tile_at(line)
                found[path].update(n for n in facts.symbols if _is_in(n, name))
    return {path: frozenset(names) for path, names in found.items()}


def decorators_in(index: Index) -> set[str]:
    """The dotted names of all decorators of a codebase, as far as they are known."""
    names = index.names
    found = {_dotted(names, one)[0] for path in names.paths for _, one in _decorators(names, path)}
    return found - {""}


def _is_in(name: str, owner: str) -> bool:
    return name == owner or name.startswith(f"{owner}.")


def _decorators(names: Codebase, path: str) -> Iterator[tuple[int, Value]]:
    """What the decorators of a file may be, each with the line of what it decorates."""
    for scope in names.scoping.scopes(path):
        for decorator in scope.decorators:
            for value in names.evaluator.value(called(decorator), path, scope.parent).values:
                yield scope.line, value


def _is_one(
    names: Codebase, value: Value, meant: Collection[Place], dotted: Sequence[re.Pattern[str]]
) -> bool:
    text, place = _dotted(names, value)
    return place in meant or any(one.fullmatch(text) for one in dotted)


def _dotted(names: Codebase, value: Value) -> tuple[str, Place | None]:
    """What a decorator is called, by its module; and where it is defined, if that is here."""
    match value:
        case External(name):
            return name.removeprefix("builtins."), None
        case Method(receiver, name):
            return f"{receiver.dotted}.{name}", None
        case Class() | Function():
            scope = names.scoping.scopes(value.path)[value.scope]
            place = Place(value.path, scope.parent, scope.name)
            inside = names.symbol(place).partition(":")[2]
            return f"{names.modules.names[value.path]}.{inside}", place
        case _:
            return "", None
