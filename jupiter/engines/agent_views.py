"""What an agent is shown: texts with a mark around them, interfaces, updates, lists. Pure.

Text of repositories and of other workers is data. It stands between tags that carry a hash of it, so that
it cannot hold the tag that ends it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from jupiter.code.compatible import says_more
from jupiter.fold.records import Repair
from jupiter.fold.state import Published, Request, State
from jupiter.model.repair import Attributed, Failure
from jupiter.model.symbol import SymbolId
from jupiter.session.updates import Updates

_PLACES = 12  # of the reader's own, of one changed interface
_SHOWN = 40  # findings of one update
_FAILURES = 10  # failing tests of one update
_WORD = re.compile(r"\w+")
_CONSTRUCTORS = frozenset({"__init__", "__new__"})


def data(kind: str, text: str, about: str = "") -> str:
    """A text that is data, between two tags."""
    mark = hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:8]
    head = f"{kind} {mark}" + (f" of {about}" if about else "")
    end = "" if text.endswith("\n") else "\n"
    return f"<{head}>\n{text}{end}</{kind} {mark}>"


def readable(text: bytes) -> str:
    """Bytes as text: what is no UTF-8 becomes `\\xff`."""
    return text.decode(errors="backslashreplace")


def bullets(lines: Iterable[str], empty: str = "Nothing.") -> str:
    """A list, an item a line."""
    return "\n".join(f"- {line}" for line in lines) or empty


def uses(symbol: str, texts: Mapping[str, str]) -> Iterator[str]:
    """The places where texts of symbols use another symbol's name, as `symbol, line N: text`."""
    name = word_of(symbol)
    if not name:
        return
    for mine, text in texts.items():
        if mine == symbol or name not in text:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if name in _WORD.findall(line):
                yield f"{mine}, line {number}: {line.strip()}"


def word_of(symbol: str) -> str:
    """The name by which code uses a symbol; empty for what code does not name.

    Who uses a constructor names its class. What else is `__so__` is used by syntax or by nobody, and every
    other class has one of its own.
    """
    path, name = SymbolId.parse(symbol)
    if not path.endswith((".py", ".pyi")):
        return ""
    *around, word = [part.partition("#")[0] for part in name.split(".")]
    if word in _CONSTRUCTORS and around:
        word = around[-1]
    elif word.startswith("__") and word.endswith("__"):
        return "" if around else word
    return word if word.isidentifier() else ""


def breaks(updates: Updates, texts: Mapping[str, str]) -> bool:
    """Whether an interface that was there before, and that the texts use, is another one now."""
    changed = (one.symbol for one in updates.interfaces if _is_another(one))
    return any(True for symbol in changed for _ in uses(symbol, texts))


def _is_another(one: Published) -> bool:
    if one.before is None:
        return False
    return one.after is None or not says_more(one.before, one.after)


def used(updates: Updates, texts: Mapping[str, str]) -> Updates:
    """Updates without the interfaces that the texts do not use: what a worker needs who was done."""
    interfaces = (one for one in updates.interfaces if any(True for _ in uses(one.symbol, texts)))
    return replace(updates, interfaces=tuple(interfaces))


def updates_text(updates: Updates, texts: Mapping[str, str]) -> str:
    """What has happened since the worker's last step; `texts` are those of its own symbols."""
    parts = [_interface(one, list(uses(one.symbol, texts))) for one in updates.interfaces]
    parts += [_repair(one) for one in updates.repairs]
    parts += [_request(one) for one in updates.requests]
    parts += [_answer(one) for one in updates.answers]
    parts += [
        f"Briefing {one.giver} gives you {one.symbol}: it is yours now." for one in updates.received
    ]
    return data("updates", "\n\n".join(parts))


def board_text(state: State, goals: Mapping[int, str]) -> str:
    """All briefings with their state, what was published, what was noted."""
    briefings = [
        f"briefing {n} ({one.worker or 'nobody yet'}, {one.progress}): {goals.get(n, '')}"
        for n, one in sorted(state.briefings.items())
    ]
    published = [f"event {one.seq}: {_change(one)}" for one in state.published]
    notes = [f"briefing {one.briefing}: {one.text}" for one in state.notes]
    parts = (
        ("Briefings", briefings),
        ("Published interfaces", published),
        ("Notes", notes),
    )
    return data("board", "\n\n".join(f"{head}:\n{bullets(lines)}" for head, lines in parts))


def _interface(one: Published, places: list[str]) -> str:
    what = "is going to change" if one.proposed else "has changed"
    text = f"Briefing {one.briefing} {what} an interface.\n{_change(one)}"
    if not places:
        return text
    more = f"\n- and {len(places) - _PLACES} more" if len(places) > _PLACES else ""
    return f"{text}\nYour places that use it:\n{bullets(places[:_PLACES])}{more}"


def _change(one: Published) -> str:
    before, after = one.before or "(there was none)", one.after or "(it is gone)"
    return f"{one.symbol}\n  before: {_indented(before)}\n  now:    {_indented(after)}"


def _indented(text: str) -> str:
    return text.replace("\n", "\n          ")


def _repair(one: Repair) -> str:
    parts = list[str]()
    if one.findings:
        lines = (_finding(found, one.briefing) for found in one.findings[:_SHOWN])
        parts.append(f"The result does not fit together:\n{bullets(lines)}")
        if len(one.findings) > _SHOWN:
            parts.append(f"- and {len(one.findings) - _SHOWN} more")
    parts += [_failure(failure) for failure in one.failures[:_FAILURES]]
    if len(one.failures) > _FAILURES:
        parts.append(f"And {len(one.failures) - _FAILURES} failures more.")
    return "\n".join(parts)


def _finding(one: Attributed, reader: int) -> str:
    text = f"{one.symbol} ({one.path}, line {one.line}): {one.message}"
    if one.briefing != reader:
        return f"{text}. You have changed {one.name}; the place belongs to briefing {one.briefing}"
    return text if one.cause is None else f"{text}. Briefing {one.cause} has changed {one.name}"


def _failure(one: Failure) -> str:
    named = ", ".join(one.symbols)
    return f"This fails: {one.title}\nIt names: {named}\n{_indented(one.text)}"


def _request(one: Request) -> str:
    return f"Request {one.seq} of briefing {one.asker}, about {one.symbol}: {one.text}"


def _answer(one: Request) -> str:
    verdict = "yes" if one.granted else "no"
    return f"To your request about {one.symbol} briefing {one.owner} says {verdict}: {one.answer}"
