"""What is special about renaming a module: its file moves, a package's whole folder, and texts name them."""

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
_SETTINGS = frozenset({"pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "MANIFEST.in"})


def moves(codebase: Codebase, path: str, new: str) -> tuple[tuple[str, str], ...]:
    """What moves when a module gets another name: each path with its new one.

    That is the module's file; of a package, whose path is that of its `__init__`, all of its folder.

    Raises:
        RequestError: it cannot get that name.
    """
    here = _moving(codebase, path)
    to = str(here.with_name(f"{new}{here.suffix}"))
    if why := _obstacle(codebase, path, to, new):
        raise RequestError(f"{here} cannot become {to}: {why}")
    if not is_package(codebase, path):
        return ((path, to),)
    inside = f"{here}/"
    return tuple(
        (one, f"{to}/{one.removeprefix(inside)}")
        for one in sorted(codebase.texts)
        if one.startswith(inside)
    )


def is_package(codebase: Codebase, path: str) -> bool:
    """Whether a path is the `__init__` of a package."""
    return path in codebase.modules.packages


def path_mentions(codebase: Codebase, path: str) -> Iterator[Reference]:
    """Where texts name what moves, or may do so: nothing says whether they mean it.

    By its path in what is not Python; a topmost package also by its bare name in settings and strings,
    where it may as well be that of the distribution.
    """
    here = _moving(codebase, path)
    stem, folder = re.escape(here.stem.encode()), str(here.parent)
    by_path = re.compile(rb"(?<![\w.-])((?:[\w.-]+/)*)(" + stem + rb")" + _behind(codebase, path))
    bare = re.compile(rb"(?<![\w.-])()(" + stem + rb")(?![\w.-])")
    quoted = re.compile(rb"(?:(?<=')|(?<=\"))()(" + stem + rb")(?=['\"])")
    is_topmost = is_package(codebase, path) and "." not in codebase.modules.names[path]
    for other in codebase.texts:
        patterns = [] if other.endswith((".py", ".pyi")) else [by_path]
        if is_topmost and PurePosixPath(other).name in _SETTINGS:
            patterns.append(bare)
        elif is_topmost and not patterns:
            patterns.append(quoted)
        for pattern in patterns:
            for number, column, said in _found(codebase.texts[other], pattern):
                if not said or f"/{folder}".endswith(f"/{said}"):
                    yield Reference(other, number, column, path, "path", "possible")


def _found(data: bytes, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, int, str]]:
    """The line and the column of the second group, and what the first one says."""
    if pattern.search(data) is None:
        return
    for number, line in enumerate(split_lines(data), start=1):
        for found in pattern.finditer(line):
            said = found[1].decode(errors="replace").rstrip("/")
            yield number, found.start(2), said


def _moving(codebase: Codebase, path: str) -> PurePosixPath:
    """The file of a module, the folder of a package."""
    here = PurePosixPath(path)
    return here.parent if is_package(codebase, path) else here


def _behind(codebase: Codebase, path: str) -> bytes:
    """What follows the last part of a path that names what moves, as a pattern."""
    if is_package(codebase, path):
        return rb"(?=/)"
    return re.escape(path[path.rindex(".") :].encode()) + rb"(?!\w)"


def _obstacle(codebase: Codebase, path: str, to: str, new: str) -> str:
    """Why a module cannot get a name; empty when it can."""
    here = _moving(codebase, path)
    if not is_package(codebase, path):
        if here.stem in _SPECIAL:
            return f"Python or its tools look for {here.stem} by its name"
        if _is_test(here.stem) and not _is_test(new):
            return "pytest would no longer find its tests"
    return _taken(codebase, path, to, new)


def _is_test(stem: str) -> bool:
    return any(fnmatchcase(stem, pattern) for pattern in _TESTS)


def _taken(codebase: Codebase, path: str, to: str, new: str) -> str:
    """What has the name already that a module is to get."""
    modules, stem = codebase.modules, str(PurePosixPath(to).with_suffix(""))
    files = (f"{stem}.py", f"{stem}.pyi")
    if any(other in files or other.startswith(f"{stem}/") for other in codebase.texts):
        return f"{new} exists already beside it"
    package, _, _ = modules.names[path].rpartition(".")
    if not package and new in sys.stdlib_module_names:
        return f"it would hide the module {new} of the standard library"
    owner = modules.find(package, path) if package else None
    if owner is not None and new in codebase.scoping.scopes(owner)[0].bindings:
        return f"{codebase.symbol(Place(owner, 0, new))} exists already"
    return ""
