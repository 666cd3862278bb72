"""One call of a flow, at servers that are too busy for it, or not there."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.states import Completed

from jupiter.compiler import call
from jupiter.compiler.tasks import Ending
from jupiter.conductor import Notice
from repositories import committed

RECIPE = "version: 1\nname: one\nsteps: {one: {codemod: noop.NOOPCommand}}\ndeliver: {branch: b}\n"


def refusal(status: int) -> httpx.HTTPStatusError:
    request = httpx.Request("POST", "http://team/api/flow_runs/")
    return httpx.HTTPStatusError("no", request=request, response=httpx.Response(status))


class Flow:
    """A flow whose server answers so often that it is of no help."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.ending = Ending()
        self.notices: list[Notice] = []

    def __call__(self) -> Any:
        if self.errors:
            raise self.errors.pop(0)
        return Completed()

    def begun(self) -> Any:
        return call.begun_when_free(self, self.ending, self.notices.append)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "_AGAIN", 0.0)


def test_a_busy_server_is_asked_again_until_it_begins_the_run() -> None:
    flow = Flow(refusal(503), refusal(429), httpx.ReadTimeout("late"))
    assert flow.begun().is_completed()
    assert [notice.text for notice in flow.notices] == [
        f"the server is busy, and is asked again: {said}" for said in ("no", "late")
    ]


def test_a_server_that_says_no_is_not_asked_again() -> None:
    with pytest.raises(httpx.HTTPStatusError):
        Flow(refusal(422), refusal(503)).begun()


def test_a_run_that_has_begun_is_not_begun_again() -> None:
    flow = Flow(refusal(503))
    flow.ending.tasks = 1
    with pytest.raises(httpx.HTTPStatusError):
        flow.begun()


@pytest.mark.parametrize(
    ("patience", "error"),
    [("_BUSY", refusal(503)), ("_AWAY", httpx.ConnectError("refused"))],
    ids=["busy", "away"],
)
def test_a_server_that_stays_so_is_given_up(
    patience: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call, patience, -1.0)
    with pytest.raises(type(error)):
        Flow(error).begun()


def test_a_server_that_is_not_there_is_one_message_and_exit_code_3(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "m.py").write_text("x = 1\n")
    committed(repository)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE)
    done = subprocess.run(
        [sys.executable, "-m", "jupiter", "run", str(recipe), "--repo", str(repository)],
        env=os.environ | {"PREFECT_API_URL": "http://127.0.0.1:9/api"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert (
        "error: http://127.0.0.1:9/api: this Prefect server does not begin the run" in done.stderr
    )


@pytest.mark.parametrize("late", [set[Any](), {Future[bool]()}], ids=["all taken", "some not"])
def test_what_a_server_does_not_take_in_time_is_given_up(
    late: set[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up: list[bool] = []
    monkeypatch.setattr(call, "give_up_threads", lambda: given_up.append(True))

    def drained(taken: Any) -> Callable[[float], Any]:
        return lambda _timeout: taken

    monkeypatch.setattr(call.EventsWorker, "drain_all", drained(((), late)))
    monkeypatch.setattr(call.APILogWorker, "drain_all", drained(((), ())))
    call.drain_queues()
    assert len(given_up) == len(late)
