"""Plain YAML scalars by the core schema of YAML 1.2: `no`, `on`, dates and 12:30 are text."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_RADIX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]*[0-9]")
_LONGEST = 40  # characters of a number

Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A plain scalar that people and YAML read differently, and what to write instead."""

    advice: str


def resolve_plain(text: str) -> Plain | Ambiguous:
    """The value of an unquoted scalar."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _LEADING_ZERO.fullmatch(text):
        number = text.replace("_", "").lstrip("+-0") or "0"
        return Ambiguous(f'write "{text}" for the text, {number} for the number')
    if _ENDLESS.fullmatch(text):
        return Ambiguous(f'write "{text}" if it is text; a recipe has no such number')
    return _number(text)


def _number(text: str) -> Plain | Ambiguous:
    whole, radix = _INT.fullmatch(text), _RADIX.fullmatch(text)
    if not (whole or radix or _FLOAT.fullmatch(text)):
        return text
    if len(text) > _LONGEST:
        return Ambiguous("it is too long for a number; put it in quotes if it is text")
    if whole or radix:
        return int(text, 10 if whole else 0)
    number = float(text)
    return number if math.isfinite(number) else Ambiguous("it is too large; put it in quotes")
