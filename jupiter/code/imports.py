"""What a module imports, and what a path is called by those who import it."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple, cast

from jupiter.code.parse import try_parse


class ModuleName(NamedTuple):
    """A module's dotted name; a package's is that of its `__init__` file."""

    name: str
    is_package: bool


def module_name(path: str, paths: Container[str]) -> ModuleName:
    """The name that a `.py` or `.pyi` file is imported by, given all paths of its codebase.

    The package begins at the topmost folder in a row of folders with an `__init__` file, so that
    `src/click/core.py` is `click.core`, and a file outside of packages has its stem for a name.
    """
    file = PurePosixPath(path)
    is_package = file.stem == "__init__" and file.parent.name != ""
    parts = [] if is_package else [file.stem]
    folder = file.parent
    while folder.name and _is_package(folder, paths):
        parts.append(folder.name)
        folder = folder.parent
    if not parts:  # the paths do not list the file itself
        parts.append(file.parent.name)
    return ModuleName(".".join(reversed(parts)), is_package)


def imports_of(module: str, is_package: bool, data: bytes) -> frozenset[str]:  # noqa: FBT001 - the pair that `module_name` gives
    """Absolute dotted names that the imports of a module may refer to, at any depth of its code.

    `from a.b import c` gives "a.b" and "a.b.c", as `c` may be a module; a relative import counts
    from `module`, and one that leaves the topmost package gives nothing. Empty for what does not
    parse.
    """
    tree = try_parse(data) if b"import" in data else None
    if tree is None:
        return frozenset()
    package = module if is_package else module.rpartition(".")[0]
    return frozenset(name for node in _statements(tree) for name in _names(node, package))


def _is_package(folder: PurePosixPath, paths: Container[str]) -> bool:
    return f"{folder}/__init__.py" in paths or f"{folder}/__init__.pyi" in paths


def _names(node: ast.AST, package: str) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(names=names, level=level):
            base = _base(node.module, level, package)
            if base:
                yield base
                yield from (f"{base}.{alias.name}" for alias in names if alias.name != "*")
        case _:
            pass


def _base(module: str | None, level: int, package: str) -> str:
    """What a `from` import starts from, empty when it leaves the topmost package."""
    if level == 0:
        return module or ""
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
        for field in ("body", "orelse", "handlers", "finalbody", "cases"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):  # a lambda's body is an expression
                pending.extend(cast("list[ast.AST]", inner))
