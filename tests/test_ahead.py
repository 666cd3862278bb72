"""Plans ahead: behind renames later waves are planned on what these make, and then run exactly so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from jupiter.ahead import plans_ahead
from jupiter.cli.main import main
from jupiter.conductor import Threads
from jupiter.errors import RequestError
from jupiter.execution import start
from jupiter.index.source import Request, Source, load
from jupiter.model.run_events import WavePlanned
from jupiter.run import execute
from repositories import committed, git_line

FILES = {
    "p/__init__.py": "",
    "p/lib.py": "def one():\n    return f(1, 2)\n\n\ndef f(*a):\n    return a\n",
    "p/use.py": "from p import lib\n\n\ndef use():\n    return lib.one()\n",
    "p/other.py": "def other():\n    return 1\n",
}
RENAME = 'codemod: rename, with: {symbol: "p/lib.py:one", to: two}'
AGAIN = 'codemod: rename, needs: [first], with: {symbol: "p/lib.py:two", to: three}'
COMMAS = "codemod: add_trailing_commas.AddTrailingCommas, select: {references: 'p.lib:%s'}"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return committed(tmp_path / "mine", FILES)


def recipe_of(repository: Path, *steps: str) -> Path:
    path = repository.parent / "recipe.yaml"
    path.write_text("version: 1\nname: ahead\nsteps:\n" + "".join(f"  {one}\n" for one in steps))
    return path


def source(repository: Path, *steps: str) -> Source:
    return load(Request(recipe_of(repository, *steps), repository))


def owned(found: Source) -> list[Sequence[tuple[str, ...]]]:
    return [
        [one.symbols_owned for one in planned.plan.briefings] for planned, _ in plans_ahead(found)
    ]


def test_the_waves_behind_renames_are_planned_as_the_run_plans_them(repository: Path) -> None:
    found = source(
        repository,
        f"first: {{{RENAME}}}",
        f"second: {{{AGAIN}}}",
        f"commas: {{needs: [second], {COMMAS % 'three'}}}",
        "more: {needs: [commas], codemod: noop.NOOPCommand}",
    )
    ahead = owned(found)
    run = start(found, lambda _: None)
    execute(run, Threads())
    told = [one.data for one in run.log.events() if isinstance(one.data, WavePlanned)]
    assert len(ahead) == 3
    assert [[one.symbols for one in wave.owned] for wave in told[:3]] == ahead
    assert {path for symbols in ahead[2] for path in symbols} == {"p/use.py"}


def test_nothing_is_changed_by_looking_ahead(repository: Path) -> None:
    before = git_line(repository, "for-each-ref")
    steps = (f"first: {{{RENAME}}}", "then: {needs: [first], codemod: noop.NOOPCommand}")
    assert len(owned(source(repository, *steps))) == 2
    assert git_line(repository, "for-each-ref") == before
    assert git_line(repository, "status", "--short") == ""


def test_a_step_that_finds_nothing_behind_a_rename_is_an_error_before_anything_runs(
    repository: Path,
) -> None:
    found = source(
        repository, f"first: {{{RENAME}}}", f"commas: {{needs: [first], {COMMAS % 'one'}}}"
    )
    with pytest.raises(RequestError, match=r"nearest: p\.lib:two"):
        owned(found)


def test_a_person_is_told_what_nobody_can_plan_yet(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = recipe_of(
        repository,
        f"first: {{{RENAME}}}",
        "mechanical: {needs: [first], codemod: noop.NOOPCommand}",
        "residue: {needs: [mechanical], agent: Do it.}",
        "look: {needs: [residue], approve: Good so}",
        "check: {needs: [look], run: python -m pytest}",
    )
    assert main(["plan", str(recipe), "--repo", str(repository)]) == 0
    said = capsys.readouterr().out
    assert "wave 1: first;" in said
    assert "wave 2: mechanical;" in said
    assert "later     residue: planned after mechanical\n" in said
    assert "later     look: asks after residue\n" in said
    assert "later     check: runs after look\n" in said
    assert "first: planned" not in said
