"""Who comes to the door of a briefing, from another process: what `jupiter mcp` asks of the run.

A client waits for `jupiter mcp` before it begins: nothing is imported here that takes long.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, cast

from jupiter.errors import RequestError, SurroundingsError

PATIENCE = 600.0
"""Seconds that a client waits for an answer: a quick check may run meanwhile."""


class Visitor:
    """The other side: what `jupiter mcp` asks at the door that a file tells of."""

    def __init__(self, file: Path) -> None:
        """Read the file.

        Raises:
            RequestError: it is none of a door.
        """
        try:
            told = json.loads(file.read_text("utf-8"))
            self._place, self._token = str(told["socket"]), str(told["token"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RequestError(
                f"{file} does not tell how a run is reached; it is the `door` of a briefing, which a run "
                "makes for each `command` that it starts, and is gone when that has ended"
            ) from error

    def tools(self) -> list[dict[str, Any]]:
        """The definitions of all tools."""
        return self._ask({})["tools"]

    def call(self, tool: str, given: object) -> tuple[str, bool]:
        """Call a tool: the answer, and whether it is an error."""
        answer = self._ask({"tool": tool, "input": given})
        return str(answer["text"]), bool(answer["is_error"])

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        line = json.dumps({**request, "token": self._token}).encode() + b"\n"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as opened:
                opened.settimeout(PATIENCE)
                opened.connect(self._place)
                opened.sendall(line)
                with opened.makefile("rb") as answers:
                    answer = cast("dict[str, Any]", json.loads(answers.readline()))
        except (OSError, ValueError) as error:
            raise SurroundingsError(f"the run cannot be reached any more: {error}") from error
        if "refused" in answer:
            raise RequestError(f"the run refuses: {answer['refused']}")
        return answer
