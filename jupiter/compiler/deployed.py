"""A run of a deployment: on a mirror of `repo`, once for each base and recipe, one at a time.

A retry of its flow run goes on where the run stood.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from jupiter.bus.history import begun
from jupiter.compiler.settings import ALLOWED
from jupiter.compiler.signature import RECIPE
from jupiter.compiler.tasks import Ending, Tasks, run_as_flow
from jupiter.conductor import Notice
from jupiter.errors import JupiterError, RequestError
from jupiter.execution import start
from jupiter.index.source import Request, codemods_of, load
from jupiter.recipe.load import parse
from jupiter.recipe.parameters import checked
from jupiter.resume import finished, resume, source_of
from jupiter.system.git import Repository
from jupiter.system.origin import commit_of, held, mirror_of, origin

_GREEN = {"done", "unchanged"}


def run_deployed(recipe: Path, values: Mapping[str, Any]) -> State[Any] | dict[str, Any]:
    """Run the recipe of a file with a deployment's parameters; what the flow is to return."""
    tasks = Tasks(Ending())
    try:
        place = origin(str(values["repo"]), allowed_folders())
        mirror = tasks.call("fetch", lambda: mirror_of(place))
        name = parse(_text(recipe), str(recipe)).name
        with held(mirror.git_dir.parent / f"{name}.lock"):
            return _in_turn(recipe, values, mirror, tasks)
    except JupiterError as error:
        return Failed(message=str(error))


def allowed_folders() -> tuple[Path, ...]:
    """The folders that the surroundings of this process allow deployed runs to work on."""
    return tuple(Path(one) for one in os.environ.get(ALLOWED, "").split(os.pathsep) if one)


def deployed_name(recipe: str) -> str:
    """What a flow run is called before its commit is known."""
    parameters: dict[str, Any] = flow_run.parameters or {}
    repo = str(parameters.get("repo", "")).rstrip("/").rpartition("/")[2].removesuffix(".git")
    return f"{recipe} · {repo}" if repo else recipe


def _in_turn(
    recipe: Path, values: Mapping[str, Any], mirror: Repository, tasks: Tasks
) -> State[Any] | dict[str, Any]:
    """The run, while no other of this recipe works on this repository."""
    earlier = _earlier(str(flow_run.id))
    if earlier is not None and finished(earlier) is None:
        source = tasks.call("index", lambda: source_of(earlier))
        return run_as_flow(partial(resume, source, earlier, _silent), tasks)
    commit = commit_of(mirror, str(values["ref"]))
    request = _request(recipe, mirror, values)
    _call_it(f"{parse(_text(recipe), str(recipe)).name} · {mirror.name}@{commit[:7]}")
    if green := green_run(request, commit):
        return Completed(
            message=f"nothing to do: {commit[:7]} and the recipe are those of run {green}"
        )
    source = tasks.call("index", lambda: load(request, commit=commit))
    if source.recipe.deliver.branch is None:
        raise RequestError("a deployed run has no folder to put a patch into; deliver a branch")
    return run_as_flow(partial(start, source, _silent), tasks)


def _request(recipe: Path, mirror: Repository, values: Mapping[str, Any]) -> Request:
    own = {
        name: value
        for name, value in values.items()
        if name not in {"repo", "ref", "workers", RECIPE} and value is not None
    }
    return Request(
        recipe=recipe,
        repository=mirror.git_dir,
        ref=str(values["ref"]) or "HEAD",
        workers=values["workers"],
        parameters=own,
        flow_run=str(flow_run.id),
    )


def _earlier(flow_run_id: str) -> Path | None:
    """The run that this flow run has begun, when it is tried again."""
    return next((folder for folder, one in begun() if one.flow_run == flow_run_id), None)


def green_run(request: Request, commit: str) -> str:
    """The id of the last green run, if it had this base, recipe, codemods and parameters."""
    text = _text(request.recipe)
    recipe = parse(text, str(request.recipe))
    values = checked(recipe, request.parameters)
    for folder, one in begun():
        if one.recipe == recipe.name and one.repository == str(request.repository):
            if finished(folder) not in _GREEN:
                continue
            is_same = (
                one.base_commit == commit
                and one.recipe_text == hashlib.sha256(text).hexdigest()
                and one.codemods == codemods_of(recipe, request.recipe.parent)
                and one.parameters == values
            )
            return folder.name if is_same else ""
    return ""


def _text(recipe: Path) -> bytes:
    try:
        return recipe.read_bytes()
    except OSError as error:
        raise RequestError(f"cannot read the recipe {recipe}: {error.strerror}") from error


def _call_it(name: str) -> None:
    """Give the flow run its name, now that its commit is known."""
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run.id, name=name)


def _silent(_notice: Notice) -> None:
    """Nobody listens to a deployed run: its log, its states and its artifacts say it all."""
