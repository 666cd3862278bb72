"""The whole context of an agent's briefing: what a worker is told of the codebase before it starts.

A plan has no texts: what a briefing's worker is given is made of the plan and the tree that it was made
on, by `Contexts`, the same whenever it is asked for.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from jupiter.index.edges import Edges
from jupiter.model.briefing import (
    CodebaseContext,
    Dependent,
    Instruction,
    Interface,
    Source,
    WorkerBriefing,
)
from jupiter.model.plan import Contested, Plan
from jupiter.model.step import RunStep
from jupiter.model.symbol import SymbolId
from jupiter.planner.instructions import instructions_for
from jupiter.planner.outlines import outline_of
from jupiter.planner.selection import Ground
from jupiter.planner.tokens import tile_texts, tokens
from jupiter.recipe.places import mapping

MOST_OUTLINE = 6_000
MOST_INTERFACES = 6_000
MOST_INSTRUCTION = 4_000
MOST_INSTRUCTIONS = 8_000
"""Tokens of the codebase's outline, of all interfaces; of one file of instructions, and of all that are
about the whole repository, and of all that are about folders of it."""

_LEAST_TEXT = 100  # tokens

MOST_DEPENDENTS = 100
MOST_OTHERS = 100
"""How many dependents, and how many names without an interface, a context lists."""


class Contexts:
    """Makes the contexts of one plan; `read` gives the text of any path of the tree."""

    def __init__(
        self, plan: Plan, ground: Ground, edges: Edges, read: Callable[[str], bytes]
    ) -> None:
        self._plan = plan
        self._ground = ground
        self._edges = edges
        self._read = read

    def of(self, briefing: WorkerBriefing) -> WorkerBriefing:
        """The briefing with the whole of its context; one of a codemod or a rename has it already."""
        if not briefing.task.goals:
            return briefing
        paths = dict.fromkeys(SymbolId.parse(symbol).path for symbol in briefing.symbols_owned)
        interfaces, others = self._interfaces(briefing.symbols_readable)
        context = CodebaseContext(
            base_commit=briefing.context.base_commit,
            neighbours=briefing.context.neighbours,
            outline=self._outline,
            requires_python=self._requires_python,
            sources=tuple(s for symbol in briefing.symbols_owned for s in self._sources(symbol)),
            interfaces=interfaces,
            others=others,
            dependents=self._dependents(briefing),
            instructions=tuple(self._instructions(paths)),
            checks=self._checks(briefing),
            conflicts=self._conflicts(briefing),
        )
        size = tokens(len(context.model_dump_json().encode()))
        return briefing.model_copy(update={"context": context.model_copy(update={"tokens": size})})

    def measured(self) -> Plan:
        """The plan, whose briefings say how many tokens their contexts are."""
        return self._plan.model_copy(
            update={"briefings": tuple(self._measured(one) for one in self._plan.briefings)}
        )

    def _measured(self, briefing: WorkerBriefing) -> WorkerBriefing:
        size = self.of(briefing).context.tokens
        context = briefing.context.model_copy(update={"tokens": size})
        return briefing.model_copy(update={"context": context})

    @cached_property
    def _outline(self) -> tuple[str, ...]:
        return outline_of(self._ground.index, MOST_OUTLINE)

    @cached_property
    def _requires_python(self) -> str:
        if "pyproject.toml" not in self._ground.entries:
            return ""
        try:
            read = tomllib.loads(self._read("pyproject.toml").decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            return ""
        said = mapping(read, "project").get("requires-python")
        return said if isinstance(said, str) else ""

    @cached_property
    def _owners(self) -> Mapping[str, int]:
        return {s: one.id for one in self._plan.briefings for s in one.owned_at_start}

    def _owner(self, symbol: str) -> int | None:
        owners = self._owners
        return owners.get(symbol, owners.get(SymbolId.parse(symbol).path))

    def _texts(self, path: str) -> Mapping[str, bytes]:
        return tile_texts(self._ground.index.files[path], self._ground.index.names.texts[path])

    def _sources(self, symbol: str) -> Iterable[Source]:
        """What is there of an owned symbol; nothing of one that is to be made."""
        path, name = SymbolId.parse(symbol)
        index = self._ground.index
        if path not in index.files:
            return
        data = self._texts(path).get(name) if name else index.names.texts[path]
        if data is not None:
            yield Source(symbol=symbol, text=data.decode(errors="replace"))

    def _interfaces(self, symbols: Sequence[str]) -> tuple[tuple[Interface, ...], tuple[str, ...]]:
        """The interfaces of symbols, as many as have room, and the names of others."""
        found: list[Interface] = []
        others: list[str] = []
        room = MOST_INTERFACES
        for symbol in symbols:
            path, name = SymbolId.parse(symbol)
            text = self._ground.index.files[path].interfaces.get(name, "")
            room -= tokens(len(symbol) + len(text))
            if text and room >= 0:
                found.append(Interface(symbol=symbol, text=text, owner=self._owner(symbol)))
            else:
                others.append(symbol)
        return tuple(found), tuple(others[:MOST_OTHERS])

    def _dependents(self, briefing: WorkerBriefing) -> tuple[Dependent, ...]:
        """Who names what the briefing owns, those first who do it most."""
        names: defaultdict[str, set[str]] = defaultdict(set)
        times: Counter[str] = Counter()
        for used, by, count in self._uses.get(briefing.id, ()):
            names[by].add(used)
            times[by] += count
        first = sorted(names, key=lambda symbol: (-times[symbol], symbol))[:MOST_DEPENDENTS]
        return tuple(
            Dependent(symbol=one, names=tuple(sorted(names[one])), owner=self._owner(one))
            for one in first
        )

    @cached_property
    def _uses(self) -> Mapping[int, Sequence[tuple[str, str, int]]]:
        """What of each briefing's is used by whom else, and how often."""
        found: defaultdict[int, list[tuple[str, str, int]]] = defaultdict(list)
        for (user, target), times in self._edges.items():
            used, by = str(SymbolId(*target)), str(SymbolId(*user))
            owner = self._owner(used)
            if owner is not None and owner != self._owner(by):
                found[owner].append((used, by, times))
        return found

    def _instructions(self, paths: Iterable[str]) -> Iterable[Instruction]:
        """What the repository says of its ways, no text twice; those about all of it are the same for all."""
        room = {True: MOST_INSTRUCTIONS, False: MOST_INSTRUCTIONS}
        seen: set[str] = set()
        for path, folder in instructions_for(paths, self._ground.entries).items():
            whole = self._read(path).decode(errors="replace")
            text = _cut_short(whole, min(MOST_INSTRUCTION, room[bool(folder)]))
            if text and whole not in seen:
                seen.add(whole)
                room[bool(folder)] -= tokens(len(text))
                yield Instruction(path=path, text=text, folder=folder)

    def _checks(self, briefing: WorkerBriefing) -> tuple[str, ...]:
        steps = self._ground.recipe.steps.values()
        runs = [step.run for step in steps if isinstance(step, RunStep)]
        return tuple(dict.fromkeys([*filter(None, [briefing.task.check]), *runs]))

    def _conflicts(self, briefing: WorkerBriefing) -> tuple[str, ...]:
        return tuple(
            f"{' and '.join(one.goals)} both want {_first(one.symbols)}; {how}"
            for one in self._plan.contested
            if (how := _settled(one, briefing.id))
        )


def _cut_short(text: str, most: int) -> str:
    """A text of at most so many tokens; nothing of it where there is hardly room."""
    if tokens(len(text)) <= most:
        return text
    return text[: int(most * 3.5)] + "\n… (cut short)\n" if most > _LEAST_TEXT else ""


def _settled(one: Contested, briefing: int) -> str:
    """What a contest means for a briefing; nothing if it has no part in it."""
    if one.briefing == briefing:
        then = f"when this briefing has ended, briefing {one.then} goes on with them"
        return "this briefing has these goals" if one.then is None else then
    if one.then == briefing:
        return f"briefing {one.briefing} has had them, and has handed them over"
    return ""


def _first(symbols: Sequence[str], most: int = 10) -> str:
    more = f" and {len(symbols) - most} more" if len(symbols) > most else ""
    return ", ".join(symbols[:most]) + more
