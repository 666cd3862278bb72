"""What is new goes through the gate as well: new symbols, new paths."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.fold.file import File
from jupiter.fold.tree import changed_files
from jupiter.model.briefing import CodebaseContext, PlannedSymbol, TaskDescription, WorkerBriefing
from jupiter.model.constraint import Readonly
from jupiter.model.edit import Create
from jupiter.model.event import (
    BriefingStarted,
    Draft,
    EditAccepted,
    EditRefused,
    InterfacePublished,
    Owned,
    Reason,
    WavePlanned,
)
from jupiter.session.session import Session

A = b"class C:\n    x = 1\n\n\ndef f(): ...\n"
BASE = {"a.py": File(A), "b.py": File(b"B = 1\n", "100755"), "taken.py": File(b"")}
CONSTRAINTS = (Readonly(paths=("locked/**",)),)
OWNED = {
    1: ("a.py:g", "a.py:f", "a.py:C.y", "a.py:both"),
    2: ("a.py:h", "b.py", "c.py", "taken.py", "locked/c.py", "../c.py", ".git/hooks"),
}


@pytest.fixture
def log(tmp_path: Path) -> FileLog:
    made = FileLog.create(tmp_path / "run", "run")
    owned = tuple(
        Owned(briefing=n, steps=("s",), symbols=symbols, constraints=CONSTRAINTS)
        for n, symbols in OWNED.items()
    )
    made.append(lambda _: [Draft(data=WavePlanned(wave=1, steps=("s",), workers=2, owned=owned))])
    for number in OWNED:
        made.append(lambda _, n=number: [Draft(data=BriefingStarted(), briefing=n)])
    return made


def session(log: FileLog, number: int) -> Session:
    briefing = WorkerBriefing(
        id=number,
        wave=1,
        task=TaskDescription(goal="…", steps=("s",), select=()),
        context=CodebaseContext(base_commit="c", neighbours=(), outline=()),
        symbols_owned=OWNED[number],
        symbols_readable=(),
        constraints=CONSTRAINTS,
        weight=1,
    )
    return Session(log, briefing, f"worker-{number}", BASE.get)


def new(name: str, text: str, slot: str = "f", container: str = "") -> PlannedSymbol:
    return PlannedSymbol(
        symbol=f"a.py:{name}", container=container, slot=slot, rank=0, gap=0, text=text
    )


def tree(log: FileLog) -> dict[str, File | None]:
    return log.look(lambda state: changed_files(state, BASE.get, log.get))


def refusal(verdict: EditAccepted | EditRefused, reason: Reason) -> str:
    assert isinstance(verdict, EditRefused)
    assert verdict.reason == reason
    return verdict.message


def test_a_new_symbol_is_made_and_its_interface_published(log: FileLog) -> None:
    verdict = session(log, 1).create(new("g", "def g(x): ...\n"), follows=("a.py:f",))
    assert isinstance(verdict, EditAccepted)
    assert isinstance(verdict.edit, Create)
    assert verdict.follows == ("a.py:f",)
    assert tree(log) == {"a.py": File(A + b"def g(x): ...\n")}
    *_, last = log.events()
    assert last.data == InterfacePublished(symbol="a.py:g", before=None, after="def g(x)")


def test_a_new_symbol_can_be_written_and_is_as_it_was_read(log: FileLog) -> None:
    one = session(log, 1)
    one.create(new("g", "def g(): ...\n"))
    assert isinstance(one.write("a.py:g", b"def g(): ...\n", b"def g(): pass\n"), EditAccepted)
    refusal(one.write("a.py:g", b"def g(): ...\n", b"def g(): return\n"), "stale")
    assert tree(log) == {"a.py": File(A + b"def g(): pass\n")}


@pytest.mark.parametrize(
    ("symbol", "reason", "message"),
    [
        (new("h", "h = 1\n"), "not_owned", "a.py:h is owned by briefing 2"),
        (new("z", "z = 1\n"), "not_owned", "a.py:z belongs to no briefing"),
        (new("f", "f = 1\n"), "exists", "a.py:f exists already"),
        (new("g", "g = \n"), "unparsable", "does not parse"),
        (new("g", "k = 1\n"), "unparsable", "must define this symbol"),
        (new("g", "g = 1\nk = 2\n"), "unparsable", "defines more than g: k"),
        (new("g", "g = 1\n", slot="no"), "unparsable", "has no symbol no to put g behind"),
        (new("C.y", "    y = 1\n", "C", "D"), "unparsable", "has no class D"),
        (new("C.y", "y = 1\n", "C", "C"), "unparsable", "does not parse where it stands"),
    ],
    ids=[
        "another's",
        "nobody's",
        "there already",
        "no Python",
        "another name",
        "two symbols",
        "no such slot",
        "no such class",
        "not indented",
    ],
)
def test_a_new_symbol_that_cannot_be_is_refused_and_changes_nothing(
    log: FileLog, symbol: PlannedSymbol, reason: Reason, message: str
) -> None:
    assert message in refusal(session(log, 1).create(symbol), reason)
    assert tree(log) == {}


def test_a_symbol_that_was_made_cannot_be_made_again(log: FileLog) -> None:
    one = session(log, 1)
    one.create(new("g", "g = 1\n"))
    refusal(one.create(new("g", "g = 2\n")), "exists")
    assert tree(log) == {"a.py": File(A + b"g = 1\n")}


def test_a_file_moves_with_its_mode_and_says_so(log: FileLog) -> None:
    verdict = session(log, 2).write_file("b.py", b"B = 1\n", b"B = 2\n", to="c.py")
    assert isinstance(verdict, EditAccepted)
    assert tree(log) == {"b.py": None, "c.py": File(b"B = 2\n", "100755")}
    *_, last = log.events()
    assert last.data == InterfacePublished(symbol="b.py", before="b.py", after="c.py")


@pytest.mark.parametrize(
    ("to", "reason", "message"),
    [
        ("d.py", "not_owned", "d.py belongs to no briefing"),
        ("taken.py", "exists", "taken.py exists already"),
        ("locked/c.py", "constraint", "locked/c.py is readonly"),
        ("../c.py", "constraint", "is not a path that may be written"),
        (".git/hooks", "constraint", "is not a path that may be written"),
    ],
    ids=["nobody's", "there already", "readonly", "out of the repository", "into .git"],
)
def test_a_file_moves_nowhere_else(log: FileLog, to: str, reason: Reason, message: str) -> None:
    verdict = session(log, 2).write_file("b.py", b"B = 1\n", b"B = 2\n", to=to)
    assert message in refusal(verdict, reason)
    assert tree(log) == {}


def test_a_file_that_has_moved_is_written_by_the_path_that_it_had(log: FileLog) -> None:
    two = session(log, 2)
    two.write_file("b.py", b"B = 1\n", b"B = 2\n", to="c.py")
    stale = two.write_file("b.py", b"B = 1\n", b"B = 3\n")
    assert hashlib.sha256(b"B = 1\n").hexdigest() in str(stale.edit)
    refusal(stale, "stale")
    assert isinstance(two.write_file("b.py", b"B = 2\n", b"B = 3\n"), EditAccepted)
    assert tree(log) == {"b.py": None, "c.py": File(b"B = 3\n", "100755")}
