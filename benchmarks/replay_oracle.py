"""The model of a replay: it sees a conversation, and knows the text that each symbol has in AFTER.

It knows nothing of partitions, of other workers, or of what is behind the tools. It takes one step a
turn: the next call for what it is told that it owns, with the last one `done`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from replay_calls import Needing
from replay_job import Step

from jupiter.code.placement import container_of, new_tiles
from jupiter.demo.conversation import Call, Conversation, Reply
from jupiter.model.symbol import SymbolId

OPENING = "# Briefing "
"""What stands in the opening of every conversation."""

_CREATE = "create_symbol"
_MISFITS = "The result does not fit together:"
"""How repair begins to say what does not fit."""

_SECTION = re.compile(r"^# You own\n\n(.*?)\n\n# ", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Oracle:
    """A scripted agent; `steps` are what it knows, by the id of a symbol or file."""

    steps: Mapping[str, Sequence[Step]]

    def __call__(self, conversation: Conversation) -> Reply:
        """The next step that has not been taken; beside the last one, and behind it, `done`."""
        taken = {_key(one.name, one.input) for one in conversation.calls}
        wanted = (one for one in self.wanted(conversation) if _key(*one) not in taken)
        left = list(islice(wanted, 2))
        done = (Call("done", {"summary": "All is as it is in the next release."}),)
        return Reply((*(Call(*step) for step in left[:1]), *(done if len(left) < 2 else ())))

    def wanted(self, conversation: Conversation) -> Iterator[Step]:
        """All that is to be done for what the conversation says is owned."""
        for symbol in owned(conversation):
            yield from self.steps.get(symbol, ())
            if ":" not in symbol and "#" not in symbol:
                yield from self._inside(symbol)

    def _inside(self, path: str) -> Iterator[Step]:
        for symbol, steps in self.steps.items():
            if symbol.startswith((f"{path}:", f"{path}#")):
                yield from steps


@dataclass(frozen=True)
class Visible(Oracle):
    """Knows definitions from AFTER, but writes calls by what the conversation shows of them.

    A call that needs a signature that is new is written so once the conversation shows that signature,
    wherever that is, and again if it was written before; until then it is written by BEFORE's. Who is told
    that a call does not fit looks its definition up.
    """

    calls: Mapping[str, Sequence[Needing]] = field(default_factory=dict[str, Sequence[Needing]])
    """The calls that need a new signature, by path."""

    def __call__(self, conversation: Conversation) -> Reply:
        """See `Oracle`; first what is to be looked up."""
        looked = {one.input["symbol"] for one in conversation.calls if one.name == "read_symbol"}
        for one in self._broken(conversation):
            if one.definition not in looked:
                return Reply((Call("read_symbol", {"symbol": one.definition}),))
        return super().__call__(conversation)

    def wanted(self, conversation: Conversation) -> Iterator[Step]:
        """All that is to be done, as far as it is known now."""
        made = {one.input["symbol"]: one.input for one in conversation.calls if one.name == _CREATE}
        for tool, given in super().wanted(conversation):
            known = (
                {**given, "text": self._known(given, conversation)} if "text" in given else given
            )
            was = made.get(given.get("symbol", "")) if tool == _CREATE else None
            if was is None or was == known:
                yield tool, known
            else:
                yield _CREATE, was
                yield from _rewritten(was, known)

    def _known(self, given: Mapping[str, Any], conversation: Conversation) -> str:
        text: str = given["text"]
        for one in self._in(given):
            if not one.is_known(conversation.visible):
                text = text.replace(one.after, one.before)
        return text

    def _broken(self, conversation: Conversation) -> Iterator[Needing]:
        """The calls that the conversation says do not fit, as long as their definition is not seen."""
        told = conversation.given.rpartition(_MISFITS)[2] if _MISFITS in conversation.given else ""
        if told:
            for _, given in super().wanted(conversation):
                for one in self._in(given):
                    if one.word in told and not one.is_known(conversation.visible):
                        yield one

    def _in(self, given: Mapping[str, Any]) -> Iterator[Needing]:
        path = SymbolId.parse(given.get("symbol") or given["path"]).path
        return (one for one in self.calls.get(path, ()) if one.after in given.get("text", ""))


def _rewritten(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Step]:
    """The writes that give something that was made another text: of a class those of its members."""
    path, name = SymbolId.parse(now["symbol"])
    tiles = (
        new_tiles(path, name, container_of(path, name), one["text"].encode()) for one in (was, now)
    )
    for before, after in zip(*tiles, strict=True):
        if before != after:
            text = after.text.decode()
            yield "write_symbol", {"symbol": str(SymbolId(path, after.name)), "text": text}


def _key(tool: str, given: Mapping[str, Any]) -> tuple[object, ...]:
    return tool, *sorted(given.items())


def owned(conversation: Conversation) -> list[str]:
    """The ids of what a worker is told that it owns."""
    section = _SECTION.search(conversation.opening)
    return re.findall(r"^- (.+)$", section[1], re.MULTILINE) if section else []


def briefing_of(conversation: Conversation) -> int:
    """The number of the briefing that a conversation is about."""
    found = re.search(rf"^{OPENING}(\d+)", conversation.opening, re.MULTILINE)
    if found is None:
        raise ValueError("no briefing begins this conversation")
    return int(found[1])
