"""Seeded wrong edits of real packages, and where each of them breaks, told by the syntax tree alone.

A name is taken only if one definition of the package has it: then all that says it means that one.
"""

from __future__ import annotations

import ast
import builtins
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

SeedKind = Literal["arity", "keyword", "attribute", "import", "abstract"]
KINDS: tuple[SeedKind, ...] = ("arity", "keyword", "attribute", "import", "abstract")

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_FOREIGN = frozenset(
    name for kind in (str, bytes, list, dict, set, int, object, type) for name in dir(kind)
)


@dataclass(frozen=True, slots=True)
class Seed:
    """A wrong edit: the file's new text, and the places (path, line) that it breaks."""

    kind: SeedKind
    what: str
    path: str
    text: bytes
    breaks: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class _Package:
    """The files of a package, and all that says a name, by that name."""

    texts: Mapping[str, bytes]
    trees: Mapping[str, ast.Module]
    code: str
    """The folder of the package itself: what is edited."""
    bound: Counter[str] = field(default_factory=Counter[str])
    calls: dict[str, list[tuple[str, ast.Call]]] = field(
        default_factory=dict[str, list[tuple[str, ast.Call]]]
    )
    attributes: dict[str, list[tuple[str, int]]] = field(
        default_factory=dict[str, list[tuple[str, int]]]
    )
    strings: set[str] = field(default_factory=set[str])

    def read(self) -> None:
        """Fill in what says a name."""
        for path, tree in self.trees.items():
            for node in ast.walk(tree):
                self.bound.update(_bound(node))
                match node:
                    case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                        self.calls.setdefault(name, []).append((path, node))
                    case ast.Attribute(attr=name):
                        line = node.end_lineno or node.lineno
                        self.attributes.setdefault(name, []).append((path, line))
                    case ast.Constant(value=str(text)):
                        self.strings.add(text)
                    case _:
                        pass

    def own(self) -> Iterator[tuple[str, ast.Module]]:
        """The files that are edited."""
        return ((p, tree) for p, tree in self.trees.items() if p.startswith(self.code))

    def functions(self) -> Iterator[tuple[str, _Function]]:
        """The functions and methods without decorators whose name nothing else has."""
        for path, tree in self.own():
            for node in ast.walk(tree):
                if not isinstance(node, _Function) or node.decorator_list:
                    continue
                if self._is_unique(node.name):
                    yield path, node

    def _is_unique(self, name: str) -> bool:
        is_pythons = name in _FOREIGN or hasattr(builtins, name) or name.startswith("__")
        return self.bound[name] == 1 and not is_pythons


def seeds(
    texts: Mapping[str, bytes], code: str, seeded: random.Random
) -> dict[SeedKind, list[Seed]]:
    """Wrong edits of a package by kind, in the order of the seed."""
    trees: dict[str, ast.Module] = {}
    for path, data in texts.items():
        if path.endswith(".py") and _parses(data):
            trees[path] = ast.parse(data)
    package = _Package(texts, trees, code)
    package.read()
    found: dict[SeedKind, list[Seed]] = {}
    for kind, make in _MAKERS.items():
        made = [one for one in make(package) if one.breaks and _parses(one.text)]
        made.sort(key=lambda one: one.what)
        seeded.shuffle(made)
        found[kind] = made
    return found


def _arity(package: _Package) -> Iterator[Seed]:
    """One more parameter that is required."""
    for path, node in package.functions():
        calls = [one for one in package.calls.get(node.name, ()) if not is_open(one[1])]
        if node.args.vararg or node.args.kwonlyargs or node.args.kwarg or node.args.defaults:
            continue
        if node.args.args and calls:
            last = node.args.args[-1]
            at = (last.end_lineno or 0, last.end_col_offset or 0)
            text = _inserted(package.texts[path], at, b", zq_more")
            breaks = frozenset((p, call.lineno) for p, call in calls)
            yield Seed("arity", f"{path}:{node.name}", path, text, breaks)


def _keyword(package: _Package) -> Iterator[Seed]:
    """A parameter with another name, in the signature and in the body."""
    for path, node in package.functions():
        if node.args.kwarg:
            continue
        for arg in (*node.args.args, *node.args.kwonlyargs):
            calls = [
                (p, call)
                for p, call in package.calls.get(node.name, ())
                if any(one.arg == arg.arg for one in call.keywords)
            ]
            names = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == arg.arg]
            if calls and names:
                places = [(arg.lineno, arg.col_offset), *((n.lineno, n.col_offset) for n in names)]
                text = package.texts[path]
                for at in sorted(set(places), reverse=True):
                    text = _inserted(text, at, b"zq_")
                breaks = frozenset((p, call.lineno) for p, call in calls)
                yield Seed("keyword", f"{path}:{node.name}({arg.arg})", path, text, breaks)
                break


def _attribute(package: _Package) -> Iterator[Seed]:
    """A member of a class, or a function of a module, is gone."""
    for path, node in package.functions():
        used = package.attributes.get(node.name, ())
        if used and node.name not in package.strings:
            text = _without(package.texts[path], node)
            breaks = frozenset(_moved(used, path, node))
            yield Seed("attribute", f"{path}:{node.name}", path, text, breaks)


def _import(package: _Package) -> Iterator[Seed]:
    """An import of one name is gone."""
    for path, tree in package.own():
        for node in tree.body:
            match node:
                case ast.ImportFrom(names=[ast.alias(name=name, asname=None)], module=module):
                    pass
                case ast.Import(names=[ast.alias(name=name, asname=None)]):
                    module = name
                case _:
                    continue
            names = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name)
            used = [(path, one.lineno) for one in names]
            if module != "__future__" and used and _bindings(tree, name) == 1:
                text = _without(package.texts[path], node)
                breaks = frozenset(_moved(used, path, node))
                yield Seed("import", f"{path}:{name}", path, text, breaks)


def _abstract(package: _Package) -> Iterator[Seed]:
    """What implements an abstract method is gone: its class is broken."""
    classes = [
        (path, node)
        for path, tree in package.own()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    abstract = {
        (node.name, member.name)
        for _, node in classes
        for member in node.body
        if isinstance(member, _Function)
        and any("abstract" in ast.unparse(one) for one in member.decorator_list)
    }
    for path, node in classes:
        bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
        for member in node.body:
            if (
                isinstance(member, _Function)
                and len(bases) == 1
                and (bases[0], member.name) in abstract
                and len(node.body) > 1
            ):
                text = _without(package.texts[path], member)
                what = f"{path}:{node.name}.{member.name}"
                yield Seed("abstract", what, path, text, frozenset({(path, node.lineno)}))


_MAKERS: Mapping[SeedKind, Callable[[_Package], Iterator[Seed]]] = {
    "arity": _arity,
    "keyword": _keyword,
    "attribute": _attribute,
    "import": _import,
    "abstract": _abstract,
}


def is_open(call: ast.Call) -> bool:
    """Whether a call unpacks some of its arguments."""
    return any(isinstance(one, ast.Starred) for one in call.args) or any(
        one.arg is None for one in call.keywords
    )


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            yield name
        case ast.arg(arg=name):
            yield name
        case _:
            pass


def _bindings(tree: ast.Module, name: str) -> int:
    """How often a file binds a name, imports among them."""
    imports = (
        one for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) for one in n.names
    )
    said = sum((one.asname or one.name) == name for one in imports)
    return said + sum(bound == name for node in ast.walk(tree) for bound in _bound(node))


def _inserted(text: bytes, at: tuple[int, int], more: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    line = lines[at[0] - 1]
    lines[at[0] - 1] = line[: at[1]] + more + line[at[1] :]
    return b"".join(lines)


def _without(text: bytes, node: ast.stmt) -> bytes:
    lines: Sequence[bytes] = text.splitlines(keepends=True)
    return b"".join([*lines[: node.lineno - 1], *lines[node.end_lineno or node.lineno :]])


def _moved(
    places: Iterable[tuple[str, int]], path: str, gone: ast.stmt
) -> Iterator[tuple[str, int]]:
    """The places as they are when a statement has gone."""
    last = gone.end_lineno or gone.lineno
    for other, line in places:
        if other != path or line < gone.lineno:
            yield other, line
        elif line > last:
            yield other, line - (last - gone.lineno + 1)


def _parses(text: bytes) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
