"""Renames on click 8.1.7: its own suite stays green.

A function, a class and a family of methods first, then modules, and a function in one that has moved.
"""

import os
import subprocess
from pathlib import Path

import pytest

from jupiter.conductor import Threads
from jupiter.demo.material import CLICK, repository_of
from jupiter.errors import SurroundingsError
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.run import execute

RECIPE = """\
version: 1
name: renames
codebase: {include: ["src/**/*.py", "tests/**/*.py", "examples/**/*.py", "docs/**/*.rst", setup.cfg]}
environment: {setup: ["python -m pip install --quiet -e . 'pytest<9'"]}
steps:
  function: {codemod: rename, with: {symbol: "click.utils:echo", to: say}}
  class: {codemod: rename, with: {symbol: "click.core:Context", to: Surroundings}}
  methods: {codemod: rename, with: {symbol: "click.core:MultiCommand.list_commands", to: command_names}}
  module: {codemod: rename, needs: [function, class, methods], with: {symbol: click.utils, to: helpers}}
  hidden: {codemod: rename, needs: [module], with: {symbol: click._compat, to: _compatibility}}
  moved:
    codemod: rename
    needs: [module]
    with: {symbol: "src/click/helpers.py:open_file", to: opened, alias: true}
  suite: {needs: [moved, hidden], run: python -m pytest -q}
deliver: {branch: "jupiter/${{ recipe.name }}"}
"""


@pytest.fixture(scope="module")
def click(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of click of our own."""
    try:
        released = repository_of(CLICK)
    except SurroundingsError as error:
        if os.environ.get("JUPITER_TEST_ALL") == "1":
            raise
        pytest.skip(f"renames of click: {error}")
    folder = tmp_path_factory.mktemp("renames") / "click"
    subprocess.run(["git", "clone", "-q", released, folder], check=True)
    return folder


def words(folder: Path, branch: str, word: str, *paths: str) -> list[str]:
    """The lines of a branch that have a word."""
    done = subprocess.run(
        ["git", "grep", "-n", "-w", word, branch, "--", *paths],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.splitlines()


def test_the_packages_own_suite_is_green_and_nothing_is_called_as_before(
    click: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE)
    run = start(load(Request(recipe, click, workers=3)), lambda _notice: None)
    report = execute(run, Threads())
    assert (report.status, report.reason) == ("done", "")
    assert (report.conflicts, report.refused_edits) == (0, 0)
    assert [hazard.path for hazard in report.hazards] == ["docs/setuptools.rst"], "a utils.py"
    assert [check.exit_code for check in report.checks] == [0]
    assert report.branch is not None
    code = ("src/click", "tests", "examples")
    assert words(click, report.branch, r"click\.echo", *code, "docs") == []
    assert words(click, report.branch, r"click\.Context", *code, "docs") == []
    assert words(click, report.branch, ":class:`Context`", *code, "docs") == []
    assert words(click, report.branch, "class Surroundings", "src/click/core.py")
    assert words(click, report.branch, "list_commands", *code) == []
    assert words(click, report.branch, "command_names", "tests")
    assert words(click, report.branch, r"click\.utils", *code, "docs") == []
    assert words(click, report.branch, "_compat", *code) == []
    assert words(click, report.branch, "open_file = opened", "src/click/__init__.py")
