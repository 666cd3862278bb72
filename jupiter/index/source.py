"""What a run works on: a recipe with its values, and a codebase at one commit, indexed."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from jupiter.errors import RequestError
from jupiter.fold.file import File
from jupiter.index.cache import open_cache
from jupiter.index.index import Index, build_index
from jupiter.index.snapshot import Snapshot
from jupiter.model.plan import SavedPlan
from jupiter.model.recipe import Recipe
from jupiter.model.step import CodemodStep
from jupiter.recipe.expressions import Lookup, lookup, resolve
from jupiter.recipe.load import parse
from jupiter.system.git import Repository
from jupiter.system.paths import matches


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for; `workers` overrides those of every step."""

    recipe: Path
    repository: Path
    ref: str = "HEAD"
    workers: int | None = None
    parameters: Mapping[str, object] = field(default_factory=dict[str, object])
    plan: SavedPlan | None = None
    """The saved plan that is to be run, perhaps edited."""
    flow_run: str = ""
    """The Prefect flow run of a deployment that asked for it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A request, looked up: `text` is the recipe as written, `recipe` has its values filled in."""

    request: Request
    text: bytes
    recipe: Recipe
    lookup: Lookup
    codemods: Mapping[str, str]
    """The files beside the recipe that its codemods lie in, each with its SHA-256."""
    snapshot: Snapshot
    index: Index
    seconds: float
    """What loading and indexing took."""


def load(request: Request, text: bytes | None = None, commit: str | None = None) -> Source:
    """Read the recipe, find the commit, index the codebase; nothing that they name is executed.

    A run that is resumed gives the recipe's text and the commit as they were when it began.

    Raises:
        RequestError: the recipe, its values or the repository is wrong.
    """
    begun = time.monotonic()
    text = _read(request.recipe) if text is None else text
    written = parse(text, str(request.recipe))
    repository = Repository.open(request.repository)
    commit = repository.commit(commit or request.ref)
    place = str(repository.top or repository.git_dir)
    names = {"name": repository.name, "path": place, "ref": request.ref, "commit": commit}
    recipe = resolve(written, request.parameters, names)
    snapshot = Snapshot(repository, commit)
    if request.plan is not None:
        _judge_saved(request.plan, commit, recipe_sha256(text, request.parameters))
    return Source(
        request=request,
        text=text,
        recipe=recipe,
        lookup=lookup(written, request.parameters, names),
        codemods=codemods_of(written, request.recipe.parent),
        snapshot=snapshot,
        index=build_index(codebase(recipe, snapshot), open_cache()),
        seconds=time.monotonic() - begun,
    )


def recipe_sha256(text: bytes, parameters: Mapping[str, object]) -> str:
    """What tells a recipe with its values from all others."""
    return sha256(text + json.dumps(dict(parameters), sort_keys=True).encode()).hexdigest()


def _judge_saved(saved: SavedPlan, commit: str, recipe: str) -> None:
    if saved.base_commit != commit:
        raise RequestError(
            f"the saved plan is of commit {saved.base_commit[:12]}, and the run would start from "
            f"{commit[:12]}: plan anew, or give --ref {saved.base_commit[:12]}"
        )
    if saved.recipe_sha256 != recipe:
        raise RequestError(
            f"the recipe {saved.recipe}, or the values of its parameters, are not those that were "
            "planned: plan anew"
        )


def index_of(repository: Repository, commit: str, include: Sequence[str]) -> Index:
    """The index of the files of a commit that any of the globs takes in."""
    snapshot = Snapshot(repository, commit)
    return build_index(snapshot.texts(_included(snapshot, include)), open_cache())


def codebase(
    recipe: Recipe, snapshot: Snapshot, changed: Mapping[str, File | None] | None = None
) -> dict[str, bytes]:
    """The texts of the recipe's codebase by path, with `changed` files in place of the commit's."""
    changed = changed or {}
    paths = [p for p in _included(snapshot, recipe.codebase.include) if p not in changed]
    texts = {path: file.text for path, file in changed.items() if file is not None}
    return snapshot.texts(paths) | texts


def _included(snapshot: Snapshot, include: Sequence[str]) -> list[str]:
    files = (path for path, entry in snapshot.entries.items() if entry.kind == "file")
    return [path for path in files if matches(path, include)]


def codemods_of(recipe: Recipe, folder: Path) -> dict[str, str]:
    """The files beside the recipe that its codemods lie in, if they are there, each with its SHA-256."""
    steps = (step for step in recipe.steps.values() if isinstance(step, CodemodStep))
    files = {file for step in steps if (file := step.codemod.rpartition(":")[0])}
    there = (file for file in sorted(files) if (folder / file).is_file())
    return {file: sha256((folder / file).read_bytes()).hexdigest() for file in there}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RequestError(f"cannot read the recipe {path}: {error.strerror}") from error
