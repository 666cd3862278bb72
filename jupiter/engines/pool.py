"""A process pool for work that holds the GIL: it outlives a crash of a process, and never us.

Its processes are forked from one that has imported what all of them need (`jupiter.engines.forks`).
They know what every child may know of the environment, never import the caller's main module, and
form a process group of their own, which ends at once when Jupiter does.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from queue import LifoQueue
from typing import ParamSpec, TypeVar, cast

from jupiter.engines import forks
from jupiter.errors import CodemodError, Interrupted, SurroundingsError
from jupiter.system.process import child_environment

P = ParamSpec("P")
T = TypeVar("T")

HOME = Path(__file__).parents[2]
"""Where the package `jupiter` lies."""

# Sets of texts have one order in every run, so that a codemod that walks over one has one result.
_SAME_HASHES = {"PYTHONHASHSEED": "0"}

_LAST_WORDS = 0.05  # seconds in which a fork server that is dying lets go of its socket


class _ProcessDiedError(CodemodError):
    """The process ended before it had answered."""


class Pool:
    """Runs functions in processes; safe to use from many threads.

    Nothing below `closed`, the repository that is worked on, can be imported there, and the current
    folder is not searched.
    """

    def __init__(self, processes: int, closed: Path | None = None) -> None:
        """Start to start; raises SurroundingsError when no process can be started."""
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 # closed in `close`
        self._control, self._server = _fork_server(closed, self._complaints.fileno())
        self.processes = processes
        self._free: LifoQueue[Connection | None] = LifoQueue()
        for _ in range(processes):
            self._free.put(None)
        self._ended = False

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result; what it raises is raised here. Function and values are pickled.

        When the process dies another one tries once more: somebody may have killed it.

        Raises:
            CodemodError: both processes died.
            Interrupted: the pool was killed.
            SurroundingsError: no process can be started.
        """
        try:
            return self._run(function, *args, **kwargs)
        except _ProcessDiedError:
            return self._run(function, *args, **kwargs)

    def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        connection, kept = self._free.get(), None
        try:
            if connection is None:
                connection = self._fork()
            connection.send((function, args, kwargs))
            fine, reply = cast("tuple[bool, object]", connection.recv())
            kept = connection
        except (EOFError, OSError) as error:
            raise self._why() from error
        finally:
            # One that was left in the middle of its work ends when its connection does.
            if connection is not None and kept is None:
                connection.close()
            self._free.put(kept)
        if not fine:
            raise cast("BaseException", reply)
        return cast("T", reply)

    def close(self) -> None:
        """Wait for what is running, then end the processes."""
        for _ in range(self.processes):
            if (connection := self._free.get()) is not None:
                connection.close()
        self.kill()
        self._control.close()
        self._server.wait()
        self._complaints.close()
        for _ in range(self.processes):
            self._free.put(None)

    def kill(self) -> None:
        """End the processes at once; whoever waits for a result gets `Interrupted`.

        May be called from a signal handler.
        """
        self._ended = True
        if self._server.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._server.pid, signal.SIGKILL)

    def _fork(self) -> Connection:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            socket.send_fds(self._control, [b"\0"], [theirs.fileno()])
            return Connection(ours.detach())

    def _why(self) -> Exception:
        """Why a connection ended."""
        if self._ended:
            return Interrupted("the run was stopped")
        if not wait([self._control], _LAST_WORDS):
            return _ProcessDiedError("the process that ran it died (out of memory, or a crash)")
        code = self._server.wait()
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace").strip().splitlines()
        return SurroundingsError(
            f"the process pool ended by itself with {code}: {said[-1] if said else 'it said nothing'}"
        )


def _fork_server(
    closed: Path | None, complaints: int
) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    settings = forks.Settings(
        path=_search_path(), closed=str(closed.resolve()) if closed else None, home=str(HOME)
    )
    ours, theirs = socket.socketpair()
    with theirs:
        arguments = [
            sys.executable,
            "-P",
            forks.__file__,
            str(theirs.fileno()),
            json.dumps(settings),
        ]
        try:
            server = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                cwd="/",
                env=child_environment(_SAME_HASHES),
                pass_fds=[theirs.fileno()],
                process_group=0,
            )
        except OSError as error:
            ours.close()
            raise SurroundingsError(
                f"{sys.executable} cannot be started: {error.strerror}"
            ) from error
    return ours, server


def _search_path() -> list[str]:
    """Our own module search path without the current folder, unless Jupiter itself lies there."""
    here = Path.cwd()
    entries = [entry for entry in sys.path if Path(entry).is_absolute() and Path(entry) != here]
    return list(dict.fromkeys((*entries, str(HOME))))
