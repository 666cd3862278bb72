"""Deployments at a real server: they fire, they run in a work pool, they are cancelled, crash and go on."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupiter.bus.file import FileLog
from jupiter.bus.history import begun
from jupiter.model.run_events import RunResumed
from repositories import git_line

ROOT = Path(__file__).parents[2]
BIN = Path(os.environ.get("JUPITER_TEST_BIN") or Path(sys.executable).parent)
"""The programs of what is tested: `.ci/run` has another Jupiter, installed without the lock."""
QUICK = {
    "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "1",
    "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "0",
    "DO_NOT_TRACK": "1",
}

RECIPE = """\
version: 1
name: {name}
description: Commas in {name}.
parameters:
  word: {{type: string, pattern: "^[a-z]+$", default: abc, description: A word.}}
  depth: {{type: integer, minimum: 1, maximum: 9, default: 3}}
  kind: {{type: string, enum: [one, two], default: one, title: Which}}
steps: {{commas: {{codemod: "{codemod}", workers: 2}}}}
{rest}
"""
COMMAS = "add_trailing_commas.AddTrailingCommas"

WAITING = """\
import time
from pathlib import Path
from libcst.codemod import VisitorBasedCodemodCommand

class Waiting(VisitorBasedCodemodCommand):
    DESCRIPTION = "waits as long as a file is there, and takes the module's text for a new one"

    def leave_Module(self, original_node, updated_node):
        while Path({flag!r}).exists():
            time.sleep(0.05)
        return updated_node.with_changes(footer=[])
"""


def new_repository(folder: Path) -> Path:
    folder.mkdir()
    git_line(folder, "init", "-q", "-b", "main")
    commit(folder, "first.py")
    return folder


def commit(repository: Path, name: str) -> str:
    """A new file for which there is something to do; the commit that it comes with."""
    (repository / name).write_text("x = f(\n    1, 2\n)\n\n# end\n")
    git_line(repository, "add", "-A")
    git_line(repository, "commit", "-qm", name)
    return git_line(repository, "rev-parse", "HEAD")


def until(seconds: float, find: Callable[[], Any], what: str) -> Any:
    """What `find` finds, once it is something."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, what
        time.sleep(0.2)
    return found


@dataclass(frozen=True)
class Server:
    """A real `prefect server start`."""

    url: str
    environment: dict[str, str]

    def ask(self, path: str, body: object | None = None, method: str | None = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        return until(180, lambda: answer_of(request), f"{path}: the server stays busy")[0]

    def deployment(self, name: str) -> Any:
        return self.ask(f"deployments/name/{name}")

    def begin(self, name: str, **parameters: object) -> str:
        deployment = self.deployment(name)["id"]
        run = self.ask(f"deployments/{deployment}/create_flow_run", {"parameters": parameters})
        return run["id"]

    def pause(self, name: str) -> None:
        """Let a deployment fire no more."""
        self.ask(f"deployments/{self.deployment(name)['id']}", {"paused": True}, "PATCH")

    def run(self, run_id: str) -> Any:
        return self.ask(f"flow_runs/{run_id}")

    def until_in(self, run_id: str, state: str) -> Any:
        return until(
            180,
            lambda: (run := self.run(run_id))["state_type"] == state and run,
            f"flow run is not {state}: {self.run(run_id)['state']}",
        )

    def messages(self, flow: str) -> list[str]:
        """What the finished runs of a flow that the scheduler made have come to."""
        body = {"flows": {"name": {"any_": [flow]}}, "sort": "EXPECTED_START_TIME_ASC"}
        runs = self.ask("flow_runs/filter", body)
        assert not [run for run in runs if run["state_type"] in {"FAILED", "CRASHED"}]
        return [
            run["state"]["message"] or ""
            for run in runs
            if run["state_type"] == "COMPLETED" and run["auto_scheduled"]
        ]


def answer_of(request: urllib.request.Request) -> tuple[Any] | None:
    """What a server answers; SQLite's lock is a 503, which Prefect's own client repeats."""
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return (json.loads(answer.read() or b"null"),)
    except urllib.error.HTTPError as error:
        if error.code != 503:
            raise
        return None


def popen(arguments: list[object], environment: dict[str, str], log: Path) -> subprocess.Popen[Any]:
    with log.open("wb") as output:
        return subprocess.Popen(
            list(map(str, arguments)),
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def ended(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deployments")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    environment = os.environ | QUICK | {"PREFECT_HOME": str(folder / "prefect")}
    command = [BIN / "prefect", "server", "start", "--port", port]
    process = popen(command, environment, folder / "server.log")
    try:
        found = Server(url, environment | {"PREFECT_API_URL": url})
        until(180, lambda: answers(found), "the server does not answer")
        yield found
    finally:
        ended(process)


def answers(server: Server) -> bool:
    try:
        return server.ask("health") is True
    except OSError:
        return False


def jupiter(server: Server, *arguments: object, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [BIN / "jupiter", *map(str, arguments)],
        env=server.environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def recipe(folder: Path, name: str, rest: str = "", codemod: str = COMMAS) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(RECIPE.format(name=name, rest=rest, codemod=codemod))
    return path


@dataclass(frozen=True)
class Served:
    """A `jupiter serve` of recipes on a repository."""

    process: subprocess.Popen[Any]
    repository: Path
    log: Path


@contextmanager
def serving(server: Server, folder: Path, name: str, *recipes: Path) -> Iterator[Served]:
    repository = new_repository(folder / name)
    command = [BIN / "jupiter", "serve", *recipes, "--repo", repository]
    log = folder / f"{name}.log"
    process = popen(command, server.environment, log)
    try:
        yield Served(process, repository, log)
    finally:
        ended(process)


@pytest.fixture(scope="module")
def by_minute(server: Server, folder: Path) -> Iterator[Served]:
    cron = recipe(folder, "by-cron", 'schedule: {cron: "* * * * *", timezone: Europe/Berlin}')
    with serving(server, folder, "by-minute", cron) as found:
        yield found


@pytest.fixture(scope="module")
def flag(folder: Path) -> Path:
    """While it is there, runs of the recipe `drains` wait."""
    return folder / "drains.wait"


@pytest.fixture(scope="module")
def by_second(server: Server, folder: Path, flag: Path) -> Iterator[Served]:
    interval = recipe(folder, "by-interval", "schedule: {interval: 20}")
    (folder / "drains.py").write_text(WAITING.format(flag=str(flag)))
    drains = recipe(folder, "drains", codemod="drains.py:Waiting")
    with serving(server, folder, "by-second", interval, drains) as found:
        yield found


@pytest.fixture(scope="module")
def fired(
    server: Server, by_minute: Served, by_second: Served
) -> Iterator[dict[str, Future[None]]]:
    """Both schedules are watched from the start: they wait for the clock, while the other tests run."""
    watched = {"by-cron": by_minute.repository, "by-interval": by_second.repository}
    with ThreadPoolExecutor(len(watched)) as threads:
        yield {
            name: threads.submit(fires_with_a_change_and_without, server, repository, name)
            for name, repository in watched.items()
        }


@pytest.fixture(scope="module")
def worker(server: Server, folder: Path) -> Iterator[subprocess.Popen[Any]]:
    """A worker of the process pool `here`."""
    make = [BIN / "prefect", "work-pool", "create", "here", "--type", "process"]
    subprocess.run(make, env=server.environment, check=True, capture_output=True)
    command = [BIN / "prefect", "worker", "start", "--pool", "here", "--name", "one"]
    process = popen(command, server.environment, folder / "worker.log")
    try:
        yield process
    finally:
        ended(process)


def base_of(repository: Path, branch: str) -> str:
    """The commit below what a run has delivered; nothing while there is no such branch."""
    found = git_line(repository, "for-each-ref", "--format=%(refname)", f"refs/heads/{branch}")
    return git_line(repository, "merge-base", "main", branch) if found else ""


@pytest.mark.usefixtures("fired")
def test_the_server_has_what_the_recipe_says(server: Server, by_minute: Served) -> None:
    name = "by-cron/by-minute"
    until(180, lambda: "by-cron" in by_minute.log.read_text(), "nothing is served")
    found = until(180, lambda: known(server, name), "it is not registered")
    properties = found["parameter_openapi_schema"]["properties"]
    assert properties["word"]["pattern"] == "^[a-z]+$"
    assert (properties["word"]["description"], properties["word"]["default"]) == ("A word.", "abc")
    assert (properties["depth"]["minimum"], properties["depth"]["maximum"]) == (1, 9)
    assert (properties["kind"]["enum"], properties["kind"]["title"]) == (["one", "two"], "Which")
    assert found["description"] == "Commas in by-cron."
    assert found["tags"] == ["jupiter"]
    (schedule,) = found["schedules"]
    assert schedule["schedule"]["cron"] == "* * * * *"
    assert schedule["schedule"]["timezone"] == "Europe/Berlin"


def known(server: Server, name: str) -> Any:
    try:
        return server.deployment(name)
    except urllib.error.HTTPError:
        return None


@pytest.mark.parametrize(
    "parameters",
    [{"word": "UPPER"}, {"depth": 10}, {"kind": "three"}, {"workers": 0}, {"RECIPE": "/etc/x"}],
    ids=str,
)
def test_parameters_given_in_the_api_are_validated(
    server: Server, by_minute: Served, parameters: dict[str, object]
) -> None:
    until(180, lambda: known(server, "by-cron/by-minute"), "it is not registered")
    with pytest.raises(urllib.error.HTTPError) as caught:
        server.begin("by-cron/by-minute", **parameters)
    assert caught.value.code in {409, 422}
    assert next(iter(parameters)) in caught.value.read().decode() or caught.value.code == 409


def fires_with_a_change_and_without(server: Server, repository: Path, name: str) -> None:
    """It fires twice without help, with a change between, and a third time with none."""
    branch, first = f"jupiter/{name}", git_line(repository, "rev-parse", "main")
    until(180, lambda: base_of(repository, branch), f"{name} did not fire")
    second = commit(repository, f"{name.replace('-', '_')}.py")
    assert first != second
    until(180, lambda: base_of(repository, branch) == second, f"{name} did not fire again")
    assert git_line(repository, "log", "-1", "--format=%B", branch).count("Jupiter-Run: ") == 1
    nothing = f"nothing to do: {second[:7]} and the recipe are those of run "
    third = until(180, lambda: after(server.messages(name), nothing), f"{name}: no third time")
    assert len(third) == 1
    assert base_of(repository, branch) == second
    server.pause(f"{name}/{repository.name}")


def after(messages: list[str], beginning: str) -> list[str]:
    """The last message, once it is about this."""
    return [message for message in messages[-1:] if message.startswith(beginning)]


@pytest.fixture(scope="module")
def clone(folder: Path) -> Path:
    """A fresh clone of a repository with recipes and their entry points."""
    origin = folder / "origin"
    for name in ("flows", "recipes"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, origin / name, ignore=ignore)
    git_line(origin, "init", "-q", "-b", "main")
    git_line(origin, "add", "-A")
    git_line(origin, "commit", "-qm", "recipes")
    git_line(folder, "clone", "-q", str(origin), "clone")
    return folder / "clone"


def test_a_work_pool_runs_the_entry_point_of_a_fresh_clone(
    server: Server, worker: object, clone: Path, folder: Path
) -> None:
    repository = new_repository(folder / "pooled")
    arguments = ("recipes/trailing-commas.yaml", "recipes/f-strings.yaml", "--pool", "here")
    said = jupiter(server, "deploy", *arguments, "--repo", repository, "--json", cwd=clone)
    made = json.loads(said)["deployments"]
    assert [(one["name"], one["entrypoint"]) for one in made] == [
        ("trailing-commas/pooled", "flows/trailing_commas.py:flow"),
        ("f-strings/pooled", "flows/f_strings.py:flow"),
    ]
    run = server.until_in(server.begin("trailing-commas/pooled"), "COMPLETED")
    base = git_line(repository, "rev-parse", "main")
    assert base_of(repository, "jupiter/trailing-commas") == base
    assert run["name"] == f"trailing-commas · pooled@{base[:7]}"


def test_prefect_deploy_takes_the_same_entry_points(
    server: Server, worker: object, clone: Path
) -> None:
    command = ("--no-prompt", "deploy", "flows/trailing_commas.py:flow", "-n", "own", "-p", "here")
    subprocess.run(
        [BIN / "prefect", *command],
        cwd=clone,
        env=server.environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    found = server.deployment("trailing-commas/own")
    assert found["parameter_openapi_schema"]["required"] == ["repo"]


@dataclass(frozen=True)
class Waiting:
    """A run in the work pool whose codemod waits for a file to go away."""

    flow_run: str
    flag: Path
    repository: Path
    run: Path
    process: int

    @property
    def resumed(self) -> int:
        events = FileLog.open(self.run).events()
        return sum(isinstance(event.data, RunResumed) for event in events)


@pytest.fixture
def waiting(
    server: Server, worker: object, folder: Path, request: pytest.FixtureRequest
) -> Iterator[Waiting]:
    name = request.node.originalname.replace("_", "-")[:24].strip("-")
    flag = folder / f"{name}.wait"
    flag.touch()
    (folder / "waiting.py").write_text(WAITING.format(flag=str(flag)))
    path = recipe(folder, name, codemod="waiting.py:Waiting")
    repository = new_repository(folder / f"{name}-repository")
    jupiter(server, "deploy", path, "--pool", "here", "--repo", repository, "--name", "waits")
    flow_run = server.begin(f"{name}/waits")
    run = until(180, lambda: under_way(flow_run), "no briefing has started")
    process = until(10, lambda: processes(flow_run), "the flow run has no process")[0]
    yield Waiting(flow_run, flag, repository, run, process)
    flag.unlink(missing_ok=True)


def under_way(flow_run: str) -> Path | None:
    """The folder of the flow run's run, once one of its files is being worked on."""
    found = next((folder for folder, one in begun() if one.flow_run == flow_run), None)
    if found is None or b"briefing.started" not in (found / "events.jsonl").read_bytes():
        return None
    return found


def processes(flow_run: str) -> list[int]:
    """The processes of a flow run, its own first."""
    found: list[int] = []
    for entry in sorted(Path("/proc").glob("[0-9]*"), key=lambda entry: int(entry.name)):
        try:
            if f"PREFECT__FLOW_RUN_ID={flow_run}".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def children(process: int) -> set[int]:
    """The process and all below it."""
    found, more = set[int](), {process}
    while more:
        found |= more
        below = (Path(f"/proc/{one}/task/{one}/children") for one in more)
        more = {int(n) for path in below if path.exists() for n in path.read_text().split()} - found
    return found


def is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_cancel_ends_workers_and_children_within_ten_seconds_and_the_run_can_be_resumed(
    server: Server, waiting: Waiting
) -> None:
    all_of_it = children(waiting.process)
    assert len(all_of_it) > 1
    body = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
    server.ask(f"flow_runs/{waiting.flow_run}/set_state", body)
    until(10, lambda: all(map(is_gone, all_of_it)), "processes are left ten seconds after a cancel")
    server.until_in(waiting.flow_run, "CANCELLED")
    assert base_of(waiting.repository, "jupiter/*") == ""
    waiting.flag.unlink()
    report = json.loads(jupiter(server, "resume", waiting.run.name, "--json"))
    assert (report["run_id"], report["status"]) == (waiting.run.name, "done")
    assert base_of(waiting.repository, report["branch"]) == report["base_commit"]


def test_a_killed_flow_process_shows_as_crashed_and_a_retry_goes_on(
    server: Server, waiting: Waiting
) -> None:
    all_of_it = children(waiting.process)
    os.kill(waiting.process, signal.SIGKILL)
    server.until_in(waiting.flow_run, "CRASHED")
    until(10, lambda: all(map(is_gone, all_of_it)), "processes are left of a crashed run")
    waiting.flag.unlink()
    # What the button of the user interface sends.
    body = {"state": {"type": "SCHEDULED", "name": "AwaitingRetry"}, "force": True}
    server.ask(f"flow_runs/{waiting.flow_run}/set_state", body)
    server.until_in(waiting.flow_run, "COMPLETED")
    assert [folder for folder, one in begun() if one.flow_run == waiting.flow_run] == [waiting.run]
    assert waiting.resumed == 1


@pytest.mark.parametrize("name", ["by-interval", "by-cron"])
def test_a_schedule_fires_and_does_nothing_without_a_change(
    fired: dict[str, Future[None]], name: str
) -> None:
    fired[name].result()


def test_serve_finishes_what_is_under_way_when_it_is_asked_to_end(
    server: Server, by_second: Served, flag: Path
) -> None:
    until(180, lambda: known(server, "drains/by-second"), "it is not registered")
    flag.touch()
    flow_run = server.begin("drains/by-second")
    until(180, lambda: under_way(flow_run), "no briefing has started")
    by_second.process.terminate()
    until(30, lambda: "no new runs begin" in by_second.log.read_text(), "it does not drain")
    late = server.begin("drains/by-second")
    flag.unlink()
    assert by_second.process.wait(60) == 0
    assert server.run(flow_run)["state_type"] == "COMPLETED"
    assert server.run(late)["state_type"] == "SCHEDULED"
