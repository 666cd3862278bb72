"""The first request of a conversation: a prefix that its step shares, and a briefing behind it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, assert_never

from jupiter.engines.agent_cache import MARK
from jupiter.engines.agent_tools import TOOLS
from jupiter.engines.agent_views import bullets, data
from jupiter.engines.prompt import FOLDER, filled, prompt
from jupiter.model.briefing import (
    CodebaseContext,
    Dependent,
    Instruction,
    Interface,
    PlannedSymbol,
    Source,
    WorkerBriefing,
)
from jupiter.model.constraint import (
    Constraint,
    ForbidAdded,
    ForbidImport,
    KeepInterface,
    MaxChangedLines,
    NoNewFiles,
    Readonly,
    Within,
)

_SOURCES = 200_000  # characters of sources in one briefing


@dataclass(frozen=True, slots=True)
class Opening:
    """What a conversation begins with; JSON of it lies in the log's blobs."""

    system: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    messages: list[dict[str, Any]]


@cache
def prompts_hash() -> str:
    """SHA-256 of all prompts and tool descriptions, hexadecimal: runs with the same were told the same."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.md")):
        digest.update(f"{path.name}\0{path.read_text(encoding='utf-8')}\0".encode())
    for tool in TOOLS:
        digest.update(repr(tool.definition).encode())
    return digest.hexdigest()


def shared(
    goals: Sequence[str], briefings: Sequence[WorkerBriefing], context: CodebaseContext
) -> list[dict[str, Any]]:
    """The system prompt of a step: the same bytes for each of its workers, with a breakpoint at its end.

    `context` is that of any of them: what is taken of it is the same in all.
    """
    text = filled(
        "shared",
        goals=bullets(goals),
        owners=bullets(_owner(one) for one in briefings),
        contracts=bullets(_contracts(briefings), "Nothing in particular."),
        instructions=_instructions(one for one in context.instructions if not one.folder),
        outline=data("outline", "\n".join(context.outline)),
    )
    return [
        {"type": "text", "text": prompt("agent")},
        {"type": "text", "text": text, "cache_control": MARK},
    ]


def opening(system: list[dict[str, Any]], briefing: WorkerBriefing) -> Opening:
    """The first request of a briefing, which has the whole of its context."""
    nearer = [one for one in briefing.context.instructions if one.folder]
    text = opening_text(briefing, nearer)
    messages = [{"role": "user", "content": [{"type": "text", "text": text}]}]
    return Opening(system, [tool.definition for tool in TOOLS], messages)


def opening_text(
    briefing: WorkerBriefing, instructions: Sequence[Instruction] | None = None
) -> str:
    """A briefing as its worker reads it, with these instructions of the repository, by default all."""
    context, task = briefing.context, briefing.task
    if instructions is None:
        instructions = context.instructions
    goals = [f"{one.goal} (about {', '.join(one.symbols)})" for one in task.goals]
    return filled(
        "briefing",
        id=str(briefing.id),
        goal=bullets((*goals, *context.conflicts)) if len(goals) > 1 else task.goal,
        owned=bullets(briefing.symbols_owned),
        creates=bullets(map(_placed, task.creates)),
        moves=bullets(map(_placed, task.moves)),
        deletes=bullets(task.deletes),
        interfaces=_interfaces(context),
        dependents=bullets(_dependent(one) for one in context.dependents),
        instructions=_instructions(instructions),
        checks=bullets(context.checks),
        sources=_sources(context.sources),
    )


def _owner(briefing: WorkerBriefing) -> str:
    parts = [f"briefing {briefing.id}: {briefing.task.goal}"]
    if briefing.owned_at_start:
        parts.append(f"It owns {_first(briefing.owned_at_start)}")
    if briefing.receives:
        before = " and ".join(map(str, briefing.after))
        parts.append(f"When briefing {before} has ended it is given {_first(briefing.receives)}")
    return " ".join(parts)


def _first(symbols: Sequence[str], most: int = 20) -> str:
    more = f" and {len(symbols) - most} more" if len(symbols) > most else ""
    return ", ".join(symbols[:most]) + more


def _contracts(briefings: Sequence[WorkerBriefing]) -> list[str]:
    found = dict.fromkeys(one for briefing in briefings for one in briefing.constraints)
    return [_contract(one) for one in found]


def _contract(constraint: Constraint) -> str:  # noqa: PLR0911 # one arm a kind, each a line
    match constraint:
        case Readonly(paths=paths):
            return f"Nobody may write what matches {', '.join(paths)}."
        case Within(paths=paths):
            return f"Only what matches {', '.join(paths)} may be written."
        case KeepInterface(paths=paths):
            return f"Signatures and bases stay as they are in what matches {', '.join(paths)}."
        case ForbidAdded(texts=texts):
            return f"No change may bring in {', '.join(map(repr, texts))}."
        case ForbidImport(modules=modules):
            return f"No change may import {', '.join(modules)}."
        case MaxChangedLines(lines=lines):
            return f"At most {lines} lines of one symbol may be added and removed, in all."
        case NoNewFiles():
            return "No new file may be made."
        case _:
            assert_never(constraint)


def _placed(one: PlannedSymbol) -> str:
    return f"{one.symbol}: its place in the file is settled"


def _interfaces(context: CodebaseContext) -> str:
    """The interfaces, whose annotations and defaults are the repository's words."""
    lines = (*(_interface(one) for one in context.interfaces), *context.others)
    return data("interfaces", bullets(lines)) if lines else "Nothing."


def _interface(one: Interface) -> str:
    return f"{one.symbol}{_whose(one.owner)}: `{one.text}`"


def _dependent(one: Dependent) -> str:
    return f"{one.symbol}{_whose(one.owner)} uses {', '.join(one.names)}"


def _whose(owner: int | None) -> str:
    return "" if owner is None else f" (owned by briefing {owner})"


def _instructions(files: Iterable[Instruction]) -> str:
    shown = (data("instructions", one.text, one.path) for one in files)
    return "\n\n".join(shown) or "Nothing in particular."


def _sources(sources: Sequence[Source]) -> str:
    parts: list[str] = []
    left = _SOURCES
    for one in sources:
        left -= len(one.text)
        if left < 0:
            parts.append("There is more: `read_symbol` shows it.")
            break
        parts.append(data("source", one.text, one.symbol))
    return "\n\n".join(parts) or "There is none yet."
