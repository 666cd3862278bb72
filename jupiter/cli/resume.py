"""`jupiter resume`: go on with a run that was interrupted, or whose process died."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupiter.cli import console
from jupiter.cli.progress import shown
from jupiter.cli.run import ended
from jupiter.compiler.local import resume_run
from jupiter.errors import RequestError
from jupiter.model.step import Limits
from jupiter.resume import finished
from jupiter.system.state import find_run


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run's id, the beginning of one, or `last`")
    parser.add_argument(
        "--repo",
        type=Path,
        metavar="DIR",
        help="the git repository, where it is not any more where the run began",
    )
    parser.add_argument(
        "--budget",
        action="append",
        default=[],
        metavar="LIMIT=N",
        help="what the agents of the run may use in all from now on: usd=40, tokens=…, minutes=…, turns=…",
    )
    parser.add_argument("--json", action="store_true", help="print the report as one JSON document")


def main(options: argparse.Namespace) -> int:
    """Carry the run out from where its log ends; of a finished run there is nothing to do."""
    folder = find_run(options.run)
    if (status := finished(folder)) is not None:
        if options.json:
            console.result_json({"run_id": folder.name, "status": status, "resumed": False})
        else:
            console.result(f"{folder.name} is finished: {status}; there is nothing to resume")
        return 0
    budget = _budget(options.budget)
    with shown() as listen:
        report = resume_run(folder, options.repo, listen, budget)
    return ended(report, as_json=options.json)


def _budget(given: list[str]) -> dict[str, float] | None:
    """What `--budget` says, checked as the recipe's own would be."""
    if not given:
        return None
    try:
        found = {name: float(value) for name, _, value in (one.partition("=") for one in given)}
        Limits.model_validate(found)
    except ValueError as error:
        raise RequestError(
            f"--budget {' '.join(given)}: expected usd=40, tokens=2000000, minutes=90 or turns=100"
        ) from error
    return found
