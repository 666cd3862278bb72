"""The embedded server's process: Prefect's API on a socket it was given, until its parent is gone.

Run by its path, never imported by Jupiter: `python -P server_child.py SOCKET_FD PARENT_PID LOCK`.
"""

from __future__ import annotations

import asyncio
import fcntl
import importlib
import os
import select
import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn

_GRACE = 3.0  # seconds that the server may take to close its connections


class _Server(uvicorn.Server):
    """A server that lets others prepare the database once its own preparation is over."""

    def __init__(self, config: uvicorn.Config, lock: int) -> None:
        super().__init__(config)
        self._lock = lock

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            os.close(self._lock)


def main(descriptor: int, parent: int, lock_path: Path) -> None:
    """Serve on the bound socket `descriptor` as long as the process `parent` lives."""
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    create_app = importlib.import_module("prefect.server.api.server").create_app  # takes seconds
    lock = _locked(lock_path)
    config = uvicorn.Config(
        create_app,
        factory=True,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=int(_GRACE),
    )
    with socket.socket(fileno=descriptor) as bound:
        asyncio.run(_Server(config, lock).serve([bound]))


def _locked(path: Path) -> int:
    """Wait until no other server is preparing the database of this home: a migration runs once."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _leave_with(parent: int) -> None:
    """End this process when `parent` has gone, also when it had no time to say so.

    The pipe tells at once; a forked sibling may hold its other end open, so the parent's number is
    looked at too. SQLite's journal makes a sudden end safe.
    """
    while os.getppid() == parent:
        readable, _, _ = select.select([sys.stdin], [], [], 1.0)
        if readable and not os.read(sys.stdin.fileno(), 1):
            break
    threading.Thread(target=_leave_late, daemon=True).start()
    os.kill(os.getpid(), 15)


def _leave_late() -> None:
    time.sleep(_GRACE)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
