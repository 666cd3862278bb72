"""Goals of a wave that are not simply carried out beside each other: together, or one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jupiter.model.plan import Relation
from jupiter.planner.awaited import Awaited
from jupiter.planner.contested import Settlement
from jupiter.planner.order import Ordered
from jupiter.planner.turns import Pair, Settled


def relations(settled: Settlement) -> tuple[Relation, ...]:
    """Each pair of goals that meet, by one worker or one after the other, and why."""
    goals, pairs = settled.goals, settled.pairs
    found = _after(settled.order, pairs, settled.waits) | {
        pair: one for pair, one in pairs.items() if one.how == "together"
    }
    return tuple(
        Relation(first=goals[a].place, second=goals[b].place, how=one.how, why=one.why)
        for (a, b), one in sorted(found.items())
    )


def _after(
    order: Ordered, pairs: Mapping[Pair, Settled], waits: Sequence[Awaited]
) -> dict[Pair, Settled]:
    """The pairs of goals of which the second one begins, somewhere, when the first has ended."""
    found: dict[Pair, Settled] = {}
    for place, before in enumerate(order.after):
        for a, b in _pairs(order, before, place):
            known = pairs.get((min(a, b), max(a, b)))
            if known is not None and known.how == "after":
                found[a, b] = known
            elif why := _awaits(a, b, waits):
                found[a, b] = Settled("after", why)
    return found


def _pairs(order: Ordered, before: Sequence[int], place: int) -> Iterator[Pair]:
    mine = order.shares[place].goals
    for one in before:
        for a in order.shares[one].goals - mine:
            yield from ((a, b) for b in mine - order.shares[one].goals)


def _awaits(first: int, second: int, waits: Sequence[Awaited]) -> str:
    one = next((w for w in waits if (w.of, w.goal) == (first, second)), None)
    if one is None:
        return ""
    if one.is_made:
        return f"the first makes {one.symbol}, which the second is about"
    return f"the first deletes or moves {one.symbol}, by which the second is selected"
