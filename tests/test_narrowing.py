"""A result that stays red is narrowed to what is green: real runs, with the tests of a real tree."""

import json
import shutil
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.bus.journal import EVENTS
from jupiter.cli.run import EXIT_CODES
from jupiter.conductor import Threads
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.event import Event
from jupiter.model.report import Report
from jupiter.resume import resume, source_of
from jupiter.run import execute
from repositories import committed, git

FILES = 6
RECIPE = """\
version: 1
name: narrow
codebase: {{include: ["pkg/*.py"]}}
repair: {{minutes: {minutes}}}
steps:
  one: {{codemod: "mods.py:One", select: {{paths: ["pkg/m*.py"]}}, workers: 3}}
  {second}
  tests: {{needs: [{last}], run: {run}}}
"""
SCRIPT = "python look.py"
PYTEST = "python -m pytest -q -p no:cacheprovider"
LOOK = """\
from test_all import *
for name, test in sorted(globals().items()):
    if name.startswith("test_"):
        test()
"""
SECOND = 'two: {needs: [one], codemod: "mods.py:Two", select: {paths: ["pkg/m*.py"]}, workers: 3}'
MODS = """\
import libcst
from libcst.codemod import CodemodCommand

def replaced(tree, *pairs):
    code = tree.code
    for old, new in pairs:
        code = code.replace(old, new)
    return libcst.parse_module(code)

class One(CodemodCommand):
    def transform_module_impl(self, tree):
        return replaced(tree, ("value = 1", "value = 1 + 1"), ("value = 2", "value = 2 + 0"))

class Two(CodemodCommand):
    def transform_module_impl(self, tree):
        return replaced(tree, ("# two", "# 2"))
"""


def repository_with(folder: Path, fragile: set[int], count: int = FILES) -> Path:
    """Modules with a value each, and their tests; `One` changes the value of those that are fragile."""
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg/__init__.py").touch()
    tests = list[str]()
    for number in range(count):
        value = 1 if number in fragile else 2
        (folder / f"pkg/m{number}.py").write_text(f"value = {value}\n# two\n")
        tests.append(
            f"def test_{number}():\n    from pkg.m{number} import value\n    assert value == {value}\n"
        )
    (folder / "look.py").write_text(LOOK)
    (folder / "test_all.py").write_text("\n\n".join(tests))
    return committed(folder)


def carried_out(
    repository: Path, *, minutes: float = 10, second: str = "", run: str = SCRIPT
) -> Report:
    recipe = repository.parent / "recipe.yaml"
    last = "two" if second else "one"
    recipe.write_text(RECIPE.format(minutes=minutes, second=second, last=last, run=run))
    (repository.parent / "mods.py").write_text(MODS)
    return execute(start(load(Request(recipe, repository)), lambda _notice: None), Threads())


def changed(repository: Path) -> set[str]:
    return set(git(repository, "diff", "--name-only", "main", "jupiter/narrow").split())


def of(report: Report, *types: str) -> list[Event]:
    return [event for event in FileLog.open(Path(report.log)).events() if event.type in types]


@pytest.mark.parametrize(
    "run", [PYTEST, f"{PYTEST}, compare: baseline"], ids=["alone", "beside the base"]
)
def test_the_green_part_is_delivered_and_the_rest_is_named(tmp_path: Path, run: str) -> None:
    repository = repository_with(tmp_path / "mine", {0, 2}, count=3)
    report = carried_out(repository, run=run)
    assert (report.status, EXIT_CODES[report.status]) == ("partial", 4)
    left_out = [one for one in report.per_briefing if one.progress == "left out"]
    assert len(left_out) == 2
    assert changed(repository) == {"pkg/m1.py"}
    assert report.reason.startswith("2 of 3 edits break 2 tests: ")
    assert "test_0" in report.reason
    assert "test_2" in report.reason
    assert report.reason.endswith("; left out: briefings #1, #3")
    assert [one.exit_code for one in report.checks] == [1, 0]


def test_nothing_of_what_is_left_out_can_be_put_back(tmp_path: Path) -> None:
    repository = repository_with(tmp_path / "mine", {0, 5})
    report = carried_out(repository)
    assert report.reason.startswith(f"2 of {FILES} edits make `python look.py` red; left out: ")
    tried = {(e.data.left_out, e.data.green) for e in of(report, "trial.finished")}
    assert {((1,), False), ((6,), False), ((1, 6), True)} <= tried


def test_a_result_none_of_which_is_green_has_failed(tmp_path: Path) -> None:
    repository = repository_with(tmp_path / "mine", set(range(FILES)))
    report = carried_out(repository)
    assert (report.status, report.branch) == ("failed", None)
    assert git(repository, "branch", "--list", "jupiter/*") == ""


@pytest.mark.parametrize("minutes", [0, 0.000001], ids=["none", "too little"])
def test_without_time_to_search_all_of_it_has_failed(tmp_path: Path, minutes: float) -> None:
    repository = repository_with(tmp_path / "mine", {3})
    report = carried_out(repository, minutes=minutes)
    assert (report.status, report.branch) == ("failed", None)


def test_what_was_built_on_what_is_left_out_goes_with_it(tmp_path: Path) -> None:
    repository = repository_with(tmp_path / "mine", {3})
    report = carried_out(repository, second=SECOND)
    assert report.status == "partial"
    left_out = {one.files_changed or one.id for one in report.per_briefing if one.reason}
    assert left_out == {4, FILES + 4}
    assert changed(repository) == {f"pkg/m{n}.py" for n in range(FILES) if n != 3}


def test_a_kill_at_any_event_of_the_search_repeats_nothing(tmp_path: Path) -> None:
    repository = repository_with(tmp_path / "mine", {3})
    report = carried_out(repository, second=SECOND)
    tree = git(repository, "rev-parse", "jupiter/narrow^{tree}")
    folder = Path(report.log)
    lines = (folder / EVENTS).read_bytes().splitlines(keepends=True)
    types = [json.loads(line)["type"] for line in lines]
    begin, end = types.index("trial.finished"), types.index("run.verified")
    for cut in range(begin + 1, end + 1, 2):
        git(repository, "branch", "-qD", "jupiter/narrow")
        copy = folder.with_name(f"{folder.name}-{cut}")
        copy.mkdir(mode=0o700)
        shutil.copytree(folder / "blobs", copy / "blobs")
        (copy / EVENTS).write_bytes(b"".join(lines[:cut]))
        again = execute(resume(source_of(copy), copy, lambda _: None), Threads())
        assert (again.status, again.reason) == (report.status, report.reason)
        assert git(repository, "rev-parse", "jupiter/narrow^{tree}") == tree
        kinds = ("trial.finished", "result.narrowed", "wave.planned", "check.finished")
        assert [e.type for e in of(again, *kinds)] == [e.type for e in of(report, *kinds)]
