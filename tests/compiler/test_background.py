"""A server in the background is found by the number of its process, and only while it answers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from jupiter.compiler.background import background_server


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Healthy) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def process(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Stands for the server's process: its command line says where the server listens."""
    program = ("-c", "import sys; sys.stdin.read()", "--host", "127.0.0.1", "--port", str(port))
    with subprocess.Popen([sys.executable, *program], stdin=subprocess.PIPE) as started:
        yield started


def test_a_server_in_the_background_is_found(
    process: subprocess.Popen[bytes], port: int, tmp_path: Path
) -> None:
    (tmp_path / "server.pid").write_text(str(process.pid))
    assert background_server(tmp_path) == f"http://127.0.0.1:{port}/api"


@pytest.mark.parametrize("text", [None, "", "x", "-5"])
def test_without_a_number_there_is_none(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "server.pid").write_text(text)
    assert background_server(tmp_path) is None


def test_a_process_that_has_ended_is_no_server(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / "server.pid").write_text(str(ended.pid))
    assert background_server(tmp_path) is None


def test_a_process_that_is_no_server_is_not_waited_for_once_it_has_ended(tmp_path: Path) -> None:
    free = ("--port", "1")
    program = "import time; time.sleep(0.5)"
    with subprocess.Popen([sys.executable, "-c", program, *free]) as process:
        (tmp_path / "server.pid").write_text(str(process.pid))
        Thread(target=process.wait, daemon=True).start()
        assert background_server(tmp_path) is None
    assert os.getpid() != process.pid
