"""Globs, folders, symbols and branches: what is malformed or would leave the repository."""

from __future__ import annotations

import re

from jupiter.model.pattern import SymbolPattern
from jupiter.model.symbol import SymbolId
from jupiter.recipe.codes import Code
from jupiter.recipe.places import Place
from jupiter.recipe.problems import Mistake, nearest, one_of, quoted

SYMBOL_KINDS = ("class", "function", "method", "statement", "section")
"""What `kind` of a selection may say."""

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_MODULE = re.compile(r"(?:[\w?*]+\.)*[\w?*]+")
_BRANCH_BAD = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def judge(text: str, place: Place | None) -> None:
    """Raise a Mistake if the text, without expressions, is not what its place is for."""
    match place:
        case Place.GLOB:
            _judge_path(text)
            _judge_glob(text)
        case Place.FOLDER:
            _judge_path(text)
        case Place.SYMBOL:
            _judge_path(SymbolId.parse(text).path)
        case Place.PATTERN:
            _judge_pattern(text)
        case Place.MODULE if not _MODULE.fullmatch(text):
            advice = f"found {quoted(text)}; expected the name of a module, such as pkg.module"
            raise Mistake(Code.PATH, advice)
        case Place.KIND if text not in SYMBOL_KINDS:
            advice = f"found {quoted(text)}; expected {one_of(SYMBOL_KINDS)}{nearest(text, SYMBOL_KINDS)}"
            raise Mistake(Code.NOT_ALLOWED, advice)
        case Place.BRANCH:
            _judge_branch(text)
        case Place.FILE if not text.strip() or text.endswith("/"):
            raise Mistake(Code.DELIVERY, f"found {quoted(text)}; expected the name of a file")
        case _:
            return


def _judge_path(text: str) -> None:
    parts = text.split("/")
    if not text.strip():
        advice = "found an empty path; expected one such as src/**/*.py"
    elif text.startswith("/") or _DRIVE.match(text):
        advice = f"{quoted(text)} is absolute; expected a path within the repository"
    elif text.startswith("~"):
        advice = f"{quoted(text)} is not expanded; expected a path within the repository"
    elif ".." in parts:
        advice = f"{quoted(text)} leaves its folder by ..; expected a path within the repository"
    elif "\\" in text:
        advice = f"{quoted(text)} has a backslash; expected / between folders"
    elif any(part.lower() == ".git" for part in parts):
        advice = f"{quoted(text)} is git's own folder; expected files of the repository"
    elif not text.isprintable():
        advice = f"{quoted(text)} has a line break or control character; expected a path"
    else:
        return
    raise Mistake(Code.PATH, advice)


def _judge_glob(text: str) -> None:
    parts = text.split("/")
    if text.startswith("!"):
        advice = f"{quoted(text)} begins with !; expected what is wanted, not what is left out"
    elif "." in parts[1:] or "" in parts[:-1]:
        advice = f"{quoted(text)} has an empty or . part; expected a path such as src/**/*.py"
    elif wrong := next((part for part in parts if "**" in part and part != "**"), None):
        right = f"**/{wrong.replace('**', '*')}"
        advice = f"** stands alone between slashes; expected {text.replace(wrong, right, 1)}"
    elif any(_open_class(part) for part in parts):
        advice = f"[ is not closed in {quoted(text)}; expected ], or [[] for the character [ itself"
    else:
        return
    raise Mistake(Code.PATH, advice)


def _judge_pattern(text: str) -> None:
    try:
        pattern = SymbolPattern.parse(text)
    except ValueError as error:
        advice = f"found {quoted(text)}: {error}; expected symbols, such as pkg.module:Class.method"
        raise Mistake(Code.PATH, advice) from error
    if pattern.is_path:
        judge(pattern.place, Place.GLOB)


def _open_class(part: str) -> bool:
    position = part.find("[")
    while position >= 0:
        first = position + (2 if part[position + 1 : position + 2] in {"!", "^"} else 1)
        end = part.find("]", first + 1)
        if end < 0:
            return True
        position = part.find("[", end + 1)
    return False


def _judge_branch(text: str) -> None:
    parts = text.split("/")
    wrong = (
        _BRANCH_BAD.search(text)
        or text.startswith(("-", "/", "refs/"))
        or text.endswith(("/", "."))
        or text in {"", "@", "HEAD"}
        or any(part.startswith(".") or part.endswith(".lock") for part in parts)
    )
    if wrong:
        advice = f"{quoted(text)} is not a name that git allows; expected one such as jupiter/name"
        raise Mistake(Code.DELIVERY, advice)
