"""The codemod engine: any LibCST `CodemodCommand`, unchanged, once a whole file, in the pool.

It reads the file's text at the start of the wave and writes one `file` edit, so its result does not
depend on what other workers do meanwhile. A file that a command fails on stays as it was.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat

from jupiter.engines import remote
from jupiter.engines.codemod_command import Command, Transformed
from jupiter.engines.pool import Pool
from jupiter.errors import CodemodError, Interrupted
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.briefing_events import BriefingFinished, FileFailure
from jupiter.model.tree_events import EditAccepted
from jupiter.session.session import Session
from jupiter.session.talk import step_name

WARNINGS_KEPT = 100


@dataclass(frozen=True, slots=True)
class CodemodEngine:
    """Carries out briefings of codemod steps; `commands` and `metadata` are by step.

    `root` is the folder that paths are relative to; `texts` are those at the start of the wave.
    """

    pool: Pool
    commands: Mapping[str, Command]
    metadata: Mapping[str, Mapping[str, bytes]]
    root: str
    texts: Mapping[str, bytes]
    stop: threading.Event = field(default_factory=threading.Event)

    def is_woken(self, briefing: WorkerBriefing, session: Session) -> bool:  # noqa: ARG002 # no change concerns it
        """Never: see `jupiter.engines.work.Engine`."""
        return False

    def carry_out(self, briefing: WorkerBriefing, session: Session) -> BriefingFinished:
        """Run the briefing's commands on every file that it owns and has not written before a resumption.

        Raises:
            Interrupted: the run was stopped.
        """
        failures: list[FileFailure] = []
        warnings: list[str] = []
        written = session.written()
        left = [path for path in briefing.symbols_owned if path not in written]
        cpu = 0.0
        for path, outcome in self._outcomes(left, briefing.task.steps):
            reason = outcome if isinstance(outcome, str) else self._write(path, outcome, session)
            if reason is not None:
                failures.append(FileFailure(path=path, step=step_name(briefing), reason=reason))
            if isinstance(outcome, Transformed):
                warnings.extend(outcome.warnings)
                cpu += outcome.cpu
        return BriefingFinished(
            failures=tuple(failures),
            warnings=tuple(warnings[:WARNINGS_KEPT]),
            cpu=None if written or failures else round(cpu, 3),
        )

    def _outcomes(
        self, paths: Sequence[str], steps: Sequence[str]
    ) -> Iterator[tuple[str, Transformed | str]]:
        """What became of each file, or why nothing; the pool is at the next while one is written.

        The last briefing that is under way has the processes of those that are done.
        """
        with ThreadPoolExecutor(self.pool.processes) as ahead:
            try:
                outcomes = ahead.map(self._transform, paths, repeat(steps))
                yield from zip(paths, outcomes, strict=True)
            finally:
                ahead.shutdown(wait=True, cancel_futures=True)

    def _transform(self, path: str, steps: Sequence[str]) -> Transformed | str:
        if self.stop.is_set():
            raise Interrupted("the run was stopped")
        commands = [self.commands[step] for step in steps]
        caches = [self.metadata.get(step, {}).get(path, b"") for step in steps]
        try:
            return self.pool.run(
                remote.transform, commands, self.root, path, self.texts[path], caches
            )
        except CodemodError as error:
            return str(error)

    def _write(self, path: str, outcome: Transformed, session: Session) -> str | None:
        """Hand the text to the gate; why it was refused, if it was."""
        before = self.texts[path]
        if outcome.text == before:
            return None
        verdict = session.write_file(path, before, outcome.text)
        return None if isinstance(verdict, EditAccepted) else f"refused: {verdict.message}"


def check(pool: Pool, commands: Mapping[str, Command]) -> None:
    """Load every command once; raises RequestError for the first one that cannot run."""
    for command in commands.values():
        pool.run(remote.check_command, command)


def metadata_of(
    pool: Pool, commands: Mapping[str, Command], root: str, paths: Mapping[str, tuple[str, ...]]
) -> dict[str, Mapping[str, bytes]]:
    """The full-repository metadata of each step's command, by step and path; resolved before the map."""
    return {
        step: pool.run(remote.resolve_metadata, command, root, paths[step])
        for step, command in commands.items()
    }
