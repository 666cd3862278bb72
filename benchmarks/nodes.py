"""The names that stand in a Python file as nodes of its tree, and what may be asked about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from places import Place, Texts

Role = Literal["name", "attribute", "import", "definition", "argument", "keyword", "other"]
SymbolKind = Literal["function", "class", "constant", "method", "property", "attribute"]

_DEFINITION = re.compile(rb"(?:async\s+def|def|class)\s+")
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Node:
    """A name that stands somewhere."""

    place: Place
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Candidate:
    """A symbol that can be asked about; `places` are the names of its definitions."""

    symbol: str
    kind: SymbolKind
    places: tuple[Place, ...]

    @property
    def name(self) -> str:
        """The identifier."""
        return self.symbol.rpartition(":")[2].rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class _Class:
    name: str
    bases: frozenset[str]
    members: Mapping[str, frozenset[Place]]


def parsed(texts: Texts) -> dict[str, ast.Module]:
    """The trees of all Python files that parse."""
    trees: dict[str, ast.Module] = {}
    for path, data in texts.files.items():
        if path.endswith((".py", ".pyi")):
            try:
                trees[path] = ast.parse(data)
            except (SyntaxError, ValueError):
                continue
    return trees


def nodes(texts: Texts, trees: Mapping[str, ast.Module]) -> dict[Place, Node]:
    """All names of a codebase by their place."""
    found: dict[Place, Node] = {}
    for path, tree in trees.items():
        for line, column, name, role in _named(texts, path, tree):
            place = Place(path, line, column)
            found.setdefault(place, Node(place, name, role))
    return found


def candidates(texts: Texts, trees: Mapping[str, ast.Module]) -> dict[str, Candidate]:
    """The definitions of modules and classes by symbol; no dunder names, none beside a stub."""
    found: dict[str, Candidate] = {}
    for path, tree in trees.items():
        if is_shadowed(texts, path):
            continue
        for qualified, kind, line, column in _defined(texts, path, tree.body, ""):
            symbol, place = f"{path}:{qualified}", Place(path, line, column)
            earlier = found.get(symbol)
            places = (*earlier.places, place) if earlier else (place,)
            found[symbol] = Candidate(symbol, earlier.kind if earlier else kind, places)
    return {
        symbol: one
        for symbol, one in found.items()
        if not (one.name.startswith("__") and one.name.endswith("__")) and one.name.strip("_")
    }


def is_shadowed(texts: Texts, path: str) -> bool:
    """Whether a module stands beside its stub, or is that stub: tools see only one of them."""
    other = path[:-1] if path.endswith(".pyi") else path + "i"
    return other in texts.files


def families(texts: Texts, trees: Mapping[str, ast.Module]) -> dict[Place, frozenset[Place]]:
    """Where members of classes are bound, each with those that override it or that it overrides.

    Bases are told by their last name alone: for judging an answer, not for giving one.
    """
    classes = [
        _class(texts, path, node)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    by_name: dict[str, list[_Class]] = {}
    for one in classes:
        by_name.setdefault(one.name, []).append(one)
    found = {
        place: places for one in classes for places in one.members.values() for place in places
    }
    for one in classes:
        for parent in _ancestors(one, by_name):
            for member in one.members.keys() & parent.members.keys():
                mine, other = next(iter(one.members[member])), next(iter(parent.members[member]))
                joined = found[mine] | found[other]
                found.update(dict.fromkeys(joined, joined))
    return found


def _ancestors(one: _Class, by_name: Mapping[str, list[_Class]]) -> list[_Class]:
    seen: list[_Class] = [one]
    for current in seen:
        for base in current.bases:
            seen += [parent for parent in by_name.get(base, ()) if parent not in seen]
    return seen[1:]


def _class(texts: Texts, path: str, node: ast.ClassDef) -> _Class:
    members: dict[str, set[Place]] = {}
    for inner in _statements(node.body):
        for name, target in _targets(inner):
            members.setdefault(name, set()).add(Place(path, target.lineno, target.col_offset))
        if isinstance(inner, _Definition):
            members.setdefault(inner.name, set()).add(Place(path, *_name_of(texts, path, inner)))
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            for name, line, column in _assigned_to_self(inner):
                members.setdefault(name, set()).add(Place(path, line, column))
    bases = frozenset(_last_name(base) for base in node.bases) - {""}
    frozen = {name: frozenset(places) for name, places in members.items()}
    return _Class(node.name, bases, frozen)


def _assigned_to_self(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
) -> Iterator[tuple[str, int, int]]:
    first = next(iter((*function.args.posonlyargs, *function.args.args)), None)
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store()) if (
                first is not None and name == first.arg
            ):
                assert node.end_lineno is not None
                assert node.end_col_offset is not None
                yield node.attr, node.end_lineno, node.end_col_offset - len(node.attr.encode())
            case _:
                pass


def _last_name(base: ast.expr) -> str:
    match base:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _last_name(value)
        case _:
            return ""


def _defined(
    texts: Texts, path: str, body: Iterable[ast.stmt], prefix: str
) -> Iterator[tuple[str, SymbolKind, int, int]]:
    for statement in _statements(body):
        if isinstance(statement, _Definition):
            line, column = _name_of(texts, path, statement)
            qualified = f"{prefix}{statement.name}"
            yield qualified, _kind(statement, prefix), line, column
            if isinstance(statement, ast.ClassDef):
                yield from _defined(texts, path, statement.body, f"{qualified}.")
        for name, target in _targets(statement):
            kind = "attribute" if prefix else "constant"
            yield f"{prefix}{name}", kind, target.lineno, target.col_offset


def _kind(statement: _Definition, prefix: str) -> SymbolKind:
    if isinstance(statement, ast.ClassDef):
        return "class"
    if not prefix:
        return "function"
    names = {_last_name(one) for one in statement.decorator_list}
    return "property" if names & {"property", "cached_property", "setter"} else "method"


def _targets(statement: ast.stmt) -> Iterator[tuple[str, ast.Name]]:
    match statement:
        case ast.Assign(targets=targets):
            yield from ((one.id, one) for one in targets if isinstance(one, ast.Name))
        case ast.AnnAssign(target=ast.Name() as target):
            yield target.id, target
        case _:
            return


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, with those under `if`, `try` and `with`."""
    for statement in body:
        yield statement
        match statement:
            case ast.If(body=first, orelse=other):
                yield from _statements((*first, *other))
            case ast.Try(body=first, orelse=other, finalbody=last, handlers=handlers):
                inner = (one for handler in handlers for one in handler.body)
                yield from _statements((*first, *inner, *other, *last))
            case ast.With(body=first):
                yield from _statements(first)
            case _:
                pass


def _name_of(texts: Texts, path: str, node: _Definition) -> tuple[int, int]:
    word = _DEFINITION.match(texts.line(path, node.lineno), node.col_offset)
    return node.lineno, word.end() if word else node.col_offset


def _named(texts: Texts, path: str, tree: ast.Module) -> Iterator[tuple[int, int, str, Role]]:
    for node in ast.walk(tree):
        match node:
            case ast.Name():
                yield node.lineno, node.col_offset, node.id, "name"
            case ast.Attribute():
                assert node.end_lineno is not None
                assert node.end_col_offset is not None
                column = node.end_col_offset - len(node.attr.encode())
                yield node.end_lineno, column, node.attr, "attribute"
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield *_name_of(texts, path, node), node.name, "definition"
            case ast.arg():
                yield node.lineno, node.col_offset, node.arg, "argument"
            case ast.keyword(arg=str(name)):
                yield node.lineno, node.col_offset, name, "keyword"
            case ast.alias(name=name) if name != "*":
                yield from _alias(node)
            case ast.ExceptHandler() | ast.Global() | ast.Nonlocal():
                yield from _others(texts, path, node)
            case _:
                pass


def _alias(node: ast.alias) -> Iterator[tuple[int, int, str, Role]]:
    column = node.col_offset
    for part in node.name.split("."):
        yield node.lineno, column, part, "import"
        column += len(part.encode()) + 1
    if node.asname and node.end_lineno is not None and node.end_col_offset is not None:
        yield (
            node.end_lineno,
            node.end_col_offset - len(node.asname.encode()),
            node.asname,
            "import",
        )


def _others(
    texts: Texts, path: str, node: ast.ExceptHandler | ast.Global | ast.Nonlocal
) -> Iterator[tuple[int, int, str, Role]]:
    names = [node.name] if isinstance(node, ast.ExceptHandler) else node.names
    line = texts.line(path, node.lineno)
    for name in filter(None, names):
        for word in re.finditer(rb"\b%s\b" % re.escape(name.encode()), line[node.col_offset :]):
            yield node.lineno, node.col_offset + word.start(), name, "other"
