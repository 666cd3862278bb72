"""A recipe as a Prefect flow, run by the real command line at real servers."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from jupiter.compiler.flow import compile_flow
from jupiter.compiler.server import EmbeddedServer
from jupiter.demo.conversation import call, in_turn
from jupiter.demo.server import MessagesServer
from repositories import committed, git

RECIPE = """\
version: 1
name: two-waves
description: Commas, then nothing.
parameters:
  word: {type: string, pattern: "^[a-z]+$", default: abc, description: A word.}
steps:
  commas:
    codemod: add_trailing_commas.AddTrailingCommas
    workers: 2
  again:
    needs: [commas]
    codemod: noop.NOOPCommand
    workers: 2
  compiles:
    needs: [again]
    run: python -m compileall -q .
"""

ASKED = """\
version: 1
name: asked
steps:
  ask: {agent: Have x be 2., select: {symbols: ["m0.py:x"]}}
"""
KEY = "sk-ant-secret-of-the-test"

BROKEN = """\
import libcst
from libcst.codemod import CodemodCommand

class Broken(CodemodCommand):
    def transform_module_impl(self, tree):
        if self.context.filename.endswith("m0.py"):
            raise ValueError("cannot do m0")
        return tree.with_changes(footer=[*tree.footer, libcst.EmptyLine()])
"""

SLOW = """\
import time
from libcst.codemod import CodemodCommand

class Slow(CodemodCommand):
    def transform_module_impl(self, tree):
        time.sleep(600)
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    for number in range(6):
        (folder / f"m{number}.py").write_text("x = f(\n    1, 2\n)\n")
    return committed(folder)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    with EmbeddedServer.start(tmp_path_factory.mktemp("server")) as server:
        server.wait_ready()
        yield server


def recipe(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "jupiter", *map(str, arguments)]


def ask(server: EmbeddedServer, path: str, body: object) -> Any:
    request = urllib.request.Request(
        f"{server.api_url}/{path}",
        data=json.dumps(body).encode(),
        headers=server.address.headers,
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def settled_tasks(server: EmbeddedServer) -> dict[str, str]:
    """The states of all task runs; a server records those of a flow that has ended a moment later."""
    deadline = time.monotonic() + 30
    while True:
        runs = ask(server, "task_runs/filter", {"limit": 200})
        tasks = {run["name"]: run["state_type"] for run in runs}
        if "RUNNING" not in tasks.values() or time.monotonic() > deadline:
            return tasks
        time.sleep(0.2)


def edges_of(server: EmbeddedServer, run: str) -> set[tuple[str, str]]:
    """What follows what in the graph, by names, once the report's task is in it."""
    url = f"{server.api_url}/flow_runs/{run}/graph-v2"
    request = urllib.request.Request(url, headers=server.address.headers)
    deadline = time.monotonic() + 30
    while True:
        with urllib.request.urlopen(request) as answer:
            nodes = dict(json.load(answer)["nodes"])
        names = {number: node["label"].partition(":")[0] for number, node in nodes.items()}
        if "report" in names.values() or time.monotonic() > deadline:
            return {
                (names[parent["id"]], names[number])
                for number, node in nodes.items()
                for parent in node["parents"]
            }
        time.sleep(0.2)


def test_a_run_at_the_server_at_hand_shows_names_states_and_artifacts_there(
    server: EmbeddedServer, repository: Path, tmp_path: Path
) -> None:
    arguments = command("run", recipe(tmp_path, RECIPE), "--repo", repository, "--json")
    environment = os.environ | server.environment
    done = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["status"], report["conflicts"], report["files_changed"]) == ("done", 0, 6)
    assert git(repository, "rev-parse", report["branch"]).strip() == report["commit"]

    commit = report["base_commit"]
    (run,) = ask(server, "flow_runs/filter", {})
    assert run["name"] == f"two-waves · mine@{commit[:7]}"
    assert run["state_type"] == "COMPLETED"
    assert run["parameters"] == {
        "word": "abc",
        "repo": str(repository),
        "ref": "HEAD",
        "workers": None,
    }
    tasks = settled_tasks(server)
    assert set(tasks.values()) == {"COMPLETED"}
    assert {"index", "plan wave 1", "integrate wave 1", "plan wave 2", "verify compiles"} <= set(
        tasks
    )
    briefings = {name for name in tasks if name.startswith("briefing ")}
    assert len(briefings) == report["briefings"]
    assert "briefing 1: add_trailing_commas.AddTrailingCommas" in briefings
    artifacts = {a["key"]: a for a in ask(server, "artifacts/filter", {"limit": 200})}
    assert {"plan", "bus", "report", "briefing-1"} <= set(artifacts)
    assert artifacts["briefing-1"]["data"] == 100.0
    assert "**done**" in artifacts["report"]["data"]
    assert "`m0.py:x` changed, by #1\n\n```diff" in artifacts["report"]["data"]
    waves = [row["wave"] for row in json.loads(artifacts["plan"]["data"])]
    assert sorted(set(waves)) == [1, 2]


def test_the_key_of_agents_is_in_nothing_that_the_server_has_or_the_run_says(
    server: EmbeddedServer, repository: Path, tmp_path: Path
) -> None:
    agent = in_turn(
        call("write_symbol", symbol="m0.py:x", text="x = 2"), call("done", summary="x is 2.")
    )
    arguments = command("run", recipe(tmp_path, ASKED), "--repo", repository)
    with MessagesServer({"Have x be 2": agent}) as model:
        keys = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": model.url}
        done = subprocess.run(
            arguments,
            env=os.environ | server.environment | keys,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert (model.keys, model.refused) == ({KEY}, [])
    assert "briefing 1: Have x be 2." in settled_tasks(server)
    has = {kind: ask(server, f"{kind}/filter", {}) for kind in KINDS}
    assert all(has.values()), "there is something of each kind to look at"
    assert KEY not in json.dumps(has) + done.stdout + done.stderr


KINDS = ("artifacts", "flow_runs", "task_runs", "logs", "flows")
"""What a server keeps of a run."""


def test_the_graph_leads_from_the_index_to_the_report_and_a_failed_briefing_says_where(
    server: EmbeddedServer, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    text = RECIPE.replace("add_trailing_commas.AddTrailingCommas", "broken.py:Broken")
    done = subprocess.run(
        command("run", recipe(tmp_path, text), "--repo", repository, "--json"),
        env=os.environ | server.environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    settled_tasks(server)
    (run,) = ask(server, "flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 1})
    own = {"flow_runs": {"id": {"any_": [run["id"]]}}, "limit": 200}
    tasks = {task["name"]: task for task in ask(server, "task_runs/filter", own)}
    failed = tasks["briefing 1: broken.py:Broken"]["state"]
    assert failed["type"] == "FAILED"
    assert "briefing 1, 0 symbols in 0 files, commas on m0.py: m0.py: " in failed["message"]
    assert "ValueError: cannot do m0" in failed["message"]

    edges = edges_of(server, run["id"])
    for briefing in (f"briefing {number}" for number in range(1, 7)):
        assert {("plan wave 1", briefing), (briefing, "integrate wave 1")} <= edges
    chain = ("verify compiles", "deliver", "report")
    assert {("index", "plan wave 1"), ("integrate wave 1", "plan wave 2")} <= edges
    assert set(pairwise(("integrate wave 2", *chain))) <= edges


def test_a_run_with_a_server_of_its_own_is_quiet_and_leaves_no_process(
    repository: Path, tmp_path: Path
) -> None:
    arguments = command("run", recipe(tmp_path, RECIPE), "--repo", repository, "--json")
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    parts = {"prefect", "index", "plan", "work", "integrate", "contracts", "verify", "deliver"}
    assert {line.split()[0] for line in lines} == parts, done.stderr
    assert children_of_this_test(tmp_path, repository) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_an_interrupted_run_ends_at_once_without_traceback_orphan_or_branch(
    number: signal.Signals, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    path = recipe(tmp_path, RECIPE.replace("add_trailing_commas.AddTrailingCommas", "slow.py:Slow"))
    earlier = runs()
    process = subprocess.Popen(
        command("run", path, "--repo", repository),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        before = [iter_until(process.stderr, "plan ")]
        wait_for_briefing(earlier)
        os.killpg(process.pid, number)
        stdout, stderr = process.communicate(timeout=180)
    finally:
        process.kill()
    assert process.returncode == 130, (before, stderr)
    assert stdout == ""
    assert "Traceback" not in stderr
    assert git(repository, "branch", "--list", "jupiter/*") == ""
    assert children_of_this_test(tmp_path, repository) == []


def iter_until(stream: Any, beginning: str) -> str:
    text = ""
    for line in stream:
        text += line
        if line.startswith(beginning):
            return text
    raise AssertionError(text)


def runs() -> set[Path]:
    folder = Path(os.environ["JUPITER_HOME"]) / "runs"
    return set(folder.iterdir()) if folder.exists() else set()


def wait_for_briefing(before: set[Path]) -> None:
    """Wait until a run that was not there before has begun a briefing."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        logs = [run / "events.jsonl" for run in runs() - before]
        if any(log.exists() and b"briefing.started" in log.read_bytes() for log in logs):
            return
        time.sleep(0.05)
    raise AssertionError("no briefing started within a minute")


def children_of_this_test(*folders: Path) -> list[str]:
    """Processes, ours excepted, whose environment or arguments name the folders of this test."""
    found: list[str] = []
    needles = [str(folder).encode() for folder in folders] + [b"server_child.py"]
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes()
            home = os.environ["JUPITER_HOME"].encode()
            ours = home in (entry / "environ").read_bytes()
        except OSError:
            continue
        if ours and any(needle in arguments for needle in needles):
            found.append(arguments.replace(b"\0", b" ").decode(errors="replace"))
    return found


def test_a_compiled_flow_has_the_recipes_name_description_and_typed_parameters(
    tmp_path: Path,
) -> None:
    flow = compile_flow(recipe(tmp_path, RECIPE))
    assert (flow.name, flow.description) == ("two-waves", "Commas, then nothing.")
    properties = flow.parameters.properties
    assert list(properties) == ["word", "repo", "ref", "workers"]
    assert properties["word"]["pattern"] == "^[a-z]+$"
    assert properties["word"]["description"] == "A word."


def test_every_entry_point_in_flows_is_the_flow_of_its_recipe() -> None:
    root = Path(__file__).parents[2]
    for path in sorted((root / "flows").glob("*.py")):
        program = f"import runpy; print(runpy.run_path({str(path)!r})['flow'].name)"
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == path.stem.replace("_", "-")
