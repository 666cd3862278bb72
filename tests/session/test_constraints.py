"""Constraints are enforced by what an edit is and does, whoever made it and whatever its text says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.fold.file import File
from jupiter.fold.tree import changed_files
from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.briefing_events import BriefingStarted
from jupiter.model.constraint import (
    AnyConstraint,
    ForbidAdded,
    ForbidImport,
    KeepInterface,
    MaxChangedLines,
    NoNewFiles,
    Readonly,
    Within,
)
from jupiter.model.event import Draft
from jupiter.model.name import ExportedName, ImportedName
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.tree_events import EditAccepted, EditRefused, NameAdded, NameDropped, NameRefused
from jupiter.session.constraints import changed_lines
from jupiter.session.session import Session

F = b"def f(x):\n    return x  # noqa\n"
BASE = {
    "src/a.py": File(F),
    "docs/a.md": File(b"# A\n"),
    "src/p/q/all.py": File(b'__all__ = ["f"]\n\n\ndef f(): ...\n'),
}
OWNED = ("src/a.py", "docs/a.md", "src/n.py", "src/b.py", "src/p/q/all.py")
Verdict = EditAccepted | EditRefused | NameAdded | NameDropped | NameRefused


def session(folder: Path, *constraints: AnyConstraint) -> Session:
    log = FileLog.create(folder / "run", "run", "flush")
    owned = (Owned(briefing=1, steps=("s",), symbols=OWNED, constraints=constraints),)
    log.record(Draft(data=WavePlanned(wave=1, steps=("s",), workers=1, owned=owned)))
    log.record(Draft(data=BriefingStarted(), briefing=1))
    briefing = WorkerBriefing(
        id=1,
        wave=1,
        task=TaskDescription(goal="…", steps=("s",), select=()),
        context=CodebaseContext(base_commit="c", neighbours=(), outline=()),
        symbols_owned=OWNED,
        symbols_readable=(),
        constraints=constraints,
        weight=1,
    )
    return Session(log, briefing, "worker-1", BASE.get)


def write(text: bytes) -> Callable[[Session], Verdict]:
    return lambda one: one.write("src/a.py:f", F, text)


def write_file(text: bytes | None, path: str = "src/a.py") -> Callable[[Session], Verdict]:
    def act(one: Session) -> Verdict:
        return one.write_file(path, BASE[path].text if path in BASE else None, text)

    return act


def create(text: bytes) -> Callable[[Session], Verdict]:
    return lambda one: one.create_behind("src/a.py:g", text, after="src/a.py:f")


def delete(one: Session) -> Verdict:
    return one.delete("src/a.py:f", F)


def add(module: str, name: str | None = None) -> Callable[[Session], Verdict]:
    return lambda one: one.add_name("src/a.py", ImportedName(module=module, name=name))


def export(name: str) -> Callable[[Session], Verdict]:
    return lambda one: one.add_name("src/p/q/all.py", ExportedName(name=name))


def drop_export(one: Session) -> Verdict:
    return one.drop_name("src/p/q/all.py", ExportedName(name="f"))


def relative(module: str) -> Callable[[Session], Verdict]:
    return lambda one: one.add_name("src/p/q/all.py", ImportedName(module=module, name="x"))


def write_relative(line: bytes) -> Callable[[Session], Verdict]:
    text = b"def f():\n    " + line + b"\n"
    return lambda one: one.write("src/p/q/all.py:f", b"def f(): ...\n", text)


def move(to: str) -> Callable[[Session], Verdict]:
    return lambda one: one.write_file("src/a.py", F, F, to=to)


CODEBASE, REQUESTS = "not in the recipe's codebase", "forbids to import requests"
KEEP = KeepInterface(paths=("src/**",))
FORBID = ForbidAdded(texts=("# noqa", "eval("))
IMPORT = ForbidImport(modules=("requests", "os.path"))
OLD = ForbidImport(modules=("p.old", "old"))
LINES = MaxChangedLines(lines=3)

REFUSED: list[tuple[str, AnyConstraint, Callable[[Session], Verdict], str]] = [
    ("readonly", Readonly(paths=("src/a.py",)), write(F + b"    x\n"), "is readonly"),
    (
        "out of the codebase",
        Within(paths=("docs/**",)),
        write(F + b"    x\n"),
        CODEBASE,
    ),
    (
        "moved out of the codebase",
        Within(paths=("src/a.py",)),
        move("src/b.py"),
        CODEBASE,
    ),
    (
        "new signature",
        KEEP,
        write(b"def f(x, y):\n    return x\n"),
        "src/a.py:f must stay as it is",
    ),
    ("symbol gone", KEEP, delete, "it would be: gone"),
    ("new signature in a file", KEEP, write_file(b"def f():\n    pass\n"), "must stay as it is"),
    ("file gone", KEEP, write_file(None), "it would be: gone"),
    ("one more", FORBID, write(F + b"    # noqa\n"), "one more '# noqa'"),
    ("new in a new symbol", FORBID, create(b"def g(): eval('1')\n"), "one more 'eval('"),
    ("new in a file", FORBID, write_file(F + b"y = eval('1')\n"), "one more 'eval('"),
    (
        "import in a function",
        IMPORT,
        write(b"def f(x):\n    import requests\n"),
        REQUESTS,
    ),
    ("part of a module", IMPORT, add("requests.auth", "Auth"), REQUESTS),
    ("name of a module", IMPORT, add("os", "path"), "forbids to import os.path"),
    ("in a new symbol", IMPORT, create(b"def g():\n    from os.path import join\n"), "os.path"),
    ("a relative name", OLD, relative("..old"), "forbids to import p.old"),
    ("a module as a name", OLD, write_relative(b"from .. import old"), "forbids to import p.old"),
    ("of a relative module", OLD, write_relative(b"from ..old.x import y"), "import p.old"),
    ("a name that is a text", ForbidAdded(texts=("import os",)), add("os"), "one more 'import os'"),
    ("one more export", KEEP, export("g"), "must stay as it is"),
    ("one export less", KEEP, drop_export, "must stay as it is"),
    (
        "too many lines",
        LINES,
        write(F + b"    1\n    2\n    3\n    4\n"),
        "4 lines added and removed",
    ),
    (
        "too long a new symbol",
        LINES,
        create(b"def g():\n    1\n    2\n    3\n"),
        "src/a.py:g would have 4",
    ),
    ("new file", NoNewFiles(), write_file(b"n = 1\n", "src/n.py"), "would be a new file"),
]

ACCEPTED: list[tuple[str, AnyConstraint, Callable[[Session], Verdict]]] = [
    ("elsewhere", Readonly(paths=("docs/**",)), write(F)),
    ("new body", KEEP, write(b"def f(x):\n    return 2\n")),
    ("new symbol", KEEP, create(b"def g(): ...\n")),
    ("what was there stays", FORBID, write(b"def f(x):\n    return 2  # noqa\n")),
    ("another module", IMPORT, add("os")),
    ("a name that only begins so", IMPORT, add("requests_toolbelt")),
    ("a relative one of another package", OLD, relative(".old")),
    ("a relative one beyond the top", OLD, write_relative(b"from ......old import x")),
    ("an export where it may change", KeepInterface(paths=("docs/**",)), export("g")),
    ("few lines", LINES, write(F + b"    1\n    2\n    3\n")),
    ("another path", NoNewFiles(), move("src/b.py")),
]


@pytest.mark.parametrize(
    ("constraint", "act", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_change_that_breaks_a_constraint_is_refused_and_recorded(
    tmp_path: Path, constraint: AnyConstraint, act: Callable[[Session], Verdict], message: str
) -> None:
    one = session(tmp_path, constraint)
    verdict = act(one)
    assert isinstance(verdict, EditRefused | NameRefused)
    assert verdict.reason == "constraint"
    assert message in verdict.message
    assert one.log.look(lambda state: changed_files(state, BASE.get, one.log.get)) == {}
    assert one.log.look(lambda state: len(state.refused)) == 1


@pytest.mark.parametrize(
    ("constraint", "act"), [row[1:] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED]
)
def test_a_change_that_keeps_a_constraint_is_accepted(
    tmp_path: Path, constraint: AnyConstraint, act: Callable[[Session], Verdict]
) -> None:
    assert isinstance(act(session(tmp_path, constraint)), EditAccepted | NameAdded)


def test_lines_are_counted_from_the_start_of_the_wave_and_not_edit_by_edit(tmp_path: Path) -> None:
    one = session(tmp_path, LINES)
    first = F + b"    1\n    2\n"
    assert isinstance(one.write("src/a.py:f", F, first), EditAccepted)
    assert isinstance(one.write("src/a.py:f", first, first + b"    3\n    4\n"), EditRefused)
    assert isinstance(one.write("src/a.py:f", first, F + b"    5\n"), EditAccepted)


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [(b"", b"", 0), (b"a\nb\n", b"a\nc\n", 2), (b"a\n", b"a\nb\nc\n", 2), (b"a\nb\n", b"", 2)],
    ids=["nothing", "replaced", "added", "removed"],
)
def test_added_and_removed_lines_count(before: bytes, after: bytes, count: int) -> None:
    assert changed_lines(before, after) == count
