"""The command engine: any agent or tool that edits files, in a repository of its own.

While it runs its work tree is kept in step with the log, and the session's tools are offered at a door
that `jupiter mcp` knows.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

from jupiter.engines.agent_budget import WAY_OUT, Budgets, check_paused, minutes_left, over
from jupiter.engines.agent_desk import Desk, Surroundings, is_woken, surroundings
from jupiter.engines.command_mirror import Mirror
from jupiter.engines.command_place import Place, make_place, variables
from jupiter.engines.command_prompt import command_prompt
from jupiter.engines.command_usage import used
from jupiter.engines.command_work import Work
from jupiter.engines.door import door
from jupiter.engines.received import with_received
from jupiter.engines.setting import Grounds, Setting
from jupiter.errors import AgentError, BudgetError, Interrupted, SurroundingsError
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.briefing_events import BriefingFinished, CommandFinished, UsageRecorded
from jupiter.model.plan import Plan
from jupiter.model.step import CommandStep, Limits
from jupiter.model.symbol import SymbolId
from jupiter.recipe.expressions import arguments, program_of
from jupiter.recipe.presets import Preset, preset_of
from jupiter.session.session import Session
from jupiter.system.own_repository import ignored
from jupiter.system.process import Completed, run
from jupiter.system.sandbox import can_confine, confined

OUTPUT_KEPT = 1024 * 1024
"""Bytes kept of each stream of a command."""
OUTPUT_LOGGED = 16_000
"""Bytes of the end of its output that the log keeps."""
_TAIL = 2_000  # characters of it that an error quotes


def engine(plan: Plan, steps: Mapping[str, CommandStep], setting: Setting) -> CommandEngine:
    """The engine of the command briefings of a plan.

    Raises:
        SurroundingsError: a program is missing.
    """
    grounds = setting.grounds
    assert grounds is not None  # noqa: S101 # a run has them
    mine = {name for b in plan.briefings for name in b.task.steps} & steps.keys()
    for name in sorted(mine):
        _check_program(name, steps[name], grounds)
    return CommandEngine(
        steps=steps,
        grounds=grounds,
        around=surroundings(plan, setting),
        context=setting.context,
        scratch=setting.scratch,
        stop=setting.stop,
        budget=setting.budget,
    )


@dataclass(slots=True)
class CommandEngine:
    """Carries out the command briefings of one wave."""

    steps: Mapping[str, CommandStep]
    grounds: Grounds
    around: Surroundings
    context: Callable[[WorkerBriefing], WorkerBriefing]
    """Gives a briefing the whole of its context."""
    scratch: Path
    stop: threading.Event
    budget: Limits | None = None
    """Of the run."""

    def is_woken(self, briefing: WorkerBriefing, session: Session) -> bool:
        """Whether a change that came after the briefing was done breaks what it owns; a tool never knows."""
        return bool(briefing.task.goals) and is_woken(session, self.around)

    def carry_out(self, briefing: WorkerBriefing, session: Session) -> BriefingFinished:
        """Run the briefing's commands one after the other.

        Raises:
            Interrupted: the run was stopped.
            BudgetError: the budget of the step or the run is used up.
            AgentError: a command failed, or was over its limits.
            SurroundingsError: a program is missing, or the disk refuses.
        """
        if self.stop.is_set():
            raise Interrupted("the run was stopped")
        place = make_place(self.scratch, f"command-{briefing.id}-", self.grounds)
        try:
            work = self._work(briefing, session, place)
            work.mirror.begin()
            if not briefing.task.goals:  # a tool does not know what it has done already
                work.mirror.take_back()
            with door(work.call) as file:
                place.write_mcp_config(file)
                for name in briefing.task.steps:
                    self._command(name, briefing, work, file)
        finally:
            place.remove()
        return BriefingFinished()

    def _work(self, briefing: WorkerBriefing, session: Session, place: Place) -> Work:
        whole = with_received(self.context(briefing), session)
        place.briefing.write_text(whole.model_dump_json(indent=2), "utf-8")
        desk = Desk(session, self.around)
        place.prompt.write_text(command_prompt(whole, desk, place.updates), "utf-8")
        place.updates.touch()
        repository = self.grounds.snapshot.repository
        work = Work(
            desk,
            Mirror(place, session, partial(ignored, repository, place.tree.root)),
            place.updates,
        )
        work.mirror.tell = work.tell
        return work

    def _command(self, name: str, briefing: WorkerBriefing, work: Work, file: Path) -> None:
        """Run the command of one step, and judge how it ended."""
        step = self.steps[name]
        preset = preset_of(step.command)
        minutes, is_own = self._minutes(name, work.desk.session)
        place = work.mirror.place
        paths = sorted({SymbolId.parse(one).path for one in briefing.symbols_owned})
        lookup = replace(self.grounds.lookup, briefing=place.expressions(file, paths))
        command = arguments(_written(step, preset), lookup)
        own = variables(place, preset, step.env, self.grounds.path())
        feed = place.prompt.read_bytes() if preset is not None and preset.takes_prompt else None
        with work.in_step(self.stop) as halt:
            done = run(
                _confined(command, step, preset, place, Path(own["HOME"])),
                cwd=place.tree.root,
                env=own,
                input=feed,
                timeout=None if minutes is None else minutes * 60,
                output_limit=OUTPUT_KEPT,
                stop=halt,
            )
        done = _without(done, [own[key] for key in (preset.keys if preset else ()) if key in own])
        self._record(command, done, work)
        self._account(step, preset, done, work.desk.session)
        if done.timed_out:
            _timed_out(name, step, is_own=is_own)
        self._judge(name, step, done, work.desk.session)

    def _minutes(self, name: str, session: Session) -> tuple[float | None, bool]:
        """How long a command may take, and whether the briefing's own limits say so.

        Raises BudgetError when nothing is left.
        """
        step, now, number = self.steps[name], datetime.now(UTC), session.briefing.id
        limits = Budgets(name, step.limits, step.budget, self.budget)
        check_paused(limits, session.log)
        left = session.log.look(lambda state: minutes_left(limits, state, number, now))
        if left is not None and left[0] <= 0:
            _timed_out(name, step, is_own=left[1])
        return left or (None, False)

    def _record(self, command: tuple[str, ...], done: Completed, work: Work) -> None:
        """Log how a command ended."""
        session = work.desk.session
        session.record(
            CommandFinished(
                command=command,
                exit_code=done.exit_code,
                seconds=done.seconds,
                output=session.log.put(_output(done)[-OUTPUT_LOGGED:]),
                timed_out=done.timed_out,
                confined=can_confine(),
            )
        )

    def _account(
        self, step: CommandStep, preset: Preset | None, done: Completed, session: Session
    ) -> None:
        """Record what an agent says it has used."""
        found = used(preset.report, done.stdout) if preset is not None else None
        if found is None:
            return
        session.record(
            UsageRecorded(
                model=step.model or str(step.command),
                input_tokens=found.input_tokens,
                cache_write_tokens=found.cache_write_tokens,
                cache_read_tokens=found.cache_read_tokens,
                output_tokens=found.output_tokens,
                usd=found.usd,
                stop=found.stop,
                reply=session.log.put(b"[]"),
                turns=max(1, found.turns),
            )
        )
        if found.is_error:
            said = f"{found.stop or 'an error'}" + (f": {found.message}" if found.message else "")
            raise AgentError(f"{step.command} did not come to an end: {said}")

    def _judge(self, name: str, step: CommandStep, done: Completed, session: Session) -> None:
        if not done.ok:
            said = _output(done).decode(errors="replace").strip()[-_TAIL:]
            raise AgentError(f"steps.{name}: ended with exit code {done.exit_code}: {said}")
        number = session.briefing.id
        spent = session.log.look(lambda state: state.briefings[number].spent)
        if (why := over(step.limits, spent, 0.0, reached=False)) is not None:
            raise AgentError(f"the briefing is over its limits: {why}")


def _timed_out(name: str, step: CommandStep, *, is_own: bool) -> NoReturn:
    """Say whose minutes are over."""
    if is_own and step.limits is not None:
        minutes = step.limits.minutes
        raise AgentError(f"steps.{name}: the briefing is over its limits: {minutes:g} minutes")
    raise BudgetError(
        f"the minutes of the budget of steps.{name} or of the run are used up; {WAY_OUT}"
    )


def _written(step: CommandStep, preset: Preset | None) -> str | tuple[str, ...]:
    """The command as a recipe would write it: of a preset with the flags for what the step says."""
    if preset is None:
        return step.command
    limits = step.limits or Limits.model_construct()
    flags = ((preset.model, step.model), (preset.turns, limits.turns), (preset.usd, limits.usd))
    given = [part for flag, value in flags if flag and value for part in (flag, f"{value}")]
    own = preset.confined if can_confine() else preset.bare
    return (*preset.program, *given, *own, *preset.flags)


def _confined(
    command: tuple[str, ...], step: CommandStep, preset: Preset | None, place: Place, home: Path
) -> list[str]:
    if not can_confine():
        return list(command)
    homes = [home / name for name in preset.home] if preset is not None else []
    network = step.network or preset is not None
    return confined(command, [place.folder, *homes], network=network)


def _check_program(name: str, step: CommandStep, grounds: Grounds) -> None:
    """Look for a program before any briefing begins; one with a path is the repository's own."""
    preset = preset_of(step.command)
    program = program_of(step.command) if preset is None else preset.program[0]
    if "/" not in program and shutil.which(program, path=grounds.path() or None) is None:
        raise SurroundingsError(
            f"steps.{name}: the program {program!r} was not found; install it, or let "
            "`environment.setup` do that"
        )


def _without(done: Completed, secrets: Iterable[str]) -> Completed:
    """What a command has said, without the secrets that it was given."""
    stdout, stderr = done.stdout, done.stderr
    for secret in filter(None, secrets):
        stdout = stdout.replace(secret.encode(), b"***")
        stderr = stderr.replace(secret.encode(), b"***")
    return replace(done, stdout=stdout, stderr=stderr)


def _output(done: Completed) -> bytes:
    return done.stdout + (b"\n" if done.stdout and done.stderr else b"") + done.stderr
