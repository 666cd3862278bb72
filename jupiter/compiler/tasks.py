"""The parts of a run as Prefect tasks, and a run as what a flow returns."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, TypeVar, cast
from uuid import UUID

from prefect import Task, allow_failure
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.exceptions import Pause
from prefect.futures import PrefectConcurrentFuture
from prefect.runtime import deployment, flow_run
from prefect.states import Cancelled, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from jupiter.compiler.form import Waits, ask_at_server
from jupiter.compiler.mirror import Mirror
from jupiter.conductor import Mapped, Question, in_order
from jupiter.errors import Interrupted, JupiterError
from jupiter.execution import Run
from jupiter.model.report import Report
from jupiter.run import execute
from jupiter.session.approvals import is_refused

T = TypeVar("T")


@dataclass(slots=True)
class Ending:
    """How a run ended, and how many tasks Prefect has to know of."""

    outcome: Report | JupiterError | None = None
    tasks: int = 0


class Tasks:
    """The conductor whose parts are Prefect tasks.

    A part's value, or what it raised, is handed over here and not through Prefect: its results are
    stored and restored in ways that depend on settings.
    """

    def __init__(self, ending: Ending) -> None:
        self.ending = ending
        self._before: list[State[Any]] = []
        """The states of the parts that the next one follows: what the UI draws as a graph."""

    def call(self, title: str, function: Callable[[], T]) -> T:
        """See `jupiter.conductor.Conductor.call`."""
        values: list[T] = []
        errors: list[BaseException] = []

        def part() -> State[Any] | None:
            return _recorded(lambda: values.append(function()), errors)

        self.ending.tasks += 1
        name = title.split(" ", 1)[0]
        task = Task(part, name=name, task_run_name=title, cache_policy=NO_CACHE)
        self._before = [task(return_state=True, wait_for=self._after())]
        if errors:
            raise errors[0]
        return values[0]

    def map(self, mapped: Mapped, workers: int) -> None:
        """See `jupiter.conductor.Conductor.map`; a briefing in which something failed is a failed task."""
        errors: list[BaseException] = []

        def briefing(number: int, title: str) -> State[Any] | None:  # noqa: ARG001 # Prefect names the task run by it
            failed: list[str | None] = []
            state = _recorded(lambda: failed.append(mapped.call(number)), errors)
            return Failed(message=failed[0]) if failed and failed[0] else state

        task: Task[..., Any] = Task(
            briefing, name="briefing", task_run_name="{title}", cache_policy=NO_CACHE
        )
        runner: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=workers)
        futures: dict[int, PrefectConcurrentFuture[Any]] = {}

        def begin(ready: Sequence[int]) -> list[Future[Any]]:
            self.ending.tasks += len(ready)
            arguments = {"number": list(ready), "title": [mapped.titles[one] for one in ready]}
            wanted = {one for number in ready for one in mapped.after.get(number, ())}
            ended = [allow_failure(_ended(futures[one])) for one in sorted(wanted & futures.keys())]
            before: Any = ended or self._after()  # Prefect takes states too, but does not say so
            begun = cast(
                "list[PrefectConcurrentFuture[Any]]", list(runner.map(task, arguments, before))
            )
            futures.update(zip(ready, begun, strict=True))
            return [one.wrapped_future for one in begun]

        with runner:
            in_order(mapped, workers, begin)
        self._before = [_ended(future) for future in futures.values()] or self._before
        if errors:
            raise errors[0]

    def ask(self, question: Question) -> None:
        """See `Conductor.ask`; a run of a deployment ends here, and is begun again with the answer."""
        run: Any = flow_run
        times = int(run.run_count or 1)
        ask_at_server(question, UUID(str(run.id)), times, suspend=deployment.id is not None)

    def _after(self) -> list[Any]:
        """What the next part follows, whether it failed or not: that is the run's business."""
        return [allow_failure(state) for state in self._before]


def _ended(future: PrefectConcurrentFuture[Any]) -> State[Any]:
    future.wait()
    return future.state


def _recorded(function: Callable[[], None], errors: list[BaseException]) -> State[Any] | None:
    """The state of a task that does this: a known error is a message, not a traceback."""
    try:
        function()
    except Interrupted as error:
        errors.append(error)
        return Cancelled(message=str(error))
    except JupiterError as error:
        errors.append(error)
        return Failed(message=str(error))
    except BaseException as error:
        errors.append(error)
        raise
    return None


def run_as_flow(begin: Callable[[], Run], tasks: Tasks) -> State[Any] | dict[str, Any]:
    """Begin a run and carry it out; what the flow is to return, and in `tasks.ending` how it was."""
    ending = tasks.ending
    try:
        run = begin()
        base = run.source.snapshot.file
        with _stopped_by_signals(run), Mirror(run.log, flow_run.id, base) as mirror:
            report = execute(run, tasks)
            mirror.report(report)
    except Waits as waits:
        raise Pause(state=waits.state) from waits
    except Interrupted as error:
        ending.outcome = error
        return Cancelled(message=str(error))
    except JupiterError as error:
        ending.outcome = error
        return Failed(message=str(error))
    ending.outcome = report
    if report.status == "failed":
        # A person's no is a decision: nobody is to be called because of it.
        refused = run.log.look(is_refused)
        return (Cancelled if refused else Failed)(message=report.reason)
    return report.model_dump(mode="json")


@contextmanager
def _stopped_by_signals(run: Run) -> Generator[None]:
    """Ctrl-C and SIGTERM end the run cleanly: its workers stop, and no exception hits Prefect."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        run.interrupt()

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
