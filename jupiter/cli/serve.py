"""`jupiter serve`: recipes become deployments, and this process runs what is due, without a work pool."""

from __future__ import annotations

import argparse

from jupiter.cli import console
from jupiter.cli.deploy import deployables, deployment_arguments
from jupiter.compiler.at_hand import prefect_room
from jupiter.compiler.deploying import allow


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    deployment_arguments(parser)
    parser.add_argument(
        "--limit", type=int, metavar="N", help="how many runs may go on at the same time"
    )


def main(options: argparse.Namespace) -> int:
    """Serve until a SIGTERM, and then until what is under way has ended."""
    wanted = deployables(options)
    allow([folder for one in wanted for folder in one.allowed])
    room = prefect_room()
    for one in wanted:
        _say(f"{one.recipe.name}/{one.name}")
    room.serve(wanted, options.limit, _say)
    return 0


def _say(text: str) -> None:
    console.say(f"{'serve':9} {text}")
