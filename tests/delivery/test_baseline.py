"""A check beside its baseline: what was red does not count, what is worse or gone does."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playing import played

from jupiter.bus.file import FileLog
from jupiter.delivery.baseline import compared, outcomes, reporting, verdict
from jupiter.errors import SurroundingsError
from jupiter.fold.state import fold
from jupiter.model.report import Report
from repositories import committed

RED, GREEN = True, False

PAIRS = [
    ("all as before", {"a": GREEN, "b": RED}, {"a": GREEN, "b": RED}, (), ()),
    ("one mended", {"a": RED}, {"a": GREEN}, (), ()),
    ("one broken", {"a": GREEN, "b": RED}, {"a": RED, "b": RED}, ("a",), ()),
    ("a new one is red", {"a": GREEN}, {"a": GREEN, "b": RED}, ("b",), ()),
    ("a new one is green", {"a": GREEN}, {"a": GREEN, "b": GREEN}, (), ()),
    ("a green one is gone", {"a": GREEN, "b": GREEN}, {"a": GREEN}, (), ("b",)),
    ("a red one is gone", {"a": GREEN, "b": RED}, {"a": GREEN}, (), ()),
]


@pytest.mark.parametrize(
    ("before", "after", "worse", "gone"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS]
)
def test_what_is_worse_is_what_was_not_red_and_what_is_gone_was_green(
    before: dict[str, bool], after: dict[str, bool], worse: tuple[str, ...], gone: tuple[str, ...]
) -> None:
    found = compared(before, after)
    assert (found.worse, found.gone) == (worse, gone)
    assert found.is_worse == bool(worse or gone)
    assert found.counts == (len(worse), len(gone))


def test_many_are_counted_and_some_are_named() -> None:
    found = compared({}, {f"t{n:03}": RED for n in range(80)})
    assert found.counts == (80, 0)
    assert len(found.worse) == 50
    assert verdict(found).startswith("80 tests are red that were not, 0 are gone: t000, t001, t002")


TESTS = """\
import pytest

class TestIt:
    @pytest.mark.parametrize("n", [1, 2])
    def test_n(self, n): assert n == 1

def test_skipped(): pytest.skip("why")

@pytest.fixture
def broken(): raise OSError

def test_error(broken): ...
"""


def test_pytest_tells_how_each_test_ended(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    place = tmp_path / "report.xml"
    command = reporting(("python", "-m", "pytest", "-q", "-p", "no:cacheprovider"), place)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert outcomes("check", done.returncode, place) == {
        "test_it.TestIt::test_n[1]": GREEN,
        "test_it.TestIt::test_n[2]": RED,
        "test_it::test_skipped": GREEN,
        "test_it::test_error": RED,
    }


def test_a_pytest_that_breaks_off_tells_nothing(tmp_path: Path) -> None:
    assert outcomes("check", 4, tmp_path / "none.xml") is None


def test_a_pytest_that_writes_no_report_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match="no report of pytest"):
        outcomes("check", 1, tmp_path / "none.xml")


RECIPE = """\
version: 1
name: compare
codebase: {{include: ["**/*.py"]}}
environment: {{pythonpath: ["."]}}
steps:
  one:
    codemod: codemods.py:Change
    with: {{to: "{to}"}}
  check: {{needs: [one], run: "python -m pytest -q -p no:cacheprovider", compare: baseline}}
"""
CODEMOD = """\
from libcst.codemod import VisitorBasedCodemodCommand
import libcst as cst

class Change(VisitorBasedCodemodCommand):
    @staticmethod
    def add_args(parser): parser.add_argument("--to")
    def __init__(self, context, to): super().__init__(context); self.to = to
    def leave_Integer(self, old, new):
        return new.with_changes(value=self.to) if old.value == "1" else new
"""


@pytest.fixture
def ran(tmp_path: Path) -> Callable[[str], tuple[Report, list[str], FileLog]]:
    """Runs a recipe that writes another number for 1, on a repository with a red test."""
    tests = "import mod\ndef test_red(): assert False\ndef test_one(): assert mod.ONE < 2 * 2\n"
    repository = committed(tmp_path / "mine", {"mod.py": "ONE = 1\n", "test_mod.py": tests})
    (tmp_path / "codemods.py").write_text(CODEMOD)

    def run(to: str) -> tuple[Report, list[str], FileLog]:
        recipe = tmp_path / "recipe.yaml"
        recipe.write_text(RECIPE.format(to=to))
        return played(recipe, repository)

    return run


def test_a_test_that_was_red_does_not_fail_the_run(
    ran: Callable[[str], tuple[Report, list[str], FileLog]],
) -> None:
    report, said, log = ran("3")
    assert report.status == "done"
    assert "check: no test is worse than before (1 red, 1 were)" in said
    (_, check) = fold(log.events()).checks[0]
    assert check.exit_code == 1
    assert check.is_green


def test_a_test_that_becomes_red_fails_the_run_and_is_named(
    ran: Callable[[str], tuple[Report, list[str], FileLog]],
) -> None:
    report, _, _ = ran("9")
    assert report.status == "failed"
    assert "1 tests are red that were not, 0 are gone: test_mod::test_one" in report.reason
