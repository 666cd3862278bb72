"""`jupiter demo`: three workers rename and rewrite a real package, and its own tests judge it."""

from __future__ import annotations

import argparse
import importlib
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jupiter.cli import console
from jupiter.cli.progress import shown
from jupiter.cli.run import EXIT_CODES, summarise
from jupiter.compiler.local import prefect_home, run_recipe
from jupiter.demo.material import CLICK, repository_of
from jupiter.errors import RequestError, SurroundingsError
from jupiter.index.source import Request
from jupiter.model.report import Report, Usage
from jupiter.recipe.catalogue import find_recipe

if TYPE_CHECKING:
    from jupiter.demo import story as story_module


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "--repo",
        type=Path,
        metavar="DIR",
        help="work on this git repository, not on click (works offline)",
    )
    parser.add_argument(
        "--agents",
        action="store_true",
        help="three scripted agents, no key: one changes an interface, one its tests, one its "
        "documentation; with the bus and without, side by side",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="how many workers (default: 3)")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON document")


def main(options: argparse.Namespace) -> int:
    """Fetch click, run the demo's recipe on it, and say where to look."""
    if options.agents:
        return _agents(options)
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


def _agents(options: argparse.Namespace) -> int:
    """The published story, with the bus and without."""
    if options.repo is not None:
        raise RequestError(f"--agents plays on {CLICK} alone; leave --repo out")
    # Imported now: scripts, server and SDK take seconds that nobody else pays for.
    story = cast("story_module", importlib.import_module("jupiter.demo.story"))
    console.say(f"{'demo':9} three agents on {CLICK}; a local server plays the model by scripts")
    request = Request(find_recipe(story.RECIPE), _click(), workers=options.workers)
    told: dict[str, story_module.Telling] = {}
    for name, shares in (("bus on", True), ("bus off", False)):
        console.say(f"{'demo':9} {name}")
        with shown() as listen:
            told[name] = story.tell(request, listen, shares=shares)
    if options.json:
        console.result_json({name: _as_data(one) for name, one in told.items()})
    else:
        console.result(_side_by_side(told))
    return EXIT_CODES[told["bus on"].report.status]


def _as_data(told: story_module.Telling) -> dict[str, object]:
    return {**asdict(told), "report": told.report.model_dump(mode="json"), "tests": told.tests}


def _side_by_side(told: Mapping[str, story_module.Telling]) -> str:
    """A row a fact and a column a way, then the calls that nobody brought in line."""
    tellings = tuple(told.values())
    facts: tuple[tuple[str, Callable[[story_module.Telling], object]], ...] = (
        ("interfaces changed", lambda one: one.published),
        ("workers told of a change", lambda one: one.told),
        ("workers woken", lambda one: one.woken),
        ("symbols adapted", lambda one: len(one.adapted)),
        ("stale calls", lambda one: len(one.stale)),
        ("click's own tests", lambda one: one.tests),
        ("conflicts", lambda one: one.report.conflicts),
        ("requests", lambda one: one.report.usage.requests),
        ("input tokens", lambda one: _tokens(one.report.usage)),
        ("ended", lambda one: one.report.status),
        ("run", lambda one: one.report.run_id),
    )
    rows = [("", *told), *((name, *(str(of(one)) for one in tellings)) for name, of in facts)]
    parts = [
        console.columns(rows),
        *("", "Stale without the bus:", *(f"  {one}" for one in tellings[1].stale)),
    ]
    return "\n".join(parts)


def _tokens(used: Usage) -> str:
    return f"{used.sent:,}, {used.cached:.0%} from the cache"


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
    return "demo", _click()


def _click() -> Path:
    try:
        repository = repository_of(CLICK)
    except SurroundingsError as error:
        raise SurroundingsError(
            f"{error}; `jupiter demo --repo .` works on a repository of your own instead"
        ) from error
    console.say(f"{'demo':9} {CLICK} is in {repository}")
    return repository


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
