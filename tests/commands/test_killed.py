"""A run whose process is killed at once in the middle of a command goes on from what was accepted."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playing import ALONE

from jupiter.bus.file import FileLog
from jupiter.conductor import Threads
from jupiter.model.briefing_events import CommandFinished
from jupiter.model.tree_events import EditAccepted
from jupiter.resume import resume, source_of
from jupiter.run import execute
from repositories import committed, git

PATIENCE = 60.0  # seconds until a test that waits for something fails
FILES = {"pkg/m.py": "def a():\n    return 1\n\n\ndef b():\n    return 1\n"}
DONE = FILES["pkg/m.py"].replace("return 1", "return 1 + 1")

# Adds one in the first function and, when it may, in the other; done twice it would add two.
TOOL = """\
import pathlib, sys, time
go, prompt, file = (pathlib.Path(one) for one in (*sys.argv[1:3], "pkg/m.py"))
print("it finds", file.read_text().count("+"), "interrupted" in prompt.read_text())
def add(name):
    file.write_text(file.read_text().replace(f"{name}():\\n    return", f"{name}():\\n    return 1 +"))
def wait():
    for _ in range(3000):
        if go.exists():
            return
        time.sleep(0.02)
"""
BEGINS_ANEW = f"{TOOL}add('a')\nwait()\nadd('b')\n"
GOES_ON = f"{TOOL}if '+' not in file.read_text():\n    add('a')\nwait()\nadd('b')\n"
RECIPE = """\
version: 1
name: killed
codebase: {{include: ["pkg/*.py"]}}
steps:
  change:
    command: [python, {script}, {go}, "${{{{ briefing.prompt_file }}}}"]
    workers: 1
{keys}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return committed(tmp_path / "mine", FILES)


def killed(recipe: Path, repository: Path, reached: Callable[[FileLog], bool]) -> FileLog:
    """The log of a run whose process was killed when the moment had come."""
    command = [sys.executable, "-c", ALONE, str(recipe), str(repository)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        log = FileLog.open(Path(process.stdout.readline().strip()))
        deadline = time.monotonic() + PATIENCE
        while not reached(log):
            assert process.poll() is None, "it has ended by itself"
            assert time.monotonic() < deadline, "what was waited for has not come"
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    return log


def edits(log: FileLog) -> int:
    return sum(isinstance(one.data, EditAccepted) for one in log.events())


@pytest.mark.parametrize(
    ("script", "keys", "finds"),
    [
        pytest.param(GOES_ON, "    goal: Add one.", "it finds 1 True", id="an agent goes on"),
        pytest.param(BEGINS_ANEW, "", "it finds 0 False", id="a tool begins anew"),
    ],
)
def test_a_process_that_is_killed_in_the_middle_of_a_command(
    script: str, keys: str, finds: str, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "tool.py").write_text(script)
    recipe, go = tmp_path / "killed.yaml", tmp_path / "go"
    recipe.write_text(RECIPE.format(script=tmp_path / "tool.py", go=go, keys=keys))
    log = killed(recipe, repository, lambda log: edits(log) == 1)
    go.touch()
    report = execute(resume(source_of(log.folder), log.folder, lambda _: None), Threads())
    assert (report.status, report.refused_edits) == ("done", 0)
    assert git(repository, "show", f"{report.branch}:pkg/m.py") == DONE
    log = FileLog.open(log.folder)
    (done,) = [one.data for one in log.events() if isinstance(one.data, CommandFinished)]
    assert log.get(done.output).decode().strip() == finds
