import json
import threading
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from uuid import uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient

from jupiter.compiler.artifacts import ArtifactSender
from jupiter.compiler.server import Address, EmbeddedServer


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with EmbeddedServer.start(tmp_path_factory.mktemp("artifacts") / "prefect") as server:
        server.wait_ready()
        yield server


@pytest.fixture
def flow_run(server):
    flow = _post(server, "/flows/", {"name": "a-recipe"})
    return _post(server, "/flow_runs/", {"flow_id": flow["id"]})["id"]


def _post(server, path, body):
    request = urllib.request.Request(
        f"{server.api_url}{path}",
        data=json.dumps(body).encode(),
        headers=server.address.headers,
    )
    for busy in (True, True, False):  # SQLite's lock is a 503, which Prefect's own client repeats
        try:
            with urllib.request.urlopen(request) as response:
                return json.load(response)
        except HTTPError as error:
            if error.code != 503 or not busy:
                raise
    return None


def _artifacts(server, flow_run):
    found = _post(server, "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [flow_run]}}})
    return {artifact["key"]: artifact for artifact in found}


def _client(server):
    return SyncPrefectClient(server.api_url, auth_string=server.address.auth)


def _sender(server, flow_run):
    return ArtifactSender(flow_run, connect=lambda: _client(server))


def test_each_kind_arrives_at_the_flow_run(server, flow_run):
    with _sender(server, flow_run) as sender:
        sender.table("plan", [{"briefing": 1, "files": 3}], "Two briefings")
        sender.markdown("report", "# Done", "How it ended")
        sender.progress("briefing-1", 40, "2 of 5 files")
    found = _artifacts(server, flow_run)
    assert {key: (one["type"], one["description"]) for key, one in found.items()} == {
        "plan": ("table", "Two briefings"),
        "report": ("markdown", "How it ended"),
        "briefing-1": ("progress", "2 of 5 files"),
    }
    assert json.loads(found["plan"]["data"]) == [{"briefing": 1, "files": 3}]
    assert (found["report"]["data"], found["briefing-1"]["data"]) == ("# Done", 40)


def test_an_artifact_belongs_to_the_task_run_that_is_named(server, flow_run):
    body = {"flow_run_id": flow_run, "task_key": "work", "dynamic_key": "0"}
    task_run = _post(server, "/task_runs/", body)["id"]
    with _sender(server, flow_run) as sender:
        sender.progress("briefing-1", 40, task_run_id=task_run)
    assert _artifacts(server, flow_run)["briefing-1"]["task_run_id"] == task_run


def test_a_key_is_one_artifact_that_is_updated_in_place(server, flow_run):
    with _sender(server, flow_run) as sender:
        sender.progress("briefing-1", 10, "first")
        _wait_until(lambda: _artifacts(server, flow_run))
        first = _artifacts(server, flow_run)["briefing-1"]
        sender.progress("briefing-1", 100, "last")
    found = _post(server, "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [flow_run]}}})
    assert [(one["id"], one["data"], one["description"]) for one in found] == [
        (first["id"], 100, "last")
    ]


@pytest.mark.parametrize(("given", "shown"), [(-3, 0), (0, 0), (99.5, 99.5), (250, 100)], ids=str)
def test_progress_stays_between_nothing_and_all(server, flow_run, given, shown):
    with _sender(server, flow_run) as sender:
        sender.progress("briefing-1", given)
    assert _artifacts(server, flow_run)["briefing-1"]["data"] == shown


@pytest.mark.parametrize(
    ("given", "key"),
    [("bus", "bus"), ("Step_A: x", "step-a-x"), ("--a--", "a"), ("ä", "artifact")],
    ids=["as it is", "other characters", "dashes", "nothing left"],
)
def test_a_key_is_written_as_prefect_wants_it(server, flow_run, given, key):
    with _sender(server, flow_run) as sender:
        sender.markdown(given, "text")
    assert list(_artifacts(server, flow_run)) == [key]


def test_what_cannot_be_shown_does_not_hold_up_the_rest(server, flow_run):
    with _sender(server, flow_run) as sender:
        circle = {}
        circle["self"] = circle
        sender.table("plan", [circle])
        sender.markdown("report", "text")
    assert list(_artifacts(server, flow_run)) == ["report"]


class Slow:
    """A server that counts what it is sent, and answers late, with errors, or well."""

    def __init__(self):
        self.sent = []
        self.inside = 0
        self.failures = 0
        self.open = threading.Event()
        self.open.set()
        slow = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                slow.inside += 1
                slow.open.wait(30)
                slow.inside -= 1
                slow.failures -= 1
                if slow.failures >= 0:
                    self.answer(500, {})
                    return
                slow.sent.append((time.monotonic(), json.loads(body)))
                self.answer(201, {"id": str(uuid4())})

            do_PATCH = do_POST  # noqa: N815 # the name that http.server calls

            def do_GET(self):
                self.answer(422, {"detail": "CSRF protection is disabled."})

            def answer(self, status, document):
                data = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = Address("", "nobody asks for it")
        self.api_url = f"http://127.0.0.1:{self.server.server_port}/api"


@pytest.fixture
def slow():
    slow = Slow()
    thread = threading.Thread(target=slow.server.serve_forever)
    thread.start()
    yield slow
    slow.open.set()
    slow.server.shutdown()
    slow.server.server_close()
    thread.join()


def test_a_key_is_sent_at_most_twice_a_second_and_the_latest_wins(slow):
    with _sender(slow, uuid4()) as sender:
        until = time.monotonic() + 1.2
        number = 0
        while time.monotonic() < until:
            number += 1
            sender.markdown("bus", str(number))
            threading.Event().wait(0.01)
    texts = [body["data"] for _, body in slow.sent]
    assert texts[-1] == str(number)
    assert 2 <= len(texts) <= 4  # at 0.5, 1.0, and what is left at the end


def test_what_is_over_within_half_a_second_is_one_request(slow):
    with _sender(slow, uuid4()) as sender:
        sender.progress("briefing-1", 0, "started")
        sender.progress("briefing-1", 100, "done")
    assert [body["data"] for _, body in slow.sent] == [100]


def test_several_are_on_their_way_at_once_and_never_two_of_one_key(slow):
    slow.open.clear()
    with _sender(slow, uuid4()) as sender:
        for number in range(8):
            sender.progress(f"briefing-{number % 4}", number)
            sender.progress("bus", number)
        _wait_until(lambda: slow.inside == 4)
        slow.open.set()
    keys = Counter(body["key"] for _, body in slow.sent if "key" in body)
    assert keys == {"bus": 1} | {f"briefing-{number}": 1 for number in range(4)}


def test_a_slow_server_makes_no_caller_wait_and_close_gives_up_in_time(slow):
    slow.open.clear()
    sender = _sender(slow, uuid4())
    with _at_most(1):
        for number in range(5000):
            sender.progress(f"briefing-{number % 2000}", number % 100)
    with _at_most(2):
        sender.close(0.5)
    with _at_most(0.5):
        sender.close(0.5)


def test_a_server_that_is_not_there_makes_no_caller_wait(caplog):
    nowhere = ArtifactSender(uuid4(), connect=lambda: SyncPrefectClient("http://127.0.0.1:9/api"))
    with _at_most(1):
        nowhere.table("plan", [{"a": 1}])
        nowhere.markdown("bus", "text")
    with _at_most(3):
        nowhere.close(1)
    assert [record for record in caplog.records if record.name.startswith("jupiter")] == []


def test_what_a_busy_server_refused_is_sent_again(slow):
    slow.failures = 1
    with _sender(slow, uuid4()) as sender:
        sender.markdown("bus", "text")
        _wait_until(lambda: slow.sent)
    assert Counter(body["data"] for _, body in slow.sent) == {"text": 1}


def test_an_artifact_that_was_removed_there_is_made_again(server, flow_run):
    with _sender(server, flow_run) as sender:
        sender.markdown("bus", "first")
        _wait_until(lambda: _artifacts(server, flow_run))
        first = _artifacts(server, flow_run)["bus"]["id"]
        url = f"{server.api_url}/artifacts/{first}"
        headers = server.address.headers
        request = urllib.request.Request(url, headers=headers, method="DELETE")
        urllib.request.urlopen(request).close()
        sender.markdown("bus", "second")
    found = _artifacts(server, flow_run)["bus"]
    assert (found["data"], found["id"] == first) == ("second", False)


def test_a_text_is_made_only_when_it_is_sent(slow):
    made = []
    slow.open.clear()
    with _sender(slow, uuid4()) as sender:
        for number in range(100):
            sender.markdown("bus", lambda number=number: made.append(number) or str(number))
        slow.open.set()
    assert made[-1] == 99
    assert len(made) <= 2
    assert slow.sent[-1][1]["data"] == "99"


def test_what_comes_after_the_end_is_not_sent_and_does_no_harm(slow):
    sender = _sender(slow, uuid4())
    sender.close()
    sender.markdown("bus", "text")
    assert slow.sent == []


def _wait_until(holds, seconds=10):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


@contextmanager
def _at_most(seconds):
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds
