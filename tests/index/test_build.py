"""However many processes compute facts, and whatever happens to them, the facts are the same."""

import os
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from jupiter.errors import Interrupted, SurroundingsError
from jupiter.index import build as module
from jupiter.index.build import build
from jupiter.index.cache import Cache
from jupiter.index.facts import (
    Facts,
    File,
    Outline,
    facts_of,
    unpack_outline,
    unpack_scopes,
    unpack_uses,
)
from jupiter.index.index import build_index
from jupiter.index.names import FileNames
from jupiter.index.references import references

ROOT = Path(__file__).parents[2]


def sources(name: str) -> dict[str, bytes]:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    return {f"{name}/{p.relative_to(folder)}": p.read_bytes() for p in sorted(folder.rglob("*.py"))}


ODD = {
    "empty.py": b"",
    "mark.py": b"\xef\xbb\xbf",
    "two.py": b"print 'Python 2'\n",
    "deep.py": b"x = " + b"(" * 90 + b")" * 90 + b"\n",
    "deeper.py": b"x = " + b"-" * 20_000 + b"1\n",
    "long.py": b"x = " + b" + ".join([b"y"] * 900) + b"\n",
    "longer.py": b"x = " + b" + ".join([b"y"] * 3_000) + b"\n",
    "zero.py": b"x = 1\0\n",
    "latin.py": "# coding: latin-1\ncaf\xe9 = 1\n".encode("latin-1"),
    "page.md": b"# One\n\n## Two\n",
    "page.rst": b"One\n===\n\nText.\n",
}

MATERIAL = {"click": sources("click"), "asyncio": sources("asyncio"), "odd files": ODD}


def files(texts: dict[str, bytes]) -> list[File]:
    return [(Path(path).suffix, data) for path, data in texts.items()]


def unpacked(facts: Sequence[Facts]) -> list[object]:
    """Packed bytes may differ in what `marshal` writes once; what they hold may not."""
    return [
        (unpack_outline(f.outline), unpack_scopes(f.scopes), unpack_uses(f.uses)) for f in facts
    ]


@pytest.fixture
def shares_of_one(monkeypatch: pytest.MonkeyPatch):
    """Even a small file gets a process of its own."""
    monkeypatch.setattr(module, "_WORTH_IT", 0)
    monkeypatch.setattr(module, "_SHARE", 100_000)


@pytest.mark.usefixtures("shares_of_one")
@pytest.mark.parametrize("name", MATERIAL)
def test_parallel_is_serial(name: str):
    alone = build(files(MATERIAL[name]), processes=1)
    assert len(alone) == len(MATERIAL[name])
    assert unpacked(build(files(MATERIAL[name]), processes=2)) == unpacked(alone)
    assert unpacked(build(files(MATERIAL[name]), processes=5)) == unpacked(alone)


def test_how_deep_the_caller_stands_changes_nothing():
    def deep(levels: int) -> list[Facts]:
        return deep(levels - 1) if levels else build(files(ODD), processes=1)

    assert unpacked(deep(500)) == unpacked(build(files(ODD), processes=1))


@pytest.mark.parametrize("name", MATERIAL)
def test_what_comes_from_the_cache_is_what_was_computed(name: str, tmp_path: Path):
    texts = MATERIAL[name]
    file = tmp_path / "index.sqlite"
    indexes = [build_index(texts), *(build_index(texts, Cache(file)) for _ in ("cold", "warm"))]
    for index in indexes[1:]:
        assert index.files == indexes[0].files
        assert list(index.imports.edges) == list(indexes[0].imports.edges)
        assert index.names.definitions == indexes[0].names.definitions
        for path in index.names.paths:
            assert index.names.uses(path) == indexes[0].names.uses(path)
            assert index.names.scoping.scopes(path) == indexes[0].names.scoping.scopes(path)


def test_references_are_the_same_from_the_cache(tmp_path: Path):
    texts, file = MATERIAL["click"], tmp_path / "index.sqlite"
    build_index(texts, Cache(file))
    for symbol in ("click/core.py:Context.invoke", "click/utils.py:echo"):
        found = references(build_index(texts, Cache(file)).names, symbol)
        assert found == references(build_index(texts).names, symbol)
        assert len(found) > 5


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import os; os.kill(os.getpid(), 9)", id="is killed"),
        pytest.param("raise SystemExit(3)", id="fails"),
        pytest.param("print('noise')", id="says something else"),
        pytest.param("import sys; sys.stdin.buffer.read()", id="says nothing"),
        pytest.param("import sys; sys.stdout.buffer.write(b'[' + bytes(4))", id="too few"),
    ],
)
@pytest.mark.usefixtures("shares_of_one")
def test_what_a_child_does_not_do_is_done_here(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(module.facts_child, "__file__", str(child))
    texts = MATERIAL["click"]
    assert unpacked(build(files(texts), processes=3)) == unpacked(build(files(texts), processes=1))


@pytest.mark.usefixtures("shares_of_one")
def test_where_no_child_can_be_started_all_is_done_here(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    texts = MATERIAL["click"]
    assert len(build(files(texts), processes=2)) == len(texts)


SPY = """
import sys
from pathlib import Path
Path("SEEN").write_text("imported")
"""


def test_a_child_imports_nothing_of_the_repository_and_not_the_callers_program(tmp_path: Path):
    for name in ("ast.py", "sitecustomize.py", "marshal.py", "networkx.py"):
        (tmp_path / name).write_text(SPY.replace("SEEN", str(tmp_path / f"seen-{name}")))
    program = tmp_path / "main.py"
    program.write_text(
        "import os, sys\n"
        f"open({str(tmp_path / 'runs')!r}, 'a').write('once ')\n"
        f"sys.path[:] = [p for p in sys.path if p != {str(tmp_path)!r}]\n"
        "from jupiter.index import build as module\n"
        "module._WORTH_IT = 0\n"
        "print(len(module.build([('.py', b'x = 1')] * 4, processes=2)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", str(program)],
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("4\n", "")
    assert (tmp_path / "runs").read_text() == "once "
    assert list(tmp_path.glob("seen-*")) == []


@pytest.mark.usefixtures("shares_of_one")
def test_an_interrupt_ends_the_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """One share raises at once, as an interrupt does; the other's child would run for ever."""
    child = tmp_path / "child.py"
    child.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(module.facts_child, "__file__", str(child))
    killer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    killer.start()
    begun = time.monotonic()
    with pytest.raises((KeyboardInterrupt, Interrupted)):
        build(files(MATERIAL["click"]), processes=2)
    killer.join()
    assert time.monotonic() - begun < 30


def test_little_is_done_without_a_child(monkeypatch: pytest.MonkeyPatch):
    def refused(*_: object, **__: object) -> None:
        raise SurroundingsError("no child")

    monkeypatch.setattr(module, "run", refused)
    monkeypatch.setattr(module, "_computed", refused)
    assert len(build(files(MATERIAL["click"]))) == len(MATERIAL["click"])


def test_the_outline_says_where_each_symbol_begins():
    text = b'"""Doc."""\n\nimport os\n\n\n# About f.\ndef f(a):\n    return a\n'
    found = unpack_outline(facts_of(".py", text).outline)
    assert found == Outline(
        lines=8,
        symbols=("<docstring>", "<imports>", "f"),
        kinds=("docstring", "imports", "function"),
        gap_lines=(1, 2, 4),
        text_lines=(1, 3, 6),
        imports=((-1, "os", ()),),
        interfaces={"f": "def f(a)"},
    )


def test_names_that_were_forgotten_come_again():
    texts = {f"m{n}.py": b"x%d = y\n" % n for n in range(50)}
    few, all_of_them = FileNames(texts, largest=30), FileNames(texts)
    for path in [*texts, *reversed(texts), *texts]:
        assert few.scopes(path) == all_of_them.scopes(path)
        assert few.uses(path) == all_of_them.uses(path)
    assert few.scopes("m49.py") is few.scopes("m49.py")
