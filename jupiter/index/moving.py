"""What is special about renaming a module: its file moves, and some texts name the file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from jupiter.code.lines import split_lines
from jupiter.errors import RequestError
from jupiter.index.codebase import Codebase
from jupiter.index.values import Place
from jupiter.model.reference import Reference

_SPECIAL = frozenset({"__main__", "conftest", "setup", "sitecustomize", "usercustomize"})
"""Modules that Python or its tools look for by name."""
_TESTS = ("test_*", "*_test")


def move(codebase: Codebase, path: str, new: str) -> tuple[str, str]:
    """The path of a module's file and the one that it gets with another name.

    Raises:
        RequestError: it cannot get that name.
    """
    here = PurePosixPath(path)
    to = str(here.with_name(f"{new}{here.suffix}"))
    if why := _obstacle(codebase, path, to, new):
        raise RequestError(f"{path} cannot become {to}: {why}")
    return path, to


def path_mentions(codebase: Codebase, path: str) -> Iterator[Reference]:
    """Where texts that are not Python name a module's file: nothing says whether they mean it."""
    stem, folder = PurePosixPath(path).stem, str(PurePosixPath(path).parent)
    ending = re.escape(path[path.rindex(".") :].encode())
    pattern = re.compile(
        rb"(?<![\w.-])((?:[\w.-]+/)*)(" + re.escape(stem.encode()) + rb")" + ending + rb"(?!\w)"
    )
    for other, data in codebase.texts.items():
        if other.endswith((".py", ".pyi")) or stem.encode() not in data:
            continue
        for number, line in enumerate(split_lines(data), start=1):
            for found in pattern.finditer(line):
                said = found[1].decode(errors="replace").rstrip("/")
                if f"/{folder}".endswith(f"/{said}") or not said:
                    yield Reference(other, number, found.start(2), path, "path", "possible")


def _obstacle(codebase: Codebase, path: str, to: str, new: str) -> str:
    """Why a module cannot get a name; empty when it can."""
    here = PurePosixPath(path)
    if path in codebase.modules.packages:
        return "it is a package, and renaming packages is not yet supported"
    if here.stem in _SPECIAL:
        return f"Python or its tools look for {here.stem} by its name"
    if _is_test(here.stem) and not _is_test(new):
        return "pytest would no longer find its tests"
    return _taken(codebase, path, to, new)


def _is_test(stem: str) -> bool:
    return any(fnmatchcase(stem, pattern) for pattern in _TESTS)


def _taken(codebase: Codebase, path: str, to: str, new: str) -> str:
    """What has the name already that a module is to get."""
    modules, folder = codebase.modules, f"{PurePosixPath(to).with_suffix('')}/"
    if to in codebase.texts or any(other.startswith(folder) for other in codebase.texts):
        return f"{new} exists already beside it"
    package, _, _ = modules.names[path].rpartition(".")
    if not package and new in sys.stdlib_module_names:
        return f"it would hide the module {new} of the standard library"
    owner = modules.find(package, path) if package else None
    if owner is not None and new in codebase.scoping.scopes(owner)[0].bindings:
        return f"{codebase.symbol(Place(owner, 0, new))} exists already"
    return ""
