"""A run of agents whose process is killed at once goes on: nothing is paid twice, nothing is done twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playing import ALONE

from jupiter.bus.file import FileLog
from jupiter.conductor import Threads
from jupiter.demo import server as server_module
from jupiter.demo.conversation import Call, Reply, call, in_turn
from jupiter.demo.prompt_cache import InputTokens
from jupiter.demo.server import MessagesServer
from jupiter.demo.streaming import Part, stream
from jupiter.demo.weather import Fault, Refuse
from jupiter.model.briefing_events import ModelRetried, ToolCalled, UsageRecorded
from jupiter.model.tree_events import EditAccepted, NoteAdded
from jupiter.resume import resume, source_of
from jupiter.run import execute
from repositories import committed

PATIENCE = 60.0  # seconds until a test that waits for something fails

RECIPE = """\
version: 1
name: killed
codebase: {{include: ["pkg/*.py"]}}
steps:
  change:
    agent: Have greet greet in upper case.
    select: {{symbols: ["pkg/greet.py:greet"]}}
    check: python wait.py {folder}
"""

# A check that tells that it has begun, and ends when it may.
WAIT = """\
import pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
(folder / "begun").touch()
for _ in range(1500):
    if (folder / "go").exists():
        break
    time.sleep(0.02)
"""

CHANGED = "def greet(name):\n    return name.upper()\n"
WRITE = Call("write_symbol", {"symbol": "pkg/greet.py:greet", "text": CHANGED})
AGENT = in_turn(
    Reply((Call("note", {"text": "I begin."}), WRITE, Call("check"))),
    call("read_symbol", symbol="pkg/greet.py:greet"),
    call("done", summary="It is in upper case."),
)
REPLIES = 3


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "greet.py").write_text("def greet(name):\n    return name\n")
    (folder / "wait.py").write_text(WAIT)
    return committed(folder)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "what was waited for has not come"
        time.sleep(0.005)


class InTheMiddleOfAStream:
    """The second reply stops in its middle, and stays there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.streams = threading.Event(), 0
        monkeypatch.setattr(server_module, "stream", self.streamed)

    def streamed(
        self, reply: Reply, message: str, model: str, used: InputTokens, most: int
    ) -> Iterator[Part]:
        self.streams += 1
        hangs = self.streams == 2
        for number, part in enumerate(stream(reply, message, model, used, most)):
            if hangs and number == 3:
                self.reached.set()
                yield Part(part.data, tokens=10**9)
            yield part

    def fault(self, _request: int) -> Fault | None:
        return None

    def is_reached(self, _log: FileLog, _folder: Path) -> bool:
        return self.reached.is_set()


class InTheMiddleOfATool:
    """The check of the first reply goes on."""

    def __init__(self, _monkeypatch: pytest.MonkeyPatch) -> None:
        pass

    def fault(self, _request: int) -> Fault | None:
        return None

    def is_reached(self, _log: FileLog, folder: Path) -> bool:
        return (folder / "begun").exists()


class InTheMiddleOfARetry:
    """The second request was refused, and waits for its time to be made again."""

    def __init__(self, _monkeypatch: pytest.MonkeyPatch) -> None:
        pass

    def fault(self, request: int) -> Fault | None:
        return Refuse(529, retry_after=1000.0) if request == 1 else None

    def is_reached(self, log: FileLog, _folder: Path) -> bool:
        return any(isinstance(event.data, ModelRetried) for event in log.events())


Moment = type[InTheMiddleOfAStream | InTheMiddleOfATool | InTheMiddleOfARetry]


@pytest.mark.parametrize(
    ("moment", "unrecorded"),
    [
        pytest.param(InTheMiddleOfAStream, 1, id="of a stream, whose reply nobody has recorded"),
        pytest.param(InTheMiddleOfATool, 0, id="of a tool"),
        pytest.param(InTheMiddleOfARetry, 0, id="of a retry"),
    ],
)
def test_a_process_that_is_killed_in_the_middle(
    moment: Moment,
    unrecorded: int,
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe, middle = tmp_path / "killed.yaml", moment(monkeypatch)
    recipe.write_text(RECIPE.format(folder=tmp_path))
    if moment is not InTheMiddleOfATool:
        (tmp_path / "go").touch()
    scripts = {"Have greet": AGENT}
    with MessagesServer(scripts, faults=middle.fault).at_hand() as server:
        server.timing = server_module.Timing(a_token=1e-6)
        log = killed(recipe, repository, lambda log: middle.is_reached(log, tmp_path))
        known = [e for e in log.events() if isinstance(e.data, UsageRecorded)]
        assert 0 < len(known) < REPLIES
        (tmp_path / "go").touch()
        report = execute(resume(source_of(log.folder), log.folder, lambda _: None), Threads())
        assert server.refused == []
        assert len(server.served) == REPLIES + unrecorded
    assert (report.status, report.usage.requests) == ("done", REPLIES)
    done = [event.data for event in FileLog.open(log.folder).events()]
    assert sum(isinstance(one, EditAccepted) for one in done) == 1
    assert [one.text for one in done if isinstance(one, NoteAdded)] == ["I begin."]
    calls = [one.call for one in done if isinstance(one, ToolCalled)]
    assert len(calls) == len(set(calls)) == 5
    show = ["git", "show", f"{report.branch}:pkg/greet.py"]
    assert subprocess.check_output(show, cwd=repository, text=True) == CHANGED


def killed(recipe: Path, repository: Path, reached: Callable[[FileLog], bool]) -> FileLog:
    """The log of a run whose process was killed when the moment had come."""
    command = [sys.executable, "-c", ALONE, str(recipe), str(repository)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        log = FileLog.open(Path(process.stdout.readline().strip()))
        wait_until(lambda: reached(log) or process.poll() is not None)
        assert process.poll() is None, "it has ended by itself"
        os.kill(process.pid, signal.SIGKILL)
    return log
