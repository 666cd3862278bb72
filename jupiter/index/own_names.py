"""Texts that must say the name that they are assigned to: `T = TypeVar("T")`, `P = namedtuple("P", …)`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from jupiter.code.lines import split_lines
from jupiter.code.parse import UNPARSABLE, parse
from jupiter.index.codebase import Codebase
from jupiter.index.values import Place
from jupiter.model.reference import Reference

_MAKERS = frozenset(
    {
        *("TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "TypeAliasType"),
        *("NamedTuple", "namedtuple", "TypedDict", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"),
    }
)


def own_names(codebase: Codebase, places: Iterable[Place], name: str) -> Iterator[Reference]:
    """The first arguments of makers of types that repeat `name`, where one of `places` is made."""
    for place in places:
        data = codebase.texts[place.path]
        try:
            tree = parse(data)
        except UNPARSABLE:
            continue
        for text in _repeated(tree, name):
            at = _inside(split_lines(data)[text.lineno - 1], text, name)
            if at is not None:
                symbol = codebase.symbol(place)
                yield Reference(place.path, text.lineno, at, symbol, "string", "certain")


def _repeated(tree: ast.Module, name: str) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=target)],
                value=ast.Call(
                    func=ast.Name(id=maker) | ast.Attribute(attr=maker),
                    args=[ast.Constant(value=str(said)) as text, *_],
                ),
            ) if target == said == name and maker in _MAKERS:
                yield text
            case _:
                pass


def _inside(line: bytes, text: ast.Constant, name: str) -> int | None:
    """Where the name begins behind the opening quote; None if it is not written out there."""
    at = line.find(name.encode(), text.col_offset)
    return at if at >= 0 and at < (text.end_col_offset or 0) else None
