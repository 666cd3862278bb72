"""A snapshot opens a long log, and is believed only when it fits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jupiter.bus import file as file_log
from jupiter.bus import snapshot as snapshots
from jupiter.bus.file import FileLog
from jupiter.bus.snapshot import SNAPSHOT, is_due, load
from jupiter.fold.snapshot import pack, unpack
from jupiter.fold.state import fold
from jupiter.model.briefing_events import (
    BriefingFailed,
    BriefingFinished,
    BriefingStarted,
    FileFailure,
)
from jupiter.model.edit import FileText, Replace
from jupiter.model.event import Draft
from jupiter.model.run_events import CheckFinished, Owned, RunStopped, WavePlanned
from jupiter.model.tree_events import EditAccepted, EditRefused, InterfacePublished

OWNED = tuple(Owned(briefing=n, steps=("a",), symbols=(f"{n}.py",), constraints=()) for n in (1, 2))


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileLog:
    monkeypatch.setattr(file_log, "_LOOK_AFTER", 300)
    monkeypatch.setattr(snapshots, "_APART", 300)
    made = FileLog.create(tmp_path / "run", "run")
    text = made.put(b"text")
    replace = Replace(symbol="1.py:f", base="0" * 64, text=text)
    whole = FileText(path="2.py", base="0" * 64, text=text, symbols=("2.py:g",), to="3.py")
    made.append(
        lambda _state: [
            Draft(data=WavePlanned(wave=1, steps=("a",), workers=2, owned=OWNED)),
            Draft(data=BriefingStarted(), briefing=1, worker="worker-1"),
            Draft(data=EditAccepted(edit=replace), briefing=1),
            Draft(data=InterfacePublished(symbol="1.py:f", before=None, after="f()"), briefing=1),
            Draft(data=EditAccepted(edit=whole), briefing=2),
            Draft(data=EditRefused(edit=replace, reason="stale", message="m"), briefing=2),
            Draft(
                data=BriefingFinished(failures=(FileFailure(path="1.py", step="a", reason="r"),)),
                briefing=1,
            ),
            Draft(data=BriefingFailed(reason="r"), briefing=2),
            Draft(
                data=CheckFinished(command=("a",), exit_code=0, seconds=0.5, output=""), step="c"
            ),
        ]
    )
    return made


# The edit of a moved file names a path that no plan has given away.
pytestmark = pytest.mark.breaks_log


def test_a_state_is_the_same_after_it_was_written_down(log: FileLog) -> None:
    state = fold(log.events())
    assert unpack(pack(state)) == state


def test_a_log_that_is_opened_again_begins_with_the_snapshot_and_comes_to_the_same_state(
    log: FileLog,
) -> None:
    found = load(log.folder)
    assert found is not None
    assert found.state.seq == 9
    log.record(Draft(data=RunStopped(reason="later")))
    assert FileLog.open(log.folder).look(lambda state: state == fold(log.events()))


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "without its end": lambda data: data[:-1],
    "half of it": lambda data: data[: len(data) // 2],
    "nothing of it": lambda data: data[:0],
    "another text": lambda data: data.replace(b"worker-1", b"worker-9"),
    "of another Jupiter": lambda data: b"0" + data,
    "zeros, as after a power failure": lambda data: b"\0" * len(data),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_snapshot_that_is_damaged_is_passed_over(
    log: FileLog, spoil: Callable[[bytes], bytes]
) -> None:
    path = log.folder / SNAPSHOT
    path.write_bytes(spoil(path.read_bytes()))
    assert load(log.folder) is None
    assert FileLog.open(log.folder).look(lambda state: state == fold(log.events()))


def test_a_snapshot_of_another_log_is_passed_over(log: FileLog, tmp_path: Path) -> None:
    other = FileLog.create(tmp_path / "other", "other")
    for number in range(20):
        other.record(Draft(data=RunStopped(reason=f"a long reason {number}" * 20)))
    (other.folder / SNAPSHOT).write_bytes((log.folder / SNAPSHOT).read_bytes())
    assert load(other.folder) is None
    assert FileLog.open(other.folder).look(lambda state: state.seq) == 20


def test_a_snapshot_is_due_when_the_log_has_outgrown_the_last_one_whoever_took_it(
    log: FileLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log.folder / SNAPSHOT
    size, taken = path.stat().st_size, int(path.read_bytes().split(b" ")[1])
    assert size > 300
    assert not is_due(log.folder, taken + size - 1)
    assert is_due(log.folder, taken + size)
    monkeypatch.setattr(snapshots, "_APART", 2 * size)
    assert not is_due(log.folder, taken + 2 * size - 1)
    path.unlink()
    assert is_due(log.folder, 2 * size)
