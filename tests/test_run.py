"""Whole runs on small repositories, without Prefect: what is delivered, and when nothing is."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.conductor import Notice, Threads
from jupiter.errors import Interrupted, RequestError
from jupiter.execution import Run, start
from jupiter.fold.file import File
from jupiter.fold.state import fold
from jupiter.fold.tree import changed_files
from jupiter.index.source import Request, load
from jupiter.model.report import Report
from jupiter.run import execute
from jupiter.system.state import find_run
from repositories import committed, git

HEAD = 'version: 1\nname: {name}\ncodebase: {{include: ["**/*.py"]}}\n'
COMMAS = """\
  commas:
    codemod: add_trailing_commas.AddTrailingCommas
    workers: 3
"""
FRAGILE = """\
from libcst.codemod import CodemodCommand

class Fragile(CodemodCommand):
    def transform_module_impl(self, tree):
        if "fragile" in tree.code:
            raise ValueError("cannot do this one")
        return tree.with_changes(footer=[*tree.footer, __import__("libcst").EmptyLine()])
"""

LOOK = """\
import pathlib, sys
found = b"y," in pathlib.Path("pkg/a.py").read_bytes()
sys.exit(found != (sys.argv[1] == "present"))
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "__init__.py").write_text("from pkg.a import f\n")
    (folder / "pkg" / "a.py").write_text("def f(\n    x, y\n):\n    return x\n")
    (folder / "pkg" / "b.py").write_bytes(b"from pkg.a import f\r\nz = f(\r\n    1, 2\r\n)\r\n")
    (folder / "notes.md").write_text("# Notes\n")
    return committed(folder)


def carried_out(
    folder: Path, steps: str, *, more: str = "", **request: object
) -> tuple[Report, list[Notice]]:
    run, notices = begun(folder, steps, more=more, **request)
    return execute(run, Threads()), notices


def begun(
    folder: Path, steps: str, *, more: str = "", **request: object
) -> tuple[Run, list[Notice]]:
    recipe = folder.parent / "recipe.yaml"
    recipe.write_text(HEAD.format(name="try-it") + "steps:\n" + steps + more)
    (folder.parent / "codemods.py").write_text(FRAGILE)
    notices: list[Notice] = []
    return start(load(Request(recipe, folder, **request)), notices.append), notices


def tree(folder: Path, revision: str) -> str:
    return git(folder, "rev-parse", f"{revision}^{{tree}}").strip()


def test_the_branch_has_one_commit_a_briefing_on_the_base(repository: Path) -> None:
    report, _ = carried_out(repository, COMMAS)
    assert (report.status, report.files_changed, report.conflicts) == ("done", 2, 0)
    assert report.branch == "jupiter/try-it"
    log = git(repository, "log", "--format=%H %P%n%B", f"{report.base_commit}..{report.branch}")
    assert log.count(f"Jupiter-Run: {report.run_id}") == 2
    assert "Jupiter-Recipe: try-it" in log
    assert {"Jupiter-Briefing: 1", "Jupiter-Briefing: 2"} <= set(log.splitlines())


def test_the_users_tree_index_and_branch_stay_as_they_were(repository: Path) -> None:
    (repository / "pkg" / "a.py").write_text("dirty = 1\n")
    before = git(repository, "status", "--porcelain=v2", "--branch"), git(repository, "diff")
    report, _ = carried_out(repository, COMMAS)
    assert (
        git(repository, "status", "--porcelain=v2", "--branch"),
        git(repository, "diff"),
    ) == before
    assert any("1 changed file of" in notice for notice in report.notices)


def test_one_three_and_eight_workers_give_the_same_tree(repository: Path) -> None:
    trees = set()
    for workers in (1, 3, 8):
        report, _ = carried_out(repository, COMMAS, workers=workers)
        assert report.commit is not None
        trees.add(tree(repository, report.commit))
        assert report.workers == workers
    assert len(trees) == 1


def test_the_delivered_tree_is_the_fold_of_the_log_over_the_base(repository: Path) -> None:
    report, _ = carried_out(repository, COMMAS)
    log = FileLog.open(find_run(report.run_id))

    def base(path: str) -> File:
        return File(subprocess.run(
            ["git", "show", f"{report.base_commit}:{path}"],
            cwd=repository, capture_output=True, check=True,
        ).stdout)  # fmt: skip

    files = changed_files(fold(log.events()), base, log.get)
    assert sorted(files) == ["pkg/a.py", "pkg/b.py"]
    for path, file in files.items():
        shown = subprocess.run(
            ["git", "show", f"{report.branch}:{path}"],
            cwd=repository,
            capture_output=True,
            check=True,
        ).stdout
        assert file is not None
        assert shown == file.text


def test_untouched_files_and_line_ends_stay_byte_for_byte(repository: Path) -> None:
    report, _ = carried_out(repository, COMMAS)
    text = subprocess.run(
        ["git", "show", f"{report.branch}:pkg/b.py"],
        cwd=repository,
        capture_output=True,
        check=True,
    ).stdout
    assert text.count(b"\r\n") == text.count(b"\n") > 3
    assert "notes.md" not in git(
        repository, "diff", "--name-only", report.base_commit, "jupiter/try-it"
    )


def test_a_run_that_changes_nothing_is_unchanged_and_makes_no_branch(repository: Path) -> None:
    report, _ = carried_out(repository, "  nothing: {codemod: noop.NOOPCommand}\n")
    assert (report.status, report.branch, report.commit) == ("unchanged", None, None)
    assert git(repository, "branch", "--list", "jupiter/*") == ""


def test_a_red_check_delivers_nothing_and_its_output_is_in_the_report(repository: Path) -> None:
    check = "  red: {needs: [commas], run: python -c 'print(\"because\"); raise SystemExit(3)'}\n"
    report, _ = carried_out(repository, COMMAS + check)
    assert (report.status, report.branch) == ("failed", None)
    assert report.checks[0].exit_code == 3
    assert "because" in report.checks[0].output
    assert git(repository, "branch", "--list", "jupiter/*") == ""


def test_a_check_before_the_first_codemod_sees_the_base(repository: Path) -> None:
    look = repository.parent / "look.py"
    look.write_text(LOOK)
    steps = f"  before: {{run: python {look} absent}}\n"
    steps += f"  after: {{needs: [commas], run: python {look} present}}\n"
    report, _ = carried_out(repository, steps + COMMAS + "    needs: [before]\n")
    assert report.status == "done", report.checks
    assert [check.step for check in report.checks] == ["before", "after"]


def test_a_file_that_a_codemod_fails_on_is_left_out_and_the_rest_delivered(
    repository: Path,
) -> None:
    (repository / "pkg" / "c.py").write_text("fragile = 1\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "fragile")
    report, _ = carried_out(repository, '  step: {codemod: "codemods.py:Fragile", workers: 1}\n')
    assert report.status == "partial"
    assert [(f.path, f.step) for f in report.failures] == [("pkg/c.py", "step")]
    assert "cannot do this one" in report.failures[0].reason
    changed = git(repository, "diff", "--name-only", report.base_commit, report.branch or "")
    assert sorted(changed.split()) == ["pkg/__init__.py", "pkg/a.py", "pkg/b.py"]


def test_a_codemod_that_does_not_exist_stops_the_run_before_any_work(repository: Path) -> None:
    run, _ = begun(repository, "  step: {codemod: nowhere.Nothing}\n")
    with pytest.raises(RequestError, match=r"steps\.step.*nowhere"):
        execute(run, Threads())
    assert fold(run.log.events()).status == "failed"


def test_two_codemods_of_one_wave_run_in_recipe_order_on_a_file_that_both_select(
    repository: Path,
) -> None:
    steps = COMMAS + "  annotations: {codemod: ensure_import_present.EnsureImportPresentCommand, "
    steps += "with: {module: __future__, entity: annotations}}\n"
    report, _ = carried_out(repository, steps)
    assert {b.steps for b in report.per_briefing} == {("commas", "annotations")}
    text = git(repository, "show", "jupiter/try-it:pkg/a.py")
    assert text.startswith("from __future__ import annotations")
    assert "x, y,\n" in text


def test_a_readonly_file_is_not_written(repository: Path) -> None:
    report, _ = carried_out(repository, COMMAS, more='constraints: {readonly: ["pkg/a.py"]}\n')
    assert git(repository, "diff", "--name-only", report.base_commit, "jupiter/try-it").split() == [
        "pkg/b.py"
    ]


def test_a_patch_is_written_and_applies(repository: Path, tmp_path: Path) -> None:
    patch = tmp_path / "out.patch"
    report, _ = carried_out(repository, COMMAS, more=f"deliver: {{patch: {patch}}}\n")
    assert (report.branch, report.patch) == (None, str(patch))
    git(repository, "apply", "--check", str(patch))
    assert git(repository, "branch", "--list", "jupiter/*") == ""


def test_a_branch_of_the_users_is_never_replaced(repository: Path) -> None:
    git(repository, "branch", "jupiter/try-it")
    with pytest.raises(RequestError, match="jupiter/try-it"):
        carried_out(repository, COMMAS)


def test_a_second_run_replaces_jupiters_own_branch(repository: Path) -> None:
    first, _ = carried_out(repository, COMMAS)
    second, _ = carried_out(repository, COMMAS)
    assert first.commit != second.commit
    assert tree(repository, first.commit or "") == tree(repository, "jupiter/try-it")


def test_an_interrupted_run_says_so_in_its_log_and_delivers_nothing(repository: Path) -> None:
    run, _ = begun(repository, COMMAS)
    run.interrupt()
    with pytest.raises(Interrupted):
        execute(run, Threads())
    assert fold(run.log.events()).status == "interrupted"
    assert git(repository, "branch", "--list", "jupiter/*") == ""


def test_the_log_keeps_the_recipe_as_it_was_written(repository: Path) -> None:
    report, _ = carried_out(repository, COMMAS)
    log = FileLog.open(find_run(report.run_id))
    started = fold(log.events()).started
    assert started is not None
    text = (repository.parent / "recipe.yaml").read_bytes()
    assert started.recipe_text == hashlib.sha256(text).hexdigest()
    assert log.get(started.recipe_text) == text
