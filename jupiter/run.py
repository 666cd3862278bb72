"""A run as a table of contents: load, index, plan, work, integrate, verify, deliver.

`execute` names the parts in order; each is a plain function over the `Run`. A `Conductor` decides how
they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain

from jupiter.approval import ask
from jupiter.conductor import Conductor
from jupiter.delivery.report import status_of
from jupiter.errors import BudgetError, Interrupted, LogError, Suspended, VerificationError
from jupiter.execution import Run, close
from jupiter.fold.state import State
from jupiter.mending import Mending
from jupiter.model.plan import Plan
from jupiter.model.report import Report
from jupiter.model.run_events import RunFinished, RunStopped, RunVerified, Status
from jupiter.model.step import ApproveStep, RunStep
from jupiter.model.symbol import listed
from jupiter.parts import Crew, accept, deliver, finish, integrate, make_plan, verify
from jupiter.planner.plan import Wave
from jupiter.planner.wave import wave_of
from jupiter.recipe.waves import waves

_DELIVERED = frozenset({"done", "partial", "budget"})
"""How a run may end that delivers what it has."""


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
    done: Mending | None = None
    for number, names in enumerate(order, start=1):
        if run.changed or first_id == 1:
            _judge_or_mend(run, order[:number], conductor, done)
        run.go_on()
        wave = wave_of(recipe, number, names)
        if not wave.is_empty:
            made = ahead.pop(number, None) or _plan_of(run, wave, first_id, conductor)
            first_id += len(made.briefings)
            crew = Crew(run, made, wave)
            crew.go(conductor)
            run.go_on()
            title = f"integrate wave {number}"
            found = conductor.call(title, partial(integrate, run, number))
            done = Mending(run, crew, conductor)
            _within_budget(run)
            done.fit(found)
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
        _judge(run, run.source.recipe.steps, conductor)
    except VerificationError as red:
        run.is_green = False
        return f"{reason}; nothing was delivered: {red}"
    return reason


def _judge(run: Run, names: Iterable[str], conductor: Conductor) -> None:
    """Run those `run` steps that have not judged this tree.

    Raises:
        VerificationError: one is red, also one that was before the run was resumed.
    """
    for name in names:
        run.go_on()
        step = run.source.recipe.steps[name]
        if not isinstance(step, RunStep):
            continue
        known = run.log.look(partial(State.verdict, step=name))
        if known is None:
            conductor.call(f"verify {name}", partial(verify, run, name, step))
        else:
            accept(name, known)


def _judge_or_mend(
    run: Run, order: Sequence[Sequence[str]], conductor: Conductor, done: Mending | None
) -> None:
    """Judge the tree by the `run` steps of a wave, the last in `order`.

    What is red is given back to those whose it is, and at last left out; all steps since their wave judge
    what comes of it.
    """
    names = order[-1]
    while True:
        try:
            return _judge(run, names, conductor)
        except VerificationError:
            if done is None:
                raise
            names = list(chain.from_iterable(order[done.crew.plan.wave :]))
            if not done.heal() and not done.narrow(names):
                raise


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
        _judge(run, chain.from_iterable(order[wave:]), conductor)


def _finished(state: State) -> dict[int, str]:
    """The finished briefings of the last wave: nothing has been built on them yet."""
    return {
        number: ", ".join(one.steps) + f", {len(one.symbols_changed)} symbols"
        for number, one in state.briefings.items()
        if one.wave == state.wave and one.progress == "finished"
    }


def _record_end(run: Run, error: BaseException) -> None:
    """Log why the run stopped; a log that cannot take it must not hide the error itself."""
    interrupted = run.stop.is_set() or isinstance(error, Interrupted | KeyboardInterrupt)
    with suppress(LogError):
        run.record(RunStopped(reason=str(error) or type(error).__name__))
        run.record(RunFinished(status="interrupted" if interrupted else "failed"))
