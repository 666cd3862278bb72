"""`jupiter approve`, and the question in the terminal: real runs that wait, in processes of their own."""

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.cli.asking import parse
from jupiter.cli.main import main
from jupiter.conductor import Answer
from jupiter.system.state import runs_folder
from repositories import committed

PROGRAM = """\
import json, sys
from pathlib import Path
from jupiter.cli.progress import shown
from jupiter.conductor import Threads
from jupiter.errors import JupiterError
from jupiter.index.source import Request, load
from jupiter.execution import start
from jupiter.run import execute

with shown() as listen:
    report = execute(start(load(Request(Path(sys.argv[1]), Path(sys.argv[2]))), listen), Threads())
print(json.dumps([report.run_id, report.status, report.reason, report.files_changed]))
"""
RECIPE = """\
version: 1
name: asks
steps:
  look: {approve: Shall we}
  commas: {codemod: add_trailing_commas.AddTrailingCommas, needs: [look], workers: 1}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPITER_HOME", str(tmp_path / "home"))
    repository = tmp_path / "mine"
    repository.mkdir()
    for name in "ab":
        (repository / f"{name}.py").write_text(f"{name} = f(\n    1, 2\n)\n")
    committed(repository)
    (tmp_path / "asks.yaml").write_text(RECIPE)
    return tmp_path


def started(place: Path, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    """A run that has asked its question."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, place / "asks.yaml", place / "mine"],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while "approval.requested" not in types(place):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def types(place: Path) -> list[str]:
    runs = place / "home" / "runs"
    logs = [FileLog.open(folder) for folder in runs.iterdir()] if runs.is_dir() else []
    return [event.type for log in logs for event in log.events()]


def ended(process: subprocess.Popen[str]) -> list[object]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    found: list[object] = json.loads(out)
    return found[1:]


def test_a_yes_without_one_briefing_lets_the_run_go_on(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process = started(place)
    assert main(["approve", "last", "--leave-out", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["step"], told["approved"], told["goes_on"]) == ("look", True, True)
    assert ended(process) == ["done", "", 1]
    assert types(place).count("approval.answered") == 1


def test_a_no_ends_it_with_its_comment(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process = started(place)
    assert main(["approve", "last", "--reject", "--comment", "not today"]) == 0
    assert capsys.readouterr().out == "look: refused\n"
    assert ended(process) == ["failed", "look: 'Shall we' was refused: not today", 0]


def test_the_terminal_asks_and_what_is_typed_is_the_answer(place: Path) -> None:
    here, there = pty.openpty()
    process = started(place, stdin=there)
    os.write(here, b"perhaps\n7\n2\n")  # not clear, not one that can be left out, an answer
    out, err = process.communicate(timeout=60)
    os.close(here)
    os.close(there)
    assert json.loads(out)[1:] == ["done", "", 1]
    assert "        1 a.py\n        2 b.py\n" in err
    assert "briefing 7 cannot be left out here; those that can: 1, 2" in err


def test_an_answer_from_elsewhere_ends_the_question_in_the_terminal(place: Path) -> None:
    here, there = pty.openpty()
    process = started(place, stdin=there)
    assert main(["approve", "last"]) == 0
    assert ended(process) == ["done", "", 2]
    os.close(here)
    os.close(there)


def test_a_run_whose_process_has_died_takes_its_answer_and_says_how_it_goes_on(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process = started(place)
    process.kill()
    process.communicate()
    assert main(["approve", "last"]) == 0
    (folder,) = runs_folder().iterdir()
    assert f"`jupiter resume {folder.name}` goes on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--leave-out", "9"], "those that can: 1, 2", id="no-such-briefing"),
        pytest.param(["--reject", "--leave-out", "1"], "nothing to leave out", id="both"),
    ],
)
def test_what_cannot_be_is_one_message(
    place: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    process = started(place)
    try:
        assert main(["approve", "last", *arguments]) == 2
    finally:
        process.kill()
        process.communicate()
    assert message in capsys.readouterr().err


def test_a_run_that_asks_nothing_is_told_so(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    FileLog.create(runs_folder() / "20261126-1200-mine-abcd", "20261126-1200-mine-abcd")
    assert main(["approve", "last"]) == 2
    assert "asks for nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("yes\n", Answer(approved=True), id="yes"),
        pytest.param("Y  looks good\n", Answer(approved=True, comment="looks good"), id="why"),
        pytest.param("no not today\n", Answer(approved=False, comment="not today"), id="no"),
        pytest.param("2, 5 7\n", Answer(approved=True, leave_out=(2, 5, 7)), id="numbers"),
        pytest.param("\n", None, id="nothing"),
        pytest.param("2 and 5\n", None, id="words"),
        pytest.param("yesterday\n", None, id="other-word"),
    ],
)
def test_what_is_typed(line: str, said: Answer | None) -> None:
    assert parse(line) == said
