"""A symbol that goes from one briefing to the next when the first has ended."""

import pytest

from jupiter.bus.memory import MemoryLog
from jupiter.fold.audit import breaches
from jupiter.fold.file import File
from jupiter.fold.tree import changed_files
from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingTaken
from jupiter.model.event import Draft, Event
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.tree_events import EditAccepted, EditRefused, SymbolHandedOver
from jupiter.session.session import Session

TEXT = b"def f():\n    return 1\n\n\ndef g():\n    return 2\n"
FIRST = b"def f():\n    return 10\n"
THEN = b"def f():\n    return 100\n"


def base(path: str) -> File | None:
    return File(TEXT) if path == "a.py" else None


def planned(*first: str) -> MemoryLog:
    """A wave in which briefing 2 gets `a.py:f` when 1, which owns these, has ended."""
    log = MemoryLog("run")
    owned = (
        Owned(briefing=1, steps=("one",), symbols=first, constraints=()),
        Owned(
            briefing=2,
            steps=("two",),
            symbols=(),
            constraints=(),
            after=(1,),
            receives=("a.py:f",),
        ),
    )
    log.record(Draft(data=WavePlanned(wave=1, steps=("one", "two"), workers=2, owned=owned)))
    return log


def session(log: MemoryLog, number: int, *owned: str) -> Session:
    briefing = WorkerBriefing(
        id=number,
        wave=1,
        task=TaskDescription(goal="g", steps=("one" if number == 1 else "two",), select=()),
        context=CodebaseContext(base_commit="0" * 40, neighbours=(), outline=()),
        symbols_owned=owned,
        symbols_readable=(),
        constraints=(),
        weight=1,
    )
    return Session(log, briefing, f"worker-{number}", base)


def text(log: MemoryLog) -> bytes:
    files = log.look(lambda state: changed_files(state, base, log.get))
    file = files.get("a.py", base("a.py"))
    assert file is not None
    return file.text


@pytest.mark.parametrize("owned", ["a.py:f", "a.py"], ids=["one symbol", "of a file owned whole"])
def test_the_next_one_takes_what_it_is_handed_when_the_first_has_ended(owned: str) -> None:
    log = planned(owned)
    one, two = session(log, 1, owned), session(log, 2, "a.py:f")
    assert one.take()
    assert not two.take()
    assert isinstance(two.write("a.py:f", one.read_symbol("a.py:f"), THEN), EditRefused)
    assert isinstance(one.write("a.py:f", one.read_symbol("a.py:f"), FIRST), EditAccepted)
    assert not two.take()
    one.record(BriefingFinished())
    assert two.take()
    handed = [e for e in log.events() if isinstance(e.data, SymbolHandedOver)]
    assert [(e.briefing, e.step, e.data) for e in handed] == [
        (1, "one", SymbolHandedOver(symbol="a.py:f", to=2))
    ]
    assert [(u.symbol, u.giver) for u in two.updates().received] == [("a.py:f", 1)]
    assert two.read_symbol("a.py:f") == FIRST
    assert isinstance(two.write("a.py:f", FIRST, THEN), EditAccepted)
    assert text(log) == TEXT.replace(b"return 1", b"return 100")
    assert log.look(lambda state: (state.conflicts, state.owner("a.py:f"))) == (0, 2)


def test_what_was_written_by_the_first_is_what_the_next_one_has_to_begin_with() -> None:
    log = planned("a.py:f")
    one, two = session(log, 1, "a.py:f"), session(log, 2, "a.py:f")
    one.take()
    before = two.read_symbol("a.py:f")
    one.write("a.py:f", before, FIRST)
    one.record(BriefingFinished())
    two.take()
    refused = two.write("a.py:f", before, THEN)
    assert isinstance(refused, EditRefused)
    assert refused.reason == "stale"


def test_of_a_first_one_that_fails_the_next_one_gets_the_symbol_as_it_was() -> None:
    log = planned("a.py:f")
    one, two = session(log, 1, "a.py:f"), session(log, 2, "a.py:f")
    one.take()
    one.write("a.py:f", one.read_symbol("a.py:f"), FIRST)
    one.record(BriefingFailed(reason="no"))
    assert two.take()
    assert two.read_symbol("a.py:f") == b"def f():\n    return 1\n"
    two.write("a.py:f", two.read_symbol("a.py:f"), THEN)
    assert text(log) == TEXT.replace(b"return 1", b"return 100")


def test_who_has_built_on_one_that_fails_later_is_left_out_and_stays_so() -> None:
    log = planned("a.py:f")
    one, two = session(log, 1, "a.py:f"), session(log, 2, "a.py:f")
    one.take()
    one.write("a.py:f", one.read_symbol("a.py:f"), FIRST)
    one.record(BriefingFinished())
    two.take()
    two.write("a.py:f", two.read_symbol("a.py:f"), THEN)
    one.record(BriefingFailed(reason="it was called again, and broke"))
    two.record(BriefingFinished())
    found = log.look(lambda state: (state.briefings[2].progress, state.briefings[2].reason))
    assert found == ("left out", "it was built on briefing 1, which has failed")
    assert text(log) == TEXT


def test_a_briefing_that_was_begun_too_early_is_found_in_the_log() -> None:
    log = planned("a.py:f")
    (event,) = log.record(Draft(data=BriefingTaken(), briefing=1, step="one"))
    early = Event.model_validate(event.model_dump() | {"briefing": 2, "seq": 3})
    told = log.look(lambda state: list(breaches(state, early)))
    assert told == ["briefing 2 was begun before briefing 1 had ended"]
