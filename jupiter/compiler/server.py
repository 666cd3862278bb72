"""An embedded Prefect server: a process of its own on the loopback that ends with us.

It overlaps with the work before the first task, because nothing here imports Prefect.

Runs at the same time share one home, and so one history: each has a server of its own on the same
SQLite database (in WAL mode, where writers wait for each other). Only the preparation of the
database must not happen twice at once; the child holds a lock on the home until it is over.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from jupiter.compiler.settings import server_environment
from jupiter.compiler.template import begin_with_template, keep_template
from jupiter.errors import SurroundingsError
from jupiter.system.process import child_environment

_CHILD = Path(__file__).parent / "server_child.py"
_POLL = 0.05  # seconds between two questions to the server
_STOP_GRACE = 5.0  # seconds between SIGTERM and SIGKILL
_LOG_TAIL = 20  # lines of the log that an error shows
_UNFINISHED = ("SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING")

# A proxy of the environment is for the outside.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server's API is, and the word without which it answers nobody."""

    api_url: str
    auth: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What a request must carry."""
        word = base64.b64encode(self.auth.encode()).decode()
        return {"Authorization": f"Basic {word}", "Content-Type": "application/json"}


class EmbeddedServer:
    """A running server; `start` makes it, the end of the `with` block ends it."""

    def __init__(
        self, process: subprocess.Popen[bytes], address: Address, home: Path, *, is_fresh: bool
    ) -> None:
        self.address = address
        self.api_url = address.api_url
        self.url = self.api_url.removesuffix("/api")
        """Where its user interface is."""
        self.environment = {
            "PREFECT_API_URL": self.api_url,
            "PREFECT_API_AUTH_STRING": address.auth,
            "PREFECT_HOME": str(home),
        }
        """What to set before `import prefect`, beside `quiet_environment(embedded=True)`."""
        self._process = process
        self._home = home
        self._log = _log_of(home, self.url)
        self._is_fresh = is_fresh
        self._healthy = False

    @classmethod
    def start(cls, home: Path) -> Self:
        """Start a server that keeps its data in the folder `home`, and return at once.

        Raises SurroundingsError when `home` cannot be used or the process cannot be started.
        """
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            home.chmod(0o700)
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
                # Bound here and inherited: no other process can take the port in between.
                bound.bind(("127.0.0.1", 0))
                url = f"http://127.0.0.1:{bound.getsockname()[1]}"
                # The loopback is every user's of this machine: who does not know the word is refused.
                address = Address(f"{url}/api", f"jupiter:{secrets.token_urlsafe(24)}")
                is_fresh = begin_with_template(home)
                process = _spawn(bound.fileno(), home.resolve(), address)
                return cls(process, address, home, is_fresh=is_fresh)
        except OSError as error:
            raise SurroundingsError(
                f"{home}: the embedded Prefect server cannot be started: {error}; "
                "make room or set JUPITER_HOME, or name a running server with PREFECT_API_URL"
            ) from error

    @property
    def pid(self) -> int:
        """The number of the server's process."""
        return self._process.pid

    def wait_ready(self, timeout: float = 120.0) -> None:
        """Wait until the server answers.

        Raises SurroundingsError, with the end of its log, when it has ended or `timeout` seconds
        are over.
        """
        deadline = time.monotonic() + timeout
        while not self._answers():
            if self._process.poll() is not None:
                raise SurroundingsError(self._failure("ended before it was ready"))
            if time.monotonic() > deadline:
                raise SurroundingsError(self._failure(f"was not ready within {timeout:g} s"))
            time.sleep(_POLL)
        self._healthy = True
        if self._is_fresh:
            keep_template(self._home)
            self._is_fresh = False

    def stop(self) -> None:
        """End the server; fine when it has ended already. What it was not yet told is lost."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_GRACE)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()
        if self._healthy:
            self._log.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        try:
            with _OPENER.open(f"{self.api_url}/health", timeout=5) as response:
                return response.status == 200
        except OSError:
            return False

    def _signal(self, number: signal.Signals) -> None:
        """To the whole group, as long as its number is surely ours: the process is not reaped."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _failure(self, what: str) -> str:
        tail = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_TAIL:]
        head = (
            f"the embedded Prefect server {what}; its log is {self._log}; "
            "PREFECT_API_URL names a running server to use instead"
        )
        return "\n    ".join((head, *tail))


def drain(address: Address, flow_run_id: str, timeout: float, *, at_least: int = 0) -> int:
    """Wait until the server has recorded the end of all task runs of a flow run.

    Prefect tells the server of task runs by events, which arrive later than the flow ends; a run
    whose first event is still under way is unknown there, therefore `at_least` says how many there
    are. Returns how many are missing or unfinished after `timeout` seconds, never 0 when the server
    does not answer; at once when nobody listens any more.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            left = _unrecorded(address, flow_run_id, at_least)
        except ConnectionRefusedError:
            return max(1, at_least)
        if left == 0 or time.monotonic() >= deadline:
            return left
        time.sleep(_POLL)


def _unrecorded(address: Address, flow_run_id: str, at_least: int) -> int:
    of_run = {"flow_runs": {"id": {"any_": [flow_run_id]}}}
    unfinished = {"task_runs": {"state": {"type": {"any_": list(_UNFINISHED)}}}}
    try:
        known = _count(address, of_run)
        open_ = _count(address, of_run | unfinished)
    except (OSError, ValueError) as error:
        if isinstance(getattr(error, "reason", None), ConnectionRefusedError):
            raise ConnectionRefusedError from error
        return max(1, at_least)
    return open_ + max(0, at_least - known)


def _count(address: Address, body: object) -> int:
    request = urllib.request.Request(  # noqa: S310 # the URL is the server's own, not a user's text
        f"{address.api_url}/task_runs/count",
        data=json.dumps(body).encode(),
        headers=address.headers,
        method="POST",
    )
    with _OPENER.open(request, timeout=10) as response:
        return int(json.load(response))


def _log_of(home: Path, url: str) -> Path:
    return home / f"server-{url.rpartition(':')[2]}.log"


def _spawn(descriptor: int, home: Path, address: Address) -> subprocess.Popen[bytes]:
    # By path and with -P: neither the caller's folder nor PYTHONPATH decides what is imported.
    arguments = (str(descriptor), str(os.getpid()), str(home / "server.lock"))
    url = address.api_url.removesuffix("/api")
    log = _log_of(home, url)
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        return subprocess.Popen(
            [sys.executable, "-P", str(_CHILD), *arguments],
            cwd=home,
            env=child_environment(server_environment(home, url, address.auth)),
            stdin=subprocess.PIPE,  # closed when we end, however we end
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(descriptor,),
            start_new_session=True,  # the terminal's Ctrl-C is for us
        )
