"""`jupiter mcp DOOR`: a run's tools for one briefing, for any MCP client."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupiter.engines.visitor import Visitor


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "door",
        type=Path,
        help="the file by which a run tells how it is reached: `${{ briefing.door }}` of a command",
    )


def main(options: argparse.Namespace) -> int:
    """Serve a client over standard input and output until it closes its end."""
    visitor = Visitor(options.door)
    from jupiter.engines.mcp_server import serve  # noqa: PLC0415 # a second, not for a wrong file

    serve(visitor)
    return 0
