"""A stage: one wave of agents on a small codebase, without a repository. Tests and benchmarks play on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from jupiter.bus.log import Log
from jupiter.bus.memory import MemoryLog
from jupiter.code.interfaces import interface_of
from jupiter.code.tiles import Tile, tile
from jupiter.conductor import Mapped, Threads
from jupiter.engines.agent import engine
from jupiter.engines.hands import Hands
from jupiter.engines.setting import Setting
from jupiter.engines.work import Engine, woken, workers
from jupiter.fold.file import File
from jupiter.fold.state import State
from jupiter.fold.tree import changed_files
from jupiter.index.index import build_index
from jupiter.model.briefing import (
    CodebaseContext,
    Interface,
    Source,
    TaskDescription,
    WorkerBriefing,
)
from jupiter.model.event import Draft
from jupiter.model.plan import Cut, Plan
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.step import AgentStep, Limits
from jupiter.model.symbol import SymbolId

STEP = "ask"


@dataclass(frozen=True, slots=True)
class Part:
    """What one agent is to do: its goal, what it owns, what it is given to read."""

    goal: str
    owned: tuple[str, ...]
    readable: tuple[str, ...] = ()


@dataclass(slots=True)
class Stage:
    """These files, and a briefing a part; `log` has what has been played so far."""

    files: Mapping[str, bytes]
    parts: tuple[Part, ...]
    settings: AgentStep = field(default_factory=lambda: AgentStep(agent="the parts"))
    budget: Limits | None = None
    shares: bool = True
    log: Log = field(default_factory=lambda: MemoryLog("stage"))
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def plan(self) -> Plan:
        """A briefing a part, all of one step."""
        return Plan(
            wave=1,
            steps=(STEP,),
            workers=self.settings.workers,
            briefings=tuple(_briefing(n, part) for n, part in enumerate(self.parts, start=1)),
            left_out=(),
            cut=Cut(edges=0, across=0),
            later=(),
        )

    def play(self) -> State:
        """Carry out what has not ended, until nobody is woken any more; the state that it has come to."""
        plan, agents = self.plan, self.engine()
        self.begin()
        hands = Hands(plan, self.log)

        def engine_of(_: WorkerBriefing) -> Engine:
            return agents

        more = partial(woken, plan, engine_of, self.log, self.base)
        ended = self.log.look(
            lambda state: {n for n, one in state.briefings.items() if one.has_ended}
        )
        titles = {one.id: one.task.goal for one in plan.briefings}
        first = [number for number in titles if number not in ended] or more()
        carry_out = workers(hands, engine_of, self.base)
        mapped = Mapped(carry_out, titles, first, more=more, pick=hands.fitting)
        Threads().map(mapped, plan.workers)
        return self.log.look(lambda state: state)

    def begin(self) -> None:
        """Put the plan on the log, if it is not there yet."""
        if not self.log.look(lambda state: bool(state.briefings)):
            self.log.append(lambda _: [Draft(data=_planned(self.plan))])

    def engine(self) -> Engine:
        """The engine of all parts."""
        setting = Setting(
            recipe_folder=Path(),
            scratch=Path(),
            read=self.files.__getitem__,
            pool=None,
            stop=self.stop,
            index=build_index(self.files),
            context=self.whole,
            check=lambda _: "",
            budget=self.budget,
            shares=self.shares,
        )
        return engine(self.plan, {STEP: self.settings}, setting)

    def whole(self, briefing: WorkerBriefing) -> WorkerBriefing:
        """A briefing with the texts that it owns, the interfaces that it reads, and an outline."""
        found = {p: tile(p, text) for p, text in sorted(self.files.items())}

        def tiles(symbols: tuple[str, ...]) -> Iterator[tuple[str, Tile]]:
            for path, name in map(SymbolId.parse, symbols):
                for one in found.get(path, ()):
                    if name in {"", one.name}:
                        yield str(SymbolId(path, one.name)), one

        context = briefing.context.model_copy(
            update={
                "outline": tuple(
                    f"{p}: {', '.join(t.name for t in ts)}" for p, ts in found.items()
                ),
                "sources": tuple(
                    Source(symbol=symbol, text=one.text.decode())
                    for symbol, one in tiles(briefing.symbols_owned)
                ),
                "interfaces": tuple(
                    Interface(symbol=symbol, text=interface_of(one) or "", owner=None)
                    for symbol, one in tiles(briefing.symbols_readable)
                ),
            }
        )
        return briefing.model_copy(update={"context": context})

    def texts(self) -> dict[str, str]:
        """The files as they are now, but for those that are gone."""
        changed = self.log.look(lambda state: changed_files(state, self.base, self.log.get))
        files = {path: File(text) for path, text in self.files.items()} | changed
        return {path: file.text.decode() for path, file in files.items() if file is not None}

    def base(self, path: str) -> File | None:
        """A file at the start."""
        return File(self.files[path]) if path in self.files else None


def _briefing(number: int, part: Part) -> WorkerBriefing:
    return WorkerBriefing(
        id=number,
        wave=1,
        task=TaskDescription(goal=part.goal, steps=(STEP,), select=()),
        context=CodebaseContext(base_commit="0" * 40, neighbours=(), outline=()),
        symbols_owned=part.owned,
        symbols_readable=part.readable,
        constraints=(),
        weight=1,
    )


def _planned(plan: Plan) -> WavePlanned:
    owned = tuple(
        Owned(briefing=b.id, steps=b.task.steps, symbols=b.symbols_owned, constraints=b.constraints)
        for b in plan.briefings
    )
    return WavePlanned(wave=1, steps=plan.steps, workers=plan.workers, owned=owned)
