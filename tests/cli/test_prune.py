"""`jupiter runs prune`: what is old goes, what is under way stays."""

import os
import time
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.bus.journal import EVENTS
from jupiter.cli.main import main
from jupiter.system.lock import RunLock
from jupiter.system.state import run_ids, runs_folder

DAY = 24 * 3600


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPITER_HOME", str(tmp_path / "home"))


def run_of(name: str, days: float) -> Path:
    folder = runs_folder() / name
    FileLog.create(folder, name)
    then = time.time() - days * DAY
    os.utime(folder / EVENTS, (then, then))
    return folder


@pytest.mark.parametrize(
    ("older", "left"),
    [("30d", ["b", "c"]), ("2w", ["c"]), ("36h", ["c"]), ("1h", []), ("60d", ["a", "b", "c"])],
)
def test_runs_that_are_older_are_removed(older: str, left: list[str]) -> None:
    for name, days in (("a", 40), ("b", 20), ("c", 1)):
        run_of(name, days)
    assert main(["runs", "prune", "--older", older]) == 0
    assert run_ids() == left


def test_a_run_that_is_under_way_stays() -> None:
    lock = RunLock(run_of("a", 40))
    assert main(["runs", "prune", "--older", "1d"]) == 0
    assert run_ids() == ["a"]
    lock.release()
    assert main(["runs", "prune", "--older", "1d"]) == 0
    assert run_ids() == []


@pytest.mark.parametrize(
    "arguments",
    [["prune"], ["prune", "--older", "soon"], ["prune", "--older=-3d"], ["--older", "3d"]],
)
def test_what_is_not_clear_removes_nothing(arguments: list[str]) -> None:
    run_of("a", 400)
    assert main(["runs", *arguments]) == 2
    assert run_ids() == ["a"]
