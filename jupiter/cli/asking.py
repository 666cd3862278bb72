"""A run's question in the terminal that started it; whoever answers first, here or elsewhere, counts."""

from __future__ import annotations

import select
import sys
import threading
from collections.abc import Callable

from jupiter.cli import console
from jupiter.conductor import Answer, Question
from jupiter.errors import RequestError

_LOOK = 0.5  # seconds between two looks whether somebody else has answered
_SHOWN = 40  # briefings that are listed
_HINT = "yes, no (and why), or the numbers of briefings to leave out: "


def ask(question: Question, then: Callable[[], None]) -> None:
    """Ask on a thread of its own if somebody can type here; `then` is called when there is an answer."""
    console.say(f"{'':9} `jupiter approve {question.run}` answers from elsewhere")
    if not sys.stdin.isatty():
        return
    for number, owned in list(question.briefings.items())[:_SHOWN]:
        console.say(f"{number:9} {console.one_line(owned)}")
    if (more := len(question.briefings) - _SHOWN) > 0:
        console.say(f"{'':9} and {more} more: `jupiter report {question.run}`")
    threading.Thread(target=_read, args=(question, then), name="asking", daemon=True).start()


def parse(line: str) -> Answer | None:
    """What a typed line says; None when that is not clear."""
    word, _, rest = line.strip().partition(" ")
    if word.lower() in {"y", "yes"}:
        return Answer(approved=True, comment=rest.strip())
    if word.lower() in {"n", "no"}:
        return Answer(approved=False, comment=rest.strip())
    numbers = line.replace(",", " ").split()
    if numbers and all(number.isdecimal() for number in numbers):
        return Answer(approved=True, leave_out=tuple(map(int, numbers)))
    return None


def _read(question: Question, then: Callable[[], None]) -> None:
    _prompt()
    while question.is_open():
        readable, _, _ = select.select([sys.stdin], [], [], _LOOK)
        if readable:
            line = sys.stdin.readline()
            if not line or _take(line, question):  # an end of input leaves it to others
                break
            _prompt()
    then()


def _take(line: str, question: Question) -> bool:
    """Whether the line was an answer that counts."""
    said = parse(line)
    if said is None:
        return False
    try:
        question.answer(said)
    except RequestError as error:
        console.error(str(error))
        return False
    return True


def _prompt() -> None:
    sys.stderr.write(_HINT)
    sys.stderr.flush()
