"""A run of one recipe from this process: its server, its flow, and a clean end.

The embedded server starts while the codebase is being indexed. Only then is Prefect imported, with
the settings that make it quiet.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import UUID

from jupiter.compiler.server import Address, EmbeddedServer
from jupiter.compiler.settings import quiet_environment, server_at_hand
from jupiter.conductor import Answer, Listener, Notice
from jupiter.errors import JupiterError
from jupiter.execution import Run, start
from jupiter.index.source import Request, Source, load
from jupiter.model.report import Report
from jupiter.resume import resume, source_of
from jupiter.system.collection import collection_paused
from jupiter.system.state import state_folder

if TYPE_CHECKING:
    from jupiter.compiler import call, form


def prefect_home() -> str:
    """The folder in which embedded servers keep their history."""
    return str(state_folder() / "prefect")


def run_recipe(request: Request, listen: Listener) -> Report:
    """Run a recipe as a Prefect flow, at the server at hand or at an embedded one.

    Raises:
        JupiterError: what was asked for, or the surroundings, are wrong; or it was interrupted.
    """
    return _at_server(lambda: load(request), lambda source: start(source, listen), listen)


def resume_run(
    folder: Path, repository: Path | None, listen: Listener, budget: dict[str, float] | None = None
) -> Report:
    """Go on with the run in this folder, as `run_recipe` does with a new one; raises as it does."""
    return _at_server(
        lambda: source_of(folder, repository),
        lambda source: resume(source, folder, listen, budget),
        listen,
    )


def go_on_at_server(flow_run: str, said: Answer) -> bool:
    """Have the suspended flow run of a deployment begun again with an answer; whether that worked."""
    url = server_at_hand()
    if url is None:
        return False
    os.environ.update(quiet_environment(embedded=False) | {"PREFECT_API_URL": url})
    module = cast("form", importlib.import_module("jupiter.compiler.form"))
    return module.answer_at_server(UUID(flow_run), said)


def _at_server(
    find: Callable[[], Source], begin: Callable[[Source], Run], listen: Listener
) -> Report:
    url = server_at_hand()
    if url is not None:
        source = _loaded(find, listen)
        listen(Notice("prefect", f"the server at hand: {url}"))
        return _call(source, partial(begin, source), {"PREFECT_API_URL": url}, None, listen)
    listen(Notice("prefect", "a server of our own starts; PREFECT_API_URL names another one"))
    with EmbeddedServer.start(state_folder() / "prefect") as server:
        source = _loaded(find, listen)
        server.wait_ready()
        listen(Notice("prefect", f"ready at {server.url}"))
        report = _call(source, partial(begin, source), server.environment, server.address, listen)
    listen(Notice("prefect", f"to look at it: PREFECT_HOME={prefect_home()} prefect server start"))
    return report


def _loaded(find: Callable[[], Source], listen: Listener) -> Source:
    source = find()
    symbols = sum(len(facts.symbols) for facts in source.index.files.values())
    files = len(source.index.files)
    listen(Notice("index", f"{files} files, {symbols} symbols in {source.seconds:.1f} s"))
    return source


def _call(
    source: Source,
    begin: Callable[[], Run],
    environment: Mapping[str, str],
    embedded: Address | None,
    listen: Listener,
) -> Report:
    os.environ.update(quiet_environment(embedded=embedded is not None) | dict(environment))
    # Prefect's handlers report on stderr that a server is gone; the run does not depend on it.
    logging.raiseExceptions = False
    # Imported now: Prefect reads its settings when it is imported.
    with collection_paused():
        module = cast("call", importlib.import_module("jupiter.compiler.call"))
    outcome = module.call(source, begin, embedded, listen)
    if isinstance(outcome, JupiterError):
        raise outcome
    return outcome
