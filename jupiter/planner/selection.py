"""What a step may write of what it selects, and what nobody may, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupiter.errors import RequestError
from jupiter.index.index import Index
from jupiter.model.plan import LeftOut
from jupiter.model.recipe import CodemodStep, Recipe
from jupiter.planner.finding import find
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


def select(
    name: str,
    step: CodemodStep,
    recipe: Recipe,
    entries: Mapping[str, Entry],
    index: Index,
) -> Selection:
    """The Python files of the codebase that a codemod step is about.

    Raises:
        RequestError: nothing is selected, and the step does not allow that.
    """
    chosen = _chosen(step, recipe, entries, index)
    texts = index.names.texts
    reasons = {path: _reason(path, step, recipe, entries[path], texts) for path in chosen}
    paths = tuple(path for path in chosen if not reasons[path])
    left_out = tuple(
        LeftOut(path=printable(path), reason=why) for path, why in reasons.items() if why
    )
    if not paths and not step.allow_empty:
        raise RequestError(_nothing(name, step, recipe, left_out, index))
    return Selection(paths=paths, left_out=left_out)


def printable(path: str) -> str:
    """A path as a person can read it: bytes that are not UTF-8 become `\\xff`."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _chosen(
    step: CodemodStep, recipe: Recipe, entries: Mapping[str, Entry], index: Index
) -> list[str]:
    """The paths in which something is selected; what a step names by `paths`, it is told of.

    Of what the index does not have, links and submodules, only paths can tell.
    """
    found = find(step.select, index)
    only_paths = not (step.select.model_fields_set - {"paths"})
    wanted = step.select.paths
    return [
        path
        for path in entries
        if (matches(path, wanted) if wanted else path.endswith(".py"))
        and (path in found or (only_paths and path not in index.files))
        and matches(path, recipe.codebase.include)
    ]


def unwritable(
    path: str, step: CodemodStep, recipe: Recipe, entry: Entry, texts: Mapping[str, bytes]
) -> str:
    """Why nobody may write a path, whatever it holds; empty when its owner may."""
    if entry.kind != "file":
        return f"a {entry.kind} is read-only"
    return _reason_by_path(path, step, recipe) or _reason_by_text(texts[path])


def _reason(
    path: str, step: CodemodStep, recipe: Recipe, entry: Entry, texts: Mapping[str, bytes]
) -> str:
    if entry.kind == "file" and not path.endswith(".py"):
        return _reason_by_path(path, step, recipe) or "not a Python file"
    return unwritable(path, step, recipe, entry, texts)


def _reason_by_path(path: str, step: CodemodStep, recipe: Recipe) -> str:
    if not safe_path(path):
        return "its name is unsafe on other systems"
    if matches(path, recipe.constraints.readonly):
        return "readonly in the recipe"
    if protected(path, (*recipe.codebase.include, *step.select.paths)):
        return "protected unless a recipe names it literally"
    return ""


def _reason_by_text(text: bytes) -> str:
    if is_lfs_pointer(text):
        return "a Git LFS pointer"
    return "a generated file" if GENERATED in text else ""


def _nothing(
    name: str, step: CodemodStep, recipe: Recipe, left_out: tuple[LeftOut, ...], index: Index
) -> str:
    codebase = ", ".join(recipe.codebase.include)
    if left_out:
        wanted = ", ".join(step.select.paths) or "select" if _has_criteria(step) else codebase
        shown = "; ".join(f"{one.path}: {one.reason}" for one in left_out[:SHOWN])
        more = f"; and {len(left_out) - SHOWN} more" if len(left_out) > SHOWN else ""
        return (
            f"steps.{name}: nothing that {wanted} selects may be written ({shown}{more}); "
            "select something else, or write `allow_empty: true` if that may be so"
        )
    if not _has_criteria(step) or find(step.select, index):
        why = "no Python file is selected"
    else:
        why = why_nothing(step.select, index)
    return (
        f"steps.{name}: of the codebase ({codebase}) {why}; "
        "correct `select` or `codebase.include`, or write `allow_empty: true` if that may be so"
    )


def _has_criteria(step: CodemodStep) -> bool:
    return bool(step.select.model_fields_set)
