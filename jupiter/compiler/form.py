"""An approval at the Prefect server: the flow run is paused, and a form of the UI takes the answer.

A paused flow run waits in its process; that of a deployment is suspended, holds none, and is begun
again by a worker when the form is sent. Without a server the question waits for its other ways.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Literal
from uuid import UUID

from httpx import HTTPError, HTTPStatusError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import Abort, PrefectException
from prefect.input import RunInput
from prefect.input.run_input import Keyset, keyset_from_base_key
from prefect.states import Paused, Running
from prefect.states import Suspended as SuspendedState
from prefect.utilities.engine import propose_state_sync
from pydantic import Field, create_model

from jupiter.compiler.markdown import code, table
from jupiter.conductor import Answer, Question
from jupiter.errors import RequestError, Suspended

_log = logging.getLogger(__name__)

_EVER = 10 * 365 * 24 * 3600  # seconds that a question stays open; Prefect wants a number
_POLL = 1.0  # seconds between two looks whether the form was sent
_SHOWN = 100  # briefings that the form's description lists
_UNREACHABLE = (HTTPError, PrefectException, OSError)


class Waits(Suspended):
    """`state` is that of the flow run at the server."""

    def __init__(self, state: State[Any]) -> None:
        super().__init__("the run waits for an answer")
        self.state = state


def ask_at_server(question: Question, flow_run_id: UUID, times_run: int, *, suspend: bool) -> None:
    """Pause the flow run with a form until there is an answer, whichever way it comes.

    `times_run` counts how often the flow run was begun: a form of an earlier time may be filled in.

    Raises:
        Waits: with `suspend`; the flow run is begun again when the form is sent.
    """
    if _said_earlier(question, flow_run_id, times_run):
        return
    with _paused(question, flow_run_id, times_run, suspend=suspend) as keys:
        if keys is None:
            question.wait()
            return
        listens = threading.Thread(
            target=partial(_listen, question, flow_run_id, keys), name="form", daemon=True
        )
        listens.start()
        question.wait()


def answer_at_server(flow_run_id: UUID, said: Answer) -> bool:
    """Fill the form in for a suspended flow run, so that it is begun again; whether that worked."""
    given = {"approve": said.approved, "leave_out": list(said.leave_out), "comment": said.comment}
    with suppress(*_UNREACHABLE), get_client(sync_client=True) as client:
        return client.resume_flow_run(flow_run_id, given).status.value == "ACCEPT"
    return False


def _said_earlier(question: Question, flow_run_id: UUID, times_run: int) -> bool:
    """Whether a form that was sent while no process waited has answered."""
    with suppress(*_UNREACHABLE):
        for time in range(1, times_run + 1):  # a flow run that goes on may count as the same time
            if _take(question, flow_run_id, _keys(question, time)):
                return True
    return False


@contextmanager
def _paused(
    question: Question, flow_run_id: UUID, times_run: int, *, suspend: bool
) -> Generator[Keyset | None]:
    """The flow run is paused while the block lasts; None where the server does not pause it."""
    try:
        keys = _keys(question, times_run)
        state = _pause(question, flow_run_id, times_run, keys, suspend=suspend)
    except (Abort, *_UNREACHABLE):
        _log.debug("the flow run is not paused", exc_info=True)
        yield None
        return
    if suspend:
        raise Waits(state)
    yield keys
    with suppress(*_UNREACHABLE), get_client(sync_client=True) as client:
        client.set_flow_run_state(flow_run_id, Running(), force=True)


def _pause(
    question: Question, flow_run_id: UUID, times_run: int, keys: Keyset, *, suspend: bool
) -> State[Any]:
    key = _key(question, times_run)
    wanted: State[Any] = (
        SuspendedState(timeout_seconds=_EVER, pause_key=key)
        if suspend
        else Paused(timeout_seconds=_EVER, pause_key=key)
    )
    wanted.state_details.run_input_keyset = dict(keys)  # pyright: ignore[reportAttributeAccessIssue] # a mapping of names
    form = form_of(question)
    with get_client(sync_client=True) as client:
        # The form is there before the state that shows it: nobody finds a pause without one.
        form.save(keys, flow_run_id)
        state: State[Any] = _proposed(client, wanted, flow_run_id)
    if not state.is_paused():
        raise Abort(f"the flow run is {state.name}")
    return state


def _proposed(client: SyncPrefectClient, state: State[Any], flow_run_id: UUID) -> State[Any]:
    return propose_state_sync(client, state, flow_run_id=flow_run_id)


def _listen(question: Question, flow_run_id: UUID, keys: Keyset) -> None:
    """Wait for the form to be sent; a server that is away is asked again."""
    pause = threading.Event()
    while question.is_open():
        with suppress(*_UNREACHABLE):
            if _take(question, flow_run_id, keys):
                return
        pause.wait(_POLL)


def _take(question: Question, flow_run_id: UUID, keys: Keyset) -> bool:
    """Answer with what a form has, if it was sent; whether it was, and can be."""
    sent = _sent(flow_run_id, keys["response"])
    if sent is None:
        return False
    try:
        question.answer(_said(sent))
    except RequestError:
        _log.warning("the form of %s cannot be taken", question.step, exc_info=True)
        return not question.is_open()
    return True


def form_of(question: Question) -> type[RunInput]:
    """What the UI asks for; the server holds what is sent against it."""
    # Not required, `approve` would let a resume without a word be a yes.
    fields: dict[str, Any] = {
        "approve": (bool, Field(description="Whether the run goes on; otherwise it ends here.")),
        "comment": (str, Field(default="", max_length=2000, description="Why, for the log.")),
    }
    if question.briefings:
        number: Any = Literal[tuple(question.briefings)]  # pyright: ignore[reportInvalidTypeForm] # made at run time
        what = "Numbers of briefings that are not to be part of it."
        fields["leave_out"] = (list[number], Field(default=[], description=what))
    form: type[RunInput] = create_model("Approval", __base__=RunInput, **fields)
    return form.with_initial_data(description=_described(question))


def _said(sent: Mapping[str, Any]) -> Answer:
    """What a form says that the server has checked; its numbers may be floats."""
    left = tuple(int(number) for number in sent.get("leave_out", ()))
    return Answer(bool(sent["approve"]), left, str(sent.get("comment", "")))


def _sent(flow_run_id: UUID, key: str) -> Mapping[str, Any] | None:
    with get_client(sync_client=True) as client:
        try:
            return json.loads(client.read_flow_run_input(flow_run_id, key))
        except HTTPStatusError as error:
            if error.response.status_code == 404:
                return None
            raise


def _described(question: Question) -> str:
    rows = ((number, code(owned)) for number, owned in list(question.briefings.items())[:_SHOWN])
    more = len(question.briefings) - _SHOWN
    parts = [
        f"**{question.step}** {code(question.text)}",
        table(("briefing", "owns"), rows),
        f"and {more} more: see the artifact `plan`" if more > 0 else "",
        f"Or on the command line: `jupiter approve {question.run}`",
    ]
    return "\n\n".join(part for part in parts if part)


def _key(question: Question, times_run: int) -> str:
    return f"approve-{question.step}-{times_run}"


def _keys(question: Question, times_run: int) -> Keyset:
    return keyset_from_base_key(_key(question, times_run))
