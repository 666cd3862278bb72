"""Finds the interpreter that a recipe's `environment.python` names."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from jupiter.errors import SurroundingsError
from jupiter.system.process import child_environment, run

_VERSION = re.compile(r"\d+(\.\d+){0,2}")
_ASK = "import sys; print('%d.%d.%d' % sys.version_info[:3], sys.executable)"
_SECONDS = 30.0


def find_python(wanted: str) -> Path:
    """Return the interpreter that is meant by a version (`3.12`), a program's name or a path.

    Nothing named means the one that runs Jupiter. A version is looked for there, then as
    `pythonX.Y` in all folders of PATH, then among pyenv's. Each is asked before it is believed: a
    pyenv shim answers only where that version is chosen. Raises SurroundingsError, with all that
    was tried.
    """
    if not wanted:
        return Path(sys.executable)
    version = wanted if _VERSION.fullmatch(wanted) else None
    tried: list[str] = []
    for candidate in dict.fromkeys(_candidates(wanted, version)):
        found, answer = _ask(candidate)
        if found is not None and (version is None or _matches(answer, version)):
            return found
        tried.append(f"{candidate} ({answer})")
    raise SurroundingsError(
        f"environment.python: no interpreter {wanted!r} was found; tried "
        + ("; ".join(tried) or f"{wanted} in all folders of PATH")
        + f'; install it, name it by its path, or leave `python` out to use "{_own_version()}"'
    )


def _candidates(wanted: str, version: str | None) -> Iterator[Path]:
    if version is None:
        yield from [Path(wanted).expanduser()] if "/" in wanted else _on_path(wanted)
        return
    if _matches(_own_version(), version):
        yield Path(sys.executable)
    yield from _on_path("python" + ".".join(version.split(".")[:2]))
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted((root / "versions").glob(f"{version}*/bin/python"), reverse=True)


def _on_path(name: str) -> Iterator[Path]:
    for folder in child_environment()["PATH"].split(os.pathsep):
        candidate = Path(folder, name)
        if candidate.is_file() and os.access(candidate, os.X_OK):
            yield candidate


def _ask(candidate: Path) -> tuple[Path | None, str]:
    """Return the real path of an interpreter, and its version; or None, and why not."""
    try:
        done = run([str(candidate), "-I", "-c", _ASK], cwd=Path("/"), timeout=_SECONDS)
    except SurroundingsError as error:
        return None, str(error)
    version, _, executable = done.stdout.decode(errors="surrogateescape").strip().partition(" ")
    if not done.ok or not executable:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return None, lines[0] if lines else f"exit code {done.exit_code}"
    return Path(executable), version


def _matches(version: str, wanted: str) -> bool:
    return f"{version}.".startswith(f"{wanted}.")


def _own_version() -> str:
    return "{}.{}.{}".format(*sys.version_info[:3])
