"""`jupiter approve`: answer what a run asks; it goes on, or ends, from its log."""

from __future__ import annotations

import argparse

from jupiter.approval import answer
from jupiter.bus.file import FileLog
from jupiter.cli import console
from jupiter.compiler.local import go_on_at_server
from jupiter.conductor import Answer
from jupiter.errors import RequestError
from jupiter.session.approvals import waits
from jupiter.system.lock import is_carried_out
from jupiter.system.state import find_run


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run's id, the beginning of one, or `last`")
    parser.add_argument(
        "--leave-out",
        type=int,
        nargs="+",
        action="extend",
        default=[],
        metavar="N",
        help="briefings that are not to be part of it",
    )
    parser.add_argument("--reject", action="store_true", help="say no: the run ends")
    parser.add_argument("--comment", default="", metavar="TEXT", help="why, for the log")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(options: argparse.Namespace) -> int:
    """Put the answer on the log; what follows is done by whoever carries the run out."""
    if options.reject and options.leave_out:
        raise RequestError("--reject ends the run: there is nothing to leave out of it")
    log = FileLog.open(find_run(options.run))
    step = log.look(waits)
    if step is None:
        raise RequestError(f"run {log.run} asks for nothing")
    said = Answer(
        approved=not options.reject, leave_out=tuple(options.leave_out), comment=options.comment
    )
    answer(log, step, said)
    lives = is_carried_out(log.folder)
    goes_on = lives or _begun_again(log, said)
    if options.json:
        told = {"run_id": log.run, "step": step, "approved": said.approved, "goes_on": goes_on}
        console.result_json(told)
        return 0
    console.result(f"{step}: {'approved' if said.approved else 'refused'}")
    if not goes_on:
        console.say(f"no process carries the run out: `jupiter resume {log.run}` goes on")
    return 0


def _begun_again(log: FileLog, said: Answer) -> bool:
    """Whether the flow run of a deployment, suspended until now, was scheduled to go on."""
    flow_run = log.look(lambda state: state.started.flow_run if state.started else "")
    return bool(flow_run) and go_on_at_server(flow_run, said)
