"""Where the checks of a run work: a scratch tree and an environment, kept in step with the run."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from jupiter.delivery.affected_tests import told
from jupiter.delivery.baseline import Outcomes, compared, outcomes, reporting
from jupiter.delivery.run_tests import RunTests
from jupiter.delivery.verify import CheckResult, check
from jupiter.fold.file import File
from jupiter.index.source import Source
from jupiter.model.run_events import ChosenTests, Comparison
from jupiter.model.step import RunStep
from jupiter.recipe.expressions import arguments, asks_for_tests
from jupiter.system.environment import CheckEnvironment, prepare
from jupiter.system.scratch import ScratchTree


class Verification:
    """Runs `run` steps on whatever the tree is at that moment; nothing is made before the first."""

    def __init__(self, source: Source, scratch: Path, stop: threading.Event) -> None:
        self._source = source
        self._scratch = scratch
        self._stop = stop
        self._tree: ScratchTree | None = None
        self._placed: dict[str, File | None] = {}
        self._environment: CheckEnvironment | None = None
        self._tests = RunTests(source.snapshot)
        self._baselines: dict[tuple[str, tuple[str, ...]], Outcomes | None] = {}

    @property
    def root(self) -> str:
        """The folder in which checks run; empty before the first."""
        return "" if self._tree is None else str(self._tree.root)

    def tests(self, step: RunStep, changed: Mapping[str, File | None]) -> ChosenTests | None:
        """The tests that a step is about with the `changed` files; None when it does not ask for any."""
        if not asks_for_tests(step):
            return None
        return self._tests.chosen(self.command(step), changed)

    def command(self, step: RunStep, tests: ChosenTests | None = None) -> tuple[str, ...]:
        """The step's program and its arguments, with their values, and with those tests."""
        return arguments(step, replace(self._source.lookup, tests=tests.chosen if tests else ()))

    def check(
        self,
        name: str,
        step: RunStep,
        changed: Mapping[str, File | None],
        say: Callable[[str], None],
        timeout: float | None = None,
    ) -> CheckResult:
        """Run a step on the base with the `changed` files in it; it is red after `timeout` seconds.

        Raises:
            SurroundingsError: the environment cannot be set up, a program is missing, or the command
                was green on other files than the result's.
            Interrupted: the run was stopped.
        """
        tests = self.tests(step, changed)
        there = self._tests.on_result(tests, changed) if tests else None
        command = self.command(step, there)
        say(f"{name}: {shlex.join(command)}")
        if tests is not None:
            say(f"{name}: {told(tests)}")
        if step.compare is None:
            done = self._run(name, command, changed, say, timeout=timeout)
        else:
            before = self._baseline(name, step, tests, say)
            done = self._outcomes(name, command, changed, say, before=before, timeout=timeout)[0]
        return replace(done, asked=command, tests=tests)

    def _baseline(
        self, name: str, step: RunStep, tests: ChosenTests | None, say: Callable[[str], None]
    ) -> Outcomes | None:
        """How the tests of a step end on the base; it has none of those that are all new."""
        there = self._tests.on_base(tests) if tests else None
        if tests and there and tests.chosen and not there.chosen:
            return {}
        command = self.command(step, there)
        if (name, command) not in self._baselines:
            say(f"{name}: on the base, to compare with")
            self._baselines[name, command] = self._outcomes(name, command, {}, say)[1]
        return self._baselines[name, command]

    def _outcomes(
        self,
        name: str,
        command: tuple[str, ...],
        changed: Mapping[str, File | None],
        say: Callable[[str], None],
        *,
        before: Outcomes | None = None,
        timeout: float | None = None,
    ) -> tuple[CheckResult, Outcomes | None]:
        """The result of a command that is compared, and how each of its tests ended."""
        place = self._scratch / f"{name}.xml"
        place.unlink(missing_ok=True)
        found: list[Outcomes | None] = []

        def compare(exit_code: int) -> Comparison | None:
            found.append(outcomes(name, exit_code, place))
            return None if before is None or found[0] is None else compared(before, found[0])

        whole = reporting(command, place)
        result = self._run(name, whole, changed, say, compare=compare, timeout=timeout)
        return result, found[0] if found else None

    def _run(
        self,
        name: str,
        command: tuple[str, ...],
        changed: Mapping[str, File | None],
        say: Callable[[str], None],
        *,
        compare: Callable[[int], Comparison | None] | None = None,
        timeout: float | None = None,
    ) -> CheckResult:
        tree = self._tree = self._tree or self._base()
        environment = self._environment
        if environment is None or self._placed != changed:
            environment = self._environment = self._prepare(tree, changed, say)
        return check(
            name,
            command,
            tree=tree,
            environment=environment,
            changed_paths=tuple(changed),
            timeout=timeout,
            stop=self._stop,
            compare=compare,
        )

    def path(self, changed: Mapping[str, File | None], say: Callable[[str], None]) -> str:
        """Where programs are looked for: in the recipe's environment, if it sets one up; else empty.

        Raises:
            SurroundingsError: the environment cannot be set up.
        """
        if not self._source.recipe.environment.setup:
            return ""
        tree = self._tree = self._tree or self._base()
        if self._environment is None:
            self._environment = self._prepare(tree, changed, say)
        return self._environment.variables["PATH"]

    def _base(self) -> ScratchTree:
        snapshot = self._source.snapshot
        entries = {p: e for p, e in snapshot.entries.items() if e.kind != "submodule"}
        tree = ScratchTree(self._scratch)
        modes = {path: entry.mode for path, entry in entries.items()}
        tree.write(snapshot.texts(entries), modes)
        if snapshot.repository.top is not None:
            tree.copy(snapshot.repository.top, self._source.recipe.environment.copy_)
        return tree

    def _prepare(
        self, tree: ScratchTree, changed: Mapping[str, File | None], say: Callable[[str], None]
    ) -> CheckEnvironment:
        """Bring the tree to the changed files, and set up anew: an installed copy is old now."""
        base, wanted = self._source.snapshot.file, self._source.recipe.environment
        back = {path: base(path) for path in self._placed if path not in changed}
        files = back | dict(changed)
        tree.update(
            {path: file and file.text for path, file in files.items()},
            {path: file.mode for path, file in files.items() if file is not None},
        )
        self._placed = dict(changed)
        setup = tuple(shlex.join(arguments(one, self._source.lookup)) for one in wanted.setup)
        if setup:
            say("prepares the environment")
        return prepare(
            wanted.model_copy(update={"setup": setup}),
            tree.root,
            self._scratch / "environment",
            stop=self._stop,
        )
