"""A session and its gate on a real log: what is accepted, what is refused, and what that changes."""

import hashlib
import multiprocessing
import tempfile
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.bus.file import FileLog
from jupiter.code.tiles import tile
from jupiter.errors import RequestError
from jupiter.fold.file import File
from jupiter.fold.state import State, fold
from jupiter.fold.tree import changed_files, current_tiles
from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingStarted
from jupiter.model.constraint import Readonly
from jupiter.model.edit import FileText, Rename, Replace
from jupiter.model.event import Draft, Payload
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.tree_events import EditAccepted, EditRefused, InterfacePublished
from jupiter.session.session import Session
from jupiter.session.talk import step_name

RUN = "20261123-1412-click-7f3a"

A = b'''"""A."""
import os

X = 1


def f(x):
    return x


class C:
    """A class."""

    def m(self):
        return f(X)

    def n(self):
        return 2


print(f(1))
if X:
    Y = 2
'''
BASE = {
    "a.py": A,
    "b.py": b"def g():\r\n    return 1\r\n",
    "broken.py": b"print 'Python 2'\n",
    "empty.py": b"",
    "locked.py": b"Z = 1\n",
    "notes.txt": b"plain\n",
}


def base(path: str) -> File | None:
    return File(BASE[path]) if path in BASE else None


# Who owns what: 1 and 2 share a.py; 3 has files of its own, one of them against a constraint.
OWNED: dict[int, tuple[str, ...]] = {
    1: ("a.py:f", "a.py:C.m", "a.py:if X"),
    2: ("a.py:X", "a.py:C.n", "a.py:C", f"a.py:{tile('a.py', A)[-2].name}"),
    3: ("b.py", "broken.py", "empty.py", "locked.py", "notes.txt"),
}
CONSTRAINTS = (Readonly(paths=("locked.py",)),)


def briefing(number: int) -> WorkerBriefing:
    return WorkerBriefing(
        id=number,
        wave=1,
        task=TaskDescription(goal="…", steps=("one", "two"), select=()),
        context=CodebaseContext(base_commit="c", neighbours=(), outline=()),
        symbols_owned=OWNED.get(number, ()),
        symbols_readable=(),
        constraints=CONSTRAINTS,
        weight=1,
    )


def record(log: FileLog, data: Payload, number: int | None = None) -> None:
    log.append(lambda _state: (Draft(data=data, briefing=number),))


def new_log(folder: Path) -> FileLog:
    """A log in which the wave is planned and its briefings are under way."""
    log = FileLog.create(folder / RUN, RUN)
    owned = tuple(
        Owned(briefing=n, steps=("one", "two"), symbols=symbols, constraints=CONSTRAINTS)
        for n, symbols in OWNED.items()
    )
    record(log, WavePlanned(wave=1, steps=("one", "two"), workers=3, owned=owned))
    for number in OWNED:
        record(log, BriefingStarted(), number)
    return log


@pytest.fixture
def log(tmp_path: Path) -> FileLog:
    return new_log(tmp_path)


def session(log: FileLog, number: int) -> Session:
    return Session(log, briefing(number), f"worker-{number}", base)


def text_of(log: FileLog, symbol: str) -> bytes:
    path, _, name = symbol.partition(":")
    tiles = log.look(lambda state: current_tiles(state, path, base, log.get))
    return next(t.text for t in tiles if t.name == name)


def tree(log: FileLog) -> dict[str, bytes]:
    return log.look(lambda state: texts(state, log))


def texts(state: State, log: FileLog) -> dict[str, bytes]:
    files = changed_files(state, base, log.get)
    return {path: file.text for path, file in files.items() if file is not None}


def owners(log: FileLog) -> dict[str, int]:
    return log.look(lambda state: dict(state.owners))


def published(log: FileLog) -> list[tuple[str, str | None, str | None]]:
    events = [event.data for event in log.events()]
    return [(d.symbol, d.before, d.after) for d in events if isinstance(d, InterfacePublished)]


def name(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


# Accepted


def test_an_accepted_edit_is_in_the_log_with_its_texts_and_in_the_tree(log: FileLog) -> None:
    before, after = b"def f(x):\n    return x\n", b"def f(x):\n    return x + 1\n"
    verdict = session(log, 1).write("a.py:f", before, after)
    edit = Replace(symbol="a.py:f", base=name(before), text=name(after))
    assert verdict == EditAccepted(edit=edit)
    *_, event = log.events()
    assert event.data == verdict
    assert (event.briefing, event.worker, event.step) == (1, "worker-1", "one+two")
    assert tree(log) == {"a.py": A.replace(before, after)}
    assert session(log, 3).read("a.py") == A.replace(before, after), "everybody reads it"


def test_a_whole_file_is_written_by_its_owner_and_names_the_symbols_that_differ(
    log: FileLog,
) -> None:
    after = b"import os\r\n\r\n\r\ndef g():\r\n    return 1\r\n"
    verdict = session(log, 3).write_file("b.py", BASE["b.py"], after)
    assert isinstance(verdict, EditAccepted)
    assert isinstance(verdict.edit, FileText)
    assert verdict.edit.symbols == ("b.py:<imports>", "b.py:g")
    assert tree(log) == {"b.py": after}


def test_an_edit_that_a_resumed_worker_writes_again_is_not_applied_twice(log: FileLog) -> None:
    before, after = b"def f(x):\n    return x\n", b"def f(x, y):\n    return x\n"
    first = session(log, 1).write("a.py:f", before, after)
    whole = session(log, 3).write_file("b.py", BASE["b.py"], b"x = 1\n")
    count = log.look(lambda state: state.seq)
    again = Session(FileLog.open(log.folder), briefing(1), "worker-2", base)
    assert again.write("a.py:f", before, after) == first
    assert session(log, 3).write_file("b.py", BASE["b.py"], b"x = 1\n") == whole
    assert log.look(lambda state: state.seq) == count
    assert again.written() == {"a.py"}


def test_a_publication_that_a_crash_has_cut_off_is_made_up_for(log: FileLog) -> None:
    before, after = b"def f(x):\n    return x\n", b"def f(x, y):\n    return x\n"
    edit = Replace(symbol="a.py:f", base=name(before), text=log.put(after))
    record(log, EditAccepted(edit=edit), 1)
    session(log, 1).write("a.py:f", before, after)
    assert published(log) == [("a.py:f", "def f(x)", "def f(x, y)")]
    session(log, 1).write("a.py:f", before, after)
    assert len(published(log)) == 1


def test_an_edit_that_was_undone_since_is_not_taken_for_accepted(log: FileLog) -> None:
    before, after = b"def f(x):\n    return x\n", b"def f(x):\n    return x + 1\n"
    session(log, 1).write("a.py:f", before, after)
    session(log, 1).write("a.py:f", after, before)
    session(log, 1).write("a.py:f", before, b"def f(x):\n    return 0\n")
    verdict = session(log, 1).write("a.py:f", before, after)
    assert isinstance(verdict, EditRefused)
    assert verdict.reason == "stale"


def test_two_briefings_write_one_file_and_change_no_other_byte_of_it(log: FileLog) -> None:
    one, two = session(log, 1), session(log, 2)
    writes = [
        (one, "a.py:f", b"def f(x):\n    return x", b"def f(x):\n    return (x)"),
        (two, "a.py:X", b"X = 1", b"X = 10"),
        (one, "a.py:C.m", b"return f(X)", b"return f(X + 1)"),
        (two, "a.py:C.n", b"return 2", b"return 3"),
        (one, "a.py:f", b"return (x)", b"return [x]"),
    ]
    expected = A
    for writer, symbol, old, new in writes:
        before = text_of(log, symbol)
        verdict = writer.write(symbol, before, before.replace(old, new))
        assert isinstance(verdict, EditAccepted)
        expected = expected.replace(old, new)
        assert one.read("a.py") == expected
    assert log.look(lambda state: state.conflicts) == 0


def test_the_owner_writes_a_symbol_again_whose_new_text_would_be_called_otherwise(
    log: FileLog,
) -> None:
    call = OWNED[2][-1]
    texts = (b"print(f(1))\n", b"print(f(2))\n", b"print(f(3))\n")
    for before, after in pairwise(texts):
        assert isinstance(session(log, 2).write(call, before, after), EditAccepted)
    tests = (b"if X:\n    Y = 2\n", b"if not X:\n    Y = 2\n", b"if f(X):\n    Y = 2\n")
    for before, after in pairwise(tests):
        assert isinstance(session(log, 1).write("a.py:if X", before, after), EditAccepted)
    assert session(log, 1).read("a.py") == A.replace(texts[0], texts[2]).replace(tests[0], tests[2])


def test_a_file_that_never_parsed_may_get_a_text_that_does_not(log: FileLog) -> None:
    verdict = session(log, 3).write_file("broken.py", BASE["broken.py"], b"print 'still 2'\n")
    assert isinstance(verdict, EditAccepted)


@pytest.mark.parametrize(
    ("number", "symbol", "old", "new", "expected"),
    [
        pytest.param(1, "a.py:f", b"return x", b"return -x", [], id="a-body"),
        pytest.param(1, "a.py:f", b"(x):", b"(x):  # why", [], id="a-comment"),
        pytest.param(2, "a.py:X", b"1", b"2", [], id="a-value"),
        pytest.param(
            1,
            "a.py:f",
            b"(x)",
            b"(x, y=1)",
            [("a.py:f", "def f(x)", "def f(x, y=1)")],
            id="a-parameter",
        ),
        pytest.param(
            1,
            "a.py:C.m",
            b"(self)",
            b"(self) -> int",
            [("a.py:C.m", "def m(self)", "def m(self) -> int")],
            id="an-annotation-of-a-method",
        ),
        pytest.param(
            2, "a.py:C", b"C:", b"C(list):", [("a.py:C", "class C", "class C(list)")], id="a-base"
        ),
    ],
)
def test_an_interface_is_published_exactly_when_it_has_changed(
    log: FileLog,
    number: int,
    symbol: str,
    old: bytes,
    new: bytes,
    expected: list[tuple[str, str, str]],
) -> None:
    before = text_of(log, symbol)
    assert old in before
    verdict = session(log, number).write(symbol, before, before.replace(old, new))
    assert isinstance(verdict, EditAccepted)
    assert published(log) == expected


def test_a_whole_file_publishes_each_interface_that_came_went_or_changed(log: FileLog) -> None:
    after = b"def h(): pass\n\n\nclass D: pass\n"
    session(log, 3).write_file("b.py", BASE["b.py"], after)
    assert published(log) == [
        ("b.py:g", "def g()", None),
        ("b.py:h", None, "def h()"),
        ("b.py:D", None, "class D"),
    ]
    *_, verdict, _, _, _ = log.events()
    assert isinstance(verdict.data, EditAccepted), "the edit stands before what it published"


def test_a_statement_that_binds_nothing_has_no_interface_to_publish(log: FileLog) -> None:
    before = BASE["b.py"]
    called = before + b"\r\n\r\nprint(g())\r\n"
    otherwise = before + b"\r\n\r\nprint(g(), 2)\r\n"
    three = session(log, 3)
    for old, new in pairwise((before, called, otherwise, before)):
        assert isinstance(three.write_file("b.py", old, new), EditAccepted)
    assert published(log) == []


def test_a_statement_that_no_longer_binds_anything_has_lost_its_interface(log: FileLog) -> None:
    texts = (
        b"if X:\n    Y = 2\n",
        b"if X:\n    f(X)\n",
        b"if X:\n    f(1)\n",
        b"if X:\n    Z = 2\n",
    )
    for before, after in pairwise(texts):
        assert isinstance(session(log, 1).write("a.py:if X", before, after), EditAccepted)
    assert published(log) == [("a.py:if X", "Y", None), ("a.py:if X", None, "Z")]


# Refused

Act = Callable[[FileLog], EditAccepted | EditRefused]


def finished(log: FileLog) -> EditAccepted | EditRefused:
    record(log, BriefingFinished(), 1)
    return session(log, 1).write("a.py:f", text_of(log, "a.py:f"), b"def f(x): pass\n")


def failed(log: FileLog) -> EditAccepted | EditRefused:
    record(log, BriefingFailed(reason="broken"), 1)
    return session(log, 1).write("a.py:f", text_of(log, "a.py:f"), b"def f(x): pass\n")


def in_the_next_wave(log: FileLog) -> EditAccepted | EditRefused:
    record(log, WavePlanned(wave=2, steps=("three",), workers=1, owned=()))
    return session(log, 1).write("a.py:f", text_of(log, "a.py:f"), b"def f(x): pass\n")


def writes(number: int, symbol: str, after: bytes, before: bytes | None = None) -> Act:
    def act(log: FileLog) -> EditAccepted | EditRefused:
        text = text_of(log, symbol) if before is None else before
        return session(log, number).write(symbol, text, after)

    return act


def writes_file(number: int, path: str, after: bytes, before: bytes | None = None) -> Act:
    return lambda log: session(log, number).write_file(
        path, BASE[path] if before is None else before, after
    )


REFUSED = [
    pytest.param(
        writes(1, "a.py:X", b"X = 2\n"), "not_owned", "owned by briefing 2; ask", id="of-another"
    ),
    pytest.param(
        writes(2, "a.py:<imports>", b"import re\n"), "not_owned", "write only what", id="of-nobody"
    ),
    pytest.param(
        writes(1, "nowhere.py:f", b"", b""),
        "not_owned",
        "belongs to no briefing",
        id="no-such-file",
    ),
    pytest.param(
        writes_file(1, "a.py", b"X = 1\n"),
        "not_owned",
        "write only what your briefing owns",
        id="all-of-a-file-that-is-shared",
    ),
    pytest.param(
        writes(1, "a.py:f", b"def f(x): pass\n", b"def f(x): old\n"),
        "stale",
        "read it again and redo",
        id="stale-symbol",
    ),
    pytest.param(
        writes_file(3, "b.py", b"x = 1\n", b"old\n"), "stale", "read it again", id="stale-file"
    ),
    pytest.param(
        writes(1, "a.py:f", b"def f(x:\n"), "unparsable", "does not parse", id="does-not-parse"
    ),
    pytest.param(
        writes(1, "a.py:f", b"def other(x): pass\n"),
        "unparsable",
        "must define this symbol",
        id="defines-another-symbol",
    ),
    pytest.param(
        writes(1, "a.py:f", b"class f: pass\n"), "unparsable", "must define this", id="other-kind"
    ),
    pytest.param(
        writes(1, "a.py:C.m", b"def m(self): pass\n"), "unparsable", "indented", id="dedented"
    ),
    pytest.param(writes(1, "a.py:f", b""), "unparsable", "delete it", id="an-empty-text"),
    pytest.param(
        writes_file(3, "b.py", b"def g(:\n"), "unparsable", "line 1", id="a-file-that-parsed"
    ),
    pytest.param(
        writes_file(3, "empty.py", b"def g(:\n"), "unparsable", "correct it", id="an-empty-file"
    ),
    pytest.param(
        writes(3, "empty.py:", b"def g(:\n"), "unparsable", "does not parse", id="an-empty-tile"
    ),
    pytest.param(
        writes(3, "b.py:no", b"", b""), "missing", "read the file again", id="no-such-symbol"
    ),
    pytest.param(
        writes_file(3, "locked.py", b"Z = 2\n"), "constraint", "readonly", id="a-readonly-file"
    ),
    pytest.param(
        writes(3, "locked.py:Z", b"Z = 2\n"),
        "constraint",
        "leave it as it is",
        id="readonly-symbol",
    ),
    pytest.param(finished, "finished", "can write no more", id="a-finished-briefing"),
    pytest.param(failed, "finished", "can write no more", id="a-failed-briefing"),
    pytest.param(in_the_next_wave, "not_owned", "belongs to no briefing", id="of-the-wave-before"),
    pytest.param(writes(9, "a.py:f", b""), "finished", "not under way", id="an-unknown-briefing"),
]


@pytest.mark.parametrize(("act", "reason", "advice"), REFUSED)
def test_a_refused_write_is_recorded_with_its_reason_and_advice_and_changes_nothing(
    log: FileLog, act: Act, reason: str, advice: str
) -> None:
    session(log, 2).write("a.py:C.n", text_of(log, "a.py:C.n"), b"    def n(self): return 7\n")
    before = tree(log)
    verdict = act(log)
    assert isinstance(verdict, EditRefused)
    assert verdict.reason == reason
    assert advice in verdict.message
    *_, event = log.events()
    assert event.data == verdict
    assert tree(log) == before
    assert published(log) == []
    if act is not in_the_next_wave:
        assert owners(log) == {s: n for n, symbols in OWNED.items() for s in symbols}


@pytest.mark.breaks_log
def test_a_file_in_which_another_owns_a_symbol_is_not_written_whole(tmp_path: Path) -> None:
    log = FileLog.create(tmp_path / RUN, RUN)
    owned = (
        Owned(briefing=3, steps=("s",), symbols=("b.py",), constraints=()),
        Owned(briefing=4, steps=("s",), symbols=("b.py:g",), constraints=()),
    )
    record(log, WavePlanned(wave=1, steps=("s",), workers=3, owned=owned))
    verdict = session(log, 3).write_file("b.py", BASE["b.py"], b"x = 1\n")
    assert isinstance(verdict, EditRefused)
    assert verdict.reason == "not_owned"
    assert "b.py:g is owned by briefing 4" in verdict.message


def test_reading_what_the_commit_does_not_have_is_an_error_that_says_so(log: FileLog) -> None:
    with pytest.raises(RequestError, match=r"there is no file nowhere.py"):
        session(log, 1).read("nowhere.py")


def test_a_briefing_of_two_steps_names_both(log: FileLog) -> None:
    assert step_name(briefing(1)) == "one+two"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


SYMBOLS = [
    *(f"a.py:{t.name}" for t in tile("a.py", A)),
    *("b.py:g", "b.py", "locked.py", "broken.py", "nowhere.py:f", "a.py:nothing"),
]
EDITS = (
    lambda text: text.replace(b"return", b"return 1 +"),
    lambda text: text.replace(b"x)", b"x, z=0)"),
    lambda text: text.replace(b"1", b"21"),
    lambda _text: b"",
    lambda _text: b"def f(x):\n    return 4\n",
    lambda _text: b"if 1:\n    Y = 3\n",
)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 3, 9]),
            st.sampled_from(SYMBOLS),
            st.sampled_from(EDITS),
            st.booleans(),
        ),
        max_size=15,
    )
)
def test_whatever_is_written_a_refused_write_changes_nothing_and_an_accepted_one_its_symbol_alone(
    folder: Path, attempts: list[tuple[int, str, Any, bool]]
) -> None:
    log = new_log(Path(tempfile.mkdtemp(dir=folder)))
    expected: dict[str, bytes] = {}
    recorded = 0
    for number, symbol, edit, fresh in attempts:
        events = log.look(lambda state: state.seq)
        path = symbol.partition(":")[0]
        tiles = log.look(
            lambda state, p=path: current_tiles(state, p, base, log.get) if p in BASE else ()
        )
        names = [str(t.name) for t in tiles]
        wanted = symbol.partition(":")[2]
        parts = [part for t in tiles for part in (t.gap, t.text)]
        old = parts[2 * names.index(wanted) + 1] if wanted in names else b"".join(parts)
        new = edit(old)
        before = old if fresh else b"was something else"
        if ":" in symbol:
            verdict = session(log, number).write(symbol, before, new)
            whole = [*parts[: 2 * names.index(wanted) + 1], new] if wanted in names else []
            whole += parts[len(whole) :]
        else:
            verdict = session(log, number).write_file(path, before, new)
            whole = [new]
        is_recorded = log.look(lambda state: state.seq) > events
        recorded += is_recorded
        assert is_recorded or old == new, "only what changes nothing is passed over, and only again"
        if isinstance(verdict, EditAccepted):
            assert fresh
            assert number == owners(log).get(symbol, owners(log).get(path))
            expected[path] = b"".join(whole)
        assert tree(log) == expected
        assert owners(log) == {s: n for n, symbols in OWNED.items() for s in symbols}
    again = fold(log.events())
    assert texts(again, log) == expected
    assert again.accepted + len(again.refused) == recorded


# Races


def race(folder: Path, who: str, barrier: Any, rounds: int) -> None:
    """Write one symbol again and again, each time with all others, based on the same text."""
    log = FileLog.open(folder)
    mine = session(log, 1)
    for number in range(rounds):
        before = text_of(log, "a.py:f")
        barrier.wait(30)
        mine.write("a.py:f", before, b"def f(x):\n    return '%s %d'\n" % (who.encode(), number))
        barrier.wait(30)


def assert_never_two_for_one_base(log: FileLog, rounds: int, racers: int) -> None:
    events = [event.data for event in log.events()]
    accepted = [d.edit for d in events if isinstance(d, EditAccepted)]
    refused = [d for d in events if isinstance(d, EditRefused)]
    assert len(accepted) == rounds
    assert len({edit.base for edit in accepted}) == rounds
    assert all(later.base == earlier.text for earlier, later in pairwise(accepted))
    assert [d.reason for d in refused] == ["stale"] * (rounds * (racers - 1))
    assert log.look(lambda state: state.conflicts) == len(refused)


def test_threads_that_race_for_one_base_are_never_both_accepted(log: FileLog) -> None:
    barrier = threading.Barrier(3)
    racers = [threading.Thread(target=race, args=(log.folder, who, barrier, 10)) for who in "abc"]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert_never_two_for_one_base(log, 10, 3)


def test_processes_that_race_for_one_base_are_never_both_accepted(log: FileLog) -> None:
    context = multiprocessing.get_context("spawn")
    barrier: Barrier = context.Barrier(2)
    racers = [context.Process(target=race, args=(log.folder, w, barrier, 10)) for w in "ab"]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert [racer.exitcode for racer in racers] == [0, 0]
    assert_never_two_for_one_base(log, 10, 2)


def test_sessions_that_write_their_own_symbols_at_once_are_all_accepted(log: FileLog) -> None:
    def rewrite(number: int, symbol: str) -> None:
        mine = FileLog.open(log.folder)
        for turn in range(10):
            before = text_of(mine, symbol)
            after = before.splitlines(keepends=True)[0].split(b"#")[0].rstrip()
            after += b"  # %d\n" % turn + b"".join(before.splitlines(keepends=True)[1:])
            session(mine, number).write(symbol, before, after)

    mine = [(1, "a.py:f"), (1, "a.py:C.m"), (2, "a.py:C.n"), (2, "a.py:X")]
    writers = [threading.Thread(target=rewrite, args=one) for one in mine]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    state = fold(log.events())
    assert (state.accepted, state.refused, state.conflicts) == (40, [], 0)
    expected = A
    for line in (b"def f(x):", b"def m(self):", b"def n(self):", b"X = 1"):
        expected = expected.replace(line, line + b"  # 9")
    assert tree(log) == {"a.py": expected}


# Renamed


def test_a_symbol_gets_another_name_and_keeps_its_id_until_the_wave_ends(log: FileLog) -> None:
    before, after = b"def f(x):\n    return x\n", b"def g(x):\n    return x\n"
    worker = session(log, 1)
    verdict = worker.write("a.py:f", before, after, to="g", follows=("a.py:f",))
    assert isinstance(verdict, EditAccepted)
    assert verdict.edit == Rename(symbol="a.py:f", to="g", base=name(before), text=name(after))
    assert verdict.follows == ("a.py:f",)
    assert published(log) == [("a.py:f", "def f(x)", "def g(x)")]
    assert tree(log) == {"a.py": A.replace(before, after)}
    again = worker.write("a.py:f", after, after.replace(b"return x", b"return 2"), to="g")
    assert isinstance(again, EditAccepted)
    assert b"def g(x):\n    return 2\n" in tree(log)["a.py"]


@pytest.mark.parametrize(
    ("after", "to"),
    [
        pytest.param(b"def h(x):\n    return x\n", "g", id="it defines another name"),
        pytest.param(b"def f(x):\n    return x\n", "g", id="it keeps its name"),
        pytest.param(b"class g:\n    pass\n", "g", id="it is another kind"),
        pytest.param(b"def g(x):\n    return x\ng = 1\n", "g", id="it is more"),
        pytest.param(b"def g(x:\n", "g", id="it does not parse"),
    ],
)
def test_a_text_that_does_not_define_the_new_name_is_refused(
    log: FileLog, after: bytes, to: str
) -> None:
    verdict = session(log, 1).write("a.py:f", b"def f(x):\n    return x\n", after, to=to)
    assert isinstance(verdict, EditRefused)
    assert verdict.reason == "unparsable"
    assert tree(log) == {}
    assert published(log) == []


def test_a_method_gets_its_new_name_in_its_class(log: FileLog) -> None:
    before, after = (
        b"    def m(self):\n        return f(X)\n",
        b"    def k(self):\n        return f(X)\n",
    )
    verdict = session(log, 1).write("a.py:C.m", before, after, to="k")
    assert isinstance(verdict, EditAccepted)
    assert tree(log) == {"a.py": A.replace(before, after)}


def test_nobody_gives_a_new_name_to_what_another_owns(log: FileLog) -> None:
    verdict = session(log, 2).write(
        "a.py:f", b"def f(x):\n    return x\n", b"def g(x): ...\n", to="g"
    )
    assert isinstance(verdict, EditRefused)
    assert verdict.reason == "not_owned"
