"""Where a rename touches: every place that must change with a symbol's name, and what nobody can tell.

Whatever would change a meaning (a name that is taken, a member that a foreign class calls) is refused
before anything runs.
"""

from __future__ import annotations

import builtins
import difflib
import keyword
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jupiter.code.lines import split_lines
from jupiter.errors import RequestError
from jupiter.index.codebase import Codebase
from jupiter.index.foreign import may_define
from jupiter.index.mentions import mentions
from jupiter.index.moving import moves, path_mentions
from jupiter.index.own_names import own_names
from jupiter.index.references import name_of, references
from jupiter.index.values import Class, External, Place
from jupiter.model.briefing import PlannedSymbol, Site
from jupiter.model.plan import Hazard
from jupiter.model.reference import Reference, ReferenceKind

_WORD = re.compile(rb"[\w\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Renaming:
    """A rename, worked out: `symbols` are the definitions that change their name together."""

    symbol: str
    symbols: tuple[str, ...]
    old: str
    new: str
    sites: tuple[Site, ...]
    hazards: tuple[Hazard, ...]
    moves: tuple[tuple[str, str], ...] = ()
    """Of a module: the old and the new path of each file that is its, or in it."""
    aliases: tuple[PlannedSymbol, ...] = ()
    """What the plan leaves behind under the old name."""


def renaming(codebase: Codebase, asked: str, new: str) -> Renaming:
    """Find all that changes when a symbol gets a new name; `asked` is an id or `pkg.module:Name`.

    Raises:
        RequestError: the symbol is unknown, or the new name cannot be given.
    """
    symbol = find_symbol(codebase, asked)
    old = name_of(codebase, codebase.place(symbol))
    _check_name(asked, old, new)
    roots = _bound_together(codebase, (symbol, *_twin(codebase, symbol)), old)
    family = tuple(
        dict.fromkeys(p for root in roots for p in codebase.family(codebase.place(root)))
    )
    _check_foreign(codebase, family, asked, old)
    modules = [one.path for one in family if one.scope < 0]
    moved = dict.fromkeys(each for path in modules for each in moves(codebase, path, new))
    found = [
        *(one for root in roots for one in references(codebase, root)),
        *mentions(codebase, frozenset(family), old),
        *own_names(codebase, (one for one in family if one.scope >= 0), old),
        *(one for path in modules for one in path_mentions(codebase, path)),
    ]
    sites, hazards = _sorted_out(codebase, found, old)
    _check_free(codebase, family, found, old, new)
    return Renaming(
        symbol=symbol,
        symbols=tuple(codebase.symbol(one) for one in family),
        old=old,
        new=new,
        sites=sites,
        hazards=hazards,
        moves=tuple(moved),
    )


def find_symbol(codebase: Codebase, asked: str) -> str:
    """The id of a symbol by its id or as `pkg.module:Name`; raises RequestError if there is none."""
    left, colon, name = asked.partition(":")
    inits = [f"{left.rstrip('/')}/__init__.py{end}" for end in ("", "i")]
    left = next((path for path in inits if path in codebase.texts), left)
    if left not in codebase.texts:
        every = {p for p, module in codebase.modules.names.items() if module == left}
        paths = sorted(p for p in every if p.removesuffix("i") == p or p[:-1] not in every)
        if len(paths) > 1:
            raise RequestError(f"{asked} is ambiguous: {left} is {', '.join(paths)}")
        left = paths[0] if paths else left
    symbol = f"{left}:{name}" if colon else left
    try:
        place = codebase.place(symbol)
    except KeyError:
        near = difflib.get_close_matches(symbol, codebase.definitions, 1)
        hint = f" (nearest: {near[0]})" if near else ""
        raise RequestError(f"the codebase defines no symbol {asked}{hint}") from None
    return codebase.symbol(place)


def _bound_together(codebase: Codebase, symbols: Iterable[str], old: str) -> tuple[str, ...]:
    """The symbols with those that a module binds to the same name: imported, or else defined there.

    Raises:
        RequestError: one is imported from outside of the codebase.
    """
    found = dict.fromkeys(symbols)
    waiting = [codebase.place(symbol) for symbol in found]
    while waiting:
        place = waiting.pop()
        for other in _beside(codebase, place, old) if place.scope == 0 else ():
            symbol = codebase.symbol(other)
            if symbol not in found:
                found[symbol] = None
                waiting.append(other)
    return tuple(found)


def _beside(codebase: Codebase, place: Place, old: str) -> Iterator[Place]:
    """What else the modules that bind a place to its name bind to that name."""
    for path in codebase.files_with(old):
        meant = codebase.scoping.exports(path, old)
        if place not in meant or len(meant) < 2:
            continue
        for other in meant:
            if isinstance(other, External):
                raise RequestError(
                    f"{codebase.symbol(place)} cannot be renamed: {path} gives the same name to "
                    f"{other.dotted}, which is outside of the codebase"
                )
            if other != place and other.scope == 0 and other.name == old:
                yield other


def _twin(codebase: Codebase, symbol: str) -> Iterator[str]:
    """The same symbol in the stub beside its module, or in the module beside its stub."""
    path, colon, name = symbol.partition(":")
    other = path.removesuffix("i") if path.endswith(".pyi") else f"{path}i"
    twin = f"{other}{colon}{name}"
    if twin in codebase.definitions or (not name and other in codebase.texts):
        yield twin


def _check_name(asked: str, old: str, new: str) -> None:
    why = ""
    if not new.isidentifier():
        why = "is not an identifier"
    elif keyword.iskeyword(new):
        why = "is a keyword"
    elif hasattr(builtins, new):
        why = "is a builtin"
    elif new == old:
        why = "is its name already"
    elif old.startswith("__") and old.endswith("__"):
        raise RequestError(f"{asked} cannot be renamed: Python itself looks for {old}")
    elif new.startswith("__"):
        why = "would be mangled or special"
    if why:
        raise RequestError(f"{asked} cannot be renamed to {new}: {new} {why}")


def _check_foreign(codebase: Codebase, family: Iterable[Place], asked: str, old: str) -> None:
    """A member that a class outside of the codebase has too would no longer override it."""
    for place in family:
        if place.scope <= 0:
            continue
        for base in codebase.hierarchy.order(Class(place.path, place.scope)):
            if isinstance(base, External) and may_define(base, old) is not False:
                known = may_define(base, old)
                says = "defines it" if known else "is not known, and may define it"
                raise RequestError(
                    f"{asked} cannot be renamed: a base class outside of the codebase, "
                    f"{base.dotted}, {says}"
                )


def _sorted_out(
    codebase: Codebase, found: Iterable[Reference], old: str
) -> tuple[tuple[Site, ...], tuple[Hazard, ...]]:
    name = old.encode()
    sites: set[tuple[str, int, int]] = set()
    hazards: dict[tuple[str, int, int], Hazard] = {}
    lines: dict[str, list[bytes]] = {}
    for one in found:
        if one.path not in lines:
            lines[one.path] = split_lines(codebase.texts[one.path])
        text = lines[one.path][one.line - 1]
        column = _column(one, text, name)
        if column is None:
            continue
        site = (one.path, one.line, column)
        if one.certainty == "possible" and not one.by_convention:
            hazards[site] = _hazard(site, text, one.kind)
        else:
            sites.add(site)
    left = tuple(hazards[site] for site in sorted(hazards) if site not in sites)
    return tuple(Site(path=p, line=n, column=c) for p, n, c in sorted(sites)), left


def _column(one: Reference, text: bytes, name: bytes) -> int | None:
    """Where in its line the name of a reference stands; None if it is reached under another one."""
    at = one.column
    if one.kind == "definition":  # more than one space may stand behind `def`
        at = text.find(name, at)
    end = at + len(name)
    if at < 0 or text[at:end] != name or _WORD.match(text, end):
        return None
    return at


def _hazard(site: tuple[str, int, int], line: bytes, kind: ReferenceKind) -> Hazard:
    path, number, column = site
    reason = "the receiver's class is not known"
    if kind == "path":
        reason = "nothing says whether it means the file, the package or something else"
    if kind == "string":
        reason = "nothing says whether the text means the symbol"
    return Hazard(
        path=path,
        line=number,
        column=column,
        text=line.decode(errors="replace").strip(),
        reason=reason,
    )


def _check_free(
    codebase: Codebase, family: Iterable[Place], found: Iterable[Reference], old: str, new: str
) -> None:
    for where in _taken(codebase, family, found, old, new):
        raise RequestError(f"{old} cannot be renamed to {new}: {where}")


def _taken(
    codebase: Codebase, family: Iterable[Place], found: Iterable[Reference], old: str, new: str
) -> Iterator[str]:
    for place in family:
        if place.scope < 0:
            continue
        scope = codebase.scoping.scopes(place.path)[place.scope]
        if scope.kind == "class":
            cls = Class(place.path, place.scope)
            for one in (cls, *codebase.subclasses.get(cls, ())):
                owner = codebase.hierarchy.owner(one, new)
                if owner is not None:
                    taken = codebase.symbol(Place(owner.path, owner.scope, new))
                    yield f"{taken} exists already"
        elif new in scope.bindings:
            yield f"{codebase.symbol(Place(place.path, place.scope, new))} exists already"
    for path in sorted({one.path for one in found if one.path.endswith((".py", ".pyi"))}):
        yield from _captured(codebase, frozenset(family), path, old, new)


def _captured(
    codebase: Codebase, family: frozenset[Place], path: str, old: str, new: str
) -> Iterator[str]:
    """Uses of the old name in one file that would mean something else under the new one."""
    uses = codebase.uses(path)
    scoping = codebase.scoping
    used = uses.names.get(old, ())
    binds = False
    for at in range(0, len(used), 4):
        scope, line = used[at], used[at + 1]
        if family.isdisjoint(scoping.places(path, scope, old)):
            continue
        binds = binds or scoping.home(path, scope, old) == 0
        if scoping.home(path, scope, new) is not None:
            yield f"{path}:{line} has another {new} in reach"
    imported = iter(uses.imported.get(old, ()))
    for scope, line, _, level, module, alias in zip(*[imported] * 6, strict=True):
        if alias in {None, old} and not family.isdisjoint(
            scoping.imported(path, level, module, old)
        ):
            binds = binds or scope == 0
            if scoping.home(path, scope, new) is not None:
                yield f"{path}:{line} has another {new} in reach"
    others = uses.names.get(new, ()) if binds else ()
    for at in range(0, len(others), 4):
        if scoping.home(path, others[at], new) is None:
            yield f"{path}:{others[at + 1]} means another {new}"
