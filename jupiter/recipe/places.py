"""Which fields of a recipe hold what: globs, commands, text; and walks over plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import cast

from jupiter.recipe.problems import Path


class Place(Enum):
    """What a text stands for; only these may hold expressions."""

    TEXT = auto()
    GLOB = auto()
    FOLDER = auto()
    COMMAND = auto()
    WORD = auto()
    ARGUMENT = auto()
    PATTERN = auto()
    MODULE = auto()
    KIND = auto()
    LACK = auto()
    REVISION = auto()
    CHECKER = auto()
    SYMBOL = auto()
    BRANCH = auto()
    FILE = auto()


_PLACES: Mapping[Path, Place] = MappingProxyType(
    {
        ("description",): Place.TEXT,
        ("codebase", "include", "*"): Place.GLOB,
        ("environment", "python"): Place.TEXT,
        ("environment", "setup", "*"): Place.COMMAND,
        ("environment", "pythonpath", "*"): Place.FOLDER,
        ("environment", "copy", "*"): Place.GLOB,
        ("steps", "*", "agent"): Place.TEXT,
        ("steps", "*", "agent", "*", "goal"): Place.TEXT,
        ("steps", "*", "agent", "*", "creates", "*"): Place.SYMBOL,
        ("steps", "*", "agent", "*", "deletes", "*"): Place.SYMBOL,
        ("steps", "*", "agent", "*", "places", "*", "symbol"): Place.SYMBOL,
        ("steps", "*", "agent", "*", "places", "*", "after"): Place.SYMBOL,
        ("steps", "*", "approve"): Place.TEXT,
        ("steps", "*", "command"): Place.COMMAND,
        ("steps", "*", "command", "*"): Place.WORD,
        ("steps", "*", "goal"): Place.TEXT,
        ("steps", "*", "goal", "*", "goal"): Place.TEXT,
        ("steps", "*", "goal", "*", "creates", "*"): Place.SYMBOL,
        ("steps", "*", "goal", "*", "deletes", "*"): Place.SYMBOL,
        ("steps", "*", "goal", "*", "places", "*", "symbol"): Place.SYMBOL,
        ("steps", "*", "goal", "*", "places", "*", "after"): Place.SYMBOL,
        ("steps", "*", "creates", "*"): Place.SYMBOL,
        ("steps", "*", "deletes", "*"): Place.SYMBOL,
        ("steps", "*", "places", "*", "symbol"): Place.SYMBOL,
        ("steps", "*", "places", "*", "after"): Place.SYMBOL,
        ("steps", "*", "model"): Place.TEXT,
        ("steps", "*", "check"): Place.COMMAND,
        ("steps", "*", "constraints", "readonly", "*"): Place.GLOB,
        ("steps", "*", "constraints", "keep_interface", "*"): Place.GLOB,
        ("steps", "*", "constraints", "forbid_added", "*"): Place.TEXT,
        ("steps", "*", "with", "*"): Place.ARGUMENT,
        ("steps", "*", "with", "*", "*"): Place.TEXT,
        ("steps", "*", "run"): Place.COMMAND,
        ("constraints", "readonly", "*"): Place.GLOB,
        ("constraints", "keep_interface", "*"): Place.GLOB,
        ("constraints", "forbid_added", "*"): Place.TEXT,
        ("deliver", "branch"): Place.BRANCH,
        ("deliver", "patch"): Place.FILE,
    }
)


_CRITERIA: Mapping[str, Place] = MappingProxyType(
    {
        "symbols": Place.PATTERN,
        "paths": Place.GLOB,
        "references": Place.PATTERN,
        "calls": Place.PATTERN,
        "subclasses": Place.PATTERN,
        "kind": Place.KIND,
        "imports": Place.MODULE,
        "contains": Place.TEXT,
        "matches": Place.TEXT,
        "decorated": Place.PATTERN,
        "missing": Place.LACK,
        "changed_since": Place.REVISION,
        "findings": Place.CHECKER,
    }
)
"""What the criteria of a selection hold, each a text or a list of texts."""


def place_of(path: Path) -> Place | None:
    """What the text at a path stands for; None where no expression is substituted."""
    if criterion := _criterion(path):
        return _CRITERIA.get(criterion)
    return next((place for pattern, place in _PLACES.items() if _fits(path, pattern)), None)


def holds_list(path: Path) -> bool:
    """Whether a list can stand where the text at a path does."""
    return isinstance(path[-1], int) or _criterion(path) is not None


def is_select(path: Path) -> bool:
    """Whether a path is that of a selection: of a step, of one of its goals, by itself, or nested."""
    if path[-1:] == ("not",):
        return is_select(path[:-1])
    if path[-2:-1] in {("all",), ("any",)} and isinstance(path[-1], int):
        return is_select(path[:-2])
    *outer, last = path or ("",)
    return last == "select" and (not outer or outer[0] == "steps")


def texts(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text of the data with its path; keys are not among them."""
    match value:
        case str():
            yield path, value
        case list():
            for number, item in enumerate(cast("list[object]", value)):
                yield from texts(item, (*path, number))
        case dict():
            for key, item in cast("dict[str, object]", value).items():
                yield from texts(item, (*path, key))
        case _:
            return


def mapping(value: object, *keys: str) -> Mapping[str, object]:
    """The mapping below `keys`, or an empty one where the data has another shape."""
    for key in keys:
        value = cast("dict[str, object]", value).get(key) if isinstance(value, dict) else None
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def listing(value: object) -> list[object]:
    """The list, or an empty one where the data has another shape."""
    return cast("list[object]", value) if isinstance(value, list) else []


def _criterion(path: Path) -> str | None:
    """The key of a selection that a path leads to."""
    place = path[:-1] if path and isinstance(path[-1], int) else path
    return str(place[-1]) if place and is_select(place[:-1]) else None


def _fits(path: Path, pattern: Path) -> bool:
    return len(path) == len(pattern) and all(
        wanted in ("*", part) for part, wanted in zip(path, pattern, strict=True)
    )
