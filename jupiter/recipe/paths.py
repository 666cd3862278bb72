"""Globs, folders, symbols and branches: what is malformed or would leave the repository."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from jupiter.model.pattern import SymbolPattern
from jupiter.model.symbol import SymbolId
from jupiter.recipe.codes import Code
from jupiter.recipe.places import Place
from jupiter.recipe.problems import Mistake, nearest, one_of, quoted

SYMBOL_KINDS = ("class", "function", "method", "statement", "section")
"""What `kind` of a selection may say."""

LACKS = ("annotations", "docstring", "tests")
"""What `missing` of a selection may say."""
CHECKERS = ("basedpyright", "pyright", "ruff")
"""What `findings` of a selection may ask, each with `:RULE` behind it or without."""

_CHECKER = re.compile(rf"(?:{'|'.join(CHECKERS)})(?::[A-Za-z][A-Za-z0-9]*)?")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_MODULE = re.compile(r"(?:[\w?*]+\.)*[\w?*]+")
_BRANCH_BAD = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def judge(text: str, place: Place | None) -> None:
    """Raise a Mistake if the text, without expressions, is not what its place is for."""
    if place in _JUDGES:
        _JUDGES[place](text)


def _judge_word(words: Sequence[str], text: str) -> None:
    if text not in words:
        advice = f"found {quoted(text)}; expected {one_of(words)}{nearest(text, words)}"
        raise Mistake(Code.NOT_ALLOWED, advice)


def _judge_checker(text: str) -> None:
    if not _CHECKER.fullmatch(text):
        near = nearest(text.partition(":")[0], CHECKERS)
        advice = f"expected {one_of(CHECKERS)}, or a rule such as ruff:UP006{near}"
        raise Mistake(Code.NOT_ALLOWED, f"found {quoted(text)}; {advice}")


def _judge_revision(text: str) -> None:
    if text.startswith("-") or not text.isprintable():
        advice = f"found {quoted(text)}; expected a revision of git, such as main or v1.2"
        raise Mistake(Code.NOT_ALLOWED, advice)


def _judge_module(text: str) -> None:
    if not _MODULE.fullmatch(text):
        advice = f"found {quoted(text)}; expected the name of a module, such as pkg.module"
        raise Mistake(Code.PATH, advice)


def _judge_symbol(text: str) -> None:
    _judge_path(SymbolId.parse(text).path)


def _judge_file(text: str) -> None:
    if not text.strip() or text.endswith("/"):
        raise Mistake(Code.DELIVERY, f"found {quoted(text)}; expected the name of a file")


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
    _judge_path(text)
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
        _judge_glob(pattern.place)


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


_JUDGES: Mapping[Place | None, Callable[[str], None]] = MappingProxyType(
    {
        Place.GLOB: _judge_glob,
        Place.FOLDER: _judge_path,
        Place.SYMBOL: _judge_symbol,
        Place.PATTERN: _judge_pattern,
        Place.MODULE: _judge_module,
        Place.KIND: partial(_judge_word, SYMBOL_KINDS),
        Place.LACK: partial(_judge_word, LACKS),
        Place.CHECKER: _judge_checker,
        Place.REVISION: _judge_revision,
        Place.BRANCH: _judge_branch,
        Place.FILE: _judge_file,
    }
)
