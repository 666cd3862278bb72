"""The server that `prefect server start --background` has left behind, if it still answers."""

from __future__ import annotations

import os
import time
import urllib.request
from itertools import pairwise
from pathlib import Path

_PID = "server.pid"
_ADDRESS = {"--host": "127.0.0.1", "--port": "4200"}  # Prefect's own
_PATIENCE = 20.0  # seconds that one which has just been started may take to answer
_POLL = 0.2  # seconds between two questions

# A proxy of the environment is for the outside.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def background_server(home: Path) -> str | None:
    """The API URL of the server whose process number lies in `home`; None when there is none.

    Who else listens on its port is not asked: the number is the user's own file, and the process has
    to be this user's.
    """
    try:
        pid = int((home / _PID).read_text())
    except (OSError, ValueError):
        return None
    deadline = time.monotonic() + _PATIENCE
    while pid > 0 and _is_alive(pid) and time.monotonic() < deadline:
        url = _url(pid)
        if _answers(url):
            return url
        time.sleep(_POLL)
    return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _url(pid: int) -> str:
    """Where a server listens, by its command line where the system shows it, else by the settings."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        words = []
    given = dict(pairwise(words))
    host, port = (given.get(option, default) for option, default in _ADDRESS.items())
    here = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 # it is compared, nothing is bound
    return f"http://{here}:{port}/api"


def _answers(url: str) -> bool:
    try:
        with _OPENER.open(f"{url}/health", timeout=5) as response:
            return response.status == 200
    except OSError:
        return False
