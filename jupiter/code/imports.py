"""What a module imports, and what a path is called by those who import it."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from jupiter.code.parse import try_parse

Import = tuple[int, str, tuple[str, ...]]
"""An import as written: `from ..a import b, c` is (2, "a", ("b", "c")), `import a.b` (-1, "a.b", ())."""


class ModuleName(NamedTuple):
    """A module's dotted name; a package's is that of its `__init__` file."""

    name: str
    is_package: bool


def module_name(path: str, paths: Container[str]) -> ModuleName:
    """The name that a `.py` or `.pyi` file is imported by, given all paths of its codebase.

    The package begins at the topmost folder in a row of folders with an `__init__` file, so that
    `src/click/core.py` is `click.core`, and a file outside of packages has its stem for a name.
    """
    folder, _, file = path.rpartition("/")
    stem = file.rpartition(".")[0] or file
    is_package = stem == "__init__" and folder != ""
    parts = [] if is_package else [stem]
    while folder and (not parts or _is_package(folder, paths)):
        folder, _, name = folder.rpartition("/")
        parts.append(name)
    return ModuleName(".".join(reversed(parts)), is_package)


def imports_of(module: str, is_package: bool, data: bytes) -> frozenset[str]:  # noqa: FBT001 # the pair that `module_name` gives
    """Absolute dotted names that the imports of a module may refer to, at any depth of its code.

    `from a.b import c` gives "a.b" and "a.b.c", as `c` may be a module; a relative import counts
    from `module`, and one that leaves the topmost package gives nothing. Empty for what does not
    parse.
    """
    tree = try_parse(data) if b"import" in data else None
    if tree is None:
        return frozenset()
    return resolved(imports_in(tree), module, is_package)


def imports_in(tree: ast.Module) -> tuple[Import, ...]:
    """The imports of a module as they are written, at any depth of its code, each once."""
    found: dict[Import, None] = {}
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            found.update(((-1, alias.name, ()), None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names if alias.name != "*")
            found[node.level, node.module or "", names] = None
    return tuple(found)


def resolved(imports: Iterable[Import], module: str, is_package: bool) -> frozenset[str]:  # noqa: FBT001 # the pair that `module_name` gives
    """What imports of a module refer to, as `imports_of` says it."""
    package = module if is_package else module.rpartition(".")[0]
    return frozenset(name for one in imports for name in _names(one, package))


def _is_package(folder: str, paths: Container[str]) -> bool:
    return f"{folder}/__init__.py" in paths or f"{folder}/__init__.pyi" in paths


def _names(one: Import, package: str) -> Iterator[str]:
    level, module, names = one
    if level < 0:
        yield module
    elif base := _base(module, level, package):
        yield base
        yield from (f"{base}.{name}" for name in names)


def _base(module: str, level: int, package: str) -> str:
    """What a `from` import starts from, empty when it leaves the topmost package."""
    if level == 0:
        return module
    above = package.split(".") if package else []
    if level > len(above):
        return ""
    return ".".join([*above[: len(above) - level + 1], *([module] if module else [])])


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """All statements at any depth; expressions are not walked, for they hold none."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        yield node
        for field in _BODIES.get(node.__class__, ()):
            pending.extend(getattr(node, field))


_LISTS = frozenset({"body", "orelse", "handlers", "finalbody", "cases"})

_BODIES: dict[type[ast.AST], tuple[str, ...]] = {
    kind: bodies
    for kind in vars(ast).values()
    if isinstance(kind, type)
    and issubclass(kind, (ast.mod, ast.stmt, ast.excepthandler, ast.match_case))
    and (bodies := tuple([name for name in kind._fields if name in _LISTS]))
}
"""The fields of each kind of node that hold statements, or what holds statements."""
