"""The door of a briefing: a Unix socket by which `jupiter mcp` reaches the run, with a token of its own.

Who comes to it is in `visitor.py`. Both sides say one JSON document a line: a request has the token and
a call, `{"token", "tool", "input"}`, or no tool to ask which there are; the answer is `{"tools"}`,
`{"text", "is_error"}` or `{"refused"}`.
"""

from __future__ import annotations

import hmac
import json
import secrets
import shutil
import socketserver
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from jupiter.engines.agent_tools import TOOLS

LONGEST = 4 * 1024 * 1024
"""Bytes of one request or answer."""
Call = Callable[[str, object], tuple[str, bool]]
"""Carries out the call of a tool: its answer, and whether that is an error."""


@contextmanager
def door(call: Call) -> Generator[Path]:
    """Serve calls while the block runs; gives the file that says where, and has the token.

    The folder is one that nobody else can look into, and its path is short: that of a socket has to be.
    """
    folder = Path(tempfile.mkdtemp(prefix="jupiter-"))
    token, file, place = secrets.token_hex(16), folder / "door.json", folder / "socket"
    file.touch(0o600)
    file.write_text(json.dumps({"socket": str(place), "token": token}), "utf-8")
    server = _Server(str(place), token, call)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield file
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        shutil.rmtree(folder, ignore_errors=True)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, place: str, token: str, call: Call) -> None:
        self.token, self.call = token, call
        super().__init__(place, _Handler)

    def answered(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
        except ValueError:
            return {"refused": "a request is one JSON document a line"}
        if not isinstance(request, dict):
            return {"refused": "a request is a JSON object"}
        asked = cast("dict[str, Any]", request)
        if not hmac.compare_digest(str(asked.get("token")).encode(), self.token.encode()):
            return {"refused": "that is not the token of this briefing"}
        if "tool" not in asked:
            return {"tools": [tool.definition for tool in TOOLS]}
        text, is_error = self.call(str(asked["tool"]), asked.get("input"))
        return {"text": text, "is_error": is_error}


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast("_Server", self.server)
        while line := self.rfile.readline(LONGEST):
            is_too_long = not line.endswith(b"\n")
            answer = {"refused": "too long"} if is_too_long else server.answered(line)
            self.wfile.write(json.dumps(answer).encode() + b"\n")
            if "refused" in answer:
                return
