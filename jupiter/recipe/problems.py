"""A mistake before it has its place in the text: code, path into the document, message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from jupiter.recipe.codes import Code

Path = tuple[str | int, ...]

_SHOWN = 60  # characters of a person's text that a message repeats
_LISTED = 20  # words that a message lists
_COMPARED = 200  # words among which the nearest is looked for


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake at a path; `at` says what is marked, `fragment` which part of a text."""

    code: Code
    path: Path
    message: str
    at: Literal["key", "value"] = "value"
    fragment: str = ""


def dotted(path: Path) -> str:
    """`steps.check.needs[0]`; the document itself is `recipe`."""
    text = ""
    for part in path:
        word = part if isinstance(part, int) or _plain(part) else quoted(part)
        text += f"[{word}]" if isinstance(part, int) else f".{word}"
    return text.removeprefix(".") or "recipe"


def quoted(text: str) -> str:
    """A person's text for a message: quoted, on one line, clipped, no control characters."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def nearest(word: str, words: Iterable[str]) -> str:
    """` (nearest: right)` for the most similar word, or nothing."""
    by_form = {_form(one): one for one in islice(words, _COMPARED)}
    # `words` may come from a document, and comparing is slow.
    found = difflib.get_close_matches(_form(word[:_SHOWN]), list(by_form), n=1, cutoff=0.6)
    return f" (nearest: {by_form[found[0]]})" if found else ""


def one_of(words: Iterable[str]) -> str:
    """`a, b or c`, or the first of very many."""
    *most, last = words
    if len(most) >= _LISTED:
        return f"{', '.join(most[:_LISTED])} or one of {len(most) + 1 - _LISTED} more"
    return f"{', '.join(most)} or {last}" if most else last


def _plain(text: str) -> bool:
    return text.replace("_", "").replace("-", "").isalnum() and len(text) <= _SHOWN


def _form(word: str) -> str:
    return word.lower().replace("-", "_")


class Mistake(Exception):  # noqa: N818 # it becomes a Problem and never leaves the room
    """What is wrong with one text; whoever knows the text's path makes a `Problem` of it."""

    def __init__(self, code: Code, message: str, fragment: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fragment = fragment

    def at(self, path: Path) -> Problem:
        """The mistake in its place."""
        return Problem(self.code, path, self.message, fragment=self.fragment)
