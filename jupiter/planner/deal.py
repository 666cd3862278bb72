"""A plan that a person has edited: the same symbols, dealt to other briefings; judged before it is used."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from jupiter.errors import RequestError
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.plan import Plan, SavedPlan
from jupiter.model.symbol import SymbolId

Deal = tuple[tuple[str, ...], ...]
"""Who owns what: the symbols of each briefing, in their order."""

SHOWN = 10
"""How many of its mistakes a refusal tells."""


def deal_of(plan: Plan) -> Deal:
    """The deal that a plan makes of what is owned from the start."""
    return tuple(one.owned_at_start for one in plan.briefings if one.owned_at_start)


def is_other_deal(deal: Deal, made: Plan) -> bool:
    """Whether a deal gives the very symbols of a plan to others."""
    ours = deal_of(made)
    return deal != ours and {s for one in deal for s in one} == {s for one in ours for s in one}


def judge(deal: Deal, made: Plan) -> None:
    """Raise RequestError, with a line a mistake, unless the deal gives away what the plan does.

    Every symbol of the plan goes to exactly one briefing, nothing else to anybody; codemods are not
    mixed with other steps, and the briefings of renames stay as they are.
    """
    found = [*_ownership(deal, made), *_mixed(deal, made)]
    if found:
        shown = "\n".join(f"  {one}" for one in found[:SHOWN])
        more = f"\n  and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise RequestError(f"the edited plan cannot be run:\n{shown}{more}")


def judge_received(saved: SavedPlan, made: Plan) -> None:
    """Raise RequestError unless a saved plan hands over what the plan does."""
    told = sorted(one.receives for one in saved.briefings if one.receives)
    planned = sorted(one.receives for one in made.briefings if one.receives)
    if told != planned:
        raise RequestError(
            "the edited plan cannot be run:\n  what briefings hand over in an order stays as it was "
            "planned: put `receives` back, or write `contested: merge` in the recipe"
        )


def dealt(deal: Deal, of: Mapping[str, object]) -> Iterator[tuple[str, ...]]:
    """The briefings of a deal that own something of a kind of work, as far as they do."""
    for symbols in deal:
        if mine := tuple(symbol for symbol in symbols if symbol in of):
            yield mine


def _ownership(deal: Deal, made: Plan) -> Iterator[str]:
    planned = {symbol: one for one in made.briefings for symbol in one.owned_at_start}
    owners: dict[str, list[int]] = {}
    for number, symbols in enumerate(deal, start=1):
        for symbol in symbols:
            owners.setdefault(symbol, []).append(number)
    for symbol, numbers in owners.items():
        if symbol not in planned:
            yield _strange(symbol, planned, made)
        elif len(numbers) > 1:
            yield f"{symbol} has two owners: briefings {numbers[0]} and {numbers[1]}; leave it with one"
    for symbol, briefing in planned.items():
        if symbol not in owners:
            wants = _wants(briefing, symbol)
            yield f"{symbol} has no owner, and {wants} is about it; give it to a briefing"


def _strange(symbol: str, planned: Mapping[str, WorkerBriefing], made: Plan) -> str:
    path = SymbolId.parse(symbol).path
    reason = next((one.reason for one in made.left_out if one.path == path), "")
    if reason:
        return f"{symbol} may not be written: {reason}"
    near = difflib.get_close_matches(symbol, planned, n=1)
    nearest = f" (nearest: {near[0]})" if near else ""
    return (
        f"{symbol} is nothing that the recipe selects; extend its `select`, or take it out{nearest}"
    )


def _wants(briefing: WorkerBriefing, symbol: str) -> str:
    goals = [goal.place for goal in briefing.task.goals if symbol in goal.symbols]
    return " and ".join(goals or (f"steps.{step}" for step in briefing.task.steps))


def _mixed(deal: Deal, made: Plan) -> Iterator[str]:
    planned = {symbol: one for one in made.briefings for symbol in one.owned_at_start}
    renames = {one.id: frozenset(one.symbols_owned) for one in made.briefings if one.task.renames}
    for number, symbols in enumerate(deal, start=1):
        from_ = {one.id: one for symbol in symbols if (one := planned.get(symbol))}
        kinds = Counter(_kind(one) for one in from_.values())
        if len(kinds) > 1:
            yield f"briefing {number} mixes {' and '.join(sorted(kinds))}; deal each to its own"
        if any(one in renames and renames[one] != frozenset(symbols) for one in from_):
            yield f"briefing {number} is of a rename: its symbols stay together, and alone"


def _kind(briefing: WorkerBriefing) -> str:
    """What cannot be in one briefing with anything else; goals of agents can be with each other."""
    return "goals" if briefing.task.goals else f"steps {', '.join(briefing.task.steps)}"


def together(symbols: Sequence[str], units: Iterable[Sequence[str]]) -> None:
    """Raise RequestError when one of the units is only partly among the symbols."""
    mine = set(symbols)
    for unit in units:
        missing = [symbol for symbol in unit if symbol not in mine]
        if missing and len(missing) < len(unit):
            kept = next(symbol for symbol in unit if symbol in mine)
            raise RequestError(
                f"the edited plan cannot be run:\n  {missing[0]} and {kept} go together: "
                "give both to one briefing"
            )
