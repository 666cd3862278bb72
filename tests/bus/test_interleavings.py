"""A log under any order of writers, restarts, crashes and lost snapshots is a plain list of events."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from jupiter.bus import file as file_log
from jupiter.bus import snapshot as snapshots
from jupiter.bus.file import FileLog
from jupiter.bus.journal import DURABLE, EVENTS
from jupiter.bus.snapshot import SNAPSHOT
from jupiter.bus.verify import verify
from jupiter.errors import LogError
from jupiter.fold.state import fold
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingStarted
from jupiter.model.edit import Replace
from jupiter.model.event import Draft, Event
from jupiter.model.run_events import Owned, RunStopped, WavePlanned
from jupiter.model.tree_events import EditAccepted

WRITERS = st.integers(0, 2)
BRIEFINGS = st.integers(1, 3)


class Interleavings(RuleBasedStateMachine):
    """Three openings of one log, as three processes would have it, beside the list that it must equal."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp()) / "run"
        self.model: list[Event] = []
        self.under_way: set[int] = set()
        self.ended: set[int] = set()

    @initialize(durability=st.sampled_from(["disk", "flush"]))
    def begin(self, durability) -> None:
        first = FileLog.create(self.folder, "run", durability)
        self.text = first.put(b"text")
        self.logs = [first, FileLog.open(self.folder), FileLog.open(self.folder)]
        owned = tuple(
            Owned(briefing=n, steps=("a",), symbols=(f"{n}.py",), constraints=()) for n in (1, 2, 3)
        )
        planned = WavePlanned(wave=1, steps=("a",), workers=3, owned=owned)
        self.model += first.record(Draft(data=planned))

    @rule(writer=WRITERS, count=st.integers(1, 3), reason=st.text(max_size=5))
    def record(self, writer: int, count: int, reason: str) -> None:
        """Append what needs no decision."""
        draft = Draft(data=RunStopped(reason=reason))
        self.model += self.logs[writer].record(*[draft] * count)

    @rule(writer=WRITERS, number=BRIEFINGS)
    def begin_briefing(self, writer: int, number: int) -> None:
        """Take a briefing unless the state at the tail says that somebody has."""

        def decide(state):
            is_free = state.briefings[number].progress == "planned"
            return [Draft(data=BriefingStarted(), briefing=number)] if is_free else []

        done = self.logs[writer].append(decide)
        assert bool(done) == (number not in self.under_way | self.ended)
        self.under_way |= {number} if done else set()
        self.model += done

    @rule(writer=WRITERS, number=BRIEFINGS, name=st.sampled_from("fgh"))
    def edit(self, writer: int, number: int, name: str) -> None:
        """Accept an edit of a briefing that is under way."""
        edit = Replace(symbol=f"{number}.py:{name}", base="0" * 64, text=self.text)

        def decide(state):
            is_open = state.briefings[number].progress == "working"
            return [Draft(data=EditAccepted(edit=edit), briefing=number)] if is_open else []

        done = self.logs[writer].append(decide)
        assert bool(done) == (number in self.under_way)
        self.model += done

    @rule(writer=WRITERS, number=BRIEFINGS, is_good=st.booleans())
    def end_briefing(self, writer: int, number: int, *, is_good: bool) -> None:
        """Finish or fail a briefing that is under way."""
        if number in self.under_way:
            data = BriefingFinished() if is_good else BriefingFailed(reason="r")
            self.model += self.logs[writer].record(Draft(data=data, briefing=number))
            self.under_way.remove(number)
            self.ended.add(number)

    @rule(writer=WRITERS)
    def refuse(self, writer: int) -> None:
        """What cannot follow leaves nothing."""
        with pytest.raises(LogError, match="never planned"):
            self.logs[writer].record(Draft(data=BriefingStarted(), briefing=9))

    @rule(writer=WRITERS)
    def restart(self, writer: int) -> None:
        """A process ends, and another one opens the log."""
        self.logs[writer] = FileLog.open(self.folder)

    @rule(torn=st.binary(min_size=1, max_size=30).filter(lambda data: b"\n" not in data))
    def crash(self, torn: bytes) -> None:
        """A process dies in the middle of a write."""
        with (self.folder / EVENTS).open("ab") as file:
            file.write(torn)

    @rule()
    def lose_what_can_be_thrown_away(self) -> None:
        """The snapshot goes, as when somebody cleans up."""
        (self.folder / SNAPSHOT).unlink(missing_ok=True)

    @rule(after=st.integers(0, 30))
    def read_behind(self, after: int) -> None:
        """A cursor skips nothing and gives nothing twice."""
        found = list(FileLog.open(self.folder).events(after))
        assert found == self.model[after:]

    @rule()
    def copy(self) -> None:
        """A copy without the mark, on which nothing was half written, says the same."""
        other = self.folder.with_name("copy")
        shutil.rmtree(other, ignore_errors=True)
        shutil.copytree(self.folder, other)
        (other / DURABLE).unlink()
        assert FileLog.open(other).look(lambda state: state) == fold(self.model)

    @invariant()
    def is_a_list(self) -> None:
        """What was acknowledged is there, in its order, and nothing else."""
        if self.model:
            assert list(self.logs[0].events()) == self.model
            assert [event.seq for event in self.model] == list(range(1, len(self.model) + 1))

    def teardown(self) -> None:
        """Every opening comes to the same state, and every prefix holds what it must."""
        if self.model:
            for log in [*self.logs, FileLog.open(self.folder)]:
                assert log.look(lambda state: state == fold(self.model))
            assert verify(self.folder).problems == ()
        shutil.rmtree(self.folder.parent)


@pytest.fixture(autouse=True, scope="module")
def snapshots_come_often():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_log, "_LOOK_AFTER", 300)
        patch.setattr(snapshots, "_APART", 300)
        yield


class TestInterleavings(Interleavings.TestCase):
    settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
