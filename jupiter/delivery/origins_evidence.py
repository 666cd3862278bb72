"""What a check really imported: what its processes recorded, and what its interpreter would find."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from jupiter.delivery import origins_recorder
from jupiter.errors import SurroundingsError
from jupiter.system.process import run

_RECORDS, _RECORD_BYTES = 10_000, 16 * 1024 * 1024
_PROBE_SECONDS = 60.0

# Without the current folder: a program that is started by its name does not look there.
_PROBE = """
import importlib.util, json, sys
if sys.path[:1] == [""]:
    del sys.path[0]
found = {}
for name in sys.argv[1:]:
    if name in getattr(sys, "stdlib_module_names", ()):
        continue
    try:
        spec = importlib.util.find_spec(name)
    except (AttributeError, ImportError, ValueError):
        continue
    if spec is not None:
        origin = None if spec.origin in ("built-in", "frozen", "namespace") else spec.origin
        found[name] = [origin, [str(folder) for folder in spec.submodule_search_locations or ()]]
print()
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Where an interpreter finds a top-level name: the file, or a namespace package's folders."""

    origin: str | None
    locations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """A folder in which the processes of one check note what they have imported from where."""

    folder: Path

    def variables(self, given: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
        """Return a check's environment in which modules under these top-level names are noted."""
        pythonpath = [str(self.folder / "first"), *filter(None, [given.get("PYTHONPATH")])]
        return dict(given) | {
            "PYTHONPATH": os.pathsep.join(pythonpath),
            origins_recorder.FOLDER: str(self.folder / "seen"),
            origins_recorder.WATCHED: ",".join(names),
        }

    def modules(self) -> tuple[tuple[str, str], ...]:
        """Return (module, file) as noted, sorted; what the check has written over is left out."""
        found: set[tuple[str, str]] = set()
        for path in sorted((self.folder / "seen").glob("*.json"))[:_RECORDS]:
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= _RECORD_BYTES:
                found |= _pairs(path.read_bytes())
        return tuple(sorted(found))


@contextmanager
def recording(parent: Path) -> Generator[Recording]:
    """Make a recording's folder below `parent`, and remove it at the end."""
    with tempfile.TemporaryDirectory(
        prefix="origins-", dir=parent, ignore_cleanup_errors=True
    ) as name:
        folder = Path(name).resolve()
        for part in ("first", "seen", "empty"):
            (folder / part).mkdir()
        source = Path(origins_recorder.__file__).read_bytes()
        (folder / "first/sitecustomize.py").write_bytes(source)
        yield Recording(folder)


def probe(
    interpreter: Sequence[str],
    names: Sequence[str],
    *,
    variables: Mapping[str, str],
    cwd: Path,
    stop: threading.Event | None = None,
) -> dict[str, Found]:
    """Ask an interpreter where it would import these top-level names from; nothing is imported.

    `cwd` is an empty folder. Names that it does not find, and those of its standard library, are
    left out. Raises SurroundingsError when it does not answer.
    """
    if not names:
        return {}
    arguments = [*interpreter, "-c", _PROBE, *names]
    done = run(arguments, cwd=cwd, env=variables, timeout=_PROBE_SECONDS, stop=stop)
    answer = _object(done.stdout.rstrip().rpartition(b"\n")[2]) if done.ok else None
    if answer is None:
        said = done.stderr.decode(errors="replace").strip()[-2000:]
        raise SurroundingsError(
            f"{interpreter[0]} could not be asked where it imports {', '.join(names)} from; "
            f"its start-up files (*.pth, sitecustomize) may be broken:\n{said}"
        )
    return {name: Found(origin, tuple(locations)) for name, (origin, locations) in answer.items()}


def _pairs(text: bytes) -> set[tuple[str, str]]:
    pairs = (_object(text) or {}).items()
    return {(name, file) for name, file in pairs if isinstance(file, str) and "\0" not in file}


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):  # not ours: a process under test can write here too
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None
