"""The published story on click, with the bus and without: who adapted, what is stale, what tests say."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jupiter.cli import demo
from jupiter.conductor import Listener, Notice
from jupiter.demo import story
from jupiter.demo.material import CLICK, Release
from jupiter.demo.story import SYMBOL, Telling, tell
from jupiter.index.source import Request
from jupiter.recipe.catalogue import find_recipe

TESTS = "tests/test_utils.py"


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's recipe, whose tests are those that are concerned, in the interpreter that is here."""
    text = find_recipe(story.RECIPE).read_text()
    text = text.replace(
        "setup: [\"python -m pip install --quiet -e . 'pytest<9'\"]", "pythonpath: [src]"
    )
    text = text.replace("pytest -q", f"pytest -q -p no:cacheprovider -o filterwarnings= {TESTS}")
    assert text.count(TESTS) == 2
    path = tmp_path_factory.mktemp("recipe") / "story.yaml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def click(fetched: Callable[[Release], Path]) -> Path:
    return fetched(CLICK)


@pytest.fixture(scope="module")
def heard() -> list[Notice]:
    return []


@pytest.fixture(scope="module")
def told(recipe: Path, click: Path, heard: list[Notice]) -> Telling:
    return tell(Request(recipe, click), heard.append, shares=True)


def _always(repository: Path) -> Callable[[Release], Path]:
    return lambda _release: repository


def test_with_the_bus_nothing_is_stale_and_the_tests_are_green(told: Telling) -> None:
    assert (told.report.status, told.report.workers, told.report.conflicts) == ("done", 3, 0)
    assert (told.published, told.stale) == (1, ())
    assert told.told >= 2
    assert "passed" in told.tests
    assert "failed" not in told.tests


def test_who_adapted_says_so_on_the_log(told: Telling) -> None:
    assert "docs/utils.rst#Intelligent-File-Opening" in told.adapted
    assert f"{TESTS}:test_open_file" in told.adapted
    assert SYMBOL not in told.adapted


def test_what_the_agents_do_can_be_watched(told: Telling, heard: list[Notice]) -> None:
    lines = [(one.part, one.text) for one in heard]
    published = lines.index(("code", f"publishes the new interface of {SYMBOL}"))
    assert lines.index(("tests", "is told of a change in what it uses"))
    assert ("tests", f"writes {TESTS}:test_open_file, following {SYMBOL}") in lines[published:]
    assert lines[-1][0] == "deliver" or ("docs", "is done") in lines[published:]


def test_the_command_shows_both_ways_side_by_side(
    recipe: Path,
    click: Path,
    told: Telling,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(story, "RECIPE", str(recipe))
    monkeypatch.setattr(demo, "repository_of", _always(click))
    parser = argparse.ArgumentParser()
    demo.arguments(parser)
    # What the bus gives is known already; here it is what is lost without.
    without = tell(Request(recipe, click), lambda _: None, shares=False)
    ways = {True: told, False: without}

    def known(_request: Request, _listen: Listener, *, shares: bool) -> Telling:
        return ways[shares]

    monkeypatch.setattr(story, "tell", known)

    assert demo.main(parser.parse_args(["--agents"])) == 0
    shown = capsys.readouterr().out
    assert [line.split()[-2:] for line in shown.splitlines() if "stale calls" in line] == [
        ["0", "12"]
    ]
    assert "docs/utils.rst: open_file(filename, 'w')" in shown

    assert demo.main(parser.parse_args(["--agents", "--json"])) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["bus off"]["report"]["status"] == "failed"
    assert "failed" in document["bus off"]["tests"]
    assert (document["bus off"]["told"], document["bus off"]["adapted"]) == (0, [])
    assert len(document["bus off"]["stale"]) == 12
