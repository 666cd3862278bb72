"""Expressions `${{ root.name }}` in a text: found and read, never evaluated."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jupiter.recipe.codes import Code
from jupiter.recipe.problems import Mistake, quoted

BRACES = re.compile(r"\$\{\{([^{}]*)\}\}")
_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_LOOKUP = re.compile(rf"({_NAME})\.({_NAME})")
AFFECTED_TESTS = "affected_tests"
"""The one expression that is no look-up of a root: the files of tests that a change may concern."""
_CALL = re.compile(rf"{_NAME}\s*\(")
_LATER = re.compile(r"steps\b")


@dataclass(frozen=True, slots=True)
class Braces:
    """An expression as it stands in the text: with its braces, and what is between them."""

    source: str
    inner: str


@dataclass(frozen=True, slots=True)
class Expression:
    """A look-up: `parameters.package`; `affected_tests` has no name behind its root."""

    root: str
    name: str


def split(text: str) -> tuple[str | Braces, ...]:
    """Text and expressions in turn; joined they are the text again.

    Raises:
        Mistake: an expression is not closed.
    """
    parts: list[str | Braces] = []
    end = 0
    for match in BRACES.finditer(text):
        parts += [text[end : match.start()], Braces(match[0], match[1])]
        end = match.end()
    parts.append(text[end:])
    for part in parts:
        if isinstance(part, str) and "${{" in part:
            raise unclosed(part[part.index("${{") :])
    return tuple(part for part in parts if part != "")


def unclosed(rest: str) -> Mistake:
    """What is wrong with a text that begins like an expression and is none."""
    advice = "the expression is not closed, or has braces within; expected ${{ root.name }}"
    return Mistake(Code.EXPRESSION, advice, rest)


def parse(braces: Braces) -> Expression:
    """Read what is between the braces.

    Raises:
        Mistake: it is no look-up, or one that is not built yet.
    """
    inner = braces.inner.strip()
    if inner == AFFECTED_TESTS:
        return Expression(inner, "")
    if found := _LOOKUP.fullmatch(inner):
        if _LATER.match(inner):
            raise Mistake(Code.NOT_YET, f"{quoted(inner)} is not built yet", braces.source)
        return Expression(found[1], found[2])
    if _CALL.match(inner) or _LATER.match(inner):
        raise Mistake(Code.NOT_YET, f"{quoted(inner)} is not built yet", braces.source)
    advice = f"found {quoted(inner)}; expected a look-up such as parameters.name"
    raise Mistake(Code.EXPRESSION, advice, braces.source)
