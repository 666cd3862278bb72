"""A run of one recipe from this process: its server, its flow, and a clean end.

The embedded server starts while the codebase is being indexed. Only then is Prefect imported, with
the settings that make it quiet.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, cast

from jupiter.compiler.server import EmbeddedServer, drain
from jupiter.compiler.settings import quiet_environment, server_at_hand
from jupiter.errors import JupiterError, SurroundingsError
from jupiter.index.source import Request, Source, load
from jupiter.model.report import Report
from jupiter.run import Notice
from jupiter.system.state import state_folder

if TYPE_CHECKING:
    from jupiter.compiler import flow

_DRAIN = 15.0  # seconds that a server gets to record the last states
PREFECT_HOME = "prefect"


def run_recipe(request: Request, listen: Callable[[Notice], None]) -> Report:
    """Run a recipe as a Prefect flow, at the server at hand or at an embedded one.

    Raises:
        JupiterError: what was asked for, or the surroundings, are wrong; or it was interrupted.
    """
    with ExitStack() as stack:
        url = server_at_hand()
        server = None
        if url is None:
            server = stack.enter_context(EmbeddedServer.start(state_folder() / PREFECT_HOME))
            listen(Notice("prefect", "an embedded server starts, no other is at hand"))
        source = load(request)
        listen(Notice("index", _indexed(source)))
        os.environ.update(quiet_environment(embedded=server is not None))
        if server is not None:
            os.environ.update(server.environment)
            server.wait_ready()
        listen(Notice("prefect", f"the run is at {server.url if server else url}"))
        return _flow_run(source, listen, server)


def _flow_run(
    source: Source, listen: Callable[[Notice], None], server: EmbeddedServer | None
) -> Report:
    outcomes: list[Report | JupiterError] = []
    module = cast("flow", importlib.import_module("jupiter.compiler.flow"))
    compiled = module.flow_of(source, listen, outcomes.append)
    state = compiled(
        repo=str(source.request.repository),
        ref=source.request.ref,
        workers=source.request.workers,
        **source.lookup.parameters,
        return_state=True,
    )
    details = state.state_details
    if server is not None and details.flow_run_id is not None:
        drain(server.api_url, str(details.flow_run_id), _DRAIN)
    if not outcomes:
        raise SurroundingsError(f"Prefect could not run the flow: {state.message or state.name}")
    if isinstance(outcomes[0], JupiterError):
        raise outcomes[0]
    return outcomes[0]


def _indexed(source: Source) -> str:
    files = source.index.files
    symbols = sum(len(facts.symbols) for facts in files.values())
    return f"{len(files)} files, {symbols} symbols in {source.seconds:.1f} s"
