"""An event is one line, whatever a repository calls its things."""

import io
import json
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.bus.codec import decode
from jupiter.bus.file import FileLog
from jupiter.bus.journal import EVENTS
from jupiter.cli.events import line
from jupiter.cli.main import main
from jupiter.model.briefing_events import BriefingFailed
from jupiter.model.edit import Replace
from jupiter.model.event import Draft, Event, Payload
from jupiter.model.run_events import RunFinished
from jupiter.model.tree_events import EditRefused, InterfacePublished
from jupiter.system.state import runs_folder

RUN = "20261123-1412-click-7f3a"
PUBLISHED = InterfacePublished(symbol="a.py:f", before="def f()", after="def f(x)")


def event(data: Payload) -> Event:
    return Event(
        seq=7,
        time=datetime(2026, 11, 23, 14, 12, 5, tzinfo=UTC),
        run=RUN,
        step="say",
        briefing=2,
        worker="worker-1",
        data=data,
    )


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        pytest.param("def f(x)", "def f(x, y)", "def f(x) -> def f(x, y)", id="it-changed"),
        pytest.param(None, "def f(x)", "(new) -> def f(x)", id="it-came"),
        pytest.param("def f(x)", None, "def f(x) -> (gone)", id="it-went"),
        pytest.param(
            "class C\n    def m(self)", "class C", "class C def m(self) -> class C", id="lines"
        ),
    ],
)
def test_a_published_interface_is_shown_before_and_after_on_one_line(
    before: str | None, after: str | None, shown: str
) -> None:
    found = line(event(InterfacePublished(symbol="a.py:f", before=before, after=after)))
    assert found == f"    7  14:12:05  worker-1  #2    interface.published a.py:f: {shown}"


def test_what_a_terminal_would_obey_is_not_shown() -> None:
    found = line(event(BriefingFailed(reason="\x1b]0;title\x07 \x9b2J \u202e end")))
    assert found.endswith("\ufffd]0;title\ufffd \ufffd2J \ufffd end")


@given(st.text())
def test_every_event_is_one_line(reason: str) -> None:
    assert len(line(event(BriefingFailed(reason=reason))).splitlines()) == 1


@pytest.fixture
def run_of_two_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("JUPITER_HOME", str(tmp_path / "home"))
    log = FileLog.create(runs_folder() / RUN, RUN)
    log.append(lambda _state: [Draft(data=PUBLISHED, worker=f"worker-{n}") for n in (1, 2)])
    log.append(lambda _state: [Draft(data=RunFinished(status="done"))])
    return RUN


def printed(*arguments: str) -> list[str]:
    with redirect_stdout(io.StringIO()) as out:
        assert main(["bus", *arguments]) == 0
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], [1, 2, 3]),
        (["--type", "interface.published"], [1, 2]),
        (["--worker", "worker-2"], [2]),
        (["--worker", "worker-2", "--type", "run.finished"], []),
        (["--after", "1"], [2, 3]),
        (["--symbol", "a.py:f"], [1, 2]),
        (["--symbol", "a.py"], [1, 2]),
        (["--symbol", "a.p"], []),
    ],
    ids=["all", "of a type", "of a worker", "of both", "behind", "symbol", "file", "no file"],
)
@pytest.mark.parametrize("action", ["show", "follow"])
def test_events_are_printed_in_order_and_as_the_log_has_them(
    run_of_two_workers: str, action: str, options: list[str], expected: list[int]
) -> None:
    lines = printed(action, run_of_two_workers[:13], "--json", *options)
    assert [decode(found.encode()).seq for found in lines] == expected
    assert [int(found.split()[0]) for found in printed(action, "last", *options)] == expected


def test_stats_count_by_type_and_worker(run_of_two_workers: str) -> None:
    found = json.loads("".join(printed("stats", "last", "--json")))
    assert found["events"] == 3
    assert found["types"] == {"interface.published": 2, "run.finished": 1}
    assert found["workers"] == {"-": 1, "worker-1": 1, "worker-2": 1}
    assert ["events", "3"] in [shown.split() for shown in printed("stats", "last")]


@pytest.mark.breaks_log
def test_a_whole_log_is_verified_and_a_damaged_one_is_not(run_of_two_workers: str) -> None:
    assert printed("verify", "last") == [
        "3 events: checksums, order, owners and texts are as they must be"
    ]
    path = runs_folder() / RUN / EVENTS
    path.write_bytes(path.read_bytes().replace(b"worker-2", b"worker-3"))
    with redirect_stdout(io.StringIO()) as out:
        assert main(["bus", "verify", "last"]) == 1
    assert "checksum does not hold" in out.getvalue()


def test_an_export_has_the_events_and_the_texts_that_they_name(run_of_two_workers: str) -> None:
    log = FileLog.open(runs_folder() / RUN)
    edit = Replace(symbol="a.py:f", base="0" * 64, text=log.put(b"text \xff"))
    log.record(Draft(data=EditRefused(edit=edit, reason="stale", message="m"), briefing=1))
    found = json.loads("".join(printed("export", "last")))
    assert [event["seq"] for event in found["events"]] == [1, 2, 3, 4]
    assert found["texts"] == {edit.text: {"hex": "74657874 20ff".replace(" ", "")}}
