"""Verification: a command judges the result, and is believed when it was the result it judged."""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath

from jupiter.delivery.origins import confirm, watched
from jupiter.delivery.origins_evidence import probe, recording
from jupiter.errors import SurroundingsError
from jupiter.model.run_events import ChosenTests, Comparison
from jupiter.system.environment import CheckEnvironment
from jupiter.system.process import Completed, run
from jupiter.system.scratch import ScratchTree

OUTPUT_BYTES = 20_000
"""How much is kept of the end of a check's output."""

_TIMED_OUT = 124  # as the program `timeout` says it
_PYTHON = re.compile(r"python[\d.]*|pypy[\d.]*")
_ISOLATING = re.compile(r"-[EIPs]+")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How a check ended."""

    name: str
    command: tuple[str, ...]
    exit_code: int
    """The program's; minus a signal's number when one ended it, 124 when its time was over."""
    seconds: float
    output: str
    """The end of what it printed, stdout and stderr as they came."""
    imports_from_result: bool
    """Whether it was seen to import changed packages, all of them from the result."""
    green: bool
    """Whether the check accepts the result."""
    comparison: Comparison | None = None
    """With the base, if that decides."""
    asked: tuple[str, ...] = ()
    """The command as the recipe has it, with its values."""
    tests: ChosenTests | None = None
    """Which tests the command was given, if it asked for any."""


def check(
    name: str,
    arguments: Sequence[str],
    *,
    tree: ScratchTree,
    environment: CheckEnvironment,
    changed_paths: Collection[str],
    timeout: float | None = None,
    stop: threading.Event | None = None,
    on_line: Callable[[str], None] | None = None,
    compare: Callable[[int], Comparison | None] | None = None,
) -> CheckResult:
    """Run a command in the tree; a green is believed only when it imported the result.

    `changed_paths` are those in which the result differs from the base, deleted ones too. `timeout`
    is in seconds. `compare` makes the verdict of an exit code where that alone does not say it; None
    says that the command broke off. Raises SurroundingsError when the program is missing, or when the
    command was green on other files than the result's; Interrupted when `stop` is set.
    """
    names = watched(changed_paths, tree.paths)
    with recording(environment.folder) as record:
        variables = record.variables(environment.variables, sorted({one.name for one in names}))
        try:
            done = run(
                arguments,
                cwd=tree.root,
                env=variables,
                timeout=timeout,
                output_limit=OUTPUT_BYTES,
                stop=stop,
                merge=True,
                on_line=on_line,
            )
        except SurroundingsError as error:
            raise SurroundingsError(f"{name}: `{shlex.join(arguments)}`: {error}") from error
        comparison = compare(done.exit_code) if compare and not done.timed_out else None
        green = done.ok if compare is None else comparison is not None and not comparison.is_worse
        confirmed = green and confirm(
            name,
            names,
            tree=tree,
            changed_paths=changed_paths,
            recorded=record.modules(),
            probe=partial(
                probe,
                _interpreter(arguments, tree, environment),
                variables=environment.variables,
                cwd=record.folder / "empty",
                stop=stop,
            ),
        )
    result = _result(name, done, timeout, green=green, confirmed=confirmed)
    return replace(result, comparison=comparison)


def _interpreter(
    arguments: Sequence[str], tree: ScratchTree, environment: CheckEnvironment
) -> tuple[str, ...]:
    """Return the interpreter to ask, with the command's own options that change where it looks."""
    program, *options = arguments
    if not _PYTHON.fullmatch(PurePath(program).name):
        return (str(environment.python),)
    place = str(tree.root / program) if "/" in program else program
    leading: list[str] = []
    for option in options:
        if not option.startswith("-") or option in {"-c", "-m", "-"}:
            break
        leading.append(option)
    return (place, *(option for option in leading if _ISOLATING.fullmatch(option)))


def _result(
    name: str, done: Completed, timeout: float | None, *, green: bool, confirmed: bool
) -> CheckResult:
    output = done.stdout.decode(errors="replace")
    if done.dropped:
        output = f"({done.dropped} bytes before this are left out)\n{output}"
    if done.timed_out:
        output = f"{output.rstrip()}\n(ended after {timeout} seconds, its time was over)\n"
    return CheckResult(
        name=name,
        command=done.arguments,
        exit_code=(done.exit_code or _TIMED_OUT) if done.timed_out else done.exit_code,
        seconds=done.seconds,
        output=output,
        imports_from_result=confirmed,
        green=green,
    )
