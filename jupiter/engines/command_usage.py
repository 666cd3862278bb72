"""What an agent that is a command says it has used, in the words of each preset. Pure.

What it says is not trusted further than its numbers: they are never less than nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, assert_never, cast

from jupiter.recipe.presets import Report

_COST = re.compile(
    r"Tokens: ([\d.]+)(k|M)? sent(?:.*?([\d.]+)(k|M)? cache hit)?.*?([\d.]+)(k|M)? received\."
)
_MESSAGE = re.compile(r"Cost: \$([\d.]+) message")
_MESSAGE_KEPT = 500  # characters of what an agent says of its error
_TIMES = {"": 1, "k": 1_000, "M": 1_000_000}


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens, replies and US dollars; `usd` is None where the agent does not tell."""

    input_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    output_tokens: int = 0
    turns: int = 0
    usd: float | None = None
    stop: str = ""
    is_error: bool = False
    message: str = ""
    """What it says of its error, shortened."""


def used(report: Report, output: bytes) -> Used | None:
    """What a command's output says; None where it does not say it."""
    text = output.decode(errors="replace")
    match report:
        case "claude":
            return _claude(text)
        case "codex":
            return _codex(text)
        case "aider":
            return _aider(text)
        case _:
            assert_never(report)


def _claude(text: str) -> Used | None:
    """One JSON document of the type `result`; of a stream of them the last."""
    result = next(
        (one for one in reversed(list(_objects(text))) if one.get("type") == "result"), None
    )
    if result is None:
        return None
    cost, is_error = result.get("total_cost_usd"), bool(result.get("is_error"))
    tokens = _claude_tokens(result)
    return Used(
        input_tokens=tokens[0],
        cache_write_tokens=tokens[1],
        cache_read_tokens=tokens[2],
        output_tokens=tokens[3],
        turns=max(1, _count(result.get("num_turns"))),
        usd=None if cost is None else _amount(cost),
        stop=str(result.get("subtype", "")),
        is_error=is_error,
        message=_short(result.get("result")) if is_error else "",
    )


def _claude_tokens(result: dict[str, Any]) -> list[int]:
    """Input, written to the cache, read from it, output: of all models, if it tells of them.

    `usage` leaves out what is done beside the conversation, as making a title for it.
    """
    models = [_mapping(one) for one in _mapping(result.get("modelUsage")).values()]
    names = ("inputTokens", "cacheCreationInputTokens", "cacheReadInputTokens", "outputTokens")
    if not models:
        models = [_mapping(result.get("usage"))]
        cached = ("cache_creation_input_tokens", "cache_read_input_tokens")
        names = ("input_tokens", *cached, "output_tokens")
    return [sum(_count(one.get(name)) for one in models) for name in names]


def _codex(text: str) -> Used | None:
    """A JSON document a line; each `turn.completed` has what the turn used."""
    events = list(_objects(text))
    turns = [_mapping(one.get("usage")) for one in events if one.get("type") == "turn.completed"]
    failed = [one.get("error") for one in events if one.get("type") == "turn.failed"]
    if not turns and not failed:
        return None
    cached = sum(_count(one.get("cached_input_tokens")) for one in turns)
    return Used(
        input_tokens=max(0, sum(_count(one.get("input_tokens")) for one in turns) - cached),
        cache_read_tokens=cached,
        output_tokens=sum(_count(one.get("output_tokens")) for one in turns),
        turns=max(1, len(turns)),
        stop="turn.failed" if failed else "turn.completed",
        is_error=bool(failed),
        message=_short(_mapping(failed[0]).get("message")) if failed else "",
    )


def _aider(text: str) -> Used | None:
    """Lines as `Tokens: 4.2k sent, 310 received. Cost: $0.02 message, $0.05 session.`"""
    lines = [line for line in text.splitlines() if "Tokens:" in line and _COST.search(line)]
    if not lines:
        return None
    sent = received = cached = 0
    usd = 0.0
    for line in lines:
        found = cast("re.Match[str]", _COST.search(line))
        sent += _times(found[1], found[2])
        cached += _times(found[3], found[4])
        received += _times(found[5], found[6])
        cost = _MESSAGE.search(line)
        usd += _amount(cost[1]) if cost else 0.0
    return Used(
        input_tokens=max(0, sent - cached),
        cache_read_tokens=cached,
        output_tokens=received,
        turns=len(lines),
        usd=usd,
        stop="done",
    )


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of a text: all of it, or a line each."""
    for part in (text, *text.splitlines()):
        try:
            found = json.loads(part)
        except ValueError:
            continue
        items = cast("list[Any]", found) if isinstance(found, list) else [found]
        yield from (one for one in items if isinstance(one, dict))
        if part is text:
            return


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _short(value: object) -> str:
    return str(value or "").strip()[:_MESSAGE_KEPT]


def _count(value: object) -> int:
    return max(0, int(_amount(value)))


def _amount(value: object) -> float:
    try:
        number = float(cast("Any", value))
    except (TypeError, ValueError):
        return 0.0
    return number if 0 <= number < 1e12 else 0.0


def _times(number: str | None, unit: str | None) -> int:
    return int(_amount(number or 0) * _TIMES[unit or ""])
