"""Whether a log is whole, and whether what it says ever broke a promise."""

from hashlib import sha256
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.bus.journal import EVENTS
from jupiter.bus.verify import verify
from jupiter.model.briefing_events import BriefingFinished, BriefingStarted
from jupiter.model.edit import Replace
from jupiter.model.event import Draft, Payload
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.tree_events import EditAccepted


def planned(*symbols: tuple[str, ...], first: int = 1) -> Draft:
    owned = tuple(
        Owned(briefing=number, steps=("a",), symbols=names, constraints=())
        for number, names in enumerate(symbols, start=first)
    )
    return Draft(data=WavePlanned(wave=1, steps=("a",), workers=2, owned=owned))


def of(briefing: int, data: Payload) -> Draft:
    return Draft(data=data, step="a", briefing=briefing, worker="worker-1")


def edit(symbol: str, text: bytes = b"text") -> EditAccepted:
    name = sha256(text).hexdigest()
    return EditAccepted(edit=Replace(symbol=symbol, base="0" * 64, text=name))


@pytest.fixture
def log(tmp_path: Path) -> FileLog:
    made = FileLog.create(tmp_path / "run", "run")
    made.put(b"text")
    made.record(planned(("a.py:f",), ("b.py",)), of(1, BriefingStarted()))
    return made


def test_a_whole_log_has_no_problems(log: FileLog) -> None:
    log.record(of(1, edit("a.py:f")), of(2, edit("b.py:g")), of(1, BriefingFinished()))
    found = verify(log.folder)
    assert (found.events, found.problems, found.torn) == (5, (), ())


@pytest.mark.breaks_log
@pytest.mark.parametrize(
    ("drafts", "problem"),
    [
        ([of(2, edit("a.py:f"))], "event 3: briefing 2 wrote a.py:f, which it does not own"),
        ([of(1, edit("c.py:f"))], "event 3: briefing 1 wrote c.py:f, which it does not own"),
        (
            [of(1, BriefingFinished()), of(1, edit("a.py:f"))],
            "event 4: briefing 1 wrote after it had finished",
        ),
        ([planned(("c.py:f",), ("c.py:f",), first=3)], "event 3: c.py:f has 2 owners"),
        ([planned(("c.py", "c.py:f"), ("c.py:g",), first=3)], "event 3: c.py:g has 2 owners"),
        ([planned(("c.py:f",))], "event 3: briefing 1 is planned a second time"),
        ([of(1, edit("a.py:f", b"other"))], "event 3: the text d9298a10d1b0 is missing"),
    ],
)
def test_a_broken_promise_is_found_with_its_event(
    log: FileLog, drafts: list[Draft], problem: str
) -> None:
    log.record(*drafts)
    (found,) = verify(log.folder).problems
    assert found.startswith(problem)


@pytest.mark.breaks_log
def test_a_changed_byte_is_found_with_its_line(log: FileLog) -> None:
    log.record(of(1, BriefingFinished()))
    path = log.folder / EVENTS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1].replace(b"worker-1", b"worker-2"), lines[2]]))
    found = verify(log.folder)
    assert found.events == 1
    assert f"{EVENTS}:2: damaged event: checksum" in found.problems[0]


@pytest.mark.breaks_log
def test_a_missing_line_is_found(log: FileLog) -> None:
    log.record(of(1, BriefingFinished()))
    path = log.folder / EVENTS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    assert "event 3 stands where 2 was expected" in verify(log.folder).problems[0]


def test_what_a_crash_left_is_named_and_is_no_problem(log: FileLog) -> None:
    with (log.folder / EVENTS).open("ab") as file:
        file.write(b'{"v":1,"se')
    assert verify(log.folder).events == 2
    log.record(of(1, BriefingFinished()))
    found = verify(log.folder)
    assert (found.events, found.problems, found.torn) == (3, (), ("events.torn-1",))
