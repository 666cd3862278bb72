"""What a change alters of what runs: functions, and files in what they do when they are imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from jupiter.code.bound import Function
from jupiter.code.changed import changed
from jupiter.code.header import arguments_of
from jupiter.code.parse import render, try_parse
from jupiter.index.index import Index
from jupiter.index.reach import Reach, Sought
from jupiter.index.wires import Unit

_SILENT = frozenset({"comment", "tail"})
"""Tiles in which nothing runs."""


def altered(before: Reach, after: Reach) -> tuple[Sought, Sought]:
    """What of the state before is not in that after, and what of that after was not in that before."""
    old, new = before.index.names.texts, after.index.names.texts
    names = {
        path: frozenset(changed(path, old.get(path, b""), new.get(path, b"")))
        for path in {*old, *new}
        if path.endswith(".py") and old.get(path) != new.get(path)
    }
    starts = {p: (_at_import(before.index, p), _at_import(after.index, p)) for p in names}
    return _of(before, names, starts), _of(after, names, starts)


def _of(
    reach: Reach,
    names: Mapping[str, frozenset[str]],
    starts: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]],
) -> Sought:
    units: set[Unit] = set()
    files: set[str] = set()
    for path, some in names.items():
        if path not in reach.index.files:
            continue
        facts = reach.index.files[path]
        kinds = dict(zip(facts.symbols, facts.kinds, strict=True))
        functions = {name for name in some if kinds.get(name) == "function"}
        old, new = starts[path]
        starting = {name for name in functions if old.get(name, "") != new.get(name, "")}
        # what is gone on this side is the other side's
        loud = {n for n in some if n in kinds and kinds[n] not in {*_SILENT, "function"}}
        if starting or loud:
            files.add(path)
        wires = reach.wires(path)
        for unit in wires.functions():
            if facts.tile_at(wires.line(unit)) in functions:
                units.add((path, unit))
    return Sought(frozenset(units), frozenset(files))


def _at_import(index: Index, path: str) -> dict[str, str]:
    """What runs of each function, by its tile, when it is defined: decorators, defaults, annotations."""
    if path not in index.files:
        return {}
    tree = try_parse(index.names.texts[path])
    found: dict[str, str] = {}
    for node in _functions(tree.body) if tree is not None else ():
        name = index.files[path].tile_at(node.lineno)
        texts = [render(one) or ast.dump(one) for one in _defining(node, index, path)]
        found[name] = "\n".join([found.get(name, ""), *texts])
    return {name: text for name, text in found.items() if text.strip()}


def _functions(body: list[ast.stmt]) -> Iterator[Function]:
    """The functions of a module and of its classes, also those under `if` and the like."""
    pending: list[ast.AST] = [*body]
    while pending:
        node = pending.pop()
        if isinstance(node, Function):
            yield node
        elif isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
            pending += ast.iter_child_nodes(node)


def _defining(node: Function, index: Index, path: str) -> Iterator[ast.expr]:
    given = node.args
    yield from node.decorator_list
    yield from given.defaults
    yield from filter(None, given.kw_defaults)
    if not _is_lazy(index, path):
        yield from filter(None, (one.annotation for one in arguments_of(node)))
        yield from filter(None, (node.returns,))


def _is_lazy(index: Index, path: str) -> bool:
    """Whether the file's annotations are not evaluated."""
    bound = index.names.scoping.scopes(path)[0].bindings.get("annotations", ())
    return any(one[0] == "from" and one[4] == "__future__" for one in bound)
