"""Repair: whose a finding or a failing test is, and who is given it back. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from jupiter.fold.records import BriefingState
from jupiter.fold.state import State
from jupiter.model.edit import DropName, Rename
from jupiter.model.event import Draft
from jupiter.model.finding import Finding
from jupiter.model.repair import Attributed, Failure, RepairRequested
from jupiter.model.symbol import SymbolId

_IMPORTS = "<imports>"


def attributed(found: Iterable[Finding], state: State) -> tuple[Attributed, ...]:
    """Each finding with the briefing of the wave that owns its symbol, or has changed what it names."""
    return tuple(_attributed(one, state) for one in found)


def owner_of(symbol: str, state: State) -> int | None:
    """The briefing of the wave that owns a symbol of the tree as it is now."""
    return state.owner(_at_start(symbol, state))


def requests(
    findings: Sequence[Attributed], failures: Sequence[Failure], state: State, able: Collection[int]
) -> list[Draft]:
    """What is given back to whom of the briefings that are `able` to repair; one event each.

    A call that does not fit is for whoever owns it. What is gone is for whoever took it away as well: to
    bring it back and to do without it do not contradict each other.
    """
    number = rounds(state) + 1
    broken: defaultdict[int, list[Attributed]] = defaultdict(list)
    red: defaultdict[int, list[Failure]] = defaultdict(list)
    for one in findings:
        for briefing in _concerned(one, able):
            broken[briefing].append(one)
    for one in failures:
        owners = {owner_of(symbol, state) for symbol in one.symbols}
        for briefing in able:
            if briefing in owners:
                red[briefing].append(one)
    return [
        Draft(
            data=RepairRequested(
                round=number, findings=tuple(broken[one]), failures=tuple(red[one])
            ),
            briefing=one,
        )
        for one in sorted({*broken, *red})
    ]


def rounds(state: State) -> int:
    """How many rounds of repair the wave that is under way has had."""
    return max((one.round for one in state.repairs if one.wave == state.wave), default=0)


def _concerned(one: Attributed, able: Collection[int]) -> Iterator[int]:
    if one.briefing is not None and one.briefing in able:
        yield one.briefing
        if one.kind == "call":
            return
    if one.cause is not None and one.cause in able:
        yield one.cause


def _attributed(one: Finding, state: State) -> Attributed:
    owner = owner_of(one.symbol, state)
    causes = _causes(one, state) - {owner}
    cause = causes.pop() if len(causes) == 1 else None
    if owner is None:
        owner, cause = cause, None
    return Attributed(**dict(one), briefing=owner, cause=cause)


def _causes(one: Finding, state: State) -> set[int]:
    """The briefings of the wave that have changed what a finding is about, those first that say so."""
    of_wave = {n: b for n, b in state.briefings.items() if b.wave == state.wave and b.counts}
    if one.kind == "abstract":
        inside = f"{one.symbol}."
        return {
            n for n, b in of_wave.items() if any(s.startswith(inside) for s in b.symbols_changed)
        }
    named = {n for n in of_wave if any(_word(s) == one.name for s in _published(n, state))}
    if named or one.kind != "name":
        return named
    return {n for n, briefing in of_wave.items() if _changed_imports(briefing, one.path)}


def _changed_imports(briefing: BriefingState, path: str) -> bool:
    dropped = (c for c in briefing.changes if isinstance(c, DropName) and c.path == path)
    return f"{path}:{_IMPORTS}" in briefing.symbols_changed or any(True for _ in dropped)


def _published(number: int, state: State) -> Iterator[str]:
    """The symbols whose interfaces a briefing has changed or taken away."""
    return (
        one.symbol
        for one in state.published
        if one.briefing == number and one.before is not None and not one.proposed
    )


def _word(symbol: str) -> str:
    """The name by which code uses a symbol; a module is used by the name of its file."""
    path, name = SymbolId.parse(symbol)
    stem = path.rpartition("/")[2].partition(".")[0]
    return name.rpartition(".")[2].partition("#")[0] if name else stem


def _at_start(symbol: str, state: State) -> str:
    """The id that a symbol had when the wave began: its owner is known by that one."""
    path, name = SymbolId.parse(symbol)
    path = next(iter(state.moved.get((state.wave, path), ())), path)
    for change in state.counted(state.wave, path):
        if isinstance(change, Rename):
            was = SymbolId.parse(change.symbol).name
            container = was.rpartition(".")[0]
            now = f"{container}.{change.to}" if container else change.to
            if f"{name}.".startswith(f"{now}."):
                name = was + name[len(now) :]
    return str(SymbolId(path, name))
