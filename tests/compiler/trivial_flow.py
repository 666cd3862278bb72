"""A flow of mapped tasks at an embedded server, as Jupiter runs one; its facts are lines of JSON.

`python trivial_flow.py HOME quick|patient [N]`: the tasks of a patient one wait until they are asked to stop.
"""

# ruff: noqa: PLC0415 # Prefect reads its settings when it is imported

import json
import logging
import os
import signal
import sys
import threading
import time
import urllib.request
from pathlib import Path

from jupiter.compiler.server import EmbeddedServer, drain
from jupiter.compiler.settings import quiet_environment

HOME, MODE, TASKS = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
STARTED = time.monotonic()
STOP = threading.Event()


def tell(**facts):
    print(json.dumps({"seconds": round(time.monotonic() - STARTED, 2)} | facts), flush=True)


def ask(_number, _frame):
    STOP.set()


def run(server):
    from prefect import flow, get_run_logger, task
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker
    from prefect.runtime import flow_run
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.states import Cancelled
    from prefect.task_runners import ThreadPoolTaskRunner

    ids = []

    @task(task_run_name="work-{number}")
    def work(number):
        get_run_logger().info("number %s", number)
        if MODE == "patient":
            STOP.wait(60)
        return Cancelled(message="asked to stop") if STOP.is_set() else number

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=3))
    def trivial():
        signal.signal(signal.SIGTERM, ask)  # Prefect has put its own in its place
        ids.append(str(flow_run.id))
        futures = work.map(range(TASKS))
        tell(mapped=True)
        for future in futures:
            future.wait()
        return Cancelled(message="asked to stop") if STOP.is_set() else TASKS

    server.wait_ready()
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        state = trivial(return_state=True)
    EventsWorker.drain_all(timeout=20)
    APILogWorker.drain_all(timeout=5)
    left = drain(server.address, ids[0], 30, at_least=TASKS)
    tell(state=state.type, left=left, states=states_of(server, ids[0]))


def states_of(server, flow_run_id):
    body = {"flow_runs": {"id": {"any_": [flow_run_id]}}, "limit": 200}
    request = urllib.request.Request(
        f"{server.api_url}/task_runs/filter",
        data=json.dumps(body).encode(),
        headers=server.address.headers,
    )
    with urllib.request.urlopen(request) as response:
        return [task_run["state_type"] for task_run in json.load(response)]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    logging.raiseExceptions = False
    with EmbeddedServer.start(HOME) as started:
        tell(server=started.pid)
        os.environ.update(quiet_environment(embedded=True) | started.environment)
        run(started)
    tell(stopped=True)
