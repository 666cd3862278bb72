"""A person is asked, and the run waits: a question on the log, and the first answer behind it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial

from jupiter.bus.file import FileLog
from jupiter.conductor import Answer, Conductor, Listener, Notice, Question
from jupiter.fold.state import State
from jupiter.model.event import Draft
from jupiter.model.run_events import ApprovalAnswered
from jupiter.session.approvals import decide_answer, decide_ask

_COMMENT = 2000  # characters that the log takes


def ask(
    log: FileLog,
    step: str,
    text: str,
    *,
    briefings: Mapping[int, str],
    conductor: Conductor,
    listen: Listener,
    stop: threading.Event,
) -> ApprovalAnswered | None:
    """Ask a person, unless the log has the answer; None when the run is to stop before there is one.

    `briefings` are those that may be left out, each with what it owns.
    """
    if (known := log.look(partial(_answer, step))) is not None:
        return known
    log.append(
        lambda state: [
            Draft(data=data, step=step) for data in decide_ask(state, step, text, tuple(briefings))
        ]
    )
    question = Question(
        run=log.run,
        step=step,
        text=text,
        briefings=briefings,
        answer=partial(answer, log, step),
        is_open=lambda: log.look(partial(_answer, step)) is None and not stop.is_set(),
        wait=partial(_wait, log, step, stop),
    )
    listen(Notice("approve", f"{step}: {text}", question))
    conductor.ask(question)
    return log.look(partial(_answer, step))


def answer(log: FileLog, step: str, said: Answer) -> None:
    """Answer what a step asks; raises RequestError when that is answered already, or cannot be."""
    given = ApprovalAnswered(
        approved=said.approved, leave_out=said.leave_out, comment=said.comment[:_COMMENT]
    )
    log.append(
        lambda state: [Draft(data=data, step=step) for data in decide_answer(state, step, given)]
    )


def _answer(step: str, state: State) -> ApprovalAnswered | None:
    approval = state.approvals.get(step)
    return None if approval is None else approval.answer


def _wait(log: FileLog, step: str, stop: threading.Event) -> None:
    for event in log.follow(stop=stop):
        if isinstance(event.data, ApprovalAnswered) and event.step == step:
            return
