"""`jupiter run`: the main job."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from jupiter.cli import console, saved
from jupiter.cli.progress import shown
from jupiter.compiler.local import run_recipe
from jupiter.delivery.report_text import tokens_text
from jupiter.errors import RequestError
from jupiter.index.source import Request
from jupiter.model.report import Report
from jupiter.recipe.catalogue import find_recipe
from jupiter.recipe.load import load
from jupiter.recipe.parameters import coerce

EXIT_CODES = {"done": 0, "unchanged": 0, "failed": 1, "partial": 4, "budget": 5, "interrupted": 130}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    recipe_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the report as one JSON document")


def recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `run` and `plan` have in common."""
    parser.add_argument("recipe", metavar="RECIPE", help="a file, or a name of the catalogue")
    parser.add_argument(
        "--repo",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the git repository (default: here)",
    )
    parser.add_argument(
        "--ref", default="HEAD", metavar="REV", help="the revision to start from (default: HEAD)"
    )
    parser.add_argument(
        "--workers", type=workers, metavar="N", help="override the workers of every step"
    )
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="K=V",
        help="a parameter's value; can be given several times",
    )
    parser.add_argument(
        "--plan",
        type=Path,
        metavar="FILE",
        help="a plan of `jupiter plan --save`, perhaps edited, in place of a new one",
    )


def request(options: argparse.Namespace) -> Request:
    """What the arguments ask for; raises RequestError."""
    path = find_recipe(options.recipe)
    parameters = coerce(load(path), pairs(options.param))
    plan = None if options.plan is None else saved.read(options.plan)
    workers = options.workers or (plan and plan.workers)
    return Request(path, options.repo, options.ref, workers, parameters, plan)


def pairs(items: Sequence[str]) -> dict[str, str]:
    """What stands behind each `--param`, by its name; raises RequestError."""
    texts: dict[str, str] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals:
            raise RequestError(f"--param {item}: expected NAME=VALUE")
        texts[name] = value
    return texts


def main(options: argparse.Namespace) -> int:
    """Run the recipe; the exit code says how it ended."""
    wanted = request(options)
    with shown() as listen:
        report = run_recipe(wanted, listen)
    return ended(report, as_json=options.json)


def ended(report: Report, *, as_json: bool) -> int:
    """Print how a run has ended; the exit code that says it."""
    if as_json:
        console.result_json(report)
    else:
        summarise(report)
    return EXIT_CODES[report.status]


def summarise(report: Report) -> None:
    """The end of a run, for a person."""
    for notice in report.notices:
        console.say(f"{'note':9} {notice}")
    for failure in report.failures:
        console.say(f"{console.red('left out')}  {failure.path}: {failure.reason}")
    for line in (*console.hazards(report.hazards, 5), *console.findings(report.findings, 5)):
        console.say(line)
    if report.status == "failed" and report.checks:
        console.say(report.checks[-1].output.rstrip())
    state = (
        report.status
        if report.status in {"done", "unchanged"}
        else f"{report.status}: {report.reason}"
    )
    colour = console.green if report.status in {"done", "unchanged"} else console.red
    seconds = report.seconds
    parts = ", ".join(
        f"{part} {value:.1f}" for part, value in seconds.model_dump().items() if part != "total"
    )
    rows: list[tuple[str, object]] = [
        ("status", colour(state)),
        ("changed", f"{report.symbols_changed} symbols in {report.files_changed} files"),
        ("conflicts", f"{report.conflicts} (refused edits: {report.refused_edits})"),
        ("workers", f"{report.workers} on {report.briefings} briefings"),
        (
            "seconds",
            f"{seconds.total:.1f} ({parts})",
        ),
        *([("tokens", tokens_text(report.usage))] if report.usage.requests else []),
        ("run", report.run_id),
    ]
    if report.branch:
        rows.append(("branch", f"{report.branch} ({(report.commit or '')[:12]})"))
    if report.patch:
        rows.append(("patch", report.patch))
    console.result("\n".join(f"{key:9} {value}" for key, value in rows))


def workers(text: str) -> int:
    """A number of workers, as a command line has it."""
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of workers; expected 1 or more")
    return number
