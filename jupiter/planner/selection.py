"""What a step may write of what it selects, and what nobody may, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jupiter.errors import RequestError
from jupiter.index.index import Index
from jupiter.model.plan import LeftOut
from jupiter.model.recipe import Recipe
from jupiter.model.select import Select
from jupiter.model.step import CodemodStep, CommandStep, GoalStep, WholeStep
from jupiter.planner.criteria import Tiles
from jupiter.planner.finding import Evidence, find
from jupiter.planner.nearest import why_nothing
from jupiter.system.git import Entry, is_lfs_pointer
from jupiter.system.paths import matches, protected, safe_path

# The marker that code generators write; split so that this file does not carry it itself.
GENERATED = b"@gen" + b"erated"

SHOWN = 3
"""Of the paths that may not be written, how many an error names."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The paths of one step, in tree order."""

    paths: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def select(name: str, step: WholeStep, ground: Ground) -> Selection:
    """The files of the codebase that a step is about; of a codemod the Python files.

    Raises:
        RequestError: nothing is selected, and the step does not allow that.
    """
    recipe, entries, texts = ground.recipe, ground.entries, ground.index.names.texts
    chosen = _chosen(step, ground)
    reasons = {path: _reason(path, step, recipe, entries[path], texts) for path in chosen}
    paths = tuple(path for path in chosen if not reasons[path])
    left_out = _left_out(reasons)
    if not paths and not recipe.may_be_empty(step):
        raise RequestError(_nothing(f"steps.{name}", step.select, left_out, ground))
    return Selection(paths=paths, left_out=left_out)


@dataclass(frozen=True, slots=True)
class Ground:
    """What is planned on: a recipe, the entries of a tree by path, the index of its codebase.

    `evidence` is what its selections ask of others than the index.
    """

    recipe: Recipe
    entries: Mapping[str, Entry]
    index: Index
    evidence: Evidence = field(default_factory=dict[tuple[str, str], Tiles])


@dataclass(frozen=True, slots=True)
class TileSelection:
    """The names of the tiles that one goal is about, by path, both in tree order."""

    tiles: Mapping[str, tuple[str, ...]]
    left_out: tuple[LeftOut, ...]


def select_tiles(place: str, wanted: Select, step: GoalStep, ground: Ground) -> TileSelection:
    """The tiles of the codebase that a goal at a place of the recipe is about.

    Raises:
        RequestError: nothing is selected, and the step does not allow that.
    """
    recipe, entries, index = ground.recipe, ground.entries, ground.index
    found = find(wanted, index, ground.evidence)
    rules = _Rules(
        (*recipe.constraints.readonly, *step.constraints.readonly),
        (*recipe.codebase.include, *wanted.paths),
    )
    reasons = {p: rules.reason(p, entries[p], index.names.texts[p]) for p in entries if p in found}
    tiles = {
        path: tuple(name for name in index.files[path].symbols if name in found[path])
        for path, why in reasons.items()
        if not why
    }
    left_out = _left_out(reasons)
    if not tiles and not recipe.may_be_empty(step):
        raise RequestError(_nothing(place, wanted, left_out, ground))
    return TileSelection(tiles, left_out)


def printable(path: str) -> str:
    """A path as a person can read it: bytes that are not UTF-8 become `\\xff`."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _chosen(step: WholeStep, ground: Ground) -> list[str]:
    """The paths in which something is selected; what a step names by `paths`, it is told of.

    Of what the index does not have, links and submodules, only paths can tell.
    """
    index = ground.index
    found = find(step.select, index, ground.evidence)
    only_paths = not (step.select.model_fields_set - {"paths"})
    wanted = step.select.paths
    return [
        path
        for path in ground.entries
        if (matches(path, wanted) if wanted else _is_meant(path, step))
        and (path in found or (only_paths and path not in index.files))
        and matches(path, ground.recipe.codebase.include)
    ]


def _is_meant(path: str, step: WholeStep) -> bool:
    """Whether a step that names no paths is about this one."""
    return isinstance(step, CommandStep) or path.endswith(".py")


@dataclass(frozen=True, slots=True)
class _Rules:
    """What is readonly, and which patterns spell out what is protected otherwise."""

    readonly: tuple[str, ...]
    named: tuple[str, ...]

    def reason(self, path: str, entry: Entry, text: bytes | None) -> str:
        """Why nobody may write a path, whatever it holds; empty when its owner may."""
        if entry.kind != "file":
            return f"a {entry.kind} is read-only"
        return self.by_path(path) or _reason_by_text(text or b"")

    def by_path(self, path: str) -> str:
        """Why nobody may write what has this path."""
        if not safe_path(path):
            return "its name is unsafe on other systems"
        if matches(path, self.readonly):
            return "readonly in the recipe"
        if protected(path, self.named):
            return "protected unless a recipe names it literally"
        return ""


def unwritable(
    path: str, step: WholeStep, recipe: Recipe, entry: Entry, texts: Mapping[str, bytes]
) -> str:
    """Why nobody may write a path, whatever it holds; empty when its owner may."""
    return _rules(step, recipe).reason(path, entry, texts.get(path))


def why_readonly(path: str, readonly: tuple[str, ...], named: tuple[str, ...]) -> str:
    """Why nothing may be made at a path; empty when it may."""
    return _Rules(readonly, named).by_path(path)


def _rules(step: WholeStep, recipe: Recipe) -> _Rules:
    own = step.constraints.readonly if isinstance(step, CommandStep) else ()
    named = (*recipe.codebase.include, *step.select.paths)
    return _Rules((*recipe.constraints.readonly, *own), named)


def _reason(
    path: str, step: WholeStep, recipe: Recipe, entry: Entry, texts: Mapping[str, bytes]
) -> str:
    if isinstance(step, CodemodStep) and entry.kind == "file" and not path.endswith(".py"):
        return _rules(step, recipe).by_path(path) or "not a Python file"
    return unwritable(path, step, recipe, entry, texts)


def _reason_by_text(text: bytes) -> str:
    if is_lfs_pointer(text):
        return "a Git LFS pointer"
    return "a generated file" if GENERATED in text else ""


def _left_out(reasons: Mapping[str, str]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(path=printable(path), reason=why) for path, why in reasons.items() if why)


def _nothing(place: str, wanted: Select, left_out: tuple[LeftOut, ...], ground: Ground) -> str:
    codebase = ", ".join(ground.recipe.codebase.include)
    if left_out:
        said = (", ".join(wanted.paths) or "`select`") if wanted.model_fields_set else codebase
        shown = "; ".join(f"{one.path}: {one.reason}" for one in left_out[:SHOWN])
        more = f"; and {len(left_out) - SHOWN} more" if len(left_out) > SHOWN else ""
        return (
            f"{place}: nothing that {said} selects may be written ({shown}{more}); "
            "select something else, or write `allow_empty: true` if that may be so"
        )
    if not wanted.model_fields_set or find(wanted, ground.index, ground.evidence):
        why = "no Python file is selected"
    else:
        why = why_nothing(wanted, ground.index, ground.evidence)
    return (
        f"{place}: of the codebase ({codebase}) {why}; "
        "correct `select` or `codebase.include`, or write `allow_empty: true` if that may be so"
    )
