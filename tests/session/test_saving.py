"""What somebody has made of a file, as edits of its symbols: the text that was saved, or what was refused."""

from collections.abc import Callable

import pytest

from jupiter.bus.memory import MemoryLog
from jupiter.code.difference import difference
from jupiter.code.tiles import tile
from jupiter.fold.file import File
from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.briefing_events import BriefingStarted, BriefingTaken
from jupiter.model.edit import FileText
from jupiter.model.event import Draft
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.tree_events import NameAdded, NameDropped
from jupiter.session.saving import save
from jupiter.session.session import Session

A = b'''"""A."""

import os
import sys

__all__ = ["f"]

X = 1


def f(x):
    return os.path.join(x)


class C:
    """A class."""

    a = 1

    def m(self):
        return X

    def n(self):
        return sys.path


def g():
    return C
'''

Save = Callable[..., tuple[Session, tuple[str, ...]]]


def session_of(*owned: str, text: bytes = A) -> Session:
    log = MemoryLog("run")
    briefing = WorkerBriefing(
        id=1,
        wave=1,
        task=TaskDescription(goal="test", steps=("a",), select=()),
        context=CodebaseContext(base_commit="0" * 40, neighbours=(), outline=()),
        symbols_owned=owned,
        symbols_readable=(),
        constraints=(),
        weight=1,
    )
    mine = Owned(briefing=1, steps=("a",), symbols=owned, constraints=())
    log.append(lambda _: [Draft(data=WavePlanned(wave=1, steps=("a",), workers=1, owned=(mine,)))])
    made = Session(log, briefing, "worker-1", {"a.py": File(text)}.get)
    made.record(BriefingTaken(), BriefingStarted())
    return made


EVERYTHING = tuple(f"a.py:{one.name}" for one in tile("a.py", A))

CHANGES = [
    pytest.param(b"return X", b"return X + 1", id="a method"),
    pytest.param(b"def f(x):\n    return os.path.join(x)\n\n\n", b"", id="a function is gone"),
    pytest.param(b"def g", b"def k():\n    return 2\n\n\ndef g", id="a function is new"),
    pytest.param(b"    a = 1\n", b"    a = 1\n    b = 2\n", id="a class has one more constant"),
    pytest.param(b"class C:", b"class D(C):\n    a = 1\n\n\nclass C:", id="a class is new"),
    pytest.param(b"X = 1\n\n\n", b"X = 1\n\n", id="a blank line less"),
    pytest.param(b"import os\nimport sys\n", b"import re\nimport sys\n", id="its own imports"),
    pytest.param(b"def g():", b"def k():", id="another name"),
    pytest.param(b"def g():\n    return C\n", b"class g:\n    x = C\n", id="a class for a function"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_who_owns_each_symbol_gets_the_bytes_that_it_has_saved(old: bytes, new: bytes) -> None:
    session, after = session_of(*EVERYTHING), A.replace(old, new)
    assert after != A
    assert save(session, "a.py", A, after) == ()
    assert session.read("a.py") == after


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_who_owns_all_of_a_file_writes_it_as_one(old: bytes, new: bytes) -> None:
    session, after = session_of("a.py"), A.replace(old, new)
    assert save(session, "a.py", A, after) == ()
    assert session.read("a.py") == after
    edits = session.log.look(lambda state: state.briefings[1].edits)
    assert [type(one) for one in edits] == [FileText]


def test_two_methods_that_change_places_are_moved() -> None:
    m, n = b"    def m(self):\n        return X\n", b"    def n(self):\n        return sys.path\n"
    after = A.replace(m, b"!").replace(n, m).replace(b"!", n)
    session = session_of(*EVERYTHING)
    assert save(session, "a.py", A, after) == ()
    assert session.read("a.py") == after


def test_imports_and_exports_of_nobody_are_names() -> None:
    session = session_of("a.py:f")
    after = A.replace(b"import os\n", b"import os\nimport re\n").replace(b'["f"]', b'["f", "k"]')
    after = after.replace(b"import sys\n", b"").replace(b"os.path.join(x)", b"os.path.join(x, re)")
    assert save(session, "a.py", A, after) == ()
    names = [
        one.data for one in session.log.events() if isinstance(one.data, NameAdded | NameDropped)
    ]
    assert [getattr(one.name, "module", None) or one.name.name for one in names] == [
        "re",
        "k",
        "sys",
    ]
    # `sys` is used by a method that is not the briefing's: the name stays.
    assert session.read("a.py") == after.replace(b"import re\n", b"import re\nimport sys\n")


def test_what_is_refused_does_not_take_the_rest_of_the_file_along() -> None:
    session = session_of("a.py:f")
    after = A.replace(b"join(x)", b"join(x, x)").replace(b"return C", b"return 6")
    (refused,) = save(session, "a.py", A, after)
    assert "a.py:g belongs to no briefing" in refused.message
    assert session.read("a.py") == A.replace(b"join(x)", b"join(x, x)")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"register(f)\n", id="a call"),
        pytest.param(b"for i in f: pass\n", id="a loop that has a name"),
        pytest.param(b"import os; f(1)\n", id="a statement behind an import"),
    ],
)
def test_a_new_statement_that_does_something_is_for_who_owns_the_file(text: bytes) -> None:
    after = A + b"\n\n" + text
    session = session_of("a.py:f")
    assert len(save(session, "a.py", A, after)) == 1
    assert session.read("a.py") == A
    assert save(session_of("a.py"), "a.py", A, after) == ()


def test_a_text_that_is_older_than_the_log_is_stale() -> None:
    session = session_of("a.py:f")
    assert save(session, "a.py", A, A.replace(b"join(x)", b"join(x, 1)")) == ()
    (refused,) = save(session, "a.py", A, A.replace(b"join(x)", b"join(x, 2)"))
    assert "has changed since it was read" in refused.message
    assert b"join(x, 1)" in session.read("a.py")


def test_texts_that_do_not_parse_have_no_difference_in_symbols() -> None:
    assert difference(tile("a.py", A), tile("a.py", b"def f(:\n")) is None


def test_a_last_symbol_without_a_line_end_gets_one() -> None:
    session, after = session_of(*EVERYTHING), A.replace(b"return C\n", b"return 2")
    assert save(session, "a.py", A, after) == ()
    assert session.read("a.py") == after + b"\n"
