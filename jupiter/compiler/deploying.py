"""What is to be deployed, checked before anything is registered; nothing here imports Prefect."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupiter.compiler.settings import ALLOWED
from jupiter.errors import RequestError
from jupiter.model.recipe import Recipe
from jupiter.recipe.load import load
from jupiter.recipe.parameters import checked, coerce
from jupiter.system.origin import origin


@dataclass(frozen=True, slots=True)
class Deployable:
    """A recipe, and with which values its deployment runs; `allowed` are the folders of its `repo`."""

    path: Path
    recipe: Recipe
    name: str
    parameters: Mapping[str, object]
    tags: tuple[str, ...] = ()
    allowed: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    """A deployment as the server has it."""

    name: str
    id: str
    entrypoint: str


def deployable(
    path: Path,
    *,
    repo: str | None,
    ref: str,
    workers: int | None,
    texts: Mapping[str, str],
    name: str | None,
    tags: Sequence[str],
    allowed: Sequence[Path],
) -> Deployable:
    """Look at everything that can be wrong before a server is asked.

    Raises:
        RequestError: the recipe, a value or `repo` is wrong, or a schedule would run without a value.
    """
    recipe = load(path)
    if recipe.deliver.branch is None:
        raise RequestError(f"{path}: deliver.patch: a deployment delivers a branch")
    given = coerce(recipe, {key: text for key, text in texts.items() if key in recipe.parameters})
    roots = tuple(one.absolute() for one in allowed)
    values: dict[str, object] = dict(given)
    if repo is not None:
        folder = Path(repo)
        if folder.is_dir():  # whoever deploys for a folder allows it
            repo, roots = str(folder.resolve()), (*roots, folder.resolve())
        values["repo"] = origin(repo, roots).address
    _check_values(path, recipe, given, has_repo=repo is not None)
    values |= {"ref": ref, "workers": workers}
    label = name or (origin(repo, roots).name if repo is not None else "default")
    return Deployable(path.absolute(), recipe, label, values, tuple(tags), roots)


def allow(folders: Sequence[Path]) -> None:
    """Let runs of this process and its children work on these folders, beside those of before."""
    known = [one for one in os.environ.get(ALLOWED, "").split(os.pathsep) if one]
    os.environ[ALLOWED] = os.pathsep.join([*known, *(str(one) for one in folders)])


def _check_values(
    path: Path, recipe: Recipe, given: Mapping[str, object], *, has_repo: bool
) -> None:
    """What a schedule runs with must be complete; by hand the form asks for what is missing."""
    if recipe.schedule is None:
        needed = {name for name in recipe.parameters if name in given}
        recipe = recipe.model_copy(
            update={"parameters": {name: recipe.parameters[name] for name in needed}}
        )
    elif not has_repo:
        raise RequestError(f"{path}: a scheduled run needs a repository; name it with --repo")
    try:
        checked(recipe, given)
    except RequestError as error:
        raise RequestError(f"{path}: {error}; --param NAME=VALUE gives one") from error
