"""`${{ affected_tests }}` in a run: what the command is given, what the report says of the rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playing import played

from jupiter.bus.file import FileLog
from jupiter.cli.report import describe
from jupiter.compiler.markdown_report import report_text
from jupiter.delivery.report_full import full_report
from jupiter.delivery.report_page import page
from jupiter.model.report import FullReport, Report
from jupiter.model.run_events import ChosenTests
from repositories import committed

RECIPE = """\
version: 1
name: affected
codebase: {{include: ["mod.py"]}}
environment: {{pythonpath: ["."]}}
steps:
  one:
    codemod: codemods.py:Change
    with: {{old: "{old}", new: "{new}"}}
  check:
    needs: [one]
    run: python -m pytest -q -p no:cacheprovider ${{{{ affected_tests }}}}
    compare: baseline
"""
CODEMOD = """\
from libcst.codemod import VisitorBasedCodemodCommand

class Change(VisitorBasedCodemodCommand):
    @staticmethod
    def add_args(parser): parser.add_argument("--old"); parser.add_argument("--new")
    def __init__(self, context, old, new):
        super().__init__(context); self.old, self.new = old, new
    def leave_Integer(self, old, new):
        return new.with_changes(value=self.new) if old.value == self.old else new
"""
FILES = {
    "mod.py": "LIMIT = 3\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n",
    "tests/test_f.py": "import mod\ndef test_f(): assert mod.f() < 9\ndef test_red(): assert mod.f() > 9\n",
    "tests/test_g.py": "import mod\ndef test_g(): assert mod.g() == 2\n",
}

Ran = Callable[[str, str], tuple[Report, list[str], FileLog]]


@pytest.fixture
def ran(tmp_path: Path) -> Ran:
    """Runs a recipe that writes one number for another."""
    repository = committed(tmp_path / "mine", FILES)
    (tmp_path / "codemods.py").write_text(CODEMOD)

    def run(old: str, new: str) -> tuple[Report, list[str], FileLog]:
        recipe = tmp_path / "recipe.yaml"
        recipe.write_text(RECIPE.format(old=old, new=new))
        return played(recipe, repository)

    return run


def full(log: FileLog) -> FullReport:
    return full_report(list(log.events()), log="", base=None, blob=log.get)


def test_the_command_is_given_the_tests_that_reach_the_change(ran: Ran) -> None:
    report, said, log = ran("1", "4")
    check = report.checks[0]
    assert report.status == "done"
    assert check.command[-1] == "tests/test_f.py"
    assert check.comparison is not None
    assert (check.comparison.red_before, check.comparison.red) == (1, 1)
    assert check.tests == ChosenTests(
        chosen=("tests/test_f.py",),
        left_out=("tests/test_g.py",),
        reason="none is seen to reach mod.py:f",
    )
    assert "check: 1 of 2 files of tests; of the others none is seen to reach mod.py:f" in said
    for text in (describe(full(log)), page(full(log)), report_text(full(log))):
        assert "tests/test_g.py" in text
        assert "none is seen to reach mod.py:f" in text


def test_a_test_that_turns_red_is_among_them(ran: Ran) -> None:
    report, _, _ = ran("2", "5")
    assert report.status == "failed"
    assert report.checks[0].comparison is not None
    assert report.checks[0].comparison.worse == ("tests.test_g::test_g",)


def test_where_nothing_can_be_left_out_everything_is_run_and_the_report_says_why(ran: Ran) -> None:
    report, said, log = ran("3", "4")
    check = report.checks[0]
    assert check.command[-1] == "no:cacheprovider"
    assert check.tests is not None
    assert check.tests.reason == "everything is run: all tests may reach what has changed"
    assert f"check: {check.tests.reason}" in said
    assert check.tests.reason in page(full(log))
