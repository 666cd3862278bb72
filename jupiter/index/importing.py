"""Imports of what is not there: a module of the codebase that is missing, a name that it does not have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from jupiter.code.scopes import Binding
from jupiter.index.closed import has_lost, module_is_closed
from jupiter.index.codebase import Codebase

Broken = tuple[int, int, str, str]
"""Line, column, the name that is missing, and what is wrong."""


def broken_imports(codebase: Codebase, path: str, before: Codebase | None) -> Iterator[Broken]:
    """The imports of one file that cannot work; what a module had `before` and has lost is missing."""
    for scope in codebase.scoping.scopes(path):
        for bindings in scope.bindings.values():
            for binding in bindings:
                yield from _broken(codebase, path, before, binding)


def _broken(
    codebase: Codebase, path: str, before: Codebase | None, binding: Binding
) -> Iterator[Broken]:
    match binding:
        case ("import", line, column, str(dotted), _):
            missing = _missing(codebase, path, dotted)
            if missing:
                yield line, column, missing.rpartition(".")[2], f"there is no module {missing}"
        case ("from", line, column, int(level), str(module), str(name)):
            dotted = codebase.modules.absolute(path, level, module)
            if dotted is None:
                return
            missing = _missing(codebase, path, dotted)
            if missing:
                yield line, column, missing.rpartition(".")[2], f"there is no module {missing}"
            elif name != "*" and _lacks(codebase, before, path, dotted, name):
                yield line, column, name, f"{dotted} has no {name}"
        case _:
            pass


def _missing(codebase: Codebase, path: str, dotted: str) -> str:
    """The first part of a dotted name that is no module, though its package is in the codebase."""
    parts = dotted.split(".")
    for n in range(2, len(parts) + 1):
        above = codebase.modules.find(".".join(parts[: n - 1]), path)
        if above not in codebase.modules.packages:
            return ""
        here = ".".join(parts[:n])
        if codebase.modules.find(here, path) is None:
            folder = str(PurePosixPath(above).parent / parts[n - 1])
            there = (p for p in codebase.texts if p.startswith((f"{folder}.", f"{folder}/")))
            is_unknown = next(there, None) is not None or not module_is_closed(codebase, above)
            return "" if is_unknown else here
    return ""


def _lacks(codebase: Codebase, before: Codebase | None, path: str, dotted: str, name: str) -> bool:
    """Whether a module of the codebase does not have a name that is imported from it."""
    found = codebase.modules.find(dotted, path)
    if found is None or name.startswith("__"):
        return False
    bound = codebase.scoping.scopes(found)[0].bindings.get(name, ())
    if any(binding[0] != "from" or found != path for binding in bound):
        return False
    if codebase.scoping.exports(found, name):
        return False
    if not module_is_closed(codebase, found) and not has_lost(codebase, before, found, name):
        return False
    if found in codebase.modules.packages:
        folder = str(PurePosixPath(found).parent / name)
        return not any(p.startswith((f"{folder}.", f"{folder}/")) for p in codebase.texts)
    return codebase.texts[found] != b"" or found == path
