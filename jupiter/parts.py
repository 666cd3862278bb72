"""The parts of a run: plan, work, integrate, verify, deliver, report. Plain functions over the `Run`."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from itertools import count
from pathlib import Path

from jupiter.code.tiles import is_python
from jupiter.conductor import Conductor, Mapped, Notice
from jupiter.delivery.baseline import verdict
from jupiter.delivery.branch import deliver_branch
from jupiter.delivery.changes import changes
from jupiter.delivery.estimate import estimate
from jupiter.delivery.failures import failures
from jupiter.delivery.patch import patch, write_patch
from jupiter.delivery.place import Wanted
from jupiter.delivery.quick import QuickChecks
from jupiter.delivery.repair import attributed, rounds
from jupiter.delivery.report import notices, report
from jupiter.dividing import with_goals
from jupiter.engines.hands import Hands
from jupiter.engines.setting import Grounds, Setting
from jupiter.engines.work import EngineOf, Work, engines, woken, workers
from jupiter.errors import LogError, VerificationError
from jupiter.execution import Run
from jupiter.fold.state import State
from jupiter.fold.tree import changed_files
from jupiter.index.contracts import findings
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.finding import Finding
from jupiter.model.plan import Plan
from jupiter.model.repair import Attributed, ContractsChecked, Failure
from jupiter.model.report import Report, Seconds
from jupiter.model.run_events import (
    CheckFinished,
    Owned,
    RunDelivered,
    RunFinished,
    Status,
    WavePlanned,
)
from jupiter.model.step import RunStep
from jupiter.model.symbol import counted, listed
from jupiter.planner.deal import is_other_deal
from jupiter.planner.plan import Wave
from jupiter.planner.wave import deal_for, plan
from jupiter.system.process import child_environment


def make_plan(run: Run, wave: Wave, first_id: int) -> Plan:
    """Plan one wave on the tree that the earlier ones have left, and log who owns what."""
    with run.timed("plan"):
        run.index = run.index_now()
        wave = with_goals(run, wave)
        make = partial(plan, run.source, wave, run.index, run.changed, first_id)
        planned = make(deal=deal_for(run.source, wave.number))
        logged = run.log.look(lambda state: state.deals.get(wave.number, ()))
        if is_other_deal(logged, planned.plan):  # a person had dealt it, before the run was resumed
            planned = make(deal=logged)
        made, run.contexts = planned.plan, planned.contexts
        guess = estimate(made, run.source.recipe, run.rates)
        made = made.model_copy(update={"estimate": guess})
        run.workers = max(run.workers, made.workers)
        if not run.log.look(partial(_is_planned, made)):
            run.record(planned_event(made))
    owned = counted(symbol for b in made.briefings for symbol in b.owned_at_start)
    text = f"{', '.join(made.steps)}: {owned} in {len(made.briefings)} briefings"
    run.listen(Notice("plan", text))
    return made


_SHOWN = 5  # findings that a person is told of while the run goes on


@dataclass(slots=True)
class Crew:
    """Who carries out the briefings of one wave; it can be called again."""

    run: Run
    plan: Plan
    wave: Wave
    _engine_of: EngineOf | None = None

    def go(self, conductor: Conductor) -> None:
        """Carry out the briefings that have not ended, until nobody is woken any more.

        What fails in one is in the log. Nothing is done in a wave on which another has been planned.
        """
        run = self.run
        left = run.log.look(partial(_left, self.plan))
        if run.log.look(lambda state: state.wave) != self.plan.wave:
            return
        if not left and not self.wave.agents:
            return
        with run.timed("work"):
            steps = {**self.wave.steps, **self.wave.agents}
            engine_of = self._engine_of or engines(self.plan, steps, _setting(run))
            self._engine_of = engine_of
            base = run.source.snapshot.file
            hands = Hands(self.plan, run.log)

            def more() -> tuple[int, ...]:
                return () if run.stop.is_set() else woken(self.plan, engine_of, run.log, base)

            if first := tuple(briefing.id for briefing in left) or more():
                mapped = Mapped(
                    call=_told(run, self.plan, len(first), workers(hands, engine_of, base)),
                    titles={b.id: f"briefing {b.id}: {b.task.goal}" for b in self.plan.briefings},
                    first=first,
                    after={b.id: b.after for b in self.plan.briefings if b.after},
                    more=more,
                    # Of others than agents the pace tells nothing.
                    pick=hands.fitting if self.wave.agents else None,
                )
                conductor.map(mapped, self.plan.workers)


def _told(run: Run, plan: Plan, expected: int, carry_out: Work) -> Work:
    """The work of a plan, of which a person hears; beyond those `expected` they are woken."""
    briefings = {briefing.id: briefing for briefing in plan.briefings}
    done = count(1)

    def one(number: int) -> str | None:
        failed = carry_out(number)
        text, so_far = run.log.look(lambda state: _done(number, state)), next(done)
        again = f"{so_far} of {expected}" if so_far <= expected else "woken by a change"
        run.listen(Notice("work", f"{text} ({again})"))
        if failed is None:
            return None
        steps, owned = briefings[number].task.steps, briefings[number].symbols_owned
        return f"{text}, {', '.join(steps)} on {listed(owned)}: {failed}"

    return one


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
        limiter=run.limiter,
        shares=run.shares,
        grounds=Grounds(run.source.snapshot, run.changed, run.source.lookup, _path(run)),
    )


def _path(run: Run) -> Callable[[], str]:
    """Where commands look for programs: in the recipe's environment, else beside Jupiter first."""
    changed = dict(run.changed)

    @cache
    def found() -> str:
        own = run.verification.path(changed, lambda text: run.listen(Notice("work", text)))
        beside = str(Path(sys.executable).parent)
        return own or os.pathsep.join((beside, child_environment()["PATH"]))

    return found


def _as_it_is(briefing: WorkerBriefing) -> WorkerBriefing:
    return briefing


def _done(number: int, state: State) -> str:
    briefing = state.briefings[number]
    symbols, files = len(briefing.symbols_changed), len(briefing.paths_changed)
    return f"{briefing.worker}: briefing {number}, {symbols} symbols in {files} files"


def integrate(run: Run, wave: int) -> tuple[Attributed, ...]:
    """Fold the log: its tree at the end of the wave is where the next one starts; what does not fit in it."""
    with run.timed("integrate"):
        base = run.source.snapshot.file
        files = run.log.look(lambda state: changed_files(state, base, run.log.get, wave))
        run.changed = {path: file for path, file in files.items() if file != base(path)}
    text = f"{len(run.changed)} files differ from {run.source.snapshot.commit[:12]}"
    run.listen(Notice("integrate", text))
    if run.log.look(lambda state: state.wave) > wave:
        return ()
    return check_contracts(run)


def check_contracts(run: Run) -> tuple[Attributed, ...]:
    """What of the tree does not fit together as it did on the base; logged when it is not known yet."""
    was_broken = run.log.look(lambda state: bool(state.contracts and state.contracts[-1].findings))
    if not was_broken and not any(is_python(path) for path in run.changed):
        return ()
    with run.timed("integrate"):
        found = findings(run.source.index, run.index_now())
        checked = run.log.look(lambda state: _checked(state, found))
        if not run.log.look(lambda state: checked in state.contracts):
            run.record(checked)
    text = f"{len(checked.findings)} places do not fit together" if found else "all fits together"
    run.listen(Notice("contracts", text))
    for one in checked.findings[:_SHOWN]:
        whose = f" (briefing {one.briefing})" if one.briefing is not None else ""
        run.listen(Notice("contracts", f"{one.path}:{one.line}: {one.message}{whose}"))
    return checked.findings


def verify(run: Run, name: str, step: RunStep) -> None:
    """Run one `run` step on the tree as it is; raises VerificationError when it is red."""

    def say(text: str) -> None:
        run.listen(Notice("verify", text))

    with run.timed("verify"):
        result = run.verification.check(name, step, run.changed, say)
        finished = CheckFinished(
            command=result.asked,
            exit_code=result.exit_code,
            seconds=result.seconds,
            output=result.output,
            comparison=result.comparison,
            tests=result.tests,
        )
        run.record(finished, step=name)
    say(f"{name}: exit {result.exit_code} in {result.seconds:.1f} s")
    if result.comparison is not None:
        say(f"{name}: {verdict(result.comparison)}")
    accept(name, finished)


def accept(name: str, check: CheckFinished) -> None:
    """Raise VerificationError when a check is red."""
    if not check.is_green:
        told = check.comparison
        why = verdict(told) if told else f"ended with {check.exit_code}"
        raise VerificationError(f"{name}: {shlex.join(check.command)}: {why}")


def failures_of(run: Run, red: CheckFinished) -> tuple[Failure, ...]:
    """What a red check tells of, with the symbols of the tree that its output names."""
    return failures(shlex.join(red.command), red.output, run.verification.root, run.current)


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


def planned_event(made: Plan) -> WavePlanned:
    """What the log says of a plan."""
    return WavePlanned(
        wave=made.wave,
        steps=made.steps,
        workers=made.workers,
        owned=_owned(made),
        hazards=made.hazards,
        contested=made.contested,
        relations=made.relations,
        estimate=made.estimate,
    )


def _owned(plan: Plan) -> tuple[Owned, ...]:
    return tuple(
        Owned(
            briefing=b.id,
            steps=b.task.steps,
            symbols=b.owned_at_start,
            constraints=b.constraints,
            weight=b.weight,
            after=b.after,
            receives=b.receives,
        )
        for b in plan.briefings
    )


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


def _checked(state: State, found: Sequence[Finding]) -> ContractsChecked:
    return ContractsChecked(wave=state.wave, round=rounds(state), findings=attributed(found, state))
