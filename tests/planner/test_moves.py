"""A module that is renamed has one owner, who moves it; the tree is the same for any number of workers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jupiter.ahead import plans_ahead
from jupiter.conductor import Threads
from jupiter.errors import RequestError
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.run import execute

RECIPE = """\
version: 1
name: moves
codebase: {include: ["**"]}
steps:
  module: {codemod: rename, with: {symbol: p/utils.py, to: tools}}
  function: {codemod: rename, with: {symbol: "p.utils:f", to: g%s}}
  later: {codemod: rename, needs: [module], with: {symbol: "p/tools.py:C", to: D}}
deliver: {branch: jupiter/moves}
"""
FILES = {
    "p/__init__.py": "from .utils import C, f\n",
    "p/utils.py": "def f():\n    return C\n\n\nclass C: ...\n",
    "main.py": "import p.utils\n\nprint(p.utils.f(), p.C)\n",
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPITER_HOME", str(tmp_path / "home"))
    top = tmp_path / "repository"
    for path, text in FILES.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    (top / "p/utils.py").chmod(0o755)
    git(top, "init", "-q")
    git(top, "add", ".")
    git(top, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first")
    return top


def git(top: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=top, capture_output=True, text=True, check=True)
    return done.stdout


def request(repository: Path, workers: int = 3, *, more: str = "") -> Request:
    recipe = repository.parent / "recipe.yaml"
    recipe.write_text(RECIPE % more)
    return Request(recipe, repository, workers=workers)


def test_a_file_that_moves_is_owned_whole_under_both_of_its_paths(repository: Path) -> None:
    planned, _ = next(plans_ahead(load(request(repository))))
    made = planned.plan
    (owner,) = [one for one in made.briefings if "p/utils.py" in one.symbols_owned]
    assert "p/tools.py" in owner.symbols_owned
    owned = [symbol for one in made.briefings for symbol in one.symbols_owned]
    assert not [symbol for symbol in owned if symbol.startswith("p/utils.py:")]
    assert {change.step for change in owner.task.renames} == {"module", "function"}


def test_one_three_and_eight_workers_move_it_the_same_way(repository: Path) -> None:
    trees = set[str]()
    for workers in (1, 3, 8):
        run = start(load(request(repository, workers)), lambda _notice: None)
        report = execute(run, Threads())
        assert (report.status, report.reason, report.conflicts) == ("done", "", 0)
        trees.add(git(repository, "ls-tree", "-r", "jupiter/moves"))
    (tree,) = trees
    assert [line.split("\t")[1] for line in tree.splitlines()] == [
        "main.py",
        "p/__init__.py",
        "p/tools.py",
    ]
    assert next(line for line in tree.splitlines() if "tools" in line).startswith("100755")
    shown = [git(repository, "show", f"jupiter/moves:{path}") for path in ("main.py", "p/tools.py")]
    assert shown == [
        "import p.tools\n\nprint(p.tools.g(), p.D)\n",
        "def g():\n    return D\n\n\nclass D: ...\n",
    ]


def test_an_alias_in_a_file_that_moves_needs_the_move_to_be_done(repository: Path) -> None:
    with pytest.raises(RequestError, match=r"needs: \[module\]"):
        next(plans_ahead(load(request(repository, more=", alias: true"))))


PACKAGE = """\
version: 1
name: moves
codebase: {include: %s}
steps:
  package: {codemod: rename, with: {symbol: p, to: q}}
%s
deliver: {branch: jupiter/moves}
"""
EVERYTHING = '["**"]'


def package(repository: Path, *, include: str = EVERYTHING, more: str = "") -> Request:
    recipe = repository.parent / "recipe.yaml"
    recipe.write_text(PACKAGE % (include, more))
    return Request(recipe, repository, workers=3)


def test_a_package_moves_with_what_is_no_python_in_it(repository: Path) -> None:
    (repository / "p/py.typed").touch()
    (repository / "p/data.bin").write_bytes(b"\xff\x00p")
    (repository / "p/broken.py").write_text("def f(:\n")
    git(repository, "add", ".")
    git(repository, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "more")
    more = '  later: {codemod: rename, needs: [package], with: {symbol: "q.utils:f", to: g}}'
    run = start(load(package(repository, more=more)), lambda _notice: None)
    report = execute(run, Threads())
    assert (report.status, report.reason, report.conflicts) == ("done", "", 0)
    tree = git(repository, "ls-tree", "-r", "jupiter/moves", "--name-only").splitlines()
    assert tree == [
        "main.py",
        *(f"q/{name}" for name in ("__init__.py", "broken.py", "data.bin", "py.typed", "utils.py")),
    ]
    assert git(repository, "show", "jupiter/moves:main.py") == (
        "import q.utils\n\nprint(q.utils.g(), q.C)\n"
    )


def test_a_package_leaves_nothing_behind(repository: Path) -> None:
    (repository / "p/py.typed").touch()
    git(repository, "add", ".")
    git(repository, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "more")
    with pytest.raises(RequestError, match=r"p/py\.typed is in it and .*; add p/\*\*"):
        next(plans_ahead(load(package(repository, include='["**/*.py"]'))))


def test_a_file_moves_once_in_a_wave(repository: Path) -> None:
    more = "  module: {codemod: rename, with: {symbol: p.utils, to: tools}}"
    with pytest.raises(RequestError, match=r"both move p/utils\.py; .*needs: \[package\]"):
        next(plans_ahead(load(package(repository, more=more))))
