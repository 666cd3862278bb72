"""The environment of checks: an interpreter and variables of its own, prepared for one tree."""

from __future__ import annotations

import os
import shlex
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupiter.errors import RequestError, SurroundingsError
from jupiter.model.recipe import Environment
from jupiter.system.environment_python import find_python
from jupiter.system.process import Completed, child_environment, run
from jupiter.system.scratch import parts_of

_TAIL = 4000  # characters of a failed command's output that an error quotes
_OPERATORS = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1"})


@dataclass(frozen=True, slots=True)
class CheckEnvironment:
    """What a check runs with: `variables` is the whole of its environment."""

    python: Path
    variables: Mapping[str, str]
    folder: Path
    """A folder that is the environment's own."""


def prepare(
    wanted: Environment,
    tree: Path,
    folder: Path,
    *,
    stop: threading.Event | None = None,
    on_line: Callable[[str], None] | None = None,
) -> CheckEnvironment:
    """Make the environment that a recipe asks for, for the tree as it stands now.

    To be called again whenever the tree has changed: what `setup` has copied out of it (`pip
    install .`) is old then. A virtual environment is made once in `folder`, the commands of `setup`
    run each time, in the tree, without a shell. Without `setup` there is no virtual environment:
    the interpreter runs with the packages that it has. Raises SurroundingsError when there is no
    such interpreter or a command fails, RequestError for a path outside the tree, Interrupted.
    """
    pythonpath = [str(_entry(tree, entry)) for entry in wanted.pythonpath]
    commands = [split_command(command) for command in wanted.setup]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    python = find_python(wanted.python)
    if commands:
        python = _virtual_environment(python, folder, stop)
    environment = CheckEnvironment(
        python=python,
        variables=_variables(
            wanted, python=python, tree=tree, folder=folder, pythonpath=pythonpath
        ),
        folder=folder,
    )
    for command in commands:
        _set_up(command, environment, tree, stop=stop, on_line=on_line)
    return environment


def split_command(command: str) -> tuple[str, ...]:
    """Cut a command into its arguments; raises RequestError when it needs a shell."""
    try:
        words = tuple(shlex.split(command))
        # Not posix: quotes stay, so that a quoted operator is an argument.
        operator = next((w for w in shlex.split(command, posix=False) if w in _OPERATORS), None)
    except ValueError as error:
        raise RequestError(f"the command {command!r} cannot be read: {error}") from error
    if not words or operator is not None:
        what = f"{operator} means nothing" if operator else "there is no program"
        raise RequestError(
            f"the command {command!r} runs without a shell: {what}; "
            "write one program with its arguments, or call `sh -c '…'`"
        )
    return words


def _entry(tree: Path, entry: str) -> Path:
    path = entry.removeprefix("./").rstrip("/")
    return tree if path in {"", "."} and entry[:1] != "/" else tree.joinpath(*parts_of(path))


def _virtual_environment(python: Path, folder: Path, stop: threading.Event | None) -> Path:
    """Return the interpreter of the virtual environment, which is made where it is not complete."""
    place = folder / "venv"
    complete = folder / "venv.complete"
    if not (complete.exists() and complete.read_text("utf-8") == str(python)):
        complete.unlink(missing_ok=True)
        arguments = [str(python), "-m", "venv", "--clear", str(place)]
        done = run(arguments, cwd=folder, merge=True, stop=stop)
        if not done.ok:
            raise SurroundingsError(
                f"no virtual environment can be made with {python} (on Debian, the package "
                f"python3-venv may be missing):\n{_tail(done)}"
            )
        complete.write_text(str(python), "utf-8")
    return place / "bin" / "python"


def _variables(
    wanted: Environment, *, python: Path, tree: Path, folder: Path, pythonpath: list[str]
) -> dict[str, str]:
    variables = child_environment(passed=wanted.env)
    entries = [str(python.parent), variables["PATH"]]
    if not _is_python(python.parent / "python", python):
        entries.insert(0, str(_launchers(python, folder / "bin")))
    variables |= {
        "PATH": os.pathsep.join(entries),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        # A git that is asked in the tree must not answer for a repository around it.
        "GIT_CEILING_DIRECTORIES": str(tree.parent),
    }
    if wanted.setup:
        variables["VIRTUAL_ENV"] = str(folder / "venv")
    if pythonpath:
        variables["PYTHONPATH"] = os.pathsep.join(pythonpath)
    return variables


def _is_python(candidate: Path, python: Path) -> bool:
    return candidate.exists() and candidate.samefile(python)


def _launchers(python: Path, folder: Path) -> Path:
    """Make `python` and `python3` that start this interpreter.

    Scripts, not links: a linked interpreter does not find its virtual environment.
    """
    folder.mkdir(exist_ok=True)
    for name in ("python", "python3"):
        launcher = folder / name
        launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(str(python))} "$@"\n', "utf-8")
        launcher.chmod(0o755)
    return folder


def _set_up(
    command: tuple[str, ...],
    environment: CheckEnvironment,
    tree: Path,
    *,
    stop: threading.Event | None,
    on_line: Callable[[str], None] | None,
) -> None:
    shown = f"environment.setup: `{shlex.join(command)}`"
    try:
        done = run(
            command, cwd=tree, env=environment.variables, merge=True, stop=stop, on_line=on_line
        )
    except SurroundingsError as error:
        raise SurroundingsError(f"{shown}: {error}") from error
    if not done.ok:
        raise SurroundingsError(
            f"{shown} failed with exit code {done.exit_code}; correct it in the recipe, or what it "
            f"needs on this machine:\n{_tail(done)}"
        )


def _tail(done: Completed) -> str:
    return done.stdout.decode(errors="replace").strip()[-_TAIL:]
