"""A deployed run has nothing to do when all that it depends on is as it was in the last green one."""

from pathlib import Path

import pytest

from jupiter.compiler.deployed import green_run
from jupiter.conductor import Threads
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.run import execute
from repositories import committed, git_line

RECIPE = """\
version: 1
name: greet
parameters: {word: {type: string, default: abc}}
steps: {greet: {codemod: "own.py:Greet"}}
"""
CODEMOD = """\
from libcst.codemod import VisitorBasedCodemodCommand

class Greet(VisitorBasedCodemodCommand):
    DESCRIPTION = "Nothing."
"""


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    repository, recipes = tmp_path / "mine", tmp_path / "recipes"
    for folder in (repository, recipes):
        folder.mkdir()
    (recipes / "greet.yaml").write_text(RECIPE)
    (recipes / "own.py").write_text(CODEMOD)
    (repository / "a.py").write_text("x = 1\n")
    committed(repository)
    return Request(recipes / "greet.yaml", repository)


def green(request: Request) -> str:
    return green_run(request, git_line(request.repository, "rev-parse", "HEAD"))


def test_nothing_is_to_do_only_while_base_recipe_codemods_and_parameters_are_the_same(
    request_: Request,
) -> None:
    assert green(request_) == ""
    run = start(load(request_), lambda _notice: None)
    execute(run, Threads())
    assert green(request_) == run.log.run
    recipe, own = request_.recipe, request_.recipe.parent / "own.py"
    own.write_text(CODEMOD.replace("Nothing", "Something"))
    assert green(request_) == "", "the codemod beside the recipe is another"
    own.write_text(CODEMOD)
    assert green(Request(recipe, request_.repository, parameters={"word": "other"})) == ""
    recipe.write_text(RECIPE + "# more\n")
    assert green(request_) == ""
    recipe.write_text(RECIPE)
    assert green(request_) == run.log.run
    git_line(request_.repository, "commit", "-q", "--allow-empty", "-m", "more")
    assert green(request_) == ""
