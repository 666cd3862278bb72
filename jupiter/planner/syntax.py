"""`matches`: the symbols in which a pattern of ast-grep is found, `print($$$)`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from jupiter.code.lines import split_lines
from jupiter.code.tiles import is_python
from jupiter.index.index import Index
from jupiter.planner.criteria import Tiles, at_lines

if TYPE_CHECKING:
    from ast_grep_py import SgNode

_VARIABLE = str.maketrans("$", "_")


def by_syntax(index: Index, values: Sequence[str], paths: Collection[str]) -> Tiles:
    """The Python symbols that a piece of code lies in which any of the patterns matches."""
    python = filter(is_python, paths)
    return at_lines(index, {path: _lines(index.names.texts[path], values) for path in python})


def is_code(pattern: str) -> bool:
    """Whether a pattern reads as Python once its variables are names."""
    root = _root(pattern.translate(_VARIABLE))
    return bool(pattern.strip()) and root.find(kind="ERROR") is None


def _lines(data: bytes, patterns: Sequence[str]) -> Iterator[int]:
    """The lines, from 1, of all that is matched; ast-grep counts in characters."""
    ends = list(accumulate(len(line.decode(errors="replace")) for line in split_lines(data)))
    root = _root(data.decode(errors="replace"))
    for pattern in patterns:
        for node in _matches(root, pattern):
            place = node.range()
            first = bisect_right(ends, place.start.index)
            last = bisect_right(ends, max(place.start.index, place.end.index - 1))
            yield from range(first + 1, last + 2)


def _matches(root: SgNode, pattern: str) -> list[SgNode]:
    """What is no Python matches nothing, and why_nothing says so: ast-grep itself would guess."""
    return root.find_all(pattern=pattern) if is_code(pattern) else []


def _root(text: str) -> SgNode:
    from ast_grep_py import SgRoot  # noqa: PLC0415 # 33 ms that only this criterion needs

    return SgRoot(text, "python").root()
