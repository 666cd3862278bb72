"""`jupiter runs`: earlier runs, from their logs alone."""

from __future__ import annotations

import argparse

from jupiter.bus.file import FileLog
from jupiter.cli import console
from jupiter.errors import LogError
from jupiter.fold.state import State, fold
from jupiter.system.state import find_run, run_ids, runs_folder


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "run",
        metavar="RUN",
        nargs="?",
        help="show this run: its id, the beginning of it, or `last`",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(options: argparse.Namespace) -> int:
    """List all runs, or show one."""
    if options.run is not None:
        log = FileLog.open(find_run(options.run))
        found = [_summary(log.run, fold(log.events()))]
    else:
        found = [_read(run) for run in run_ids()]
    if options.json:
        console.result_json({"runs": found})
    elif options.run is not None:
        console.result(console.columns([(key, value) for key, value in found[0].items()]))
    elif found:
        keys = (
            "run_id",
            "status",
            "recipe",
            "briefings",
            "symbols_changed",
            "refused_edits",
            "branch",
        )
        rows = [
            [run.get(key, "") if run.get(key) is not None else "-" for key in keys] for run in found
        ]
        console.result(console.columns([keys, *rows]))
    else:
        console.say("no runs yet; `jupiter demo` makes one")
    return 0


def _read(run: str) -> dict[str, object]:
    try:
        return _summary(run, fold(FileLog.open(runs_folder() / run).events()))
    except LogError as error:
        return {"run_id": run, "status": "unreadable", "error": str(error)}


def _summary(run: str, state: State) -> dict[str, object]:
    started, delivered = state.started, state.delivered
    return {
        "run_id": run,
        "status": state.status or "unfinished",
        "recipe": started.recipe if started else None,
        "repository": started.repository if started else None,
        "base_commit": started.base_commit if started else None,
        "briefings": len(state.briefings),
        "symbols_changed": len(state.symbols_changed),
        "files_changed": len(state.paths_edited),
        "conflicts": state.conflicts,
        "refused_edits": len(state.refused),
        "events": state.seq,
        "branch": delivered.branch if delivered else None,
        "commit": delivered.commit if delivered else None,
        "patch": delivered.patch if delivered else None,
        "reason": state.stopped,
    }
