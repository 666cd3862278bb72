"""A run as a table of contents: load, index, plan, work, integrate, verify, deliver.

`execute` names the parts in order; each is a plain function over the `Run`. A `Conductor` decides how
they are called. All that matters is in the log; what a `Run` holds beside it can be computed again.
"""

from __future__ import annotations

import os
import shlex
import shutil
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

from jupiter.approval import ask
from jupiter.bus.file import FileLog
from jupiter.conductor import Conductor, Listener, Notice
from jupiter.delivery.baseline import verdict
from jupiter.delivery.branch import deliver_branch
from jupiter.delivery.changes import changes
from jupiter.delivery.patch import check_patch, patch, write_patch
from jupiter.delivery.place import Wanted
from jupiter.delivery.quick import QuickChecks
from jupiter.delivery.report import notices, report, status_of
from jupiter.delivery.target import check_target
from jupiter.delivery.verification import Verification
from jupiter.engines.pool import Pool
from jupiter.engines.work import Setting, engines, woken, workers
from jupiter.errors import BudgetError, Interrupted, LogError, Suspended, VerificationError
from jupiter.fold.file import File
from jupiter.fold.state import State
from jupiter.fold.tree import changed_files
from jupiter.index.cache import open_cache
from jupiter.index.index import Index, build_index
from jupiter.index.source import Source, codebase
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.event import (
    CheckFinished,
    Draft,
    Owned,
    Payload,
    RunDelivered,
    RunFinished,
    RunStarted,
    RunStopped,
    RunVerified,
    Status,
    WavePlanned,
)
from jupiter.model.plan import Plan
from jupiter.model.recipe import AgentStep, ApproveStep, CodemodStep, Recipe, RunStep
from jupiter.model.report import Report, Seconds
from jupiter.model.symbol import counted, listed
from jupiter.model.version import __version__
from jupiter.planner.context import Contexts
from jupiter.planner.plan import Wave
from jupiter.planner.wave import plan, wave_of
from jupiter.recipe.waves import waves
from jupiter.system.git import Repository
from jupiter.system.lock import RunLock
from jupiter.system.state import new_run_id, runs_folder

_DELIVERED = frozenset({"done", "partial", "budget"})
"""How a run may end that delivers what it has."""


@dataclass(slots=True)
class Run:
    """One execution of a recipe on one base commit, and what has been computed for it so far."""

    source: Source
    log: FileLog
    pool: Pool
    scratch: Path
    listen: Listener
    verification: Verification
    begun: float
    stop: threading.Event
    lock: RunLock
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    changed: dict[str, File | None] = field(default_factory=dict[str, File | None])
    """The changed files after the waves that have been folded, by path; None where there is none now."""
    workers: int = 0
    contexts: Contexts | None = None
    """What gives the briefings of the wave that is under way their texts."""
    is_green: bool = True
    """Whether nothing was found red where that does not fail the run: what is half done may be."""
    shares: bool = True
    """Whether agents see what others do."""
    index: Index | None = None
    """Of the codebase at the start of the wave."""

    def read(self, path: str) -> bytes:
        """A path's text at the start of the wave."""
        file = self.changed.get(path)
        return self.source.snapshot.read(path) if file is None else file.text

    def record(self, data: Payload, step: str | None = None) -> None:
        """Append one event of the run itself."""
        self.log.record(Draft(data=data, step=step))

    def go_on(self) -> None:
        """Raise Interrupted when the run has been asked to stop."""
        if self.stop.is_set():
            raise Interrupted("the run was stopped; nothing was delivered")

    def interrupt(self) -> None:
        """Ask the run to stop, from any thread or signal handler; workers end at once."""
        self.stop.set()
        self.pool.kill()

    @contextmanager
    def timed(self, part: str) -> Generator[None]:
        """Add the wall seconds of the block to those of a part."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[part] = self.seconds.get(part, 0.0) + time.monotonic() - begun


def execute(run: Run, conductor: Conductor) -> Report:
    """The run, from its first wave to its report; the log says how it ended, whatever happens.

    Raises:
        JupiterError: the request or the surroundings were wrong, or the run was interrupted.
    """
    try:
        try:
            status, reason = _waves(run, conductor)
        except VerificationError as red:
            status, reason = "failed", str(red)
        except BudgetError as empty:
            status, reason = "budget", _judged(run, conductor, str(empty))
        verdict = RunVerified(green=status != "failed", reason=reason if status == "failed" else "")
        verified, delivered = run.log.look(lambda state: (state.verified, state.delivered))
        if verified != verdict:
            run.record(verdict)
        if status in _DELIVERED and run.changed and delivered is None and run.is_green:
            conductor.call("deliver", partial(deliver, run))
        return conductor.call("report", partial(finish, run, status, reason))
    except Suspended:
        raise
    except BaseException as error:
        _record_end(run, error)
        raise
    finally:
        close(run)


def _waves(run: Run, conductor: Conductor) -> tuple[Status, str]:
    recipe, first_id = run.source.recipe, 1
    order, ahead = waves(recipe), dict[int, Plan]()
    for number, names in enumerate(order, start=1):
        if run.changed or first_id == 1:
            _judge(run, names, conductor)
        run.go_on()
        wave = wave_of(recipe, number, names)
        if not wave.is_empty:
            made = ahead.pop(number, None) or _plan_of(run, wave, first_id, conductor)
            first_id += len(made.briefings)
            work(run, made, wave, conductor)
            run.go_on()
            conductor.call(f"integrate wave {number}", partial(integrate, run, number))
            _within_budget(run)
        for name in names:
            if isinstance(step := recipe.steps[name], ApproveStep):
                ahead = ahead or _plan_ahead(run, order, number, first_id, conductor)
                without = approve(run, name, step, ahead, conductor)
                if without and not ahead:
                    _without_left_out(run, order[:number], conductor)
    run.go_on()
    return run.log.look(partial(status_of, changed=bool(run.changed)))


def _within_budget(run: Run) -> None:
    """Raise BudgetError when a briefing had to stop for its step's or the run's budget."""
    paused = run.log.look(
        lambda state: [one.reason for one in state.briefings.values() if one.progress == "paused"]
    )
    if paused:
        raise BudgetError(paused[0])


def _judged(run: Run, conductor: Conductor, reason: str) -> str:
    """Run the checks that are left on what is finished; why the run stops, and what is red."""
    try:
        for name, step in run.source.recipe.steps.items():
            if isinstance(step, RunStep) and not run.log.look(partial(_is_passed, name)):
                conductor.call(f"verify {name}", partial(verify, run, name, step))
    except VerificationError as red:
        run.is_green = False
        return f"{reason}; nothing was delivered: {red}"
    return reason


def _judge(run: Run, names: Sequence[str], conductor: Conductor) -> None:
    """Run those `run` steps of a wave that have not judged this tree."""
    for name in names:
        run.go_on()
        step = run.source.recipe.steps[name]
        if isinstance(step, RunStep) and not run.log.look(partial(_is_passed, name)):
            conductor.call(f"verify {name}", partial(verify, run, name, step))


def _plan_of(run: Run, wave: Wave, first_id: int, conductor: Conductor) -> Plan:
    return conductor.call(f"plan wave {wave.number}", partial(make_plan, run, wave, first_id))


def _plan_ahead(
    run: Run, order: Sequence[Sequence[str]], number: int, first_id: int, conductor: Conductor
) -> dict[int, Plan]:
    """The plan of the next wave that has one, by the wave's number: a person sees it before it runs."""
    for later, names in enumerate(order[number:], start=number + 1):
        wave = wave_of(run.source.recipe, later, names)
        if not wave.is_empty:
            return {later: _plan_of(run, wave, first_id, conductor)}
    return {}


def approve(
    run: Run, name: str, step: ApproveStep, ahead: Mapping[int, Plan], conductor: Conductor
) -> tuple[int, ...]:
    """Wait for a person's yes to what comes next, or to the result when nothing does.

    Returns the briefings that the person leaves out.

    Raises:
        VerificationError: the person has refused.
    """
    run.go_on()
    briefings = {b.id: listed(b.symbols_owned) for made in ahead.values() for b in made.briefings}
    answer = ask(
        run.log,
        name,
        step.approve,
        briefings=briefings or run.log.look(_finished),
        conductor=conductor,
        listen=run.listen,
        stop=run.stop,
    )
    if answer is None:
        raise Interrupted("the run was stopped while it waited for an answer")
    if not answer.approved:
        why = f": {answer.comment}" if answer.comment else ""
        raise VerificationError(f"{name}: {step.approve!r} was refused{why}")
    return answer.leave_out


def _without_left_out(run: Run, order: Sequence[Sequence[str]], conductor: Conductor) -> None:
    """Fold the result anew, and let the checks since the last wave judge what is left of it."""
    wave = run.log.look(lambda state: state.wave)
    conductor.call(f"integrate wave {wave}", partial(integrate, run, wave))
    if run.changed:
        for names in order[wave:]:
            _judge(run, names, conductor)


def _finished(state: State) -> dict[int, str]:
    """The finished briefings of the last wave: nothing has been built on them yet."""
    return {
        number: ", ".join(one.steps) + f", {len(one.symbols_changed)} symbols"
        for number, one in state.briefings.items()
        if one.wave == state.wave and one.progress == "finished"
    }


def start(source: Source, listen: Listener, now: datetime | None = None) -> Run:
    """Open the log of a new run and its process pool.

    Raises:
        RequestError: the result cannot go where the recipe wants it.
        LogError: the log cannot be made.
    """
    begun = time.monotonic()
    _check_delivery(source.recipe, source.snapshot.repository)
    repository = source.snapshot.repository
    name = new_run_id(repository.name, now or datetime.now(UTC))
    folder = runs_folder() / name
    log = FileLog.create(folder, name, source.recipe.durability)
    run = opened(source, log, listen, begun)
    run.record(
        RunStarted(
            recipe=source.recipe.name,
            recipe_text=log.put(source.text),
            recipe_path=str(source.request.recipe.absolute()),
            workers=source.request.workers,
            parameters=dict(source.lookup.parameters),
            repository=str(repository.top or repository.git_dir),
            ref=source.request.ref,
            base_commit=source.snapshot.commit,
            jupiter=__version__,
            flow_run=source.request.flow_run,
        )
    )
    return run


def opened(source: Source, log: FileLog, listen: Listener, begun: float) -> Run:
    """A run with its log and its process pool; `begun` is in seconds of `time.monotonic`.

    Raises:
        RequestError: another process carries the run out.
    """
    lock = RunLock(log.folder)
    stop, scratch = threading.Event(), log.folder / "scratch"
    run = Run(
        source=source,
        log=log,
        pool=Pool(
            min(_most_workers(source), os.cpu_count() or 1),
            closed=source.snapshot.repository.top,
        ),
        scratch=scratch,
        listen=listen,
        verification=Verification(source, scratch, stop),
        begun=begun - source.seconds,
        stop=stop,
        lock=lock,
    )
    run.seconds["index"] = source.seconds
    return run


def make_plan(run: Run, wave: Wave, first_id: int) -> Plan:
    """Plan one wave on the tree that the earlier ones have left, and log who owns what."""
    with run.timed("plan"):
        index = run.source.index
        if run.changed:
            texts = codebase(run.source.recipe, run.source.snapshot, run.changed)
            index = build_index(texts, open_cache())
        run.index = index
        planned = plan(run.source, wave, index, run.changed, first_id)
        made, run.contexts = planned.plan, planned.contexts
        run.workers = max(run.workers, made.workers)
        if not run.log.look(partial(_is_planned, made)):
            run.record(_planned(made))
    owned = counted(symbol for b in made.briefings for symbol in b.symbols_owned)
    text = f"{', '.join(made.steps)}: {owned} in {len(made.briefings)} briefings"
    run.listen(Notice("plan", text))
    return made


def work(run: Run, made: Plan, wave: Wave, conductor: Conductor) -> None:
    """Carry out the briefings of a plan that have not ended; what fails in one is in the log."""
    left = run.log.look(partial(_left, made))
    if not left and not wave.agents:
        return
    with run.timed("work"):
        engine_of = engines(made, {**wave.steps, **wave.agents}, _setting(run))
        base = run.source.snapshot.file
        carry_out = workers(made, engine_of, run.log, base)
        left = left or woken(made, engine_of, run.log, base)
        while left and not run.stop.is_set():
            _carry_out(run, left, carry_out, conductor, made.workers)
            left = woken(made, engine_of, run.log, base)


def _carry_out(
    run: Run,
    left: tuple[WorkerBriefing, ...],
    carry_out: Callable[[int], str | None],
    conductor: Conductor,
    workers: int,
) -> None:
    done = count(1)

    def one(number: int) -> str | None:
        failed = carry_out(number)
        text = run.log.look(lambda state: _done(number, state))
        run.listen(Notice("work", f"{text} ({next(done)} of {len(left)})"))
        return failed and f"{text}, {owned[number]}: {failed}"

    titles = {b.id: f"briefing {b.id}: {b.task.goal}" for b in left}
    owned = {b.id: f"{', '.join(b.task.steps)} on {listed(b.symbols_owned)}" for b in left}
    conductor.map(titles, one, workers)


def _setting(run: Run) -> Setting:
    return Setting(
        recipe_folder=run.source.request.recipe.absolute().parent,
        scratch=run.scratch,
        read=run.read,
        pool=run.pool,
        stop=run.stop,
        index=run.index or run.source.index,
        context=run.contexts.of if run.contexts else _as_it_is,
        check=QuickChecks(run.source, run.scratch, run.stop).run,
        budget=run.source.recipe.budget,
        begun=run.begun,
        shares=run.shares,
    )


def _as_it_is(briefing: WorkerBriefing) -> WorkerBriefing:
    return briefing


def _done(number: int, state: State) -> str:
    briefing = state.briefings[number]
    symbols, files = len(briefing.symbols_changed), len(briefing.paths_changed)
    return f"{briefing.worker}: briefing {number}, {symbols} symbols in {files} files"


def integrate(run: Run, wave: int) -> None:
    """Fold the log: its tree at the end of the wave is where the next one starts."""
    with run.timed("integrate"):
        base = run.source.snapshot.file
        files = run.log.look(lambda state: changed_files(state, base, run.log.get, wave))
        run.changed = {path: file for path, file in files.items() if file != base(path)}
    text = f"{len(run.changed)} files differ from {run.source.snapshot.commit[:12]}"
    run.listen(Notice("integrate", text))


def verify(run: Run, name: str, step: RunStep) -> None:
    """Run one `run` step on the tree as it is; raises VerificationError when it is red."""

    def say(text: str) -> None:
        run.listen(Notice("verify", text))

    command = run.verification.command(step)
    with run.timed("verify"):
        say(f"{name}: {shlex.join(command)}")
        result = run.verification.check(name, step, run.changed, say)
        finished = CheckFinished(
            command=command,
            exit_code=result.exit_code,
            seconds=result.seconds,
            output=result.output,
            comparison=result.comparison,
        )
        run.record(finished, step=name)
    say(f"{name}: exit {result.exit_code} in {result.seconds:.1f} s")
    if result.comparison is not None:
        say(f"{name}: {verdict(result.comparison)}")
    if not result.green:
        why = verdict(result.comparison) if result.comparison else f"ended with {result.exit_code}"
        raise VerificationError(f"{name}: {shlex.join(command)}: {why}")


def deliver(run: Run) -> None:
    """Make the branch or the patch; the user's work tree, index and branch stay as they are."""
    place = ""
    with run.timed("deliver"):
        source, target = run.source, run.source.recipe.deliver
        made = run.log.look(
            lambda state: changes(state, run.log.run, source.snapshot.file, run.log.get)
        )
        if target.branch is not None:
            done = deliver_branch(
                source.snapshot.repository,
                source.snapshot.commit,
                Wanted(target.branch, target.if_exists, run.log.run, target.push),
                made,
                when=datetime.now(UTC),
            )
            run.record(RunDelivered(branch=done.branch, commit=done.commit))
            place = done.branch
        elif target.patch is not None:
            place = str(Path(target.patch).absolute())
            write_patch(
                Path(place), patch(source.snapshot.repository, source.snapshot.commit, made)
            )
            run.record(RunDelivered(patch=place))
    run.listen(Notice("deliver", place))


def finish(run: Run, status: Status, reason: str) -> Report:
    """Log how the run ended, and count what it did."""
    run.record(RunFinished(status=status))
    run.seconds["total"] = time.monotonic() - run.begun
    return run.log.look(lambda state: _report(run, state, status, reason))


def _is_passed(name: str, state: State) -> bool:
    """Whether a `run` step was green before the run was resumed."""
    checks = state.checks[state.judged :]
    return any(step == name and check.is_green for step, check in checks)


def _is_planned(made: Plan, state: State) -> bool:
    """Whether a wave was planned before the run was resumed; LogError if otherwise than now."""
    if made.wave > state.wave:
        return False
    known = {number for number, one in state.briefings.items() if one.wave == made.wave}
    is_same = known == {briefing.id for briefing in made.briefings}
    if not is_same or (made.wave == state.wave and not _is_owned_as_planned(made, state)):
        raise LogError(
            f"the plan of wave {made.wave} is not the one that the log has: another Jupiter or other "
            "codemods made it; start the run anew"
        )
    return True


def _is_owned_as_planned(made: Plan, state: State) -> bool:
    """Whether the log's owners are those of the plan, but for what was claimed and handed over since."""
    since = state.claimed | {one.symbol for one in state.handed_over}
    planned = {symbol: one.briefing for one in _owned(made) for symbol in one.symbols}
    return {s: n for s, n in planned.items() if s not in since} == {
        s: n for s, n in state.owners.items() if s not in since
    }


def _left(made: Plan, state: State) -> tuple[WorkerBriefing, ...]:
    return tuple(one for one in made.briefings if not state.briefings[one.id].has_ended)


def _check_delivery(recipe: Recipe, repository: Repository) -> None:
    target = recipe.deliver
    if target.branch is not None:
        check_target(repository, Wanted(target.branch, target.if_exists, push=target.push))
    elif target.patch is not None:
        check_patch(Path(target.patch).absolute())


def _planned(made: Plan) -> WavePlanned:
    return WavePlanned(
        wave=made.wave,
        steps=made.steps,
        workers=made.workers,
        owned=_owned(made),
        hazards=made.hazards,
        contested=made.contested,
    )


def _owned(plan: Plan) -> tuple[Owned, ...]:
    return tuple(
        Owned(briefing=b.id, steps=b.task.steps, symbols=b.symbols_owned, constraints=b.constraints)
        for b in plan.briefings
    )


def _most_workers(source: Source) -> int:
    steps = source.recipe.steps.values()
    asked = max(
        (step.workers for step in steps if isinstance(step, AgentStep | CodemodStep)), default=1
    )
    return source.request.workers or asked


def _report(run: Run, state: State, status: Status, reason: str) -> Report:
    return report(
        state,
        run=run.log.run,
        log=str(run.log.folder),
        base=run.source.snapshot.file,
        blob=run.log.get,
        workers=run.workers,
        status=status,
        reason=reason,
        notices=notices(run.source),
        seconds=Seconds(**{part: round(value, 3) for part, value in run.seconds.items()}),
    )


def _record_end(run: Run, error: BaseException) -> None:
    """Log why the run stopped; a log that cannot take it must not hide the error itself."""
    interrupted = run.stop.is_set() or isinstance(error, Interrupted | KeyboardInterrupt)
    with suppress(LogError):
        run.record(RunStopped(reason=str(error) or type(error).__name__))
        run.record(RunFinished(status="interrupted" if interrupted else "failed"))


def close(run: Run) -> None:
    """End the pool and remove what was only needed while the run went on."""
    run.pool.close()
    run.lock.release()
    shutil.rmtree(run.scratch, ignore_errors=True)
