"""One call of a recipe's flow, until everything that Prefect has to say of it is at the server."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

from httpx import ConnectError  # Prefect's client raises it
from prefect.client.schemas.objects import State
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_UI_URL,
    temporary_settings,
)

from jupiter.compiler.flow import flow_of
from jupiter.compiler.server import Address, drain
from jupiter.compiler.server_errors import in_a_line, may_pass
from jupiter.compiler.tasks import Ending
from jupiter.conductor import Listener, Notice
from jupiter.errors import Interrupted, JupiterError, SurroundingsError
from jupiter.execution import Run
from jupiter.index.source import Source
from jupiter.model.report import Report
from jupiter.system.ending import give_up_threads

_EVENTS = 20.0  # seconds that events get to reach the server
_LOGS = 5.0  # seconds that log records get
_STATES = 15.0  # seconds that the server gets to record the last states
_BUSY = 180.0  # seconds that a server which is busy is asked to begin the run
_AWAY = 15.0  # seconds that one is asked for which nobody answers
_AGAIN = 2.0  # seconds between two times that it is asked, beside those of Prefect's client


def call(
    source: Source, begin: Callable[[], Run], embedded: Address | None, listen: Listener
) -> Report | JupiterError:
    """Run the flow; `embedded` is the server that ends with this process, if it does."""
    ending = Ending()
    try:
        state = begun_when_free(
            partial(_flow_state, source, begin, embedded, ending), ending, listen
        )
    except Exception as error:  # whatever Prefect and its server come to
        if ending.tasks == 0:
            return _not_begun(error)
        if ending.outcome is None:
            raise
        # The run is over and its log is whole: that a server cannot be told does not undo it.
        lost = in_a_line(error)
        listen(Notice("prefect", f"the server does not know how the run ended: {lost}"))
        drain_queues()
        return ending.outcome
    flow_run_id = str(state.state_details.flow_run_id)
    _settle(embedded, flow_run_id, ending)
    if embedded is None and (url := PREFECT_UI_URL.value()):
        listen(Notice("prefect", f"to look at it: {url}/runs/flow-run/{flow_run_id}"))
    if ending.outcome is None:
        return SurroundingsError(f"Prefect could not run the flow: {state.message or state.name}")
    return ending.outcome


def begun_when_free(
    run_flow: Callable[[], State[Any]], ending: Ending, listen: Listener
) -> State[Any]:
    """Call the flow, again while the server is too busy to make a flow run of it, or begins anew."""
    begun, said = time.monotonic(), ""
    while True:
        try:
            return run_flow()
        except Exception as error:  # Prefect's client has no class of its own for a server's errors
            patience = _AWAY if isinstance(error, ConnectError) else _BUSY
            is_late = time.monotonic() - begun > patience
            if ending.tasks or is_late or not may_pass(error):
                raise
            if said != (said := in_a_line(error)):
                listen(Notice("prefect", f"the server is busy, and is asked again: {said}"))
            time.sleep(_AGAIN)


def _not_begun(error: Exception) -> SurroundingsError:
    return SurroundingsError(
        f"{PREFECT_API_URL.value()}: this Prefect server does not begin the run, nothing was changed: "
        f"{in_a_line(error)}; see that it runs (`prefect server start`), or name no server, and "
        "Jupiter starts one of its own"
    )


def _flow_state(
    source: Source, begin: Callable[[], Run], embedded: Address | None, ending: Ending
) -> State[Any]:
    # A server that ends with us has nobody left to tell that we have crashed.
    heartbeat: dict[Any, None] = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    with temporary_settings(heartbeat) if embedded else nullcontext():
        return flow_of(source, begin, ending)(
            repo=str(source.request.repository),
            ref=source.request.ref,
            workers=source.request.workers,
            **source.lookup.parameters,
            return_state=True,
        )


def _settle(embedded: Address | None, flow_run_id: str, ending: Ending) -> None:
    """What is still queued here, then what is still queued at a server that is about to end."""
    drain_queues()
    if embedded is not None:
        interrupted = isinstance(ending.outcome, Interrupted)
        drain(embedded, flow_run_id, _STATES, at_least=0 if interrupted else ending.tasks)


def drain_queues() -> None:
    """Send what is queued here. What a server does not take is tried for minutes each, at exit too."""
    drained: Any = (EventsWorker.drain_all(_EVENTS), APILogWorker.drain_all(_LOGS))
    if any(late for _, late in drained):
        give_up_threads()
