"""A Prefect server as a team has one: on a port that stays, stopped and started again by a test."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from jupiter.compiler.settings import server_environment


class Server:
    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.home = home
        home.mkdir()
        self.url = f"http://127.0.0.1:{self.port}"
        self.api_url = f"{self.url}/api"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        arguments = ["--factory", "prefect.server.api.server:create_app", "--port", str(self.port)]
        with (self.home / "server.log").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", *arguments, "--log-level", "warning"],
                env=os.environ | open_to_all(server_environment(self.home, self.url, "")),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 120
        while not self.answers():
            log = self.home / "server.log"
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def answers(self) -> bool:
        try:
            return self.get("/health") is True
        except OSError:
            return False

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.api_url}{path}", timeout=20) as answer:
            return json.load(answer)

    def ask(self, path: str, body: object) -> Any:
        request = urllib.request.Request(
            f"{self.api_url}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        for busy in (True, True, False):  # SQLite's lock is a 503, which Prefect's client repeats
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return json.loads(answer.read() or b"null")
            except HTTPError as error:
                if error.code != 503 or not busy:
                    raise
        return None

    def artifacts(self, flow_run: str) -> dict[str, Any]:
        wanted = {"artifacts": {"flow_run_id": {"any_": [flow_run]}}, "limit": 200}
        return {one["key"]: one for one in self.ask("/artifacts/filter", wanted)}

    def tasks(self, flow_run: str) -> dict[str, Any]:
        wanted = {"flow_runs": {"id": {"any_": [flow_run]}}, "limit": 200}
        return {one["name"]: one for one in self.ask("/task_runs/filter", wanted)}


def open_to_all(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if "AUTH" not in name}


@pytest.fixture(scope="module")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("team") / "prefect")
    server.start()
    yield server
    server.stop()
