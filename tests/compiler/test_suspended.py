"""A run of a deployment that asks is suspended: no process waits, and the answer has it begun again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from repositories import committed, git

RECIPE = """\
version: 1
name: asks
steps:
  look: {approve: Shall we}
  commas: {codemod: add_trailing_commas.AddTrailingCommas, needs: [look], workers: 1}
"""


def until(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 120
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


@dataclass(frozen=True)
class Suspended:
    """A flow run that waits, of a recipe that is served."""

    server: Any
    served: subprocess.Popen[bytes]
    environment: dict[str, str]
    repository: Path
    flow_run: str

    def state(self) -> Any:
        return self.server.get(f"/flow_runs/{self.flow_run}")["state"]


@pytest.fixture
def suspended(
    prefect_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Suspended]:
    repository = tmp_path / "mine"
    repository.mkdir()
    for name in "ab":
        (repository / f"{name}.py").write_text(f"{name} = f(\n    1, 2\n)\n")
    committed(repository)
    (tmp_path / "asks.yaml").write_text(RECIPE)
    monkeypatch.setenv("JUPITER_HOME", str(tmp_path / "home"))
    environment = os.environ | {
        "PREFECT_API_URL": prefect_server.api_url,
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    command = ["serve", tmp_path / "asks.yaml", "--allow-repo", tmp_path]
    with (tmp_path / "serve.log").open("wb") as output:
        served = subprocess.Popen(
            [sys.executable, "-m", "jupiter", *map(str, command)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        (deployment,) = until(lambda: prefect_server.ask("/deployments/filter", {}))
        run = prefect_server.ask(
            f"/deployments/{deployment['id']}/create_flow_run",
            {"parameters": {"repo": str(repository)}, "state": {"type": "SCHEDULED"}},
        )
        found = Suspended(prefect_server, served, environment, repository, run["id"])
        until(lambda: found.state()["type"] == "PAUSED")
        yield found
    finally:
        os.killpg(served.pid, signal.SIGKILL)
        served.wait()


def children(process: int) -> list[str]:
    tasks = Path(f"/proc/{process}/task")
    return [one for task in tasks.iterdir() for one in (task / "children").read_text().split()]


@pytest.mark.parametrize("way", ["form", "command line"])
def test_it_holds_no_process_and_goes_on_with_the_answer(suspended: Suspended, way: str) -> None:
    assert suspended.state()["name"] == "Suspended"
    until(lambda: not children(suspended.served.pid))
    if way == "form":
        said = {"approve": True, "leave_out": [2], "comment": ""}
        resume = f"/flow_runs/{suspended.flow_run}/resume"
        assert suspended.server.ask(resume, {"run_input": said})["status"] == "ACCEPT"
    else:
        answer = [sys.executable, "-m", "jupiter", "approve", "last", "--leave-out", "2"]
        done = subprocess.run(answer, env=suspended.environment, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
    until(lambda: suspended.state()["type"] not in {"PAUSED", "SCHEDULED", "PENDING", "RUNNING"})
    assert suspended.state()["type"] == "COMPLETED"
    assert git(suspended.repository, "diff", "--name-only", "main", "jupiter/asks") == "a.py\n"
