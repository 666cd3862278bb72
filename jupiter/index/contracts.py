"""Contracts: what in a codebase no longer fits together, by two indexes, that before and that after.

Only what the code says for certain is a finding: a name that nothing binds, an import of what is not
there, a call that the new signature does not take. What may be known elsewhere (a foreign base class, a
star import from outside, `__getattr__`) is left alone, and so is a place that expects to fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from jupiter.code.substitute import tile_names
from jupiter.index.affected import Affected, affected
from jupiter.index.breaches import Breach, Sources, breaches
from jupiter.index.codebase import Codebase
from jupiter.index.index import Index
from jupiter.model.finding import Finding
from jupiter.model.symbol import SymbolId


def findings(before: Index | None, after: Index) -> tuple[Finding, ...]:
    """What is broken after a change and was not before, in the order of paths and lines.

    Without `before` all that is broken is found. What was broken in a symbol before is no finding.
    """
    old = before.names if before else None
    concerned = affected(old, after.names) if old else None
    found = tuple(_all(after.names, old, concerned))
    if not found or old is None:
        return found
    gone = (path for path in old.paths if path not in after.names.texts)
    paths = {*(one.path for one in found), *gone}
    known = {_key(one, old) for one in _all(old, None, None, paths)}
    known |= {replace(one, symbol=one.symbol.partition(":")[2]) for one in known}
    return tuple(one for one in found if _key(one, old) not in known)


def _all(
    codebase: Codebase,
    before: Codebase | None,
    concerned: Affected | None,
    paths: Iterable[str] | None = None,
) -> Iterator[Finding]:
    sources = Sources(codebase, before)
    for path in codebase.paths if paths is None else sorted(paths):
        if path in codebase.texts and (concerned is None or concerned.may_concern(path)):
            found = breaches(sources, path)
            if concerned is not None:
                found = (one for one in found if concerned.concerns(path, one.name))
            yield from _placed(codebase, path, sorted(set(found)))


def _placed(codebase: Codebase, path: str, found: list[Breach]) -> Iterator[Finding]:
    names = tile_names(path, codebase.texts[path], {one.line for one in found}) if found else {}
    for one in found:
        yield Finding(
            symbol=str(SymbolId(path, names[one.line])),
            path=path,
            line=one.line,
            column=one.column,
            kind=one.kind,
            name=one.name,
            message=one.message,
        )


@dataclass(frozen=True, slots=True)
class _Key:
    symbol: str
    kind: str
    message: str


def _key(one: Finding, before: Codebase) -> _Key:
    """What a finding is known by on both sides; a file that was not there before may have moved."""
    is_known = one.path in before.texts
    symbol = one.symbol if is_known else one.symbol.partition(":")[2]
    return _Key(symbol, one.kind, one.message)
