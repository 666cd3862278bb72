"""`jupiter demo`: three workers rename and rewrite a real package, and its own tests judge it."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from jupiter.cli import console
from jupiter.cli.progress import shown
from jupiter.cli.run import EXIT_CODES, summarise
from jupiter.compiler.local import prefect_home, run_recipe
from jupiter.demo.material import CLICK, repository_of
from jupiter.errors import SurroundingsError
from jupiter.index.source import Request
from jupiter.model.report import Report
from jupiter.recipe.catalogue import find_recipe


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "--repo",
        type=Path,
        metavar="DIR",
        help="work on this git repository, not on click (works offline)",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="how many workers (default: 3)")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON document")


def main(options: argparse.Namespace) -> int:
    """Fetch click, run the demo's recipe on it, and say where to look."""
    recipe, repository = _material(options.repo)
    request = Request(find_recipe(recipe), repository, workers=options.workers)
    with shown() as listen:
        report = run_recipe(request, listen)
    if options.json:
        console.result_json(report)
        return EXIT_CODES[report.status]
    summarise(report)
    if report.branch:
        console.result(_look_further(report, repository))
    return EXIT_CODES[report.status]


def _material(own: Path | None) -> tuple[str, Path]:
    if own is not None:
        console.say(
            f"{'demo':9} the recipe trailing-commas on {own}; its branch is all that is added"
        )
        return "trailing-commas", own
    console.say(
        f"{'demo':9} five renames, two LibCST commands, three workers, on {CLICK}; "
        "its own tests before and after"
    )
    try:
        repository = repository_of(CLICK)
    except SurroundingsError as error:
        raise SurroundingsError(
            f"{error}; `jupiter demo --repo .` works on a repository of your own instead"
        ) from error
    console.say(f"{'demo':9} {CLICK} is in {repository}")
    return "demo", repository


def _look_further(report: Report, repository: Path) -> str:
    program = Path(sys.argv[0])
    jupiter = str(program) if program.name == "jupiter" else f"{sys.executable} -m jupiter"
    prefect = str(Path(sys.executable).with_name("prefect"))
    where = shlex.quote(str(repository))
    return "\n".join(
        (
            "",
            "Look further:",
            f"  git -C {where} diff --stat {report.base_commit[:12]} {report.branch}",
            f"  {jupiter} bus show {report.run_id}",
            f"  PREFECT_HOME={shlex.quote(prefect_home())} {prefect} server start   # then http://127.0.0.1:4200/runs",
        )
    )
