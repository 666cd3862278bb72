"""Paths inside a repository: globs, which paths are safe, and which are protected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

PROTECTED = (
    *(".github", ".gitlab-ci.yml", ".circleci", ".gitattributes", ".gitmodules"),
    *(".pre-commit-config.yaml", "*.pth", "sitecustomize.py", "usercustomize.py"),
)
"""Names of files and folders, anywhere in the tree, by which a change would run code elsewhere."""

_REPEATED = re.compile(r"(?<![^/])\*\*(?:/\*\*)+(?![^/])")
_GLOB = re.compile(r"[*?\[\\]")
_SET = re.compile(r"\[([!^]?)(\]?[^\]/]*)\]")
_IGNORED_ON_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_GIT_FOLDER = re.compile(r"\.git|git~\d+")


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether any of the patterns, all anchored at the repository's top, takes the path in.

    `*`, `?` and `[abc]` stay inside a folder, `**` spans folders (also none), a backslash makes the
    next character plain. A pattern that ends in `/`, or whose last part has no wildcard, takes in
    all that lies under it.
    """
    return any(_compiled(pattern).fullmatch(path) is not None for pattern in patterns)


def safe_path(path: str) -> bool:
    """Whether a path stays in the repository and out of `.git`, on any system git runs on."""
    if any(character in "\\:" or _is_control(character) for character in path):
        return False
    return all(_folded(part) and not is_git_folder(part) for part in path.split("/"))


def is_git_folder(part: str) -> bool:
    """Whether a part of a path is `.git`, or what some file system takes for it."""
    return _GIT_FOLDER.fullmatch(_folded(part)) is not None


def protected(path: str, named: Sequence[str] = ()) -> bool:
    """Whether a change may not touch the path, unless a pattern in `named` spells it out.

    `.github/workflows/*.yml` spells `.github` out; `**` and `.git*/**` do not.
    """
    parts = [part for part in path.split("/") if _guards(part)]
    if not parts:
        return False
    spelled = [_spelled(pattern) for pattern in named if matches(path, [pattern])]
    return not all(
        any(_guards(part) & names or part in names for names in spelled) for part in parts
    )


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Translate a pattern; what it takes in of a folder's content follows from its end."""
    text = pattern.removeprefix("./").lstrip("/")
    if text in {"", "."}:
        return re.compile(r"(?s:.+)" if pattern else r"(?!)")
    *folders, last = _REPEATED.sub("**", text).split("/")
    start = "".join("(?:[^/]+/)*" if part == "**" else _part(part) + "/" for part in folders)
    if last in {"", "**"}:
        return re.compile(f"(?s:{start}.+)")
    return re.compile(f"(?s:{start}{_part(last)}{'' if _GLOB.search(last) else '(?:/.+)?'})")


def _part(part: str) -> str:
    """Translate one part of a pattern, between two slashes."""
    regex: list[str] = []
    position = 0
    while position < len(part):
        character = part[position]
        position += 1
        if character == "*":
            while part.startswith("*", position):
                position += 1
            regex.append("[^/]*")
        elif character == "?":
            regex.append("[^/]")
        elif character == "[" and (found := _SET.match(part, position - 1)):
            regex.append(_character_set(found))
            position = found.end()
        elif character == "\\" and position < len(part):
            regex.append(re.escape(part[position]))
            position += 1
        else:
            regex.append(re.escape(character))
    return "".join(regex)


def _character_set(found: re.Match[str]) -> str:
    members = re.sub(r"([\\\[\]^&~|])", r"\\\1", found[2])
    if not members:
        return re.escape(found[0])
    regex = f"[^/{members}]" if found[1] else f"(?!/)[{members}]"
    try:
        re.compile(regex)
    except re.error:  # a range that runs backwards holds nothing
        return "(?!)"
    return regex


def _spelled(pattern: str) -> set[str]:
    """Return the parts of a pattern that name something protected, as they are written."""
    parts = pattern.split("/")
    return {part for part in parts if part in PROTECTED or not _GLOB.search(part)}


def _guards(part: str) -> set[str]:
    folded = part.casefold()
    return {name for name in PROTECTED if fnmatchcase(folded, name)}


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"}


def _folded(part: str) -> str:
    """Return a part as file systems that fold case, HFS+ and NTFS read it."""
    return _IGNORED_ON_HFS.sub("", part).casefold().rstrip(". ")
