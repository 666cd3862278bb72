"""Lines that are placed under a lock and made durable without one."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from jupiter.bus import journal as journal_module
from jupiter.bus.file import FileLog
from jupiter.bus.journal import DURABLE, EVENTS, Journal
from jupiter.errors import LogError
from jupiter.model.event import Draft
from jupiter.model.run_events import RunStopped

SECONDS = 30.0
"""For what takes milliseconds, on a machine that is busy."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


def write(journal: Journal, text: bytes) -> int:
    with journal.locked() as tail:
        _, end = tail.lines(0)
        end = tail.append(text, end)
    journal.make_durable(end)
    return end


def said(text: str) -> Draft:
    return Draft(data=RunStopped(reason=text))


def test_what_was_written_is_flushed_before_it_counts_as_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(
        journal_module, "_flush", lambda file: flushed.append(os.fstat(file).st_size)
    )
    journal = Journal.create(folder)
    for number in range(5):
        assert write(journal, b"line %d\n" % number) == flushed[-1] == journal.durable_size()


def test_with_flush_nobody_waits_for_the_disk(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "_flush", lambda _file: pytest.fail("the disk was asked"))
    journal = Journal.create(folder, "flush")
    assert write(journal, b"line\n") == journal.durable_size()
    assert journal.read(0) == (b"line\n", 5)


def test_writers_flush_side_by_side_so_that_the_file_system_can_commit_once_for_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(9)
    go_on = threading.Event()

    def slow(_file: int) -> None:
        together.wait(SECONDS)
        assert go_on.wait(SECONDS)

    Journal.create(folder)
    journals = [Journal(folder) for _ in range(8)]  # each as a process of its own would have it
    monkeypatch.setattr(journal_module, "_flush", slow)
    threads = [threading.Thread(target=write, args=(one, b"line\n")) for one in journals]
    for thread in threads:
        thread.start()
    together.wait(SECONDS)
    assert Journal(folder).durable_size() == 0, "readers are given nothing yet"
    go_on.set()
    for thread in threads:
        thread.join(SECONDS)
    assert Journal(folder).durable_size() == 8 * len(b"line\n")


def test_the_mark_never_goes_back_whoever_has_flushed_last(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Journal.create(folder)
    early, late = Journal(folder), Journal(folder)
    begun, go_on = threading.Event(), threading.Event()

    def slow(_file: int) -> None:
        begun.set()
        assert go_on.wait(SECONDS)

    monkeypatch.setattr(journal_module, "_flush", slow)
    thread = threading.Thread(target=write, args=(early, b"line\n"))
    thread.start()
    assert begun.wait(SECONDS)
    monkeypatch.setattr(journal_module, "_flush", lambda _file: None)
    write(late, b"line\n")
    assert late.durable_size() == 10
    go_on.set()
    thread.join(SECONDS)
    assert late.durable_size() == 10


def write_and_hang(folder: str, begun: Event) -> None:
    def hang(_file: int) -> None:
        begun.set()
        signal.pause()

    journal_module._flush = hang
    FileLog.open(Path(folder)).record(said("never acknowledged"))


def test_nobody_waits_for_one_who_hangs_or_dies_while_it_flushes(folder: Path) -> None:
    log = FileLog.create(folder, "run")
    context = multiprocessing.get_context("spawn")
    begun = context.Event()
    hanging = context.Process(target=write_and_hang, args=(str(folder), begun))
    hanging.start()
    assert begun.wait(SECONDS)
    for number in range(4):
        FileLog.open(folder).record(said(str(number)))
    assert hanging.is_alive()
    assert hanging.pid is not None
    os.kill(hanging.pid, signal.SIGKILL)
    hanging.join()
    assert [event.seq for event in log.events()] == [1, 2, 3, 4, 5]


def test_a_disk_that_refuses_the_flush_is_an_error_that_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_file: int) -> None:
        raise OSError(5, "Input/output error")

    journal = Journal.create(folder)
    write(journal, b"one\n")
    monkeypatch.setattr(journal_module, "_flush", refuse)
    with pytest.raises(LogError, match=r"cannot append to .*: Input/output error; what was"):
        write(journal, b"two\n")
    assert journal.read(0) == (b"one\n", 4)
    monkeypatch.undo()
    write(journal, b"three\n")
    assert journal.read(0) == (b"one\ntwo\nthree\n", 14)


@pytest.mark.breaks_log
def test_a_file_that_has_lost_what_was_on_disk_is_refused_by_whoever_opens_it(
    folder: Path,
) -> None:
    FileLog.create(folder, "run").record(said("a"), said("b"))
    os.truncate(folder / EVENTS, (folder / EVENTS).stat().st_size // 2)
    for act in (
        lambda: FileLog.open(folder).record(said("c")),
        lambda: FileLog.open(folder).look(lambda state: state.seq),
    ):
        with pytest.raises(LogError, match="has shrunk: events that were on disk are gone"):
            act()


def test_with_flush_a_power_failure_costs_the_end_and_nothing_else(folder: Path) -> None:
    FileLog.create(folder, "run", "flush").record(said("a"), said("b"))
    first = (folder / EVENTS).read_bytes().index(b"\n") + 1
    os.truncate(folder / EVENTS, first + 20)
    assert FileLog.open(folder).record(said("c"))[0].seq == 2
    assert [event.seq for event in FileLog.open(folder).events()] == [1, 2]


def test_a_copy_without_its_mark_is_read_whole(folder: Path) -> None:
    log = FileLog.create(folder, "run")
    log.record(said("a"), said("b"))
    (folder / DURABLE).unlink()
    assert [event.seq for event in FileLog.open(folder).events()] == [1, 2]
    assert FileLog.open(folder).record(said("c"))[0].seq == 3


def test_a_folder_that_holds_a_log_gets_no_second_one(folder: Path) -> None:
    Journal.create(folder)
    with pytest.raises(LogError, match="cannot create the event log"):
        Journal.create(folder)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LogError, match=r"cannot create the event log in .*file"):
        Journal.create(tmp_path / "file" / "run")


@pytest.mark.parametrize("size", [1, 100, 70_000, 200_000])
def test_the_last_line_is_found_however_long_lines_are(folder: Path, size: int) -> None:
    journal = Journal.create(folder)
    write(journal, b"a" * size + b"\n")
    write(journal, b"b" * size + b"\n")
    with journal.locked() as tail:
        assert tail.last() == (b"b" * size + b"\n", 2 * size + 2)
    assert journal.read(0, size + 1)[0] == b"a" * size + b"\n"
