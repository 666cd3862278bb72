"""Deprecated aliases: what a rename with `alias: true` leaves behind, so that old callers still work.

An alias is an assignment, `old = new`, below each renamed definition and in each module that offers the
name to others. In `__all__` the old name stays beside the new one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from jupiter.code.lines import split_lines
from jupiter.code.piece import unique
from jupiter.code.skeleton import indentation_of
from jupiter.code.substitute import tile_names
from jupiter.code.tiles import Tile, tile
from jupiter.code.uses import import_uses, text_uses
from jupiter.errors import RequestError
from jupiter.index.codebase import Codebase
from jupiter.index.renaming import Renaming
from jupiter.index.values import Place
from jupiter.model.briefing import PlannedSymbol, Site
from jupiter.model.symbol import SymbolId

_KINDS = frozenset({"function", "class", "method", "property", "constant"})
_PYTHON = (".py", ".pyi")
_NOTE = b"  # deprecated alias"


def with_aliases(
    codebase: Codebase, found: Mapping[str, Renaming], wanted: Collection[str]
) -> dict[str, Renaming]:
    """The renames, those of `wanted` steps with their aliases.

    Raises:
        RequestError: a symbol cannot have an alias.
    """
    planner = _Aliases(codebase)
    made: dict[str, Renaming] = {}
    for step, one in found.items():
        try:
            made[step] = planner.added(one) if step in wanted else one
        except RequestError as error:
            raise RequestError(f"steps.{step}: {error}") from error
    return made


class _Aliases:
    """Gives each alias of a wave a name and a rank of its own."""

    def __init__(self, codebase: Codebase) -> None:
        self._codebase = codebase
        self._names: dict[str, dict[str, int]] = {}
        self._ranks: Counter[tuple[str, str]] = Counter()

    def added(self, one: Renaming) -> Renaming:
        """A rename with its aliases."""
        planned = (
            self._planned(one, path, slot, container)
            for path, slot, container in _slots(self._codebase, one)
        )
        sites = (_with_both(self._codebase.texts[site.path], one, site) for site in one.sites)
        return replace(one, aliases=tuple(planned), sites=tuple(sites))

    def _planned(self, one: Renaming, path: str, slot: Tile, container: str) -> PlannedSymbol:
        if path not in self._names:
            tiles = tile(path, self._codebase.texts[path])
            self._names[path] = {one.name: 1 for one in tiles}
        name = unique(f"{container}.{one.old}" if container else one.old, self._names[path])
        rank = self._ranks[path, slot.name]
        self._ranks[path, slot.name] += 1
        return PlannedSymbol(
            symbol=str(SymbolId(path, name)),
            container=container,
            slot=slot.name,
            rank=rank,
            gap=_gap(slot, rank),
            text=_text(slot, one).decode(),
        )


def _with_both(data: bytes, one: Renaming, site: Site) -> Site:
    """A place in `__all__` gets both names; on a line of its own the old one gets the next line."""
    line = split_lines(data)[site.line - 1]
    start, end = site.column - 1, site.column + len(one.old.encode())
    quote = line[start : start + 1]
    if quote not in {b'"', b"'"} or line[end : end + 1] != quote or not site.path.endswith(_PYTHON):
        return site
    if tile_names(site.path, data, [site.line])[site.line].partition("#")[0] != "__all__":
        return site
    between = b", "
    if line[:start].isspace() and line[end + 1 :].strip() in {b",", b""}:
        between = b"," + (line[len(line.rstrip(b"\r\n")) :] or b"\n") + line[:start]
    mark = quote.decode()
    return site.model_copy(update={"text": f"{one.new}{mark}{between.decode()}{mark}{one.old}"})


def _slots(codebase: Codebase, one: Renaming) -> Iterator[tuple[str, Tile, str]]:
    """Behind which tile of which path an alias is to stand, and as a member of which class."""
    if one.moves:
        raise RequestError(f"{one.symbol} cannot leave an alias: it is a module")
    for symbol in one.symbols:
        definition = codebase.definitions.get(symbol)
        path, name = SymbolId.parse(symbol)
        if definition is None or definition.kind not in _KINDS:
            raise RequestError(
                f"{symbol} cannot leave an alias: it is no function, class, method, property or constant; "
                "leave out `alias`"
            )
        tiles = [t for t in tile(path, codebase.texts[path]) if t.name.partition("#")[0] == name]
        if not tiles:
            raise RequestError(
                f"{symbol} cannot leave an alias: it is defined under a condition; leave out `alias`"
            )
        yield path, tiles[-1], tiles[-1].container
    places = frozenset(codebase.place(symbol) for symbol in one.symbols)
    if all(place.scope == 0 for place in places):
        for path in sorted({site.path for site in one.sites}):
            if path.endswith(_PYTHON) and _offers(codebase, path, one, places):
                yield path, _last_imports(path, codebase, one), ""


def _offers(codebase: Codebase, path: str, one: Renaming, places: frozenset[Place]) -> bool:
    """Whether a module imports the symbol for others: a package's, `as` itself, or in `__all__`."""
    uses = codebase.uses(path)
    mine = [
        use
        for use in import_uses(uses, one.old)
        if use.scope == 0
        and use.alias in {None, one.old}
        and not places.isdisjoint(codebase.scoping.imported(path, use.level, use.module, one.old))
    ]
    if not mine:
        return False
    listed = any(text.what == "export" and text.text == one.old for text in text_uses(uses))
    return path.rpartition("/")[2].startswith("__init__.py") or listed or mine[0].alias is not None


def _last_imports(path: str, codebase: Codebase, one: Renaming) -> Tile:
    """The tile behind which all that a module imports is there."""
    tiles = tile(path, codebase.texts[path])
    imports = [t for t in tiles if t.kind == "imports" and not t.container]
    if not imports:
        raise RequestError(
            f"{one.symbol} cannot leave an alias in {path}: it is imported under a condition there; "
            "leave out `alias`"
        )
    return imports[-1]


def _gap(slot: Tile, rank: int) -> int | None:
    """One blank line below imports, none below a statement or another alias, else what is usual."""
    if rank or slot.kind == "statement":
        return 0
    return 1 if slot.kind == "imports" else None


def _text(slot: Tile, one: Renaming) -> bytes:
    lines: Sequence[bytes] = split_lines(slot.text)
    newline = lines[0][len(lines[0].rstrip(b"\r\n")) :] or b"\n"
    assignment = f"{one.old} = {one.new}".encode()
    return indentation_of(slot.text) + assignment + _NOTE + newline
