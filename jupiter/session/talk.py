"""What a briefing says on the bus, and what it hears: claims, requests, proposals, notes, updates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from jupiter.bus.log import Log
from jupiter.fold.state import State
from jupiter.fold.tree import Base
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.event import Draft, Payload
from jupiter.model.tree_events import ClaimRefused, SymbolClaimed, SymbolHandedOver, UpdateDelivered
from jupiter.session.board import Board, board_of
from jupiter.session.claims import (
    decide_claim,
    decide_hand_over,
    decide_release,
    decide_take,
    received,
)
from jupiter.session.proposals import decide_proposal
from jupiter.session.requests import decide_answer, decide_note, decide_request
from jupiter.session.updates import Updates, updates_of
from jupiter.session.view import View


@dataclass(frozen=True)
class Talk:
    """One briefing at the log; `base` reads a path of the run's base commit."""

    log: Log
    briefing: WorkerBriefing
    worker: str
    base: Base

    @cached_property
    def _view(self) -> View:
        return View(self.briefing.id, self.base, self.log.get)

    @cached_property
    def _seen(self) -> dict[str, int]:
        """What the worker has read, and the event behind which it is told when that changes."""
        return {}

    def take(self, *, again: bool = False) -> bool:
        """Take the briefing, as the first free worker, with what is handed over; whether it was to be had.

        `again` takes it when it is finished: it goes on, for what others have changed since.
        """
        number = self.briefing.id

        def decide(state: State) -> Sequence[Draft]:
            taken = decide_take(state, number, again=again)
            given = received(state, number) if taken else ()
            return [
                *(_given(state, giver, one, number) for giver, one in given),
                *map(self._draft, taken),
            ]

        return bool(self.log.append(decide))

    def claim(self, symbol: str) -> SymbolClaimed | ClaimRefused:
        """Come to own a symbol, or a file, that nobody owns; the verdict says who does if somebody does."""
        match self._decide(lambda state: decide_claim(state, symbol, self.briefing.id)):
            case (ClaimRefused() as refused,):
                return refused
            case _:
                return SymbolClaimed(symbol=symbol)

    def release(self, symbol: str) -> bool:
        """Give back what was claimed and not written; whether there was anything to give back."""
        return bool(self._decide(lambda state: decide_release(state, symbol, self.briefing.id)))

    def hand_over(self, symbol: str, to: int) -> SymbolHandedOver:
        """Give a symbol that the briefing owns to another one.

        Raises:
            RequestError: the symbol is not the briefing's own, or the other one is not under way.
        """
        self._decide(lambda state: decide_hand_over(state, symbol, self.briefing.id, to))
        return SymbolHandedOver(symbol=symbol, to=to)

    def request(self, symbol: str, text: str) -> None:
        """Ask the owner of a symbol for a change; the answer comes with the updates.

        Raises:
            RequestError: nobody owns the symbol, or the briefing itself does.
        """
        self._decide(lambda state: decide_request(state, symbol, text, self.briefing.id))

    def answer(self, request: int, text: str, *, granted: bool) -> None:
        """Answer a request by the number of its event; raises RequestError if there is none."""
        own = self.briefing.id
        self._decide(lambda state: decide_answer(state, request, text, own, granted=granted))

    def propose(self, symbol: str, text: bytes) -> None:
        """Say what an interface of the briefing's own is going to be: `text` defines it, with any body.

        Raises:
            RequestError: the symbol is not the briefing's own, or the text does not define it.
        """
        self._decide(lambda state: decide_proposal(state, self._view, symbol, text))

    def note(self, text: str) -> None:
        """Tell all other workers something, in 500 characters at most.

        Raises:
            RequestError: the briefing has said too much already.
        """
        self._decide(lambda state: decide_note(state, text, self.briefing.id))

    def board(self) -> Board:
        """What every worker can see of all the others, at this moment."""
        return self.log.look(board_of)

    def updates(self) -> Updates:
        """What concerns the briefing since it asked the last time; nothing is given twice."""
        found = Updates()

        def decide(state: State) -> Sequence[UpdateDelivered]:
            nonlocal found
            found = updates_of(state, self.briefing, self._seen)
            return [UpdateDelivered(through=state.seq)] if found else []

        self._decide(decide)
        return found

    def pending(self, since: int | None = None) -> tuple[Updates, int]:
        """What `updates` would give, which stays to be delivered, and the event up to which that is so.

        With `since` what it would give had the worker been told of nothing after that event.
        """
        return self.log.look(lambda s: (updates_of(s, self.briefing, self._seen, since), s.seq))

    def has_read(self, *symbols: str, at: int | None = None) -> None:
        """The worker is shown these symbols, or files, as they are at an event, by default the last one.

        It is told when their interfaces change after that.
        """
        since = self.log.look(lambda state: state.seq) if at is None else at
        for symbol in symbols:
            self._seen.setdefault(symbol, since)

    def record(self, *data: Payload) -> None:
        """Append events of this briefing, all of them or none."""
        self.log.record(*(self._draft(one) for one in data))

    def _decide(self, decide: Callable[[State], Sequence[Payload]]) -> tuple[Payload, ...]:
        """Append what a decision of this briefing comes to."""
        events = self.log.append(lambda state: [self._draft(data) for data in decide(state)])
        return tuple(event.data for event in events)

    def _draft(self, data: Payload) -> Draft:
        return Draft(
            data=data,
            step=step_name(self.briefing),
            briefing=self.briefing.id,
            worker=self.worker,
        )


def _given(state: State, giver: int, symbol: str, taker: int) -> Draft:
    """A symbol goes from a briefing that has ended to the one that comes after it."""
    step = "+".join(state.briefings[giver].steps)
    return Draft(data=SymbolHandedOver(symbol=symbol, to=taker), step=step, briefing=giver)


def step_name(briefing: WorkerBriefing) -> str:
    """The step of a briefing as events name it: `a`, or `a+b` for two that share its files."""
    return "+".join(briefing.task.steps)
