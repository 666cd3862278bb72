"""The log in a file: gapless, durable at return, and shared by processes."""

import multiprocessing
import os
import resource
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.bus.codec import decode, encode
from jupiter.bus.file import EVENTS, FileLog
from jupiter.errors import LogError
from jupiter.model.event import Draft, Event
from jupiter.model.run_events import RunFinished, RunStopped

RUN = "20261123-1412-click-7f3a"


def stopped(reason: str) -> Draft:
    return Draft(data=RunStopped(reason=reason), worker="worker-1")


@pytest.fixture
def log(tmp_path: Path) -> FileLog:
    return FileLog.create(tmp_path / RUN, RUN)


def append(log: FileLog, reason: str) -> None:
    log.append(lambda _state: [stopped(reason)])


def write_many(folder: str, name: str, count: int) -> None:
    log = FileLog.open(Path(folder))
    for number in range(count):
        append(log, f"{name}-{number}")


def test_an_appended_event_reads_back_as_it_was(log: FileLog) -> None:
    (written,) = log.append(lambda _state: [stopped('ünïcode\n\u2028 and a quote "')])
    assert list(log.events()) == [written]
    assert written.seq == 1
    assert written.run == RUN


@given(st.text())
def test_a_line_holds_any_text_and_no_newline_but_the_last(reason: str) -> None:
    log_line = encode(event(reason))
    assert log_line.count(b"\n") == 1
    assert decode(log_line) == event(reason)


def event(reason: str) -> Event:
    return Event(
        seq=1,
        time=datetime(2026, 11, 23, tzinfo=UTC),
        run=RUN,
        step=None,
        briefing=None,
        worker=None,
        data=RunStopped(reason=reason),
    )


@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    line = bytearray(encode(event("because")))
    position = data.draw(st.integers(0, len(line) - 2))
    line[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LogError):
        decode(bytes(line))


def test_several_processes_append_without_loss_and_without_gaps(tmp_path: Path) -> None:
    FileLog.create(tmp_path / RUN, RUN)
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=write_many, args=(str(tmp_path / RUN), name, 40)) for name in "abcd"
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    events = list(FileLog.open(tmp_path / RUN).events())
    assert [e.seq for e in events] == list(range(1, 161))
    for name in "abcd":
        own = [e.data.reason for e in events if e.data.reason.startswith(name)]
        assert own == [f"{name}-{n}" for n in range(40)]


def test_threads_of_one_process_append_without_loss(log: FileLog) -> None:
    threads = [
        threading.Thread(target=lambda n=n: [append(log, f"{n}-{i}") for i in range(25)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e.seq for e in log.events()] == list(range(1, 101))


def test_decide_sees_what_others_have_appended(log: FileLog) -> None:
    other = FileLog.open(log.folder)
    append(other, "first")
    seen: list[str | None] = []
    log.append(lambda state: seen.append(state.stopped) or [])
    assert seen == ["first"]


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_a_torn_last_line_is_set_aside_and_the_next_event_follows_without_a_gap(
    log: FileLog, cut: int
) -> None:
    append(log, "one")
    whole = (log.folder / EVENTS).read_bytes()
    torn = whole[:cut]
    with (log.folder / EVENTS).open("ab") as file:
        file.write(torn)
    assert [e.seq for e in log.events()] == [1]
    append(FileLog.open(log.folder), "two")
    assert [e.data.reason for e in log.events()] == ["one", "two"]
    assert (log.folder / "events.torn-1").read_bytes() == torn


def test_a_log_that_shrank_is_refused(log: FileLog) -> None:
    append(log, "one")
    os.truncate(log.folder / EVENTS, 0)
    with pytest.raises(LogError, match="shrunk"):
        append(log, "two")


def test_a_full_disk_leaves_no_half_event(log: FileLog) -> None:
    append(log, "one")
    before = (log.folder / EVENTS).read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))
    try:
        with pytest.raises(LogError):
            append(log, "two")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)
    assert (log.folder / EVENTS).read_bytes() == before
    append(log, "three")
    assert [e.seq for e in log.events()] == [1, 2]


def test_a_follower_in_another_thread_sees_each_event_and_ends_with_the_run(log: FileLog) -> None:
    seen: list[int] = []
    follower = threading.Thread(target=lambda: seen.extend(e.seq for e in log.follow()))
    follower.start()
    for number in range(5):
        append(log, str(number))
    log.append(lambda _state: [Draft(data=RunFinished(status="done"))])
    follower.join(timeout=20)
    assert seen == [1, 2, 3, 4, 5, 6]


def test_a_text_is_stored_once_under_its_hash(log: FileLog) -> None:
    name = log.put(b"\xff\x00 bytes")
    assert log.put(b"\xff\x00 bytes") == name
    assert log.get(name) == b"\xff\x00 bytes"
    assert [p.name for p in (log.folder / "blobs").iterdir()] == [name]


def test_a_damaged_text_is_refused(log: FileLog) -> None:
    name = log.put(b"good")
    (log.folder / "blobs" / name).write_bytes(b"evil")
    with pytest.raises(LogError, match="damaged"):
        log.get(name)


def test_a_log_is_private_to_its_user(log: FileLog) -> None:
    assert log.folder.stat().st_mode & 0o077 == 0


def test_a_log_that_nobody_has_any_more_leaves_no_file_open(tmp_path: Path) -> None:
    def one(number: int) -> None:
        log = FileLog.create(tmp_path / str(number), "run")
        append(log, "x")
        log.record(stopped("y"))

    before = len(list(Path("/dev/fd").iterdir()))
    for number in range(3):
        one(number)
    assert len(list(Path("/dev/fd").iterdir())) == before
