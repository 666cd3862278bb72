"""Which files a codemod step may write, and which selected ones nobody may, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupiter.errors import RequestError
from jupiter.model.plan import LeftOut
from jupiter.model.recipe import CodemodStep, Recipe
from jupiter.system.git import Entry, is_lfs_pointer
from jupiter.system.paths import matches, protected, safe_path

# The marker that code generators write; split so that this file does not carry it itself.
GENERATED = b"@gen" + b"erated"


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
    texts: Mapping[str, bytes],
) -> Selection:
    """The Python files of the codebase that a codemod step is about.

    Raises:
        RequestError: nothing is selected, and the step does not allow that.
    """
    chosen = [path for path in entries if _chosen(path, step, recipe)]
    reasons = {path: _reason(path, recipe, entries[path], texts) for path in chosen}
    paths = tuple(path for path in chosen if not reasons[path])
    if not paths and not step.allow_empty:
        raise RequestError(_nothing(name, step, recipe, chosen))
    return Selection(
        paths=paths,
        left_out=tuple(LeftOut(path=path, reason=why) for path, why in reasons.items() if why),
    )


def _chosen(path: str, step: CodemodStep, recipe: Recipe) -> bool:
    wanted = step.select.paths
    in_codebase = path.endswith(".py") and matches(path, recipe.codebase.include)
    return in_codebase and (not wanted or matches(path, wanted))


def _reason(path: str, recipe: Recipe, entry: Entry, texts: Mapping[str, bytes]) -> str:
    if entry.kind != "file":
        return f"a {entry.kind} is read-only"
    if not safe_path(path):
        return "its name is unsafe on other systems"
    if matches(path, recipe.constraints.readonly):
        return "readonly in the recipe"
    if protected(path, recipe.codebase.include):
        return "protected unless a recipe names it literally"
    if GENERATED in texts[path]:
        return "a generated file"
    if is_lfs_pointer(texts[path]):
        return "a Git LFS pointer"
    return ""


def _nothing(name: str, step: CodemodStep, recipe: Recipe, chosen: list[str]) -> str:
    wanted = ", ".join(step.select.paths or recipe.codebase.include)
    if chosen:
        return f"steps.{name}: all {len(chosen)} files that {wanted} selects are read-only"
    return (
        f"steps.{name}: {wanted} selects no Python file of the codebase "
        f"({', '.join(recipe.codebase.include)}); "
        "correct the paths, or write `allow_empty: true` if that may be so"
    )
