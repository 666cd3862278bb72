"""`jupiter runs`: earlier runs, from their logs alone; and the removal of old ones."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from jupiter.bus.file import FileLog
from jupiter.cli import console
from jupiter.cli.prune import age, prune
from jupiter.delivery.estimate import needed
from jupiter.errors import LogError, RequestError
from jupiter.fold.state import State, fold
from jupiter.model.event import Event
from jupiter.model.plan import Outcome
from jupiter.model.run_events import WavePlanned
from jupiter.system.state import find_run, run_ids, runs_folder


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "run",
        metavar="RUN",
        nargs="?",
        help="show this run: its id, the beginning of it, or `last`; "
        "`prune` removes old runs, see --older; `show RUN` is the same as RUN",
    )
    parser.add_argument("shown", metavar="RUN", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument(
        "--older",
        metavar="AGE",
        help="with `prune`: remove runs in which nothing has happened for 30d, 12h or 2w",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(options: argparse.Namespace) -> int:
    """List all runs, show one, or remove old ones."""
    if options.run == "show":
        options.run, options.shown = options.shown or "last", None
    if options.shown is not None:
        raise RequestError(f"{options.shown}: expected one run, as in jupiter runs show last")
    if options.run == "prune":
        return _prune(options)
    if options.older is not None:
        raise RequestError("--older belongs to `jupiter runs prune`")
    outcomes: list[Outcome] = []
    if options.run is not None:
        log = FileLog.open(find_run(options.run))
        events = list(log.events())
        outcomes = _outcomes(events)
        waves = [one.model_dump(mode="json") for one in outcomes]
        found = [_summary(log.run, fold(events)) | {"waves": waves}]
    else:
        found = [_read(run) for run in run_ids()]
    if options.json:
        console.result_json({"runs": found})
    elif options.run is not None:
        console.result(_shown(found[0], outcomes))
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


def _shown(run: Mapping[str, object], outcomes: Sequence[Outcome]) -> str:
    """One run for a person, with what its waves were taken to need beside what they needed."""
    rows = [(key, value) for key, value in run.items() if key != "waves"]
    for one in outcomes:
        guess = console.needs(one.predicted) if one.predicted else "nothing"
        rows.append(
            (f"wave {one.wave}", f"predicted: {guess}; needed: {console.needs(one.needed)}")
        )
    return console.columns(rows)


def _outcomes(events: Sequence[Event]) -> list[Outcome]:
    planned = [one.data for one in events if isinstance(one.data, WavePlanned)]
    return [
        Outcome(wave=one.wave, predicted=one.estimate, needed=needed(events, one.wave))
        for one in planned
    ]


def _prune(options: argparse.Namespace) -> int:
    if options.older is None:
        raise RequestError("say which runs to remove: jupiter runs prune --older 30d")
    removed = prune(age(options.older))
    if options.json:
        console.result_json({"removed": list(removed)})
    else:
        for run in removed:
            console.result(f"removed {run}")
        console.say(f"{len(removed)} removed, {len(run_ids())} left")
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
