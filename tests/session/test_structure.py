"""What is new goes through the gate as well: new symbols, new paths."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.errors import RequestError
from jupiter.fold.file import File
from jupiter.fold.tree import changed_files
from jupiter.model.briefing import CodebaseContext, PlannedSymbol, TaskDescription, WorkerBriefing
from jupiter.model.briefing_events import BriefingStarted
from jupiter.model.constraint import Readonly
from jupiter.model.edit import Create
from jupiter.model.event import Draft
from jupiter.model.run_events import Owned, RunResumed, WavePlanned
from jupiter.model.tree_events import EditAccepted, EditRefused, InterfacePublished, Reason
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
        symbols_owned=OWNED.get(number, ()),
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
        (new("C.y", "    y = 1\n", "", "D"), "missing", "has no class D"),
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


def text(log: FileLog, path: str = "a.py") -> bytes:
    file = tree(log).get(path, BASE.get(path))
    assert file is not None
    return file.text


def types(log: FileLog) -> list[str]:
    return [event.type for event in log.events()]


def test_what_no_plan_knew_is_claimed_with_its_creation_and_stands_behind_what_it_names(
    log: FileLog,
) -> None:
    one, two = session(log, 1), session(log, 2)
    one.create_behind("a.py:z", b"z = 1\n", after="a.py:f", gap=0)
    two.create_behind("a.py:b", b"b = 1\n", after="a.py:f", gap=0)
    one.create_behind("a.py:a", b"a = z\n", after="a.py:z", gap=0)
    assert text(log) == A + b"b = 1\nz = 1\na = z\n"
    assert types(log)[-3:] == ["symbol.claimed", "edit.accepted", "interface.published"]
    assert log.look(lambda state: (state.owner("a.py:z"), state.owner("a.py:b"))) == (1, 2)


def test_what_another_has_made_or_claimed_cannot_be_made(log: FileLog) -> None:
    session(log, 1).create_behind("a.py:n", b"n = 1\n", after="")
    verdict = session(log, 2).create_behind("a.py:n", b"n = 2\n", after="")
    assert "owned by briefing 1" in refusal(verdict, "not_owned")
    session(log, 1).claim("a.py:m")
    verdict = session(log, 2).create_behind("a.py:m", b"m = 2\n", after="")
    assert "owned by briefing 1" in refusal(verdict, "not_owned")


def test_a_class_that_was_made_belongs_to_its_maker_with_all_that_is_in_it(log: FileLog) -> None:
    one = session(log, 1)
    one.create_behind("a.py:K", b"class K:\n    def m(self): ...\n", after="a.py:f")
    assert isinstance(
        one.write("a.py:K.m", b"    def m(self): ...\n", b"    def m(self, x): ...\n"), EditAccepted
    )
    one.create_behind("a.py:K.n", b"    n = 1\n", after="a.py:K", gap=0)
    assert text(log) == A + b"\n\nclass K:\n    n = 1\n    def m(self, x): ...\n"
    verdict = session(log, 2).create_behind("a.py:K.o", b"    o = 1\n", after="a.py:K")
    assert "owned by briefing 1" in refusal(verdict, "not_owned")


def test_a_symbol_is_deleted_with_its_gap_and_its_interface_is_gone(log: FileLog) -> None:
    one = session(log, 1)
    assert isinstance(one.delete("a.py:f", b"def f(): ...\n"), EditAccepted)
    assert text(log) == b"class C:\n    x = 1\n"
    *_, last = log.events()
    assert last.data == InterfacePublished(symbol="a.py:f", before="def f()", after=None)
    refusal(one.write("a.py:f", b"def f(): ...\n", b"def f(x): ...\n"), "missing")


def test_a_repeated_deletion_move_or_gap_is_recorded_once(log: FileLog) -> None:
    one = session(log, 1)
    for _ in range(2):
        one.set_gap("a.py:f", b"def f(): ...\n", 1)
        one.move("a.py:f", b"def f(): ...\n", after="")
    for _ in range(2):
        one.delete("a.py:f", b"def f(): ...\n")
    assert types(log).count("edit.accepted") == 3
    assert "edit.refused" not in types(log)


def test_a_class_goes_only_with_all_of_its_members(log: FileLog) -> None:
    log.append(
        lambda _: [
            Draft(
                data=WavePlanned(
                    wave=2,
                    steps=("s",),
                    workers=2,
                    owned=(
                        Owned(briefing=3, steps=("s",), symbols=("a.py:C",), constraints=()),
                        Owned(briefing=4, steps=("s",), symbols=("a.py:C.x",), constraints=()),
                    ),
                )
            )
        ]
    )
    verdict = session(log, 3).delete("a.py:C", b"class C:\n")
    assert "a.py:C.x is owned by briefing 4" in refusal(verdict, "not_owned")
    session(log, 4).hand_over("a.py:C.x", 3)
    assert isinstance(session(log, 3).delete("a.py:C", b"class C:\n"), EditAccepted)
    assert log.look(lambda state: state.conflicts) == 0
    member = session(log, 4).create_behind("a.py:C.z", b"    z = 1\n", after="a.py:C")
    assert "has no class C" in refusal(member, "missing")


def test_a_symbol_moves_with_its_text_as_it_is(log: FileLog) -> None:
    one = session(log, 1)
    one.write("a.py:f", b"def f(): ...\n", b"def f(x): ...\n")
    assert isinstance(one.move("a.py:f", b"def f(x): ...\n", after=""), EditAccepted)
    assert text(log) == b"def f(x): ...\nclass C:\n    x = 1\n"
    stale = one.move("a.py:f", b"def f(): ...\n", after="a.py:C")
    refusal(stale, "stale")


@pytest.mark.parametrize(
    ("after", "reason", "message"),
    [
        ("a.py:nowhere", "unparsable", "a.py has no symbol nowhere to put f behind"),
        ("a.py:C.x", "unparsable", "does not parse in C"),
        ("a.py:f.g", "unparsable", "has no symbol f.g"),
    ],
    ids=["behind nothing", "into a class", "into itself"],
)
def test_a_symbol_moves_nowhere_else(
    log: FileLog, after: str, reason: Reason, message: str
) -> None:
    verdict = session(log, 1).move("a.py:f", b"def f(): ...\n", after=after)
    assert message in refusal(verdict, reason)
    assert tree(log) == {}


def test_the_blank_lines_above_a_symbol_are_its_owners(log: FileLog) -> None:
    assert isinstance(session(log, 1).set_gap("a.py:f", b"def f(): ...\n", 1), EditAccepted)
    assert text(log) == A.replace(b"\n\n\n", b"\n\n")
    refusal(session(log, 2).set_gap("a.py:f", b"def f(): ...\n", 1), "not_owned")


def test_a_new_file_is_claimed_with_its_text_and_can_be_written_again(log: FileLog) -> None:
    one = session(log, 1)
    assert isinstance(one.write_file("new/d.py", None, b"D = 1\n", mode="100755"), EditAccepted)
    assert isinstance(one.write_file("new/d.py", b"D = 1\n", b"D = 2\n"), EditAccepted)
    assert tree(log) == {"new/d.py": File(b"D = 2\n", "100755")}
    published = [e.data for e in log.events() if isinstance(e.data, InterfacePublished)]
    assert published == [InterfacePublished(symbol="new/d.py:D", before=None, after="D")]
    refusal(session(log, 2).write_file("new/d.py", b"D = 2\n", b"D = 3\n"), "not_owned")


def test_a_file_is_deleted_and_may_come_back(log: FileLog) -> None:
    two = session(log, 2)
    assert isinstance(two.write_file("b.py", b"B = 1\n", None), EditAccepted)
    assert tree(log) == {"b.py": None}
    assert isinstance(two.write_file("b.py", None, b"B = 2\n"), EditAccepted)
    assert tree(log) == {"b.py": File(b"B = 2\n")}


def test_a_file_changes_its_mode_alone(log: FileLog) -> None:
    two = session(log, 2)
    assert isinstance(two.write_file("b.py", b"B = 1\n", b"B = 1\n", mode="100644"), EditAccepted)
    assert tree(log) == {"b.py": File(b"B = 1\n", "100644")}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a.py", "not_owned"),
        ("taken.py", "exists"),
        ("locked/n.py", "constraint"),
        ("../n.py", "constraint"),
    ],
    ids=["where others own symbols", "where a file is", "readonly", "out of the repository"],
)
def test_a_new_file_goes_nowhere_else(log: FileLog, path: str, reason: Reason) -> None:
    refusal(session(log, 2).write_file(path, None, b"N = 1\n"), reason)
    assert tree(log) == {}


def test_where_a_file_was_moved_from_no_other_is_made_in_this_wave(log: FileLog) -> None:
    two = session(log, 2)
    two.write_file("b.py", b"B = 1\n", b"B = 1\n", to="c.py")
    refusal(two.write_file("b.py", None, b"B = 2\n"), "exists")
    assert tree(log) == {"b.py": None, "c.py": File(b"B = 1\n", "100755")}


def test_only_the_owner_hands_a_symbol_over_and_only_to_one_who_works(log: FileLog) -> None:
    with pytest.raises(RequestError, match="not a symbol that briefing 2 owns"):
        session(log, 2).hand_over("a.py:f", 1)
    with pytest.raises(RequestError, match="briefing 9 is not another one"):
        session(log, 1).hand_over("a.py:f", 9)
    session(log, 1).hand_over("a.py:f", 2)
    assert isinstance(
        session(log, 2).write("a.py:f", b"def f(): ...\n", b"def f(y): ...\n"), EditAccepted
    )
    refusal(session(log, 1).write("a.py:f", b"def f(y): ...\n", b"def f(): ...\n"), "not_owned")


def test_a_briefing_is_taken_once(log: FileLog) -> None:
    owned = (Owned(briefing=5, steps=("s",), symbols=(), constraints=()),)
    log.append(lambda _: [Draft(data=WavePlanned(wave=2, steps=("s",), workers=1, owned=owned))])
    takers = [Session(log, session(log, 5).briefing, f"worker-{n}", BASE.get) for n in range(3)]
    assert [one.take() for one in takers] == [True, False, False]
    assert log.look(lambda state: state.briefings[5].worker) == "worker-0"
    log.record(Draft(data=RunResumed(jupiter="0")))
    assert takers[2].take()


def test_the_board_shows_what_all_do(log: FileLog) -> None:
    session(log, 1).write("a.py:f", b"def f(): ...\n", b"def f(x): ...\n")
    session(log, 2).note("b.py is next")
    board = session(log, 2).board()
    assert [(row.briefing, row.progress, row.changed) for row in board.briefings] == [
        (1, "working", ("a.py:f",)),
        (2, "working", ()),
    ]
    assert [one.symbol for one in board.published] == ["a.py:f"]
    assert [(note.briefing, note.text) for note in board.notes] == [(2, "b.py is next")]
