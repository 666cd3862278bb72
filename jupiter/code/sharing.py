"""Names that many want of one file, folded into it: imports, and the entries of `__all__`.

The result is a function of the tiles and of the sets of names: first what is wanted and not there is
added, in an order that follows from the names alone, then what is dropped and not used is taken out.
A name that is wanted stays, whoever drops it.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from jupiter.code.bound import bound_names
from jupiter.code.exports import exported, with_export, without_export
from jupiter.code.importing import (
    Block,
    Import,
    ImportNode,
    Style,
    imports_of,
    with_import,
    without_import,
)
from jupiter.code.lines import split_lines
from jupiter.code.parse import UNPARSABLE
from jupiter.code.piece import unique
from jupiter.code.placement import newline_of
from jupiter.code.skeleton import parse_head, parse_tile
from jupiter.code.tiles import Tile

_ALL = re.compile(r"__all__(#\d+)?")
_WORD = re.compile(r"[^\W\d]\w*")
_SHORTEST, _LONGEST = 79, 100
_EXEMPT = ("docstring", "comment", "tail")


@dataclass(frozen=True, slots=True)
class Shared:
    """The names that a file is to have, and those that it need not have."""

    imports: AbstractSet[Import] = frozenset()
    exports: AbstractSet[str] = frozenset()
    dropped_imports: AbstractSet[Import] = frozenset()
    dropped_exports: AbstractSet[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.imports or self.exports or self.dropped_imports or self.dropped_exports)


def with_shared(path: str, tiles: Sequence[Tile], shared: Shared) -> tuple[Tile, ...]:
    """The tiles with the shared names; as they were where a file is one tile that does not parse."""
    if not shared or any(one.kind == "file" and one.text.strip() for one in tiles):
        return tuple(tiles)
    found = [one for one in tiles if one.kind != "file"]
    style = _style(path, found)
    for name in sorted(shared.exports):
        found = _with_export(found, name, style)
    for one in sorted(shared.imports, key=_order):
        found = _with_import(found, one, style)
    for name in sorted(shared.dropped_exports - shared.exports):
        found = _without_export(found, name)
    kept = {(one.module, one.name, one.alias) for one in shared.imports}
    for one in sorted(shared.dropped_imports, key=_order):
        if (one.module, one.name, one.alias) not in kept and one.binds not in used_names(found):
            found = _without_import(found, one)
    return tuple(found)


def imported(tiles: Iterable[Tile], *, typing: bool) -> frozenset[Import]:
    """What a module imports, at any depth of its top-level statements; `typing`: also for types only.

    All are given as imports at run time.
    """
    return frozenset(
        one
        for tile in tiles
        if not tile.container and tile.kind in {"imports", "statement"}
        for node in _statements(_nodes(tile), typing=typing)
        for one in imports_of(node)
    )


def exports(tiles: Iterable[Tile]) -> tuple[str, ...] | None:
    """The names in `__all__`, of all statements that say some; None if there is no plain one."""
    found = [names for one in tiles if (names := _exports(one)) is not None]
    return tuple(name for names in found for name in names) if found else None


def holds_names(one: Tile) -> bool:
    """Whether a tile is nothing but names that a file shares: imports, also for types only, or `__all__`."""
    if one.kind == "imports":
        return all(isinstance(node, ImportNode) for node in _nodes(one))
    body = _typing_body(one)
    if body is not None:
        return all(isinstance(node, ImportNode) for node in body)
    return _exports(one) is not None


def binder(tiles: Iterable[Tile], new: Import) -> str | None:
    """What else in a module binds the name of a new import: a tile's name, or an import as written."""
    for tile in tiles:
        if tile.container:
            continue
        for node in _nodes(tile):
            if isinstance(node, ImportNode):
                other = next((o for o in imports_of(node) if _clashes(o, new)), None)
                if other is not None:
                    return other.statement
            elif not isinstance(node, ast.If | ast.Try) and new.binds in bound_names(node):
                return tile.name
    return None


def used_names(tiles: Iterable[Tile]) -> frozenset[str]:
    """Every name that something but an import uses; the words of strings count, as they may be types."""
    found: set[str] = set()
    for tile in tiles:
        if tile.kind in _EXEMPT:
            continue
        for root in _nodes(tile):
            for node in ast.walk(root):
                match node:
                    case ast.Name(id=name):
                        found.add(name)
                    case ast.Constant(value=str() as text):
                        found.update(_WORD.findall(text))
                    case _:
                        pass
    return frozenset(found)


def _order(one: Import) -> tuple[bool, str, str, str]:
    return (one.typing, one.module, one.name or "", one.alias or "")


def _clashes(other: Import, new: Import) -> bool:
    is_same = (other.module, other.name, other.alias) == (new.module, new.name, new.alias)
    both_packages = not (other.name or other.alias or new.name or new.alias)
    return other.binds == new.binds and not is_same and not both_packages and new.name != "*"


def _nodes(tile: Tile) -> Sequence[ast.stmt]:
    try:
        return (parse_head if tile.kind == "class" else parse_tile)(
            tile.text, is_member=bool(tile.container)
        )
    except UNPARSABLE:
        return ()


def _statements(nodes: Iterable[ast.stmt], *, typing: bool) -> Iterator[ImportNode]:
    """The imports in statements and in those within; those for types only if asked for."""
    for node in nodes:
        match node:
            case ast.Import() | ast.ImportFrom():
                yield node
            case ast.If(test=test, body=body, orelse=orelse):
                if typing or not _is_typing(test):
                    yield from _statements(body, typing=typing)
                yield from _statements(orelse, typing=typing)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                inner = (*body, *(n for h in handlers for n in h.body), *orelse, *final)
                yield from _statements(inner, typing=typing)
            case _:
                pass


def _is_typing(test: ast.expr) -> bool:
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case _:
            return False


def _style(path: str, tiles: Sequence[Tile]) -> Style:
    lengths = [len(line.rstrip()) for one in tiles for line in split_lines(one.text)]
    longest = min(max(lengths, default=0), _LONGEST)
    return Style(path, newline_of(tiles), max(longest, _SHORTEST))


def _with_import(tiles: list[Tile], new: Import, style: Style) -> list[Tile]:
    plain = new._replace(typing=False)
    if plain in imported(tiles, typing=new.typing):
        return tiles
    if not new.typing:
        at = _top_imports(tiles, plain)
        if at is None:
            return _with_first_imports(tiles, plain, style)
        return _put(tiles, at, with_import(_block(tiles[at]), plain, style))
    at = next((i for i, one in enumerate(tiles) if _typing_body(one) is not None), None)
    if at is None:
        return _with_typing_block(tiles, plain, style)
    return _put(tiles, at, with_import(_typing_block(tiles[at]), plain, style))


def _top_imports(tiles: Sequence[Tile], new: Import) -> int | None:
    """The imports that a new one goes to: those that have its module, else the first."""
    places = _imports_at_top(tiles)
    if new.module == "__future__":
        places = places[:1]
    having = (i for i in places if any(o.module == new.module for o in _block(tiles[i]).imports))
    return next(having, places[0] if places else None)


def _imports_at_top(tiles: Sequence[Tile]) -> list[int]:
    """Where the imports above all definitions stand."""
    defined = (i for i, one in enumerate(tiles) if one.kind in {"function", "class"})
    top = tiles[: next(defined, len(tiles))]
    return [i for i, one in enumerate(top) if one.kind == "imports" and not one.container]


def _with_first_imports(tiles: list[Tile], new: Import, style: Style) -> list[Tile]:
    """A tile of imports where there was none: below the docstring, or the comments at the top."""
    documented = [i for i, one in enumerate(tiles) if one.kind == "docstring"]
    at = documented[0] + 1 if documented else 0
    while at < len(tiles) and tiles[at].kind == "comment" and not documented:
        at += 1
    name = unique("<imports>", {one.name: 1 for one in tiles})
    gap = style.newline if at else b""
    return _inserted(tiles, at, Tile(name, "imports", "", gap, _line(new, style)), style)


def _with_typing_block(tiles: list[Tile], new: Import, style: Style) -> list[Tile]:
    """`if TYPE_CHECKING:` behind the imports at the top, with the import that it needs."""
    test = "typing.TYPE_CHECKING"
    if Import("typing") not in imported(tiles, typing=False):
        test = "TYPE_CHECKING"
        tiles = _with_import(tiles, Import("typing", "TYPE_CHECKING"), style)
    at = max(_imports_at_top(tiles), default=-1) + 1
    text = f"if {test}:".encode() + style.newline + b"    " + _line(new, style)
    name = unique(f"if {test}", {one.name: 1 for one in tiles})
    return _inserted(tiles, at, Tile(name, "statement", "", style.newline, text), style)


def _line(new: Import, style: Style) -> bytes:
    return new.statement.encode() + style.newline


def _inserted(tiles: list[Tile], at: int, new: Tile, style: Style) -> list[Tile]:
    """The tiles with a new one, which has a blank line below it."""
    rest = tiles[at:]
    if at and not tiles[at - 1].text.endswith((b"\n", b"\r")):
        new = dataclasses.replace(new, gap=style.newline + new.gap)
    if rest and not rest[0].gap.strip(b"\xef\xbb\xbf"):
        lines = 2 if rest[0].kind in {"function", "class"} else 1
        rest[0] = dataclasses.replace(rest[0], gap=rest[0].gap + style.newline * lines)
    return [*tiles[:at], new, *rest]


def _without_import(tiles: list[Tile], old: Import) -> list[Tile]:
    plain = old._replace(typing=False)
    for at, one in enumerate(tiles):
        if one.kind == "imports" and not one.container and plain in _block(one).imports:
            return _put(tiles, at, without_import(_block(one), plain))
        if _typing_body(one) is not None and plain in _typing_block(one).imports:
            return _without_typing(tiles, at, plain)
    return tiles


def _without_typing(tiles: list[Tile], at: int, old: Import) -> list[Tile]:
    block = _typing_block(tiles[at])
    rest = without_import(block, old)
    is_empty = len(_typing_body(tiles[at]) or ()) == 1 and len(block.imports) == 1
    return _put(tiles, at, b"" if is_empty else rest)


def _put(tiles: list[Tile], at: int, text: bytes) -> list[Tile]:
    """The tiles with another text for one; without it when there is none."""
    if not text.strip():
        return [*tiles[:at], *tiles[at + 1 :]]
    return [*tiles[:at], dataclasses.replace(tiles[at], text=text), *tiles[at + 1 :]]


def _block(tile: Tile) -> Block:
    return Block(tile.text, tuple(n for n in _nodes(tile) if isinstance(n, ImportNode)))


def _typing_body(tile: Tile) -> Sequence[ast.stmt] | None:
    """The body of a tile that is `if TYPE_CHECKING:` and nothing else."""
    if tile.kind != "statement" or tile.container:
        return None
    match _nodes(tile):
        case [ast.If(test=test, body=body, orelse=[])] if _is_typing(test):
            is_below = body[0].lineno > test.lineno
            return body if is_below else None
        case _:
            return None


def _typing_block(tile: Tile) -> Block:
    nodes = _typing_body(tile) or ()
    found = tuple(node for node in nodes if isinstance(node, ImportNode))
    indent = b" " * nodes[0].col_offset if nodes else b""
    return Block(tile.text, found, indent)


def _exports(tile: Tile) -> tuple[str, ...] | None:
    if tile.container or tile.kind != "statement" or not _ALL.fullmatch(tile.name):
        return None
    return exported(tile.text)


def _with_export(tiles: list[Tile], name: str, style: Style) -> list[Tile]:
    found = exports(tiles)
    if found is None or name in found:
        return tiles
    at = next(i for i, one in enumerate(tiles) if _exports(one) is not None)
    return _put(tiles, at, with_export(tiles[at].text, name, style.newline, style.longest))


def _without_export(tiles: list[Tile], name: str) -> list[Tile]:
    return [
        dataclasses.replace(one, text=without_export(one.text, name))
        if name in (_exports(one) or ())
        else one
        for one in tiles
    ]
