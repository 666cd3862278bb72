"""Answers: what a worker gets for the call of a tool, with the news behind it, as one decision of the log."""

from __future__ import annotations

from jupiter.engines.agent_desk import Desk, Refused
from jupiter.engines.agent_tools import Tool
from jupiter.model.briefing_events import AgentTold, ToolCalled
from jupiter.model.tree_events import UpdateDelivered


def answer(desk: Desk, tool: Tool, given: object, call: str, more: str = "") -> tuple[str, bool]:
    """Carry out one call: the answer, `more` and the news behind it, and whether it is an error."""
    desk.shown.clear()
    desk.asked = desk.session.log.look(lambda state: state.seq)
    text, is_error = _called(desk, tool, given)
    # Who is done reads no more: what comes meanwhile stays to be delivered, and wakes it.
    is_done = tool.name == "done" and not is_error
    news, through = ("", desk.told()) if is_done else desk.news()
    if is_error or (news and desk.is_touched()):
        desk.unread = desk.answers
    text = "\n\n".join(part for part in (text, more, news) if part)
    called = ToolCalled(
        tool=tool.name,
        call=call,
        is_error=is_error,
        result=desk.session.log.put(text.encode(errors="backslashreplace")),
        told=through,
        read=tuple(sorted(desk.shown)),
    )
    record_told(desk, called, news)
    return text, is_error


def _called(desk: Desk, tool: Tool, given: object) -> tuple[str, bool]:
    """What a tool says. A `done` beside other calls counts when their answers have nothing to be seen to."""
    if tool.name == "done" and desk.answers and desk.unread == desk.answers:
        return "not yet: read the answers to your other calls first, then call `done` again", True
    try:
        return tool.call(desk, given), False
    except Refused as refused:
        return str(refused), True


def record_unknown(desk: Desk, tool: str, call: str, text: str) -> None:
    """Record the answer to the call of a tool that does not exist."""
    desk.unread = desk.answers
    result = desk.session.log.put(text.encode())
    told = desk.told()
    desk.session.record(ToolCalled(tool=tool, call=call, is_error=True, result=result, told=told))


def record_told(desk: Desk, data: ToolCalled | AgentTold, news: str) -> None:
    """An answer and the news that it brings are one decision, and half of it, after a crash, is no loss.

    It is the answer that the news is with: it comes first.
    """
    delivered = (UpdateDelivered(through=data.told),) if news else ()
    desk.session.record(data, *delivered)
