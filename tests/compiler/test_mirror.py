"""The artifacts of a run are what its log says, and no server keeps the log waiting."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient

from jupiter.bus.file import FileLog
from jupiter.compiler.mirror import Mirror
from jupiter.fold.file import File
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingStarted
from jupiter.model.edit import Replace
from jupiter.model.event import Draft, Payload
from jupiter.model.run_events import Owned, RunFinished, RunStarted, WavePlanned
from jupiter.model.tree_events import EditAccepted, InterfacePublished

RUN = "20261126-1200-mine-abcd"
BASE = {"a.py": File(b"def f(): 1\n"), "b.py": File(b"def g(): 2\n")}


@pytest.fixture
def log(tmp_path: Path) -> FileLog:
    log = FileLog.create(tmp_path / RUN, RUN)
    started = RunStarted(
        recipe="tidy",
        recipe_text=log.put(b""),
        parameters={},
        repository="/src/mine",
        ref="HEAD",
        base_commit="a" * 40,
        jupiter="0.1.0",
    )
    log.record(Draft(data=started))
    return log


def record(log: FileLog, data: Payload, briefing: int | None = None) -> None:
    worker = None if briefing is None else f"worker-{briefing}"
    log.record(Draft(data=data, step="tidy", briefing=briefing, worker=worker))


def plan(log: FileLog) -> None:
    owned = tuple(
        Owned(briefing=n, steps=("tidy",), symbols=(symbol,), constraints=())
        for n, symbol in ((1, "a.py:f"), (2, "b.py:g"))
    )
    record(log, WavePlanned(wave=1, steps=("tidy",), workers=2, owned=owned))
    for number in (1, 2):
        record(log, BriefingStarted(), number)


def write(log: FileLog, briefing: int, symbol: str, text: bytes, *follows: str) -> None:
    edit = Replace(symbol=symbol, base="0" * 64, text=log.put(text))
    record(log, EditAccepted(edit=edit, follows=follows), briefing)


def end(log: FileLog) -> None:
    record(log, BriefingFinished(), 1)
    record(log, BriefingFailed(reason="b.py: nobody knows"), 2)
    record(log, RunFinished(status="partial"))


def flow_run(server: Any) -> str:
    flow = server.ask("/flows/", {"name": "tidy"})
    return str(server.ask("/flow_runs/", {"flow_id": flow["id"]})["id"])


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


def test_each_artifact_says_what_the_log_says(prefect_server: Any, log: FileLog) -> None:
    run = flow_run(prefect_server)
    with Mirror(log, run, BASE.get, lambda: SyncPrefectClient(prefect_server.api_url)):
        plan(log)
        write(log, 1, "a.py:f", b"def f(x): 1\n")
        record(log, InterfacePublished(symbol="a.py:f", before="def f()", after="def f(x)"), 1)
        write(log, 2, "b.py:g", b"def g(): 3\n", "a.py:f")
        end(log)
    found = prefect_server.artifacts(run)
    assert [row["paths"] for row in json.loads(found["plan"]["data"])] == ["a.py:f", "b.py:g"]
    assert "| `a.py:f` | `def f()` | `def f(x)` | 1 | #2 |" in found["bus"]["data"]
    assert "run.finished" in found["bus"]["data"]
    assert (found["briefing-1"]["data"], found["briefing-2"]["data"]) == (100.0, 100.0)
    assert found["briefing-1"]["description"] == "tidy: finished, 1 edits"
    assert found["briefing-2"]["description"] == "tidy: failed, 1 edits: b.py: nobody knows"


def test_a_server_that_was_away_catches_up_and_no_event_waits_for_it(
    prefect_server: Any, log: FileLog
) -> None:
    run = flow_run(prefect_server)
    with Mirror(log, run, BASE.get, lambda: SyncPrefectClient(prefect_server.api_url)):
        plan(log)
        until(lambda: "briefing-2" in prefect_server.artifacts(run))
        prefect_server.stop()
        begun = time.monotonic()
        for number in range(200):
            write(log, 1, "a.py:f", b"def f(): %d\n" % number)
        took = time.monotonic() - begun
        prefect_server.start()
        shown = "tidy: working, 200 edits"
        until(lambda: prefect_server.artifacts(run)["briefing-1"]["description"] == shown)
        until(lambda: "200 accepted edits" in str(prefect_server.artifacts(run).get("bus")))
        end(log)
    assert took < 20  # what a client waits for a server that is gone, once for each, is minutes
    found = prefect_server.artifacts(run)
    assert found["briefing-1"]["description"] == "tidy: finished, 200 edits"


def test_a_server_that_is_gone_for_good_costs_the_end_of_a_run_no_more_than_its_patience(
    log: FileLog,
) -> None:
    begun = time.monotonic()
    gone = Mirror(
        log, uuid4(), BASE.get, lambda: SyncPrefectClient("http://127.0.0.1:9/api"), patience=1.0
    )
    with gone:
        plan(log)
        end(log)
    assert time.monotonic() - begun < 10
