"""Approvals: a run asks a person, and one answer counts. Pure decisions over the fold."""

from __future__ import annotations

from collections.abc import Sequence

from jupiter.errors import RequestError
from jupiter.fold.state import State
from jupiter.model.run_events import ApprovalAnswered, ApprovalRequested


def waits(state: State) -> str | None:
    """The step whose question is open; None when nobody is asked."""
    return next((step for step, one in state.approvals.items() if one.answer is None), None)


def is_refused(state: State) -> bool:
    """Whether a person has said no."""
    return any(one.answer and not one.answer.approved for one in state.approvals.values())


def decide_ask(
    state: State, step: str, question: str, briefings: tuple[int, ...]
) -> Sequence[ApprovalRequested]:
    """The question's event; none when a run that was resumed has asked already."""
    if step in state.approvals:
        return []
    return [ApprovalRequested(question=question, briefings=briefings)]


def decide_answer(state: State, step: str, answer: ApprovalAnswered) -> Sequence[ApprovalAnswered]:
    """The answer's event.

    Raises:
        RequestError: nobody asks, it is answered already, or something cannot be left out.
    """
    approval = state.approvals.get(step)
    if approval is None:
        raise RequestError(f"step {step} asks for no approval")
    if approval.answer is not None:
        was = "approved" if approval.answer.approved else "refused"
        raise RequestError(f"step {step} was {was} already; the first answer counts")
    if strange := sorted(set(answer.leave_out) - set(approval.briefings)):
        may = ", ".join(map(str, approval.briefings)) or "none"
        raise RequestError(f"briefing {strange[0]} cannot be left out here; those that can: {may}")
    return [answer]
