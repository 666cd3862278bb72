"""The codemod engine: any LibCST `CodemodCommand`, unchanged, once a whole file, in the pool.

It reads the file's text at the start of the wave and writes one `file` edit, so its result does not
depend on what other workers do meanwhile. A file that a command fails on stays as it was.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from jupiter.engines.pool import Pool
from jupiter.engines.transform import (
    Cache,
    Command,
    check_command,
    resolve_metadata,
    transform,
)
from jupiter.errors import CodemodError, Interrupted
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.event import BriefingFinished, EditAccepted, FileFailure
from jupiter.session.session import Session, step_name

WARNINGS_KEPT = 100


@dataclass(frozen=True, slots=True)
class CodemodEngine:
    """Carries out briefings of codemod steps; `commands` and `metadata` are by step.

    `root` is the folder that paths are relative to; `texts` are those at the start of the wave.
    """

    pool: Pool
    commands: Mapping[str, Command]
    metadata: Mapping[str, Mapping[str, Cache]]
    root: str
    texts: Mapping[str, bytes]
    stop: threading.Event = field(default_factory=threading.Event)

    def carry_out(self, briefing: WorkerBriefing, session: Session) -> BriefingFinished:
        """Run the briefing's commands on every file that it owns; raises Interrupted when stopped."""
        failures: list[FileFailure] = []
        warnings: list[str] = []
        for path in briefing.symbols_owned:
            if self.stop.is_set():
                raise Interrupted("the run was stopped")
            if (reason := self._one(path, briefing, session, warnings)) is not None:
                failures.append(FileFailure(path=path, step=step_name(briefing), reason=reason))
        return BriefingFinished(failures=tuple(failures), warnings=tuple(warnings[:WARNINGS_KEPT]))

    def _one(
        self, path: str, briefing: WorkerBriefing, session: Session, warnings: list[str]
    ) -> str | None:
        steps = briefing.task.steps
        before = self.texts[path]
        caches = [self.metadata.get(step, {}).get(path, {}) for step in steps]
        commands = [self.commands[step] for step in steps]
        try:
            result = self.pool.run(transform, commands, self.root, path, before, caches)
        except CodemodError as error:
            return str(error)
        warnings.extend(result.warnings)
        if result.text == before:
            return None
        verdict = session.write_file(path, before, result.text)
        return None if isinstance(verdict, EditAccepted) else f"refused: {verdict.message}"


def check(pool: Pool, commands: Mapping[str, Command]) -> None:
    """Load every command once; raises RequestError for the first one that cannot run."""
    for command in commands.values():
        pool.run(check_command, command)


def metadata_of(
    pool: Pool, commands: Mapping[str, Command], root: str, paths: Mapping[str, tuple[str, ...]]
) -> dict[str, dict[str, Cache]]:
    """The full-repository metadata of each step's command, by step and path; resolved before the map."""
    return {
        step: pool.run(resolve_metadata, command, root, paths[step])
        for step, command in commands.items()
    }
