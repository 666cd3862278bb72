"""What a selection finds: the tiles of a codebase for which all of its criteria hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from jupiter.index.index import Index
from jupiter.model.select import Select
from jupiter.planner.criteria import (
    Tiles,
    by_bases,
    by_calls,
    by_imports,
    by_kind,
    by_paths,
    by_references,
    by_symbols,
    by_text,
)
from jupiter.planner.decorated import by_decorators
from jupiter.planner.lacking import by_lack
from jupiter.planner.syntax import by_syntax

Evidence = Mapping[tuple[str, str], Tiles]
"""What others than the index say, by criterion and value: `("findings", "ruff:UP006")`."""

NO_EVIDENCE: Evidence = MappingProxyType({})

OUTSIDE = ("changed_since", "findings")
"""The criteria that git and checkers answer; `jupiter.planner.evidence` asks them."""


def find(wanted: Select, index: Index, evidence: Evidence = NO_EVIDENCE) -> Tiles:
    """The tiles that a selection is about; all of the codebase when it has no criterion."""
    found: Tiles = {path: frozenset(facts.symbols) for path, facts in index.files.items()}
    for name, values in said(wanted):
        found = _both(found, by(name, values, index, evidence, found.keys()))
    for one in wanted.all_:
        found = _both(found, find(one, index, evidence))
    if wanted.any_:
        found = _both(found, either(find(one, index, evidence) for one in wanted.any_))
    if wanted.not_ is not None:
        found = _without(found, find(wanted.not_, index, evidence))
    return found


def said(wanted: Select) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The criteria that a selection names itself, the cheapest first, with their values."""
    for name in (*CRITERIA, *OUTSIDE):
        if values := getattr(wanted, name):
            yield name, values


def by(
    criterion: str,
    values: Sequence[str],
    index: Index,
    evidence: Evidence,
    paths: Collection[str],
) -> Tiles:
    """What one criterion finds in some of the files."""
    if criterion in OUTSIDE:
        return either(evidence[criterion, value] for value in values)
    return CRITERIA[criterion](index, values, paths)


def either(some: Iterable[Tiles]) -> Tiles:
    """What is in any of them."""
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for tiles in some:
        for path, names in tiles.items():
            found[path] |= names
    return dict(found)


def nested(wanted: Select) -> Iterator[tuple[str, Select]]:
    """The selections within a selection, each with its key."""
    yield from ((f"all[{number}]", one) for number, one in enumerate(wanted.all_))
    yield from ((f"any[{number}]", one) for number, one in enumerate(wanted.any_))
    if wanted.not_ is not None:
        yield "not", wanted.not_


def described(wanted: Select) -> tuple[str, ...]:
    """A selection as a briefing tells it: globs of paths as they are, the rest with its criterion."""
    plain = (
        value if name == "paths" else f"{name}: {value}"
        for name, values in sorted(said(wanted), key=lambda one: _ORDER.index(one[0]))
        for value in values
    )
    inner = (f"{key}: {{{'; '.join(described(one))}}}" for key, one in nested(wanted))
    return (*plain, *inner)


def _both(found: Tiles, more: Tiles) -> Tiles:
    shared = ((path, found[path] & more[path]) for path in found if path in more)
    return {path: names for path, names in shared if names}


def _without(found: Tiles, less: Tiles) -> Tiles:
    left = ((path, names - less.get(path, frozenset())) for path, names in found.items())
    return {path: names for path, names in left if names}


_ORDER = tuple(Select.model_fields)

CRITERIA: Mapping[str, Callable[[Index, Sequence[str], Collection[str]], Tiles]] = MappingProxyType(
    {
        "paths": by_paths,
        "symbols": by_symbols,
        "imports": by_imports,
        "contains": by_text,
        "kind": by_kind,
        "subclasses": by_bases,
        "matches": by_syntax,
        "decorated": by_decorators,
        "missing": by_lack,
        "references": by_references,
        "calls": by_calls,
    }
)
"""What each criterion that the index answers finds in some of the files, the cheapest first."""
