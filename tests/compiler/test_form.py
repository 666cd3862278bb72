"""A run that asks is paused at a real server, and the form of the UI answers it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repositories import committed

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


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "jupiter", *map(str, arguments)]


def started(place: Path, server: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("run", place / "asks.yaml", "--repo", place / "mine", "--json"),
        env=os.environ | {"PREFECT_API_URL": server.api_url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(holds: Callable[[], object]) -> Any:
    deadline = time.monotonic() + 60
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def paused(server: Any) -> Any:
    wanted = {"flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}}}
    return until(lambda: server.ask("/flow_runs/filter", wanted))[0]


def resumed(server: Any, run: Any, **given: object) -> str:
    answer = server.ask(f"/flow_runs/{run['id']}/resume", {"run_input": given})
    return str(answer["status"])


def test_the_form_shows_the_plan_and_its_answer_is_the_runs(
    prefect_server: Any, place: Path
) -> None:
    process = started(place, prefect_server)
    run = paused(prefect_server)
    keys = run["state"]["state_details"]["run_input_keyset"]
    schema = prefect_server.get(f"/flow_runs/{run['id']}/input/{keys['schema']}")
    assert schema["properties"]["leave_out"]["items"]["enum"] == [1, 2]
    assert schema["required"] == ["approve"]
    shown = prefect_server.get(f"/flow_runs/{run['id']}/input/{keys['description']}")
    assert "| 2 | `b.py` |" in shown
    assert "Shall we" in shown
    until(lambda: "plan" in prefect_server.artifacts(run["id"]))

    assert resumed(prefect_server, run) == "REJECT"  # a click without a word is no yes
    assert resumed(prefect_server, run, approve=True, leave_out=[9]) == "REJECT"
    assert resumed(prefect_server, run, approve=True, leave_out=[2], comment="b") == "ACCEPT"
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    report = json.loads(out)
    assert (report["status"], report["files_changed"]) == ("done", 1)
    assert report["per_briefing"][1]["reason"] == "b"
    assert prefect_server.get(f"/flow_runs/{run['id']}")["state_type"] == "COMPLETED"


def test_the_command_line_answers_too_and_the_flow_run_is_paused_no_more(
    prefect_server: Any, place: Path
) -> None:
    process = started(place, prefect_server)
    run = paused(prefect_server)
    done = subprocess.run(command("approve", "last", "--reject"), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    out, err = process.communicate(timeout=90)
    assert process.returncode == 1, err
    assert json.loads(out)["reason"] == "look: 'Shall we' was refused"
    ended = prefect_server.get(f"/flow_runs/{run['id']}")
    assert (ended["state_type"], ended["state"]["message"]) == (
        "CANCELLED",
        "look: 'Shall we' was refused",
    )
