"""The model of a replay: it sees a conversation, and knows the text that each symbol has in AFTER.

It knows nothing of partitions, of other workers, or of what is behind the tools. It takes one step a
turn: the next call for what it is told that it owns, with the last one `done`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from replay_job import Step

from jupiter.demo.conversation import Call, Conversation, Reply

OPENING = "# Briefing "
"""What stands in the opening of every conversation."""

_SECTION = re.compile(r"^# You own\n\n(.*?)\n\n# ", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Oracle:
    """A scripted agent; `steps` are what it knows, by the id of a symbol or file."""

    steps: Mapping[str, Sequence[Step]]

    def __call__(self, conversation: Conversation) -> Reply:
        """The next step that has not been taken; beside the last one, and behind it, `done`."""
        taken = [(one.name, one.input) for one in conversation.calls]
        left = [
            (tool, given)
            for tool, given in self.wanted(conversation)
            if (tool, dict(given)) not in taken
        ]
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
