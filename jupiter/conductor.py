"""How the parts of a run are called, and how a person hears of them.

A run is carried out by a `Conductor`: `Threads` here, Prefect tasks in `jupiter.compiler`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

After = Mapping[int, Collection[int]]
"""The briefings that have to end before one begins, by its id."""


def _nothing() -> Sequence[int]:
    return ()


@dataclass(frozen=True, slots=True)
class Mapped:
    """A part of a run that is called for each of several briefings."""

    call: Callable[[int], str | None]
    """Takes a briefing's id. A text that it returns says what failed in that briefing; the others go on."""
    titles: Mapping[int, str]
    """What a person reads, for each that may be begun."""
    first: Sequence[int]
    """Those that are begun, in this order."""
    after: After = field(default_factory=dict[int, Collection[int]])
    more: Callable[[], Sequence[int]] = _nothing
    """Asked whenever one has ended and none waits: those that are to be begun now, some of them once more."""
    pick: Callable[[Sequence[int]], int | None] | None = None
    """Which of those that may begin now the next free worker begins with, or none of them yet; the first
    one where nobody picks."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says to a question: whether to go on, without what, and why."""

    approved: bool
    leave_out: tuple[int, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a run asks a person, and the ways to answer: the first answer on the log counts."""

    run: str
    step: str
    text: str
    briefings: Mapping[int, str]
    """Those that may be left out, each with what it owns."""
    answer: Callable[[Answer], None]
    """Raises RequestError when somebody was faster, or something cannot be left out."""
    is_open: Callable[[], bool]
    wait: Callable[[], None]
    """Returns when there is an answer, or the run is to stop."""


class Conductor(Protocol):
    """How the parts of a run are called: directly, or as tasks of somebody's."""

    def call(self, title: str, function: Callable[[], T]) -> T:
        """Call one part; `title` is what a person reads."""
        ...

    def map(self, mapped: Mapped, workers: int) -> None:
        """Call a part for its briefings, `workers` at a time; each when those that it is after have ended."""
        ...

    def ask(self, question: Question) -> None:
        """Let a person answer; returns when the log has the answer or the run is to stop."""
        ...


_LOOK = 0.5
"""Seconds after which a wait is taken up again: Python handles signals in the main thread alone, and one
that the system has given to another thread does not wake it."""


class Threads:
    """The plain conductor: calls in this thread, maps on threads."""

    def call(self, title: str, function: Callable[[], T]) -> T:  # noqa: ARG002 # a title is for those who show it
        """See `Conductor.call`."""
        return function()

    def map(self, mapped: Mapped, workers: int) -> None:
        """See `Conductor.map`."""
        with ThreadPoolExecutor(workers, "briefing") as threads:
            submit = partial(threads.submit, mapped.call)
            in_order(mapped, workers, lambda ready: [submit(one) for one in ready])

    def ask(self, question: Question) -> None:
        """See `Conductor.ask`."""
        question.wait()


def in_order(
    mapped: Mapped, workers: int, begin: Callable[[Sequence[int]], Sequence[Future[Any]]]
) -> None:
    """Begin briefings, each when those that it is after have ended; returns when all have.

    Nothing more is begun once one has raised; its error is raised when all that was begun has ended.
    """
    waiting, running = list(mapped.first), dict[Future[Any], int]()
    while waiting or running:
        busy = {*waiting, *running.values()}
        ready = [one for one in waiting if busy.isdisjoint(mapped.after.get(one, ()))]
        if mapped.pick is not None:
            picked = mapped.pick(ready) if ready and len(running) < workers else None
            ready = [] if picked is None else [picked]
        if ready:
            waiting = [one for one in waiting if one not in ready]
            running |= zip(begin(ready), ready, strict=True)
            continue
        done, _ = wait(running, _LOOK, FIRST_COMPLETED)
        for one in done:
            del running[one]
            _raised(one, running)
        if done and not waiting:
            waiting = [one for one in mapped.more() if one not in running.values()]


def _raised(done: Future[Any], running: Iterable[Future[Any]]) -> None:
    """Raise what a briefing has raised; what has not really begun then does not begin."""
    try:
        done.result()
    except BaseException:
        for one in running:
            one.cancel()
        raise


@dataclass(frozen=True, slots=True)
class Notice:
    """A line of progress for a person: a part of the run, and what it has come to."""

    part: str
    text: str
    question: Question | None = None
    """What whoever hears of it may answer."""


Listener = Callable[[Notice], None]
