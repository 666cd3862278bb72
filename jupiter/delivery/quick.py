"""Quick checks: the command by which agents look at the tree as it is, while they work."""

from __future__ import annotations

import threading
from pathlib import Path

from jupiter.delivery.verification import Verification
from jupiter.errors import SurroundingsError
from jupiter.fold.tree import changed_files
from jupiter.index.source import Source
from jupiter.model.step import AgentStep, CommandStep, RunStep
from jupiter.session.session import Session


class QuickChecks:
    """Runs the `check` of agent steps, one at a time, in a scratch tree of its own."""

    def __init__(self, source: Source, scratch: Path, stop: threading.Event) -> None:
        self._source = source
        self._verification = Verification(source, scratch / "quick", stop)
        self._lock = threading.Lock()

    def run(self, session: Session) -> str:
        """What the check of a briefing's step says of the tree at this moment; empty if it has none.

        Raises:
            Interrupted: the run was stopped.
        """
        step = self._source.recipe.steps[session.briefing.task.steps[0]]
        if not isinstance(step, AgentStep | CommandStep) or step.check is None:
            return ""
        log, base = session.log, session.base
        with self._lock:
            changed = log.look(lambda state: changed_files(state, base, log.get))
            try:
                done = self._verification.check("check", RunStep(run=step.check), changed, _silent)
            except SurroundingsError as error:
                return f"the check cannot be run: {error}"
        return f"exit code {done.exit_code}\n{done.output}"


def _silent(_text: str) -> None:
    """Nobody is told of each step of a check."""
