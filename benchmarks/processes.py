"""What a program costs: CPU seconds with its children, wall seconds, the most memory at one moment."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_STEP = 0.02  # seconds between two looks at the memory
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Cost:
    """`memory` is in MiB, of all processes together; `said` is what it printed, both streams."""

    cpu: float
    wall: float
    memory: float
    exit_code: int
    said: str


def as_installed() -> dict[str, str]:
    """The caller's environment for a program that is run as if it were installed: its byte code is kept."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def cost_of(arguments: Sequence[str], cwd: Path, environment: dict[str, str]) -> Cost:
    """Run a program to its end in a session of its own."""
    with tempfile.TemporaryFile() as said:
        begun = time.monotonic()
        process = subprocess.Popen(
            arguments,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        watch = _Watch(process.pid)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.done.set()
        watch.join()
        said.seek(0)
        return Cost(
            cpu=usage.ru_utime + usage.ru_stime,
            wall=wall,
            memory=max(watch.most, usage.ru_maxrss * 1024) / 2**20,
            exit_code=process.returncode,
            said=said.read().decode(errors="replace"),
        )


class _Watch(threading.Thread):
    """Adds up the resident memory of a session again and again, where there is a `/proc`."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self.done = threading.Event()
        self._session = session

    def run(self) -> None:
        while not self.done.wait(_STEP):
            self.most = max(self.most, sum(map(self._resident, _numbers())))

    def _resident(self, number: int) -> int:
        try:
            # behind the name, which may have spaces: state, parent, group, session
            fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            return int(fields[21]) * _PAGE if int(fields[3]) == self._session else 0
        except (OSError, IndexError, ValueError):  # it has ended meanwhile
            return 0


def _numbers() -> list[int]:
    try:
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    except OSError:
        return []
