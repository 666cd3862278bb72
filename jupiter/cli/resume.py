"""`jupiter resume`: go on with a run that was interrupted, or whose process died."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupiter.cli import console
from jupiter.cli.progress import shown
from jupiter.cli.run import ended
from jupiter.compiler.local import resume_run
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
    with shown() as listen:
        report = resume_run(folder, options.repo, listen)
    return ended(report, as_json=options.json)
