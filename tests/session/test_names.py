"""Anybody adds or drops a name; the gate says what cannot be, and the text keeps its one writer."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.fold.file import File
from jupiter.fold.tree import changed_files
from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingStarted
from jupiter.model.constraint import Readonly
from jupiter.model.event import Draft
from jupiter.model.name import ExportedName, ImportedName, SharedName
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.tree_events import (
    EditAccepted,
    InterfacePublished,
    NameAdded,
    NameDropped,
    NameRefused,
    Reason,
)
from jupiter.session.session import Session

A = b"import os\nfrom a import b\n\n__all__ = ['f']\n\n\ndef f(): ...\n"
BASE = {
    "a.py": File(A),
    "broken.py": File(b"def (\n"),
    "notes.md": File(b"# N\n"),
    "locked/a.py": File(b""),
    "plain.py": File(b""),
}
CONSTRAINTS = (Readonly(paths=("locked/**",)),)
OWNED = {1: ("a.py:<imports>", "a.py:__all__"), 2: ("a.py:f",), 3: ("plain.py",)}


@pytest.fixture
def log(tmp_path: Path) -> FileLog:
    made = FileLog.create(tmp_path / "run", "run")
    owned = tuple(
        Owned(briefing=n, steps=("s",), symbols=symbols, constraints=CONSTRAINTS)
        for n, symbols in OWNED.items()
    )
    made.record(Draft(data=WavePlanned(wave=1, steps=("s",), workers=3, owned=owned)))
    for number in OWNED:
        made.record(Draft(data=BriefingStarted(), briefing=number))
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


def imported(module: str, name: str | None = None, *, typing: bool = False) -> ImportedName:
    return ImportedName(module=module, name=name, typing=typing)


def text(log: FileLog, path: str = "a.py") -> bytes:
    found = log.look(lambda state: changed_files(state, BASE.get, log.get)).get(path, BASE[path])
    assert found is not None
    return found.text


def test_a_name_is_added_by_who_does_not_own_the_imports(log: FileLog) -> None:
    assert isinstance(session(log, 2).add_name("a.py", imported("a", "c")), NameAdded)
    assert isinstance(session(log, 3).add_name("a.py", imported("re")), NameAdded)
    assert text(log) == A.replace(
        b"import os\nfrom a import b\n", b"import os\nimport re\nfrom a import b, c\n"
    )
    assert session(log, 1).read("a.py") == text(log)


def test_a_name_that_is_wanted_twice_is_there_once_and_one_briefing_wants_it_once(
    log: FileLog,
) -> None:
    for number in (1, 2, 2):
        session(log, number).add_name("a.py", imported("a", "c"))
    assert text(log) == A.replace(b"import b", b"import b, c")
    assert [event.type for event in log.events()].count("name.added") == 2


def test_what_its_adder_drops_again_was_never_added(log: FileLog) -> None:
    two = session(log, 2)
    two.add_name("a.py", imported("a", "c"))
    assert isinstance(two.drop_name("a.py", imported("a", "c")), NameDropped)
    assert text(log) == A
    two.add_name("a.py", imported("a", "c"))
    assert text(log) == A.replace(b"import b", b"import b, c")


def test_what_one_drops_and_another_adds_stays(log: FileLog) -> None:
    session(log, 2).drop_name("a.py", imported("a", "b"))
    assert text(log) == A.replace(b"from a import b\n", b"")
    session(log, 3).add_name("a.py", imported("a", "b"))
    assert text(log) == A


def test_the_owner_of_the_imports_loses_nothing_that_others_add_meanwhile(log: FileLog) -> None:
    owner = session(log, 1)
    session(log, 2).add_name("a.py", imported("re"))
    seen = owner.read_symbol("a.py:<imports>")
    assert seen == b"import os\nimport re\nfrom a import b\n"
    session(log, 3).add_name("a.py", imported("a", "c"))
    verdict = owner.write("a.py:<imports>", seen, b"import re\nfrom a import b\n")
    assert isinstance(verdict, EditAccepted)
    assert text(log).startswith(b"import re\nfrom a import b, c\n\n")
    assert log.look(lambda state: state.conflicts) == 0


def test_the_owner_of_a_file_loses_nothing_that_others_add(log: FileLog) -> None:
    session(log, 1).add_name("plain.py", imported("re"))
    owner = session(log, 3)
    seen = owner.read("plain.py")
    assert seen == b"import re\n"
    assert isinstance(owner.write_file("plain.py", seen, b"x = 1\n"), EditAccepted)
    assert text(log, "plain.py") == b"import re\n\nx = 1\n"


def test_an_export_publishes_what_the_module_offers(log: FileLog) -> None:
    session(log, 2).add_name("a.py", ExportedName(name="e"))
    *_, last = log.events()
    assert last.data == InterfacePublished(
        symbol="a.py:__all__", before="__all__ = ['f']", after="__all__ = ['e', 'f']"
    )
    session(log, 3).drop_name("a.py", ExportedName(name="f"))
    assert b"__all__ = ['e']" in text(log)


def test_a_name_of_a_failed_briefing_is_not_there(log: FileLog) -> None:
    session(log, 2).add_name("a.py", imported("re"))
    log.record(Draft(data=BriefingFailed(reason="r"), briefing=2))
    assert text(log) == A


@pytest.mark.parametrize(
    ("path", "name", "drops", "reason", "message"),
    [
        ("no.py", imported("re"), False, "missing", "there is no file no.py"),
        ("broken.py", imported("re"), False, "unparsable", "no Python that parses"),
        ("notes.md", imported("re"), False, "unparsable", "no Python that parses"),
        ("locked/a.py", imported("re"), False, "constraint", "readonly"),
        ("../a.py", imported("re"), False, "constraint", "inside of the repository"),
        (
            "a.py",
            imported("c", "b"),
            False,
            "exists",
            "b is bound already in a.py, by: from a import b",
        ),
        ("a.py", imported("c", "f"), False, "exists", "by: f; use that, or an alias"),
        ("a.py", imported("re"), True, "missing", "does not have: import re"),
        ("a.py", ExportedName(name="g"), True, "missing", "g is not in the __all__"),
        ("plain.py", ExportedName(name="g"), False, "missing", "no __all__"),
    ],
    ids=[
        "no file",
        "no Python",
        "a document",
        "readonly",
        "out of the repository",
        "another import's name",
        "a function's name",
        "dropped and not there",
        "no such export",
        "no exports at all",
    ],
)
def test_a_name_that_cannot_be_is_refused_and_changes_nothing(
    log: FileLog, path: str, name: SharedName, *, drops: bool, reason: Reason, message: str
) -> None:
    two = session(log, 2)
    verdict = two.drop_name(path, name) if drops else two.add_name(path, name)
    assert isinstance(verdict, NameRefused)
    assert verdict.reason == reason
    assert message in verdict.message
    assert log.look(lambda state: changed_files(state, BASE.get, log.get)) == {}


def test_who_has_ended_adds_nothing_more(log: FileLog) -> None:
    two = session(log, 2)
    two.record(BriefingFinished())
    verdict = two.add_name("a.py", imported("re"))
    assert isinstance(verdict, NameRefused)
    assert verdict.reason == "finished"


def test_no_statement_is_smuggled_into_an_import() -> None:
    for bad in ("os; import evil", "os\nimport evil", "a b", "os as x", "", "..", "os."):
        with pytest.raises(ValueError, match="should match"):
            ImportedName(module=bad if bad != ".." else "a..b")
    with pytest.raises(ValueError, match="a relative import names what it imports"):
        ImportedName(module=".")
    with pytest.raises(ValueError, match="no alias"):
        ImportedName(module="a", name="*", alias="b")
