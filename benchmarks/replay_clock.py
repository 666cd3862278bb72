"""Virtual time: what replies take, and a simulator that lets them go in the order in which they end.

The server holds every reply. Once each live worker waits for one, that which ends first goes; the worker's
clock is then at its end, and runs on by the real seconds until the worker's next request. So a worker's clock
is the model's seconds, and the real seconds of Jupiter's work for it.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from replay_oracle import briefing_of, owned

from jupiter.bus.log import Log
from jupiter.demo.conversation import Call, Conversation
from jupiter.demo.server import Served
from jupiter.fold.state import State
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingTaken
from jupiter.model.run_events import WavePlanned

TOKENS_A_SECOND = 60.0
FIRST_TOKEN = 1.5
"""Seconds, without any input."""
UNCACHED_A_SECOND = 10_000.0
"""Tokens of input that are not in the cache, read before the first token."""
SIGMA = 0.35
"""Of the logarithm of what a reply takes."""

_LOOK = 0.0005
"""Seconds between two looks at the log, while a worker may be ending."""
_PATIENCE = 0.3
"""Real seconds in which a worker that is free finds what to do, if there is anything; no clock has them."""


@dataclass(frozen=True, slots=True)
class Model:
    """How long replies take; the same reply takes as long in every run of a seed."""

    seed: int = 0
    slow: float = 1.0
    """How many times slower worker-1 is."""

    def seconds(self, reply: str, uncached: int, output: int, worker: str = "") -> float:
        """The seconds of a reply, from its request to its last token."""
        dice = random.Random(f"{self.seed}-{reply}")
        plain = FIRST_TOKEN + uncached / UNCACHED_A_SECOND + output / TOKENS_A_SECOND
        slow = self.slow if worker == "worker-1" else 1.0
        return plain * math.exp(dice.gauss(0.0, SIGMA)) * slow

    def first(self, seconds: float, uncached: int, output: int) -> float:
        """Of the seconds of a reply those until its first token."""
        first = FIRST_TOKEN + uncached / UNCACHED_A_SECOND
        return seconds * first / (first + output / TOKENS_A_SECOND)


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply as it was timed: the symbol that it was about, empty for `done`, and its seconds."""

    symbol: str
    seconds: float
    reply: str
    """What it says."""
    uncached: int
    output: int

    def by(self, model: Model, worker: str) -> Answered:
        """The same reply, as another model takes its time."""
        seconds = model.seconds(self.reply, self.uncached, self.output, worker)
        return replace(self, seconds=seconds)


@dataclass(frozen=True, slots=True)
class Shares:
    """Where the workers' time went, in seconds of one worker on average."""

    replies: float
    own: float
    """Real seconds of Jupiter and the SDK."""
    waiting: float
    """For the first reply of all, and for each other when all were done and some were woken."""
    idle: float
    """At the end, until the last one was done."""


@dataclass(slots=True)
class Ends:
    """What the log says of beginnings and ends, in seconds of `time.monotonic`."""

    log: Log
    planned: float = 0.0
    by_worker: dict[str, float] = field(default_factory=dict[str, float])
    taken: dict[str, float] = field(default_factory=dict[str, float])
    """When a worker took its last briefing."""
    open: set[int] = field(default_factory=set[int])
    """The briefings that have not ended."""
    is_meeting: bool = False
    """Whether all were done, and the first one has been woken."""
    ended: float = 0.0
    """When a briefing ended the last time."""
    changed: float = 0.0
    """When one began or ended."""
    _seq: int = 0
    _offset: float = field(default_factory=lambda: time.monotonic() - time.time())

    def look(self) -> None:
        """Read what is new."""
        for event in self.log.events(self._seq):
            self._seq, when = event.seq, event.time.timestamp() + self._offset
            match event.data:
                case WavePlanned(owned=owned):
                    self.planned = self.changed = when
                    self.open |= {one.briefing for one in owned}
                case BriefingTaken():
                    self.is_meeting = self.is_meeting or not self.open
                    self.open.add(event.briefing or 0)
                    self.taken[event.worker or ""] = self.changed = when
                case BriefingFinished() | BriefingFailed():
                    self.by_worker[event.worker or ""] = self.ended = self.changed = when
                    self.open.discard(event.briefing or 0)
                case _:
                    pass


@dataclass(slots=True)
class Simulator:
    """Lets the replies of one run go, in the order of virtual time; a `Pace` of the server."""

    model: Model
    workers: int
    find_log: Callable[[], Log]
    """Gives the log of the run, once the first request has come."""
    clocks: dict[str, float] = field(default_factory=dict[str, float])
    """Where each worker was when its last reply ended, in virtual seconds since the plan."""
    answered: list[Answered] = field(default_factory=list[Answered])
    replies: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Seconds of each worker's replies."""
    own: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Real seconds of each worker between its replies."""
    _stamps: dict[str, float] = field(default_factory=dict[str, float])
    """When that reply was sent, of `time.monotonic`."""
    _held: list[tuple[float, int, str, asyncio.Future[None]]] = field(
        default_factory=list[tuple[float, int, str, asyncio.Future[None]]]
    )
    _numbers: count[int] = field(default_factory=count)
    _warm: float | None = None
    """When the first byte of the first reply comes: nobody's first request is sent before."""
    _now: float = 0.0
    """When the last reply ended that was let go."""
    _met: float = 0.0
    """When the workers met the last time, because all were done and some were woken."""
    _ends: Ends | None = None
    _looking: asyncio.Task[None] | None = None

    @property
    def ends(self) -> Ends:
        """What the log says, as of the last look."""
        if self._ends is None:
            self._ends = Ends(self.find_log())
        return self._ends

    async def hold(self, served: Served, arrived: float) -> None:
        """See `Pace.hold`."""
        conversation = Conversation(served.body)
        number = briefing_of(conversation)
        worker = self.ends.log.look(lambda state: state.briefings[number].worker) or ""
        begun = self._begun(worker, arrived, is_first=conversation.turns == 0)
        uncached = served.used.uncached + served.used.written
        reply, output = _key(served), served.output_tokens
        seconds = self.model.seconds(reply, uncached, output, worker)
        if self._warm is None:
            self._warm = begun + self.model.first(seconds, uncached, output)
        self.answered.append(Answered(_symbol(served), seconds, reply, uncached, output))
        self.replies[worker] += seconds
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._held, (begun + seconds, next(self._numbers), worker, turn))
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._release())
        await turn

    def finished(self) -> float:
        """When the last worker was done, in virtual seconds since the plan."""
        self.ends.look()
        return max(self._ended(worker) for worker in self.clocks)

    def shares(self) -> Shares:
        """Where the time went, when all is over."""
        last, count = self.finished(), self.workers
        replies, own = sum(self.replies.values()), sum(self.own.values())
        own += sum(self._since(worker, self.ends.by_worker[worker]) for worker in self.clocks)
        idle = last * count - sum(self._ended(worker) for worker in self.clocks)
        waiting = last * count - replies - own - idle
        return Shares(replies / count, own / count, waiting / count, idle / count)

    def _ended(self, worker: str) -> float:
        return self.clocks[worker] + self._since(worker, self.ends.by_worker[worker])

    def _begun(self, worker: str, arrived: float, *, is_first: bool) -> float:
        """Where a worker's clock is when its request comes."""
        self.ends.look()
        if self.ends.is_meeting:
            self.ends.is_meeting = False
            self._meet()
        if worker not in self._stamps:
            self.clocks[worker], self._stamps[worker] = 0.0, self._met or self.ends.planned
        elif self._was_idle(worker):
            self._go_on(worker)
        own = self._since(worker, arrived)
        self.own[worker] += own
        now = self.clocks[worker] + own
        return max(now, self._warm or 0.0) if is_first else now

    def _meet(self) -> None:
        """All were done, and some are woken: that is not before the last one was done."""
        together, self._met = self.finished(), self.ends.ended
        for worker in self.clocks:
            self.own[worker] += self._since(worker, self.ends.by_worker[worker])
            self.clocks[worker], self._stamps[worker] = together, self._met

    def _was_idle(self, worker: str) -> bool:
        """Whether a worker waited between two briefings until there was something to do."""
        ended, taken = self.ends.by_worker.get(worker, 0.0), self.ends.taken[worker]
        is_new = self._stamps[worker] < ended and self._met < ended
        return is_new and taken - ended > _PATIENCE

    def _go_on(self, worker: str) -> None:
        """A worker that was idle goes on, not before the moment at which it was given something."""
        self.own[worker] += self._since(worker, self.ends.by_worker[worker])
        self.clocks[worker] = max(self._ended(worker), self._now)
        self._stamps[worker] = self.ends.taken[worker]

    def _since(self, worker: str, when: float) -> float:
        return max(0.0, when - self._stamps[worker])

    async def _release(self) -> None:
        """Let the first one go as soon as all that live are waiting; again while any are held."""
        while self._held:
            if len(self._held) >= self.ends.log.look(_at_work) and self._is_settled():
                ends, _, worker, turn = heapq.heappop(self._held)
                self._now = self.clocks[worker] = ends
                self._stamps[worker] = time.monotonic()
                turn.set_result(None)
            await asyncio.sleep(_LOOK)

    def _is_settled(self) -> bool:
        """Whether all workers have something to do, or those that have nothing will not find anything."""
        self.ends.look()
        is_full = len(self._held) == self.workers
        return is_full or time.monotonic() - self.ends.changed > _PATIENCE


def _at_work(state: State) -> int:
    """How many workers are at a briefing."""
    return sum(one.progress == "working" for one in state.briefings.values())


@dataclass(frozen=True, slots=True)
class RealTime:
    """Replies take what they take; a `Pace` of the server that sleeps."""

    model: Model

    async def hold(self, served: Served, arrived: float) -> None:
        """See `Pace.hold`."""
        uncached = served.used.uncached + served.used.written
        seconds = self.model.seconds(_key(served), uncached, served.output_tokens)
        await asyncio.sleep(max(0.0, arrived + seconds - time.monotonic()))


def _key(served: Served) -> str:
    """What a reply does first, whether it is done then or not; a `done` also of which briefing."""
    calls = [p for p in served.reply.parts if isinstance(p, Call)]
    about = [] if _symbol(served) else owned(Conversation(served.body))
    return json.dumps([calls[0].tool, dict(calls[0].input), about], sort_keys=True)


def _symbol(served: Served) -> str:
    """The symbol or file that a reply is about; empty for `done`."""
    for part in served.reply.parts:
        if isinstance(part, Call):
            return str(part.input.get("symbol") or part.input.get("path") or "")
    return ""


def ideal(answered: Sequence[Answered], workers: int) -> float:
    """The seconds of the longest-processing-time schedule of the symbols' work."""
    work: defaultdict[str, float] = defaultdict(float)
    for one in answered:
        if one.symbol:
            work[one.symbol] += one.seconds
    free = [0.0] * workers
    for seconds in sorted(work.values(), reverse=True):
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)
