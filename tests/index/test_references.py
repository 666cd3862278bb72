"""Who refers to a symbol.

In the cases `run⟨call⟩` says that a reference of that kind stands there, `run⟨call likely⟩` that it
is not certain; a name without brackets is no reference.
"""

import random
import re
from textwrap import dedent

import pytest

from jupiter.index.codebase import Codebase
from jupiter.index.references import references

MARK = re.compile(r"⟨([^⟩]*)⟩")

LIBRARY = "def run⟨definition⟩(): ...\ndef other(): ...\n"
CLASS = "class Job:\n    def run⟨definition⟩(self): ...\n    def other(self): return self\n"

CASES = {
    "an import, and the name that it binds": (
        "lib.py:run",
        {"lib.py": LIBRARY, "app.py": "from lib import run⟨import⟩, other\nrun⟨call⟩()\nother()\n"},
    ),
    "an alias is reached under its own name": (
        "lib.py:run",
        {
            "lib.py": LIBRARY,
            "app.py": "from lib import run⟨import⟩ as go⟨import⟩\ngo⟨call⟩()\nrun()\n",
        },
    ),
    "an attribute of a module": (
        "lib.py:run",
        {
            "lib.py": LIBRARY,
            "app.py": "import lib\nimport lib as l\nlib.run⟨call⟩()\nl.run⟨read⟩\nlib.other()\n",
        },
    ),
    "a relative import of a module of a package": (
        "p/lib.py:run",
        {
            "p/__init__.py": "",
            "p/lib.py": LIBRARY,
            "p/a.py": "from . import lib\nlib.run⟨call⟩()\n",
            "p/b.py": "from .lib import run⟨import⟩\nrun⟨read⟩\n",
            "p/q/__init__.py": "from ..lib import run⟨import⟩\n",
        },
    ),
    "a re-export by a package": (
        "p/lib.py:run",
        {
            "p/__init__.py": 'from p.lib import run⟨import⟩\n__all__ = ["run⟨export⟩"]\n',
            "p/lib.py": LIBRARY,
            "app.py": "import p\nfrom p import run⟨import⟩\np.run⟨call⟩()\nrun⟨call⟩()\n",
        },
    ),
    "a star import, and one of a star import": (
        "lib.py:run",
        {
            "lib.py": LIBRARY,
            "mid.py": "from lib import *\n",
            "app.py": "from mid import *\nrun⟨call⟩()\n",
        },
    ),
    "both halves of a conditional import": (
        "lib.py:run",
        {
            "lib.py": LIBRARY,
            "app.py": """\
                try:
                    from lib import run⟨import⟩
                except ImportError:
                    def run(): ...
                run⟨call⟩()
                """,
        },
    ),
    "a name that a function binds itself is another": (
        "lib.py:run",
        {
            "lib.py": LIBRARY,
            "app.py": """\
                from lib import run⟨import⟩
                def f(run): run()
                def g():
                    run = 1
                    return run
                def h():
                    global run⟨read⟩
                    return run⟨read⟩
                [run for run in ()]
                run⟨call⟩()
                """,
        },
    ),
    "a name of a class is not seen by its methods": (
        "m.py:A.size",
        {
            "m.py": """\
                class A:
                    size⟨write⟩ = 1
                    twice = size⟨read⟩ * 2
                    def f(self): return size
                """
        },
    ),
    "a decorator and a base class": (
        "m.py:Base",
        {"m.py": "class Base⟨definition⟩: ...\n@Base⟨decorator⟩\nclass A(Base⟨base⟩): ...\n"},
    ),
    "annotations, quoted or not": (
        "m.py:Job",
        {
            "m.py": """\
                from typing import Optional, cast
                class Job⟨definition⟩: ...
                def f(a: Job⟨annotation⟩, b: "Job⟨annotation⟩") -> "list[Job⟨annotation⟩]":
                    c: Optional["Job⟨annotation⟩"] = None
                    return cast("Job⟨annotation⟩", c), "Job"
                """
        },
    ),
    "self, cls and super": (
        "m.py:Job.run",
        {
            "m.py": """\
                class Job:
                    def run⟨definition⟩(self): ...
                    def a(self): self.run⟨call⟩()
                    @classmethod
                    def b(cls): cls.run⟨read⟩
                    @staticmethod
                    def c(self): self.run⟨call possible⟩()
                class Sub(Job):
                    def d(self):
                        super().run⟨call⟩()
                        self.run⟨call⟩()
                """
        },
    ),
    "what overrides a method is its family": (
        "m.py:Base.run",
        {
            "m.py": """\
                class Base:
                    def run⟨definition⟩(self): ...
                class A(Base):
                    def run⟨definition⟩(self): super().run⟨call⟩()
                class B(A):
                    run⟨write⟩ = None
                class Stranger:
                    def run(self): ...
                A().run⟨call⟩()
                B().run⟨read⟩
                Stranger().run()
                """
        },
    ),
    "a mixin ties two families": (
        "m.py:Left.run",
        {
            "m.py": """\
                class Left:
                    def run⟨definition⟩(self): ...
                class Right:
                    def run⟨definition⟩(self): ...
                class Both(Left, Right):
                    def run⟨definition⟩(self): ...
                """
        },
    ),
    "an instance that is annotated": (
        "m.py:Job.run",
        {"m.py": CLASS + "def f(job: Job, n: int):\n    job.run⟨call⟩()\n    n.run()\n"},
    ),
    "an instance that is assigned": (
        "m.py:Job.run",
        {"m.py": CLASS + "job = Job()\njob.run⟨call⟩()\nJob().other().run⟨call⟩()\n"},
    ),
    "an instance that is kept on self": (
        "m.py:Job.run",
        {
            "m.py": CLASS
            + "class A:\n    def __init__(self): self.job = Job()\n"
            + "    def f(self): self.job.run⟨call⟩()\n"
        },
    ),
    "an instance that a function returns": (
        "m.py:Job.run",
        {
            "m.py": CLASS
            + "def a() -> Job: ...\ndef b(): return Job()\nasync def c() -> Job: ...\n"
            + "a().run⟨call⟩()\nb().run⟨call⟩()\nasync def f(): (await c()).run⟨call⟩()\n"
        },
    ),
    "instances that a container holds": (
        "m.py:Job.run",
        {
            "m.py": CLASS
            + "def f(jobs: list[Job], named: dict[str, Job], pair: tuple[int, Job]):\n"
            + "    for job in jobs: job.run⟨call⟩()\n"
            + "    jobs[0].run⟨call⟩()\n"
            + "    [j.run⟨call⟩() for j in jobs]\n"
            + "    for key, value in named.items(): value.run⟨call⟩(), key.run()\n"
            + "    n, last = pair\n    last.run⟨call⟩()\n    n.run()\n"
        },
    ),
    "an instance that `with` gives": (
        "m.py:Job.run",
        {
            "m.py": CLASS
            + "class A:\n    def __enter__(self) -> Job: ...\n    def __exit__(self, *a): ...\n"
            + "with A() as job: job.run⟨call⟩()\n"
        },
    ),
    "an instance that isinstance tells": (
        "m.py:Job.run",
        {"m.py": CLASS + "def f(x: object):\n    if isinstance(x, Job): x.run⟨call likely⟩()\n"},
    ),
    "a fixture is what its parameter is": (
        "m.py:Job.run",
        {
            "m.py": CLASS,
            "tests/conftest.py": """\
                import pytest
                from m import Job
                @pytest.fixture
                def job(): return Job()
                @pytest.fixture
                def yielded():
                    yield Job()
                """,
            "tests/test_m.py": (
                "def test(job, yielded, n): job.run⟨call possible⟩(), yielded.run⟨call possible⟩()\n"
            ),
        },
    ),
    "a parameter's name that is annotated alike everywhere": (
        "m.py:Job.run",
        {
            "m.py": CLASS
            + "".join(f"def f{n}(job: Job): ...\n" for n in range(3))
            + "def g(job): job.run⟨call possible⟩()\n"
        },
    ),
    "a member name that is one family's alone": (
        "m.py:Job.run",
        {
            "m.py": CLASS,
            "near.py": "import m\ndef f(x): x.run⟨call possible⟩()\n",
            "far.py": "def f(x): x.run⟨call possible⟩()\n",
        },
    ),
    "a member name that others have too": (
        "m.py:Job.run",
        {"m.py": CLASS + "class A:\n    def run(self): ...\ndef f(x): x.run⟨call possible⟩()\n"},
    ),
    "a property, its setter and its uses": (
        "m.py:A.size",
        {
            "m.py": """\
                class A:
                    @property
                    def size⟨definition⟩(self) -> int: ...
                    @size⟨read⟩.setter
                    def size⟨definition⟩(self, value): ...
                a = A()
                a.size⟨write⟩ = a.size⟨read⟩ + 1
                """
        },
    ),
    "slots, and what is assigned to self": (
        "m.py:A.size",
        {
            "m.py": """\
                class A:
                    __slots__ = ("size⟨string⟩", "other")
                    def __init__(self): self.size⟨write⟩ = 1
                """
        },
    ),
    "the fields of a dataclass as keywords": (
        "m.py:A.size",
        {
            "m.py": """\
                from dataclasses import dataclass
                @dataclass
                class A:
                    size⟨write⟩: int
                class B:
                    size: int
                A(size⟨write⟩=1)
                B(size=1)
                """
        },
    ),
    "getattr with a literal": (
        "m.py:Job.run",
        {
            "m.py": CLASS
            + 'job = Job()\ngetattr(job, "run⟨string⟩")()\nprint(job, "other")\n"run"\n'
        },
    ),
    "the object that is patched": (
        "m.py:Job.run",
        {"m.py": CLASS + 'import mock\nmock.patch.object(Job, "run⟨patch⟩")\nf(x, "run")\n'},
    ),
    "a dotted name in a string": (
        "p/m.py:run",
        {
            "p/__init__.py": "",
            "p/m.py": "def run⟨definition⟩(): ...\n",
            "t.py": 'patch("p.m.run⟨patch likely⟩")\npatch("p.n.run")\npatch("run")\n',
        },
    ),
    "a string in three quotes, and one with a prefix": (
        "p/m.py:run",
        {
            "p/__init__.py": "",
            "p/m.py": "def run⟨definition⟩(): ...\n",
            "t.py": 'a("""p.m.run⟨patch likely⟩""", r"p.m.run⟨patch likely⟩")\n',
        },
    ),
    "columns are counted in bytes": (
        "m.py:grüße",
        {"m.py": 'def grüße⟨definition⟩(): ...\nä = "é", grüße⟨call⟩(), [grüße⟨read⟩]\n'},
    ),
    "a class that is defined twice": (
        "m.py:A.two",
        {
            "m.py": """\
                class A:
                    one = 1
                class A:
                    two⟨write⟩ = 2
                """
        },
    ),
}


@pytest.mark.parametrize(("symbol", "files"), CASES.values(), ids=CASES)
def test_the_references_are_the_marked_places(symbol: str, files: dict[str, str]) -> None:
    texts, expected = _unmarked(files)
    found = references(Codebase(texts), symbol)
    assert [(r.path, r.line, r.column, r.kind, r.certainty) for r in found] == sorted(expected)


@pytest.mark.parametrize(("symbol", "files"), CASES.values(), ids=CASES)
def test_answers_do_not_depend_on_what_was_asked_before(symbol: str, files: dict[str, str]) -> None:
    texts, _ = _unmarked(files)
    alone = references(Codebase(texts), symbol)
    codebase = Codebase(texts)
    others = sorted(codebase.definitions)
    random.Random(symbol).shuffle(others)
    for other in others:
        references(codebase, other)
    assert references(codebase, symbol) == alone


def test_a_symbol_that_is_not_defined_is_a_key_error() -> None:
    for symbol in ("m.py:x", "n.py:run", "m.py:run.x", "m.py:Job.x"):
        with pytest.raises(KeyError):
            references(Codebase({"m.py": b"def run(): ...\nclass Job: ...\n"}), symbol)


def _unmarked(
    files: dict[str, str],
) -> tuple[dict[str, bytes], list[tuple[str, int, int, str, str]]]:
    texts: dict[str, bytes] = {}
    marked: list[tuple[str, int, int, str, str]] = []
    for path, text in files.items():
        lines = dedent(text).splitlines()
        for number, line in enumerate(lines, start=1):
            for mark in MARK.finditer(line):
                name = re.search(r"\w+$", MARK.sub("", line[: mark.start()]))
                assert name is not None
                kind, _, certainty = mark[1].partition(" ")
                column = len(name.string[: name.start()].encode())
                marked.append((path, number, column, kind, certainty or "certain"))
        texts[path] = "\n".join([*(MARK.sub("", line) for line in lines), ""]).encode()
    return texts, marked


def test_what_only_a_convention_says_is_possible_and_says_so() -> None:
    texts = {
        "m.py": b"class Job:\n    def run(self): ...\n    def go(self): ...\n",
        "other.py": b"class Other:\n    def go(self): ...\n",
        "test_m.py": (
            b"import pytest\nfrom m import Job\n\n\n@pytest.fixture\ndef job():\n    return Job()\n\n\n"
            b"def test(job, x):\n    job.go()\n    x.run()\n    x.go()\n"
        ),
    }
    codebase = Codebase(texts)
    found = [one for name in ("run", "go") for one in references(codebase, f"m.py:Job.{name}")]
    assert [
        (one.line, one.certainty, one.by_convention) for one in found if one.path == "test_m.py"
    ] == [(12, "possible", True), (11, "possible", True), (13, "possible", False)]
