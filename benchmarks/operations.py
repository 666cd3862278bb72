"""The difference between two texts of a file as edits of its symbols, as a plan would fix them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from jupiter.code.difference import Difference, difference
from jupiter.code.tiles import tile
from jupiter.model.edit import Create, Delete, FileText, Gap, Move, OfSymbol, Replace
from jupiter.model.symbol import SymbolId

Put = Callable[[bytes], str]
"""Stores a text, and gives its name."""

_BASE = "0" * 64


def operations(path: str, before: bytes, after: bytes, put: Put) -> list[OfSymbol] | list[FileText]:
    """The edits that make `after` of `before`, in no order that matters; one whole text if need be."""
    found = difference(tile(path, before), tile(path, after))
    if found is None:
        return [FileText(path=path, base=_BASE, text=put(after), symbols=())]
    return list(_edits(path, found, put))


def _edits(path: str, found: Difference, put: Put) -> Iterator[OfSymbol]:
    def symbol(name: str) -> str:
        return str(SymbolId(path, name))

    for name, (text, at) in found.made.items():
        place = {"container": at.container, "slot": at.slot, "rank": at.rank, "gap": at.gap}
        yield Create.model_validate({"symbol": symbol(name), "text": put(text), **place})
    for name, at in found.moved.items():
        place = {"container": at.container, "slot": at.slot, "rank": at.rank, "gap": at.gap}
        yield Move.model_validate({"symbol": symbol(name), "base": _BASE, **place})
    for name, (_, text) in found.changed.items():
        yield Replace(symbol=symbol(name), base=_BASE, text=put(text))
    for name, gap in found.gaps.items():
        yield Gap(symbol=symbol(name), base=_BASE, gap=gap)
    for name in found.gone:
        yield Delete(symbol=symbol(name), base=_BASE)
