"""The contract of a log: what holds of every kind, with one suite."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.bus.log import Log
from jupiter.bus.memory import MemoryLog
from jupiter.errors import LogError
from jupiter.fold.state import State, fold
from jupiter.model.briefing_events import AgentTold, BriefingFailed, BriefingStarted, ToolCalled
from jupiter.model.event import AnyPayload, Draft
from jupiter.model.run_events import Owned, RunFinished, RunStopped, WavePlanned

RUN = "20261123-1412-click-7f3a"

PLANNED = Draft(
    data=WavePlanned(
        wave=1,
        steps=("a",),
        workers=1,
        owned=(Owned(briefing=1, steps=("a",), symbols=("m.py",), constraints=()),),
    )
)
FINISHED = Draft(data=RunFinished(status="done"))


def said(text: str) -> Draft:
    return Draft(data=RunStopped(reason=text))


@pytest.fixture(params=["file", "file, flush", "memory"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Log:
    kinds: dict[str, Callable[[], Log]] = {
        "file": lambda: FileLog.create(tmp_path / RUN, RUN),
        "file, flush": lambda: FileLog.create(tmp_path / RUN, RUN, "flush"),
        "memory": lambda: MemoryLog(RUN),
    }
    return kinds[request.param]()


def test_events_are_numbered_from_one_without_a_gap(log: Log) -> None:
    log.record(said("a"), said("b"))
    log.append(lambda _state: [said("c")])
    log.append(lambda _state: [])
    log.record(said("d"))
    assert [event.seq for event in log.events()] == [1, 2, 3, 4]
    assert {event.run for event in log.events()} == {RUN}


def test_what_is_returned_is_what_is_read(log: Log) -> None:
    returned = [*log.record(said("a")), *log.append(lambda _state: [said("b"), said("c")])]
    assert list(log.events()) == returned


def test_a_decision_sees_all_that_was_appended_before_it(log: Log) -> None:
    log.record(PLANNED)
    log.record(said("because"))
    seen: list[tuple[int, str | None]] = []
    log.append(lambda state: seen.append((state.seq, state.stopped)) or [])
    assert seen == [(2, "because")]
    assert log.look(lambda state: sorted(state.briefings)) == [1]


def test_the_state_at_the_tail_is_the_fold_of_the_events(log: Log) -> None:
    log.record(PLANNED)
    log.record(Draft(data=BriefingStarted(), briefing=1, worker="worker-1"), said("x"))
    assert log.look(lambda state: state == fold(log.events()))


@pytest.mark.parametrize(
    "data",
    [
        BriefingFailed(reason="x"),
        AgentTold(text="0" * 64, told=1),
        ToolCalled(tool="note", call="1", is_error=False, result="0" * 64, told=1),
    ],
    ids=lambda data: data.type,
)
@pytest.mark.parametrize("way", ["append", "record"])
def test_an_event_that_cannot_follow_is_refused_and_leaves_nothing(
    log: Log, way: str, data: AnyPayload
) -> None:
    log.record(PLANNED)
    drafts = [said("first"), Draft(data=data, briefing=7)]
    with pytest.raises(LogError, match="briefing 7, which was never planned"):
        log.record(*drafts) if way == "record" else log.append(lambda _state: drafts)
    assert [event.type for event in log.events()] == ["wave.planned"]
    assert log.look(lambda state: state.stopped) is None
    assert [event.seq for event in log.record(said("next"))] == [2]


def test_a_decision_that_raises_leaves_nothing(log: Log) -> None:
    log.record(said("a"))

    def decide(_state: State) -> list[Draft]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        log.append(decide)
    log.record(said("b"))
    assert [event.seq for event in log.events()] == [1, 2]


def test_reading_begins_behind_the_cursor(log: Log) -> None:
    for number in range(10):
        log.record(said(str(number)))
    assert [event.seq for event in log.events(after=7)] == [8, 9, 10]
    assert list(log.events(after=10)) == []
    log.record(FINISHED)
    assert [event.seq for event in log.follow(after=9)] == [10, 11]


def test_a_follower_is_given_what_is_there_and_what_comes_until_the_run_has_finished(
    log: Log,
) -> None:
    log.record(said("before"))
    seen: list[int] = []
    waiting = threading.Event()

    def follow() -> None:
        for event in log.follow():
            seen.append(event.seq)
            waiting.set()

    follower = threading.Thread(target=follow)
    follower.start()
    assert waiting.wait(10)
    log.record(said("after"))
    log.record(FINISHED)
    follower.join(10)
    assert not follower.is_alive()
    assert seen == [1, 2, 3]


def test_a_follower_passes_over_the_end_that_a_resumed_run_had_before(log: Log) -> None:
    log.record(Draft(data=RunFinished(status="interrupted")), said("resumed"), FINISHED)
    assert [event.seq for event in log.follow()] == [1, 2, 3]


def test_a_follower_stops_when_it_is_told_to(log: Log) -> None:
    stop = threading.Event()
    follower = threading.Thread(target=lambda: list(log.follow(stop=stop)))
    follower.start()
    stop.set()
    follower.join(10)
    assert not follower.is_alive()


def test_threads_append_and_record_without_loss(log: Log) -> None:
    def write(number: int) -> None:
        for one in range(20):
            draft = said(f"{number}-{one}")
            if one % 2:
                log.record(draft)
            else:
                log.append(lambda _state, draft=draft: [draft])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = list(log.events())
    assert [event.seq for event in events] == list(range(1, 81))
    assert len({event.data.reason for event in events}) == 80


def test_a_text_is_found_by_its_name(log: Log) -> None:
    name = log.put(b"text \xff")
    assert log.put(b"text \xff") == name
    assert log.get(name) == b"text \xff"


def test_a_text_that_is_not_there_is_an_error(log: Log) -> None:
    with pytest.raises(LogError, match="missing"):
        log.get("0" * 64)
