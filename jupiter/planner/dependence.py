"""What depends on what: briefings on each other, and how many symbols or files on one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from jupiter.index.edges import Edges, edges
from jupiter.index.index import Index
from jupiter.model.plan import Plan
from jupiter.model.symbol import SymbolId

Between = Mapping[tuple[int, int], int]
"""How often the first briefing of a pair uses what the second owns."""


@dataclass(frozen=True, slots=True)
class Dependents:
    """How many others depend on a symbol, or of a file owned whole, import it."""

    count: Mapping[str, int]

    def of(self, symbol: str) -> int:
        """The number for an id of a plan."""
        return self.count.get(symbol, 0)


def dependence(plan: Plan, index: Index) -> tuple[Between, Dependents]:
    """Who depends on whom: by references where agents work on symbols, else by imports of files."""
    uses = edges(index, index.files)
    users = Dependents(_users(uses) | _importers(index))
    if plan.cut.of == "references":
        return _by_references(plan, uses), users
    return _by_imports(plan, index), users


def _importers(index: Index) -> dict[str, int]:
    return {path: index.imports.in_degree(path) for path in index.files}


def _by_references(plan: Plan, uses: Edges) -> Between:
    owners = {symbol: one.id for one in plan.briefings for symbol in one.owned_at_start}
    found: Counter[tuple[int, int]] = Counter()
    for pair, times in uses.items():
        user, used = (owners.get(str(SymbolId(*t)), owners.get(t[0])) for t in pair)
        if user is not None and used is not None and user != used:
            found[user, used] += times
    return found


def _users(uses: Edges) -> dict[str, int]:
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for user, used in uses:
        if user != used:
            found[str(SymbolId(*used))].add(user)
    return {symbol: len(users) for symbol, users in found.items()}


def _by_imports(plan: Plan, index: Index) -> Between:
    owners = {
        SymbolId.parse(symbol).path: one.id
        for one in plan.briefings
        for symbol in one.symbols_owned
    }
    pairs = (
        (owners[user], owners[used])
        for user, used in index.imports.edges
        if user in owners and used in owners
    )
    return Counter(pair for pair in pairs if pair[0] != pair[1])
