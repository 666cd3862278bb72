"""`jupiter report`, on a real run of a real repository, from its log alone."""

import json
import shutil
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.cli.main import main
from jupiter.conductor import Threads
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.report import FullReport, Report
from jupiter.run import execute
from repositories import committed

RECIPE = """\
version: 1
name: commas
steps:
  commas: {codemod: add_trailing_commas.AddTrailingCommas, workers: 2}
  compiles: {run: python -m compileall -q ., needs: [commas]}
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, foreign_home: Path) -> Report:
    folder = tmp_path_factory.mktemp("work") / "mine"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.py").write_text(f"{name} = f(\n    1, 2\n)\n")
    committed(folder)
    recipe = folder.parent / "commas.yaml"
    recipe.write_text(RECIPE)
    return execute(start(load(Request(recipe, folder)), lambda _notice: None), Threads())


def test_the_report_is_counted_from_the_log_alone(
    ran: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", ran.run_id, "--json"]) == 0
    found = FullReport.model_validate_json(capsys.readouterr().out)
    of_the_run = {"seconds", "notices"}  # no event has them
    here, there = ran.model_dump(exclude=of_the_run), found.model_dump(exclude=of_the_run)
    assert {key: there[key] for key in here} == here
    assert [(c.symbol, c.kind, c.added, c.removed) for c in found.changes] == [
        (f"{name}.py:{name}", "changed", 1, 1) for name in "abc"
    ]
    assert [check.lane for check in found.timeline.spans if check.how == "green"] == ["run"]
    assert found.seconds.total > 0


def test_a_person_is_told_what_changed_and_how_the_checks_ended(
    ran: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", ran.run_id]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["status", "done"] in lines
    assert ["b.py", "1", "1", "1", "#2"] in lines
    assert any(line[:2] == ["compiles", "0"] for line in lines)


def test_the_page_is_a_file_that_replaces_an_older_one(
    ran: Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "report.html"
    page.write_text("old")
    assert main(["report", ran.run_id, "--html", str(page)]) == 0
    assert page.read_text().startswith("<!doctype html>")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"report    {page}\n")
    assert main(["report", ran.run_id, "--html", str(page), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run_id"] == ran.run_id


def test_where_the_repository_is_gone_all_but_the_changes_is_there(
    ran: Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = Path(ran.repository)
    away = shutil.move(here, tmp_path / "away")
    try:
        assert main(["report", ran.run_id, "--json"]) == 0
        without = FullReport.model_validate_json(capsys.readouterr().out)
        assert main(["report", ran.run_id, "--json", "--repo", str(away)]) == 0
        found = FullReport.model_validate_json(capsys.readouterr().out)
    finally:
        shutil.move(away, here)
    assert (without.changes, without.files_changed) == ((), 3)
    assert "--repo says where the repository is now" in without.changes_missing
    assert (len(found.changes), found.changes_missing) == (3, "")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["nothing"], 2, "there is no run 'nothing'", id="no-such-run"),
        pytest.param(["last", "--repo", "/"], 2, "/", id="no-repository"),
        pytest.param(["last", "--html", "/no/such/folder/x.html"], 3, "/no/such", id="no-folder"),
        pytest.param(["empty"], 3, "has not begun", id="empty-log"),
    ],
)
def test_what_cannot_be_is_one_message(
    ran: Report,
    arguments: list[str],
    code: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    empty = Path(ran.log).with_name("empty")
    FileLog.create(empty, "empty")
    if arguments[0] == "last":
        arguments = [ran.run_id, *arguments[1:]]
    try:
        assert main(["report", *arguments]) == code
    finally:
        shutil.rmtree(empty)
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
