"""Whether a change breaks a constraint: by where it is, and by what it does to the text. Pure.

What a text says of itself (its own constraints, promises, comments) counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import assert_never

from jupiter.code.imports import Import, imports_in
from jupiter.code.lines import split_lines
from jupiter.code.parse import UNPARSABLE, decode, parse
from jupiter.code.placement import new_tiles
from jupiter.code.tiles import Tile, tile
from jupiter.model.constraint import (
    AnyConstraint,
    ForbidAdded,
    ForbidImport,
    KeepInterface,
    MaxChangedLines,
    NoNewFiles,
    Readonly,
    Within,
)
from jupiter.model.name import ImportedName, written
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import InterfacePublished
from jupiter.system.paths import matches, safe_path


@dataclass(frozen=True, slots=True)
class Altered:
    """A symbol as it was when the wave began, and as it is to be; empty where there is none."""

    symbol: str
    before: bytes
    after: bytes


def forbidden(path: str, constraints: Sequence[AnyConstraint]) -> str | None:
    """Why nobody may write a path; None when that is allowed."""
    if not safe_path(path):
        return f"{path!r} is not a path that may be written; name one inside of the repository"
    for constraint in constraints:
        match constraint:
            case Readonly(paths=paths) if matches(path, paths):
                return f"{path} is readonly in the recipe ({', '.join(paths)}); leave it as it is"
            case Within(paths=paths) if not matches(path, paths):
                return (
                    f"{path} is not in the recipe's codebase ({', '.join(paths)}), the only files that "
                    "a change may touch"
                )
            case _:
                pass
    return None


def new_file_forbidden(path: str, constraints: Sequence[AnyConstraint]) -> str | None:
    """Why a file may not come to be; None when it may."""
    if any(isinstance(one, NoNewFiles) for one in constraints):
        return f"{path} would be a new file, and the recipe allows none (no_new_files); use one that is there"
    return None


def broken(
    altered: Sequence[Altered],
    published: Sequence[InterfacePublished],
    constraints: Sequence[AnyConstraint],
) -> str | None:
    """The first constraint that a change breaks, with what to do instead; None when it breaks none."""
    problems = (
        problem
        for constraint in constraints
        for problem in _problems(constraint, altered, published)
    )
    return next(problems, None)


def import_forbidden(module: str, constraints: Sequence[AnyConstraint]) -> str | None:
    """Why a module may not be imported; None when it may."""
    for constraint in constraints:
        if isinstance(constraint, ForbidImport):
            for one in constraint.modules:
                if f"{module}.".startswith(f"{one}."):
                    return f"the recipe forbids to import {one} (forbid_import); do without it"
    return None


def modules_of(path: str, one: Import) -> Iterator[str]:
    """What an import of a file may mean: a module, and what of it.

    Which folder above the file is the first package cannot be seen here; a relative import means the
    module by each of them.
    """
    level, module, names = one
    bases = [module]
    if level > 0:
        folders = path.split("/")[:-level]
        rest = [module] if module else []
        bases = [".".join([*folders[first:], *rest]) for first in range(len(folders))]
    for base in bases:
        yield base
        yield from (f"{base}.{name}" for name in names)


def name_forbidden(
    path: str, name: ImportedName, constraints: Sequence[AnyConstraint]
) -> str | None:
    """Why a name may not be imported in a file; None when it may."""
    module = name.module.lstrip(".")
    level = len(name.module) - len(module) if name.name else -1
    one = (level, module, (name.name,) if name.name else ())
    problems = (import_forbidden(module, constraints) for module in modules_of(path, one))
    line = Altered(f"{path}:{name.binds}", b"", written(name).encode())
    return next(filter(None, problems), None) or broken(
        (line,), (), [one for one in constraints if isinstance(one, ForbidAdded)]
    )


def altered_tiles(path: str, before: bytes | None, after: bytes | None) -> tuple[Altered, ...]:
    """What a new text of a file does to each of its symbols."""
    old, new = _by_name(path, before), _by_name(path, after)
    return tuple(
        Altered(str(SymbolId(path, name)), was, now)
        for name in dict.fromkeys((*old, *new))
        if (was := old.get(name, b"")) != (now := new.get(name, b""))
    )


def altered_new(path: str, name: str, container: str, text: bytes) -> tuple[Altered, ...]:
    """What a new symbol is, and its members."""
    tiles = new_tiles(path, name, container, text)
    return tuple(Altered(str(SymbolId(path, one.name)), b"", one.text) for one in tiles)


def _problems(
    constraint: AnyConstraint,
    altered: Sequence[Altered],
    published: Sequence[InterfacePublished],
) -> Iterator[str]:
    match constraint:
        case Readonly() | Within() | NoNewFiles():  # by path alone, see `forbidden`
            return
        case KeepInterface(paths=paths):
            yield from (_changed_interface(one) for one in published if _is_kept(one, paths))
        case ForbidAdded(texts=texts):
            yield from _added(altered, texts)
        case ForbidImport():
            for one in altered:
                path = SymbolId.parse(one.symbol).path
                for module in _imports(path, one.after) - _imports(path, one.before):
                    if (problem := import_forbidden(module, (constraint,))) is not None:
                        yield problem
        case MaxChangedLines(lines=most):
            yield from _too_long(altered, most)
        case _:
            assert_never(constraint)


def _is_kept(one: InterfacePublished, paths: Sequence[str]) -> bool:
    return one.before is not None and matches(SymbolId.parse(one.symbol).path, paths)


def _changed_interface(one: InterfacePublished) -> str:
    return (
        f"the interface of {one.symbol} must stay as it is in the recipe (keep_interface): "
        f"{one.before}; it would be: {one.after or 'gone'}"
    )


def _added(altered: Sequence[Altered], texts: Sequence[str]) -> Iterator[str]:
    for one in altered:
        for text in texts:
            if one.after.count(text.encode()) > one.before.count(text.encode()):
                yield (
                    f"{one.symbol} would have one more {text!r}, which the recipe forbids to add "
                    "(forbid_added); do without it"
                )


def _too_long(altered: Sequence[Altered], most: int) -> Iterator[str]:
    for one in altered:
        count = changed_lines(one.before, one.after)
        if count > most:
            yield (
                f"{one.symbol} would have {count} lines added and removed since the wave began, and the "
                f"recipe allows {most} (max_changed_lines); make the change smaller"
            )


def changed_lines(before: bytes, after: bytes) -> int:
    """How many lines are removed from one text and added to it to make the other."""
    matcher = SequenceMatcher(None, split_lines(before), split_lines(after), autojunk=False)
    codes = (code[1:] for code in matcher.get_opcodes() if code[0] != "equal")
    return sum((a - b) + (c - d) for b, a, d, c in codes)


def _imports(path: str, text: bytes) -> frozenset[str]:
    """The modules, and what of them, that a text imports at any depth; none if it does not parse."""
    try:
        tree = parse("if 1:\n" + decode(text) if text[:1].isspace() else decode(text))
    except UNPARSABLE:
        return frozenset()
    return frozenset(module for one in imports_in(tree) for module in modules_of(path, one))


def _by_name(path: str, text: bytes | None) -> dict[str, bytes]:
    tiles: Sequence[Tile] = () if text is None else tile(path, text)
    return {one.name: one.text for one in tiles}
