"""Recipes as Prefect deployments: made, registered, served.

This module imports Prefect, whose settings are made before by `jupiter.compiler.at_hand`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path

from httpx import HTTPError
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.deployments.runner import DeploymentApplyError, RunnerDeployment
from prefect.exceptions import MissingFlowError, ObjectNotFound, ScriptError
from prefect.flows import load_flow_from_entrypoint
from prefect.runner.storage import LocalStorage
from prefect.schedules import Cron, Interval, RRule
from prefect.schedules import Schedule as PrefectSchedule

from jupiter.compiler.deploying import Deployable, Registered
from jupiter.compiler.draining import DrainingRunner
from jupiter.compiler.entry import ENTRY_POINT
from jupiter.compiler.flow import compile_flow
from jupiter.compiler.settings import ALLOWED
from jupiter.compiler.signature import RECIPE
from jupiter.errors import RequestError, SurroundingsError
from jupiter.model.recipe import Schedule


def register(wanted: Sequence[Deployable], pool: str, queue: str | None) -> tuple[Registered, ...]:
    """Make deployments of all, once all of them could be made.

    Raises:
        RequestError: an entry point is not that of its recipe, or there is no such work pool.
        SurroundingsError: the server refuses, or does not answer.
    """
    with _reaching():
        _check_pool(pool)
    made = [_deployment(one, pool, queue) for one in wanted]
    with _reaching():
        return tuple(
            Registered(one.full_name, str(one.apply(work_pool_name=pool)), str(one.entrypoint))
            for one in made
        )


def serve(wanted: Sequence[Deployable], limit: int | None, say: Callable[[str], None]) -> None:
    """Run what is due of these recipes, in child processes, until a SIGTERM; then drain, and `say` so.

    Raises:
        RequestError: an entry point is not that of its recipe.
        SurroundingsError: the server refuses, or does not answer.
    """
    runner = DrainingRunner(say, limit)
    for deployment in [_deployment(one) for one in wanted]:
        with _reaching():
            runner.add_deployment(deployment)
    asyncio.run(runner.start())


def _deployment(
    one: Deployable, pool: str | None = None, queue: str | None = None
) -> RunnerDeployment:
    base, own = _own_entry_point(one)
    flow = compile_flow(one.path, names_file=True) if own is None else own[1]
    parameters = dict(one.parameters) | ({RECIPE: str(one.path)} if own is None else {})
    made = RunnerDeployment.from_flow(
        flow,
        name=one.name,
        schedule=None if one.recipe.schedule is None else _schedule(one.recipe.schedule),
        parameters=parameters,
        tags=["jupiter", *one.tags],
        version=hashlib.sha256(one.path.read_bytes()).hexdigest()[:12],
        work_pool_name=pool,
        work_queue_name=queue,
        job_variables=_variables(one) if pool else None,
    )
    if own is None:
        made.entrypoint = ENTRY_POINT
    elif pool is None:
        made.entrypoint = str(base / own[0])
    else:
        made.entrypoint, made.storage = own[0], LocalStorage(str(base))
    return made


def _own_entry_point(one: Deployable) -> tuple[Path, tuple[str, Flow[..., object]] | None]:
    """The folder above `flows/`, and the entry point there with its flow, if the recipe has one."""
    base = one.path.parents[1]
    entry = f"flows/{one.path.stem.replace('-', '_')}.py:flow"
    if one.path.parent.name != "recipes" or not (base / entry.removesuffix(":flow")).is_file():
        return base, None
    try:
        with chdir(base):
            flow: Flow[..., object] = load_flow_from_entrypoint(entry, use_placeholder_flow=False)
    except (ScriptError, MissingFlowError) as error:
        reason = getattr(error, "user_exc", error)
        raise RequestError(f"{base / entry}: cannot be loaded: {reason}") from error
    if flow.name != one.recipe.name:
        raise RequestError(
            f"{base / entry}: is the flow of {flow.name!r}, not of {one.recipe.name!r}; "
            f"let it compile {one.path.name}"
        )
    return base, (entry, flow)


def _variables(one: Deployable) -> dict[str, object]:
    """What a worker sets for the run: the folders that it may work on are no parameter."""
    return {"env": {ALLOWED: os.pathsep.join(map(str, one.allowed))}} if one.allowed else {}


def _schedule(schedule: Schedule) -> PrefectSchedule:
    if schedule.cron is not None:
        return Cron(schedule.cron, timezone=schedule.timezone)
    if schedule.rrule is not None:
        return RRule(schedule.rrule, timezone=schedule.timezone)
    return Interval(schedule.interval or 0, timezone=schedule.timezone)


def _check_pool(pool: str) -> None:
    try:
        with get_client(sync_client=True) as client:
            client.read_work_pool(pool)
    except ObjectNotFound as error:
        raise RequestError(
            f"there is no work pool {pool!r}; make it: prefect work-pool create {pool} --type process"
        ) from error


@contextmanager
def _reaching() -> Generator[None]:
    """What the server refuses, or that it does not answer, is a message and no traceback."""
    try:
        yield
    except DeploymentApplyError as error:
        raise SurroundingsError(f"the Prefect server refuses a deployment: {error}") from error
    except (HTTPError, RuntimeError) as error:  # Prefect's client raises either
        url = os.environ.get("PREFECT_API_URL")
        raise SurroundingsError(f"the Prefect server {url} cannot be used: {error}") from error
