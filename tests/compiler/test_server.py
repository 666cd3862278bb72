import json
import os
import select
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from jupiter.compiler.server import EmbeddedServer, drain
from jupiter.compiler.template import keep_template
from jupiter.errors import SurroundingsError

FLOW = Path(__file__).parent / "trivial_flow.py"
TASKS = 30


class Program:
    """A running `trivial_flow.py`, in a process group of its own as a shell makes one."""

    def __init__(self, home, mode):
        self.errors = (home.parent / f"errors-{time.monotonic_ns()}").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, str(FLOW), str(home), mode, str(TASKS)],
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        self.facts = {}
        self.until("server")

    def until(self, fact):
        while fact not in self.facts and (line := self.process.stdout.readline()):
            self.facts |= json.loads(line)
        assert fact in self.facts, self.stderr()

    def end(self):
        for line in self.process.stdout:
            self.facts |= json.loads(line)
        self.process.wait(30)
        self.process.stdout.close()
        return self

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read()


def is_gone(pid, seconds=10.0):
    """Whether the process ends within the time; one that its parent has not reaped is over too."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


@pytest.fixture(scope="module")
def two_at_once(tmp_path_factory):
    """Two programs that were started at the same time in one home that did not exist."""
    home = tmp_path_factory.mktemp("fresh") / "prefect"
    programs = [Program(home, "quick"), Program(home, "quick")]
    return home, [program.end() for program in programs]


@pytest.fixture(scope="module")
def home(two_at_once):
    """A home whose database is prepared."""
    return two_at_once[0]


def test_two_runs_that_share_a_fresh_home_have_all_their_task_runs_recorded(two_at_once):
    for program in two_at_once[1]:
        assert (program.facts["state"], program.facts["left"]) == ("COMPLETED", 0)
        assert Counter(program.facts["states"]) == {"COMPLETED": TASKS}


def test_a_run_that_ends_by_itself_says_nothing_and_leaves_nothing_behind(two_at_once):
    home, programs = two_at_once
    for program in programs:
        print(f"{program.facts['seconds']} s with {TASKS} mapped tasks")
        assert program.process.returncode == 0
        assert program.stderr() == ""
        assert is_gone(program.facts["server"], 0)
    assert not list(home.glob("*.log"))


@pytest.mark.parametrize(
    ("number", "send"),
    [
        pytest.param(signal.SIGINT, os.killpg, id="Ctrl-C, to the whole group"),
        pytest.param(signal.SIGTERM, os.kill, id="SIGTERM, to the program"),
        pytest.param(signal.SIGTERM, os.killpg, id="SIGTERM, to the whole group"),
    ],
)
def test_a_run_that_is_asked_to_stop_is_recorded_as_cancelled_in_silence(home, number, send):
    program = Program(home, "patient")
    program.until("mapped")
    send(program.process.pid, number)
    program.end()
    assert program.stderr() == ""
    assert (program.facts["state"], program.facts["left"]) == ("CANCELLED", 0)
    assert Counter(program.facts["states"]) == {"CANCELLED": TASKS}
    assert is_gone(program.facts["server"], 0)


@pytest.mark.parametrize("fact", ["server", "mapped"], ids=["while it starts", "at work"])
def test_the_server_ends_when_its_run_is_killed(home, fact):
    program = Program(home, "patient")
    program.until(fact)
    program.process.kill()
    assert is_gone(program.facts["server"])
    assert program.end().stderr() == ""


def test_the_server_ends_with_its_run_though_a_sibling_holds_the_pipe_open(home):
    code = (
        "import os, sys, time; from pathlib import Path;"
        "from jupiter.compiler.server import EmbeddedServer;"
        "server = EmbeddedServer.start(Path(sys.argv[1])); server.wait_ready();"
        "sibling = os.fork();"
        "sibling or time.sleep(60);"
        "print(server.pid, sibling, flush=True); os.kill(os.getpid(), 9)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True, env=environment
    )
    server, sibling = map(int, process.stdout.readline().split())
    try:
        assert is_gone(server)
    finally:
        os.kill(sibling, signal.SIGKILL)
        process.communicate()


@pytest.fixture(scope="module")
def server(home):
    with EmbeddedServer.start(home) as server:
        server.wait_ready()
        yield server


def test_the_home_is_for_its_owner_only(server, home):
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {stat.S_IMODE(log.stat().st_mode) for log in home.glob("*.log")} == {0o600}


def test_the_server_is_told_no_secret(monkeypatch, home):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not-for-children")
    monkeypatch.setenv("PREFECT_API_URL", "http://elsewhere.example/api")
    with EmbeddedServer.start(home) as server:
        environment = Path(f"/proc/{server.pid}/environ").read_bytes()
    assert b"not-for-children" not in environment
    assert b"elsewhere" not in environment


def test_it_listens_on_the_loopback_alone(server):
    port = int(server.url.rsplit(":", 1)[1])
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = [row[1] for row in listening if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert addresses == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Basic amp1cGl0ZXI6"}, {"Authorization": "Bearer x"}],
    ids=["no word", "a wrong word", "another scheme"],
)
def test_who_does_not_know_its_word_is_refused(server, headers):
    body = b"{}"
    headers = headers | {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.api_url}/flow_runs/filter", body, headers)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request)
    request = urllib.request.Request(request.full_url, body, server.address.headers)
    with urllib.request.urlopen(request) as response:
        assert response.status == 200


def test_the_word_is_another_one_each_time_and_is_not_printed(home, server):
    with EmbeddedServer.start(home) as other:
        assert other.address.auth != server.address.auth
    assert other.address.auth not in repr(other.address)


def test_a_foreign_web_page_may_not_talk_to_it(server):
    request = urllib.request.Request(
        f"{server.api_url}/health", headers={"Origin": "http://evil.example"}
    )
    with urllib.request.urlopen(request) as response:
        assert response.headers["access-control-allow-origin"] is None


def test_its_user_interface_asks_this_server(server):
    with urllib.request.urlopen(f"{server.url}/ui-settings") as response:
        assert json.load(response)["api_url"] == server.api_url
    with urllib.request.urlopen(server.url) as response:
        assert b"<html" in response.read().lower()


def test_a_flow_run_that_the_server_does_not_know_is_missing_its_task_runs(server):
    assert drain(server.address, "00000000-0000-4000-8000-000000000000", 0, at_least=2) == 2


def test_starting_does_not_wait_and_stopping_twice_is_fine(home):
    began = time.monotonic()
    server = EmbeddedServer.start(home)
    assert time.monotonic() - began < 1
    server.stop()
    server.stop()
    assert is_gone(server.pid, 0)


def test_draining_a_server_that_has_gone_does_not_wait(home):
    server = EmbeddedServer.start(home)
    server.stop()
    began = time.monotonic()
    assert drain(server.address, "00000000-0000-4000-8000-000000000000", 60, at_least=3) == 3
    assert time.monotonic() - began < 5


def test_a_server_that_is_not_ready_in_time_is_said_to_be_so(home):
    with (
        EmbeddedServer.start(home) as server,
        pytest.raises(SurroundingsError, match=r"not ready within 0 s.*PREFECT_API_URL"),
    ):
        server.wait_ready(0)


def test_a_server_that_fails_shows_the_end_of_its_log(tmp_path):
    (tmp_path / "prefect.db").mkdir()
    with (
        EmbeddedServer.start(tmp_path) as server,
        pytest.raises(SurroundingsError, match=r"(?s)ended before.*unable to open database file"),
    ):
        server.wait_ready(60)


def test_a_home_that_cannot_be_a_folder_is_said_to_be_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SurroundingsError, match=r"file.*JUPITER_HOME"):
        EmbeddedServer.start(tmp_path / "file")


def test_a_fresh_home_begins_with_the_database_that_another_one_has_left(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPITER_HOME", str(tmp_path / "jupiter"))
    with EmbeddedServer.start(tmp_path / "one") as server:
        server.wait_ready()
    (template,) = (tmp_path / "jupiter" / "cache").glob("prefect-*.db")
    before = template.read_bytes()
    with EmbeddedServer.start(tmp_path / "two") as server:
        # It is there before the server's own process has done anything.
        assert revision(tmp_path / "two" / "prefect.db") == revision(template)
        server.wait_ready()
        request = urllib.request.Request(
            f"{server.api_url}/flows/", b'{"name": "x"}', server.address.headers
        )
        urllib.request.urlopen(request).close()
    assert template.read_bytes() == before
    assert stat.S_IMODE((tmp_path / "two" / "prefect.db").stat().st_mode) == 0o600


def revision(database):
    """How far a database is migrated, and that nothing has been told to its server."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM flow_run").fetchone() == (0,)
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()


def test_a_database_that_knows_of_a_flow_is_no_template(home, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPITER_HOME", str(tmp_path))
    keep_template(home)
    assert not list((tmp_path / "cache").glob("prefect-*.db"))
