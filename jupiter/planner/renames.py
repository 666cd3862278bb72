"""Rename steps to briefings: the symbols that hold a place of any of them, each with one owner.

All renames of a wave are planned as one: their places never overlap, so a symbol that several of them
touch has one owner who makes all of its changes at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeGuard

import networkx as nx

from jupiter.code.lines import split_lines
from jupiter.code.substitute import tile_names
from jupiter.errors import RequestError
from jupiter.index.codebase import Codebase
from jupiter.index.renaming import Renaming, renaming
from jupiter.model.briefing import NameChange, Site
from jupiter.model.plan import Hazard
from jupiter.model.recipe import Recipe
from jupiter.model.step import RENAME, CodemodStep, WholeStep
from jupiter.model.symbol import SymbolId
from jupiter.planner.aliases import with_aliases
from jupiter.planner.partition import PARTS_A_WORKER, partition
from jupiter.planner.selection import unwritable
from jupiter.system.git import Entry


@dataclass(frozen=True, slots=True)
class RenameShare:
    """What one briefing of rename steps gets; `renames` holds the places in its `symbols` alone."""

    symbols: tuple[str, ...]
    renames: tuple[NameChange, ...]


def is_rename(step: WholeStep) -> TypeGuard[CodemodStep]:
    """Whether a step renames a symbol."""
    return isinstance(step, CodemodStep) and step.codemod == RENAME


def renamings(
    codebase: Codebase,
    steps: Mapping[str, WholeStep],
    recipe: Recipe,
    entries: Mapping[str, Entry],
) -> dict[str, Renaming]:
    """Each rename step, worked out.

    Raises:
        RequestError: a symbol cannot be renamed, or not everywhere, or a hazard is left and the step
            is `strict`, or two steps want the same name.
    """
    found: dict[str, Renaming] = {}
    renames = {name: step for name, step in steps.items() if is_rename(step)}
    for name, step in renames.items():
        try:
            one = renaming(codebase, str(step.with_["symbol"]), str(step.with_["to"]))
            found[name] = _writable(one, step, recipe, entries, codebase)
        except RequestError as error:
            raise RequestError(f"steps.{name}: {error}") from error
        _check_strict(name, found[name], strict=bool(step.with_.get("strict", False)))
    _check_apart(found)
    found = with_aliases(codebase, found, [n for n in found if renames[n].with_.get("alias")])
    _check_moves(found)
    return found


def shares(
    found: Mapping[str, Renaming], codebase: Codebase, workers: int
) -> tuple[RenameShare, ...]:
    """The symbols that hold a place, partitioned; weighed by their places.

    A file that moves is owned whole, under both of its paths.
    """
    moves = {old: new for one in found.values() for old, new in one.moves}
    owner, graph = _owned(found, codebase, moves)
    weights = {symbol: max(1, len(sites)) for symbol, sites in owner.items()}
    parts = partition(weights, graph, PARTS_A_WORKER * workers)
    return tuple(
        RenameShare(
            tuple(sorted((*part, *(moves[one] for one in part if one in moves)))),
            _changes(part, owner, found),
        )
        for part in parts
    )


def _owned(
    found: Mapping[str, Renaming], codebase: Codebase, moves: Mapping[str, str]
) -> tuple[dict[str, list[tuple[str, Site]]], nx.Graph[str]]:
    """The places of each symbol with their steps, and which symbols stand near each other."""
    owner: defaultdict[str, list[tuple[str, Site]]] = defaultdict(list)
    graph: nx.Graph[str] = nx.Graph()
    for path in moves:
        owner[path] = []
    for path, sites in sorted(_by_path(found).items()):
        names = tile_names(path, codebase.texts[path], (site.line for _, site in sites))
        ids = {line: path if path in moves else _id(path, names[line]) for line in sorted(names)}
        graph.add_edges_from(pairwise(dict.fromkeys(ids.values())))
        for step, site in sites:
            owner[ids[site.line]].append((step, site))
    for one in found.values():
        for alias in one.aliases:
            owner[alias.symbol] = []
            graph.add_edge(alias.symbol, _id(SymbolId.parse(alias.symbol).path, alias.slot))
    return dict(owner), graph


def _by_path(found: Mapping[str, Renaming]) -> dict[str, list[tuple[str, Site]]]:
    paths: defaultdict[str, list[tuple[str, Site]]] = defaultdict(list)
    for step, one in found.items():
        for site in one.sites:
            paths[site.path].append((step, site))
    return dict(paths)


def _changes(
    symbols: Collection[str],
    owner: Mapping[str, list[tuple[str, Site]]],
    found: Mapping[str, Renaming],
) -> tuple[NameChange, ...]:
    sites: defaultdict[str, list[Site]] = defaultdict(list)
    for symbol in symbols:
        for step, site in owner[symbol]:
            sites[step].append(site)
    changes = (
        NameChange(
            step=step,
            symbol=one.symbol,
            old=one.old,
            new=one.new,
            sites=tuple(sorted(sites[step], key=_order)),
            aliases=tuple(alias for alias in one.aliases if alias.symbol in symbols),
            moves=tuple(move for move in one.moves if move[0] in symbols),
        )
        for step, one in found.items()
    )
    return tuple(change for change in changes if change.sites or change.aliases or change.moves)


def _writable(
    one: Renaming,
    step: CodemodStep,
    recipe: Recipe,
    entries: Mapping[str, Entry],
    codebase: Codebase,
) -> Renaming:
    """A place in code that nobody may write makes the rename impossible; one in prose is a hazard."""
    sites: list[Site] = []
    hazards = list(one.hazards)
    _check_moving(one, step, recipe, entries, codebase)
    for site in one.sites:
        why = unwritable(site.path, step, recipe, entries[site.path], codebase.texts)
        if not why:
            sites.append(site)
        elif site.path.endswith((".py", ".pyi")):
            raise RequestError(
                f"{one.symbol} cannot be renamed: {site.path}:{site.line} uses it and may not be "
                f"written ({why})"
            )
        else:
            hazards.append(_left(site, codebase.texts[site.path], why))
    return replace(one, sites=tuple(sites), hazards=tuple(hazards))


def _check_moving(
    one: Renaming,
    step: CodemodStep,
    recipe: Recipe,
    entries: Mapping[str, Entry],
    codebase: Codebase,
) -> None:
    """What moves may be written, its new place is free, and of a package nothing stays behind."""
    moves = dict(one.moves)
    for old, new in moves.items():
        why = unwritable(old, step, recipe, entries[old], codebase.texts)
        why = why or (f"{new} exists" if new in entries else "")
        if why:
            raise RequestError(f"{old} cannot become {new}: {why}")
    for path in one.symbols if moves else ():
        folder, _, name = path.rpartition("/")
        if not name.startswith("__init__."):
            continue
        left = sorted(p for p in entries if p.startswith(f"{folder}/") and p not in moves)
        if left:
            raise RequestError(
                f"{folder} cannot become {moves[path].rpartition('/')[0]}: "
                f"{left[0]} is in it and not in codebase.include; add {folder}/**"
            )


def _left(site: Site, text: bytes, why: str) -> Hazard:
    line = split_lines(text)[site.line - 1].decode(errors="replace").strip()
    return Hazard(path=site.path, line=site.line, column=site.column, text=line, reason=why)


def _check_strict(name: str, one: Renaming, *, strict: bool) -> None:
    if strict and one.hazards:
        first = one.hazards[0]
        raise RequestError(
            f"steps.{name}: {_places(len(one.hazards))} may mean {one.symbol}, and nothing decides it; "
            f"the first is {first.path}:{first.line}: {first.text}; "
            "say what they mean by an annotation, or leave out `strict`"
        )


def _check_apart(found: Mapping[str, Renaming]) -> None:
    taken: dict[tuple[str, int, int], str] = {}
    names: dict[str, str] = {}
    for step, one in found.items():
        for other, name in names.items():
            if name == one.new:
                raise RequestError(
                    f"steps.{step} and steps.{other} give the name {name} to two symbols of one wave; "
                    f"let one need the other: needs: [{other}]"
                )
        names[step] = one.new
        for site in one.sites:
            other = taken.setdefault(_order(site), step)
            if other != step:
                raise RequestError(
                    f"steps.{step} and steps.{other} rename the same {one.old} at "
                    f"{site.path}:{site.line}; leave one of them out"
                )


def _check_moves(found: Mapping[str, Renaming]) -> None:
    """A file moves once, and gets a whole text, in which an alias would have no place."""
    moved: dict[str, str] = {}
    for step, one in found.items():
        for path, _ in one.moves:
            other = moved.setdefault(path, step)
            if other != step:
                raise RequestError(
                    f"steps.{other} and steps.{step} both move {path}; "
                    f"let one need the other: needs: [{other}]"
                )
    for step, one in found.items():
        for alias in one.aliases:
            path = SymbolId.parse(alias.symbol).path
            if path in moved:
                raise RequestError(
                    f"steps.{step} leaves an alias in {path}, which steps.{moved[path]} moves in the "
                    f"same wave; let one need the other: needs: [{moved[path]}]"
                )


def _id(path: str, name: str) -> str:
    return str(SymbolId(path, name))


def _order(site: Site) -> tuple[str, int, int]:
    return site.path, site.line, site.column


def _places(number: int) -> str:
    return "1 place" if number == 1 else f"{number} places"
