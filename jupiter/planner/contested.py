"""What several goals of a wave want, and what becomes of it: one briefing, or one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from jupiter.model.plan import Contested
from jupiter.model.symbol import SymbolId
from jupiter.planner.awaited import Awaited
from jupiter.planner.goals import Goals, PlannedGoal, Wanted
from jupiter.planner.order import Ordered
from jupiter.planner.shares import Share
from jupiter.planner.turns import Pair, Settled


@dataclass(frozen=True, slots=True)
class Settlement:
    """The goals of a wave and what is settled about them; the briefing of the first share has id `first`."""

    goals: Sequence[PlannedGoal]
    wanted: Wanted
    pairs: Mapping[Pair, Settled]
    waits: Sequence[Awaited]
    order: Ordered
    first: int

    def contested(self) -> tuple[Contested, ...]:
        """All that several goals want, by the briefings that have it."""
        return tuple(
            one
            for place, share in enumerate(self.order.shares)
            for one in (*self._merged(place, share), *self._handed(place, share))
        )

    def _merged(self, place: int, share: Share) -> Iterator[Contested]:
        """What of a share several of its goals want."""
        symbols = tuple(wanted_ids(share, self.wanted, lambda by: len(by & share.goals) > 1))
        if symbols:
            yield self._contested(symbols, sorted(share.goals), place, None)

    def _handed(self, place: int, share: Share) -> Iterator[Contested]:
        """What a share is handed, by those who have it before."""
        givers = self.order.givers[place]
        for giver in sorted(set(givers.values())):
            symbols = tuple(symbol for symbol, one in givers.items() if one == giver)
            before = sorted(self.order.shares[giver].goals - share.goals)
            yield self._contested(symbols, [*before, *sorted(share.goals)], giver, place)

    def _contested(
        self, symbols: tuple[str, ...], goals: Sequence[int], place: int, then: int | None
    ) -> Contested:
        found = (self.pairs.get((min(a, b), max(a, b))) for a, b in combinations(goals, 2))
        how = "together" if then is None else "after"
        whys = dict.fromkeys(one.why for one in found if one is not None and one.how == how)
        return Contested(
            symbols=symbols,
            goals=tuple(self.goals[goal].place for goal in goals),
            briefing=self.first + place,
            then=None if then is None else self.first + then,
            why="; ".join(whys),
        )


def wanted_ids(share: Share, wanted: Wanted, meant: Callable[[Goals], bool]) -> Iterator[str]:
    """The ids of what of a share is wanted in a way that is meant; a file as a whole if it is so wanted."""
    for unit in share.units:
        if unit.is_whole and meant(wanted.whole.get(unit.path, unit.goals)):
            yield unit.path
            continue
        for name in unit.names:
            if meant(wanted.tiles.get(unit.path, {}).get(name, frozenset())):
                yield str(SymbolId(unit.path, name))
    yield from (created.symbol for created in share.creates if meant(created.goals))
    yield from (share.made if meant(share.goals) else ())
