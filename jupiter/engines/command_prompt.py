"""What a command reads before it begins: its rules, its briefing, and what came before, if it begins anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jupiter.engines.agent_desk import Desk
from jupiter.engines.agent_prompts import opening_text
from jupiter.engines.prompt import filled, prompt
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.briefing_events import BriefingFinished, BriefingStarted, ToolCalled
from jupiter.model.event import Event
from jupiter.model.tree_events import UpdateDelivered


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a briefing's command was started for before."""

    was_done: bool = False
    starts: int = 0
    """How often it was started since it was done, if it was; the start that is under way counts."""
    told: int = 0
    """The event up to which it had been told of the others when it was done."""


def command_prompt(whole: WorkerBriefing, desk: Desk, updates: Path) -> str:
    """The prompt of a briefing that has the whole of its context; the news that it brings count as told."""
    if not whole.task.goals:  # a tool: nobody reads it
        return opening_text(whole)
    return f"{filled('command', updates=str(updates))}{opening_text(whole)}{_since(desk)}"


def earlier(events: Iterable[Event]) -> Earlier:
    """What the events of one briefing say of the times before."""
    was_done, starts, told, now = False, 0, 0, 0
    for event in events:
        match event.data:
            case BriefingStarted():
                starts += 1
            case UpdateDelivered(through=through) | ToolCalled(told=through):
                now = max(now, through)
            case BriefingFinished():
                was_done, starts, told = True, 0, now
            case _:
                pass
    return Earlier(was_done, starts, told)


def _since(desk: Desk) -> str:
    """What has come up since a command was done, or since the wave began; and that it was interrupted.

    A command that is started again knows nothing of what the one before it was told: it is told all of it.
    """
    session = desk.session
    before = earlier(one for one in session.log.events() if one.briefing == session.briefing.id)
    news, through = desk.news(since=before.told)
    if news:
        session.record(UpdateDelivered(through=through))
    parts: list[str] = []
    if news:
        parts.append(filled("command_woken" if before.was_done else "command_news", updates=news))
    if before.starts > 1:
        parts.append(prompt("command_resumed"))
    return "".join(f"\n{part}" for part in parts)
