"""`missing`: the symbols without annotations, without a docstring, or that no test speaks of."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from jupiter.code.parse import try_parse
from jupiter.code.tiles import is_python
from jupiter.index.index import Index
from jupiter.index.references import users
from jupiter.index.suites import is_test
from jupiter.model.symbol import SymbolId
from jupiter.planner.criteria import Tiles

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = _Function | ast.ClassDef


def by_lack(index: Index, values: Sequence[str], paths: Collection[str]) -> Tiles:
    """The functions, methods and classes that lack any of these."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    python = [path for path in paths if is_python(path)]
    for value in values:
        for path, name in _LACKS[value](index, python):
            found[path].add(name)
    return {path: frozenset(names) for path, names in found.items()}


def _without_docstring(index: Index, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    for path, name, nodes in _definitions(index, paths):
        if not any(ast.get_docstring(node, clean=False) for node in nodes):
            yield path, name


def _without_annotations(index: Index, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Of overloads only these have to say something: callers never see what stands behind them."""
    for path, name, nodes in _definitions(index, paths):
        functions = [node for node in nodes if not isinstance(node, ast.ClassDef)]
        overloads = [node for node in functions if _carries(node, "overload")]
        if not all(_is_annotated(node, "." in name) for node in overloads or functions):
            yield path, name


def _without_tests(index: Index, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What no file of tests refers to; the tests themselves are not looked at."""
    names = index.names
    wanted = [(path, name) for path, name, _ in _definitions(index, paths) if not is_test(path)]
    places = {
        key: names.place(symbol)
        for key in wanted
        if (symbol := str(SymbolId(key[0], key[1].partition("#")[0]))) in names.definitions
    }
    tests = [path for path in names.paths if is_test(path)]
    tested = {one.symbol for one in users(names, places.values(), tests)}
    for path, name in wanted:
        if str(SymbolId(path, name.partition("#")[0])) not in tested:
            yield path, name


_LACKS: Mapping[str, Callable[[Index, Sequence[str]], Iterator[tuple[str, str]]]] = (
    MappingProxyType(
        {
            "annotations": _without_annotations,
            "docstring": _without_docstring,
            "tests": _without_tests,
        }
    )
)


def _definitions(
    index: Index, paths: Sequence[str]
) -> Iterator[tuple[str, str, list[_Definition]]]:
    """Path and name of each tile that is a definition, with the definitions that it holds."""
    for path in paths:
        facts = index.files[path]
        tree = try_parse(index.names.texts[path])
        kinds = dict(zip(facts.symbols, facts.kinds, strict=True))
        found: defaultdict[str, list[_Definition]] = defaultdict(list)
        for node in _outer(tree.body) if tree else ():
            name = facts.tile_at(node.lineno)
            if kinds[name] in {"function", "class"}:
                found[name].append(node)
        yield from ((path, name, nodes) for name, nodes in found.items())


def _outer(body: Sequence[ast.stmt]) -> Iterator[_Definition]:
    """The definitions of a module, and of its classes."""
    for node in body:
        if isinstance(node, _Definition):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from _outer(node.body)


def _is_annotated(node: _Function, is_method: bool) -> bool:  # noqa: FBT001 # as a predicate reads
    given = node.args
    arguments = [*given.posonlyargs, *given.args]
    if is_method and not _carries(node, "staticmethod"):
        arguments = arguments[1:]
    arguments += [*given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    says_result = node.returns is not None or node.name in {"__init__", "__new__"}
    return says_result and all(one.annotation is not None for one in arguments)


def _carries(node: _Function, decorator: str) -> bool:
    return any(ast.unparse(one).rpartition(".")[2] == decorator for one in node.decorator_list)
