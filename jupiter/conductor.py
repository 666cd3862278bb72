"""How the parts of a run are called, and how a person hears of them.

A run is carried out by a `Conductor`: `Threads` here, Prefect tasks in `jupiter.compiler`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")


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

    def map(
        self, titles: Mapping[int, str], function: Callable[[int], str | None], workers: int
    ) -> None:
        """Call a part for each briefing id, `workers` at a time.

        A text that it returns says what failed in that briefing; the others go on.
        """
        ...

    def ask(self, question: Question) -> None:
        """Let a person answer; returns when the log has the answer or the run is to stop."""
        ...


class Threads:
    """The plain conductor: calls in this thread, maps on threads."""

    def call(self, title: str, function: Callable[[], T]) -> T:  # noqa: ARG002  a title is for those who show it
        """See `Conductor.call`."""
        return function()

    def map(
        self, titles: Mapping[int, str], function: Callable[[int], str | None], workers: int
    ) -> None:
        """See `Conductor.map`."""
        with ThreadPoolExecutor(workers) as threads:
            for _ in threads.map(function, titles):
                pass

    def ask(self, question: Question) -> None:
        """See `Conductor.ask`."""
        question.wait()


@dataclass(frozen=True, slots=True)
class Notice:
    """A line of progress for a person: a part of the run, and what it has come to."""

    part: str
    text: str
    question: Question | None = None
    """What whoever hears of it may answer."""


Listener = Callable[[Notice], None]
