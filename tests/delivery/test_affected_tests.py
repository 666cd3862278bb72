"""Affected tests: what a change may turn red is never left out, and what it cannot reach is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import dedent

import pytest

from jupiter.delivery.affected_tests import choose
from jupiter.index.index import build_index
from jupiter.index.reach import Reach
from jupiter.model.run_events import ChosenTests

PYTEST = ("python", "-m", "pytest")
NO_TOPS: Mapping[str, str] = {}
OTHER = {"p/other.py": "def o(): return 1", "tests/test_other.py": "from p import other\nother.o()"}


def reach(files: Mapping[str, str]) -> Reach:
    texts = {path: dedent(text).encode() for path, text in files.items()}
    return Reach(build_index({p: t for p, t in texts.items() if p.endswith(".py")}))


def chosen(
    before: Mapping[str, str],
    changes: Mapping[str, str | None],
    tops: Mapping[str, str] = NO_TOPS,
    command: Sequence[str] = PYTEST,
) -> ChosenTests:
    old = {"p/__init__.py": "", **OTHER, **before}
    new = {path: text for path, text in {**old, **changes}.items() if text is not None}
    settings = {path: text.encode() for path, text in tops.items()}
    return choose(reach(old), reach(new), tuple(changes), settings, command)


REACHED = {
    "a function by its name": ("def f(): ...", "from p.lib import f\ndef test(): f()"),
    "under another name": ("def f(): ...", "from p.lib import f as g\ndef test(): g()"),
    "as a module's attribute": ("def f(): ...", "import p.lib\ndef test(): p.lib.f()"),
    "by a star import": ("def f(): ...", "from p.lib import *\ndef test(): f()"),
    "from function to function": (
        "def g(): return f()\ndef f(): ...",
        "from p import lib\ndef test(): lib.g()",
    ),
    "as a value in a table": (
        "def f(): ...\nTABLE = {1: f}",
        "from p.lib import TABLE\ndef test(): TABLE[1]()",
    ),
    "as a default": ("def g(h=None): ...\ndef f(): ...\nX = g(f)", "import p.lib"),
    "as a decorator": ("def f(x): return x\n@f\ndef g(): ...", "import p.lib"),
    "registered by a decorator": (
        "from web import app\n@app.route('/')\ndef f(): ...",
        "from p import lib\ndef test(client): client.get('/')",
    ),
    "a method of whatever it is": (
        "class A:\n    def f(self): ...\ndef make(): return A()",
        "from p.lib import make\ndef test(): make().f()",
    ),
    "a method that a base calls": (
        "class B:\n    def go(self): self.f()\nclass A(B):\n    def f(self): ...",
        "from p.lib import A\ndef test(): A().go()",
    ),
    "a method that a subclass inherits": (
        "class B:\n    def f(self): ...\nclass A(B): ...",
        "from p.lib import A\ndef test(): A().f()",
    ),
    "a method by super": (
        "class B:\n    def f(self): ...",
        """\
        from p import lib
        def test():
            class A(lib.B):
                def f(self): super().f()
            A().f()
        """,
    ),
    "a special method": (
        "class A:\n    def __add__(self, f): ...",
        "from p.lib import A\ndef test(): A() + 1",
    ),
    "a property": (
        "class A:\n    @property\n    def f(self): ...",
        "from p.lib import A\ndef test(): A().f",
    ),
    "a setter": (
        "class A:\n    f = property()\n    @f.setter\n    def f(self, v): ...",
        "from p.lib import A\ndef test(): A().f = 1",
    ),
    "what a class outside calls": (
        "import threading\nclass A(threading.Thread):\n    def run(self): f()\ndef f(): ...",
        "from p.lib import A\ndef test(): A().start()",
    ),
    "what a class of another package calls": (
        "from web import View\nclass A(View):\n    def f(self): ...",
        "from p.lib import A\ndef test(): A.serve()",
    ),
    "a class that its base is told of": (
        (
            "ALL = []\nclass B:\n    def __init_subclass__(cls): ALL.append(cls)\n"
            "class A(B):\n    def f(self): ..."
        ),
        "from p.lib import ALL\ndef test(): ALL[0]().f()",
    ),
    "a class that a metaclass is told of": (
        (
            "ALL = []\nclass M(type):\n    def __init__(cls, *a): ALL.append(cls)\n"
            "class A(metaclass=M):\n    def f(self): ..."
        ),
        "from p.lib import ALL\ndef test(): ALL[0]().f()",
    ),
    "by getattr": (
        "class A:\n    def f(self): ...",
        "from p.lib import A\ndef test(): getattr(A(), 'f')()",
    ),
    "by getattr of a name that stands elsewhere": (
        "class A:\n    def f(self): ...\ndef call(x, y): return getattr(x, y.lower())()\nN = 'F'",
        "from p import lib\ndef test(): lib.call(lib.A(), lib.N)",
    ),
    "by getattr of a name that is put together": (
        (
            "class A:\n    def go_f(self): f()\ndef call(x, y): return getattr(x, 'go_' + y)()\n"
            "def f(): ..."
        ),
        "from p import lib\ndef test(): lib.call(lib.A(), chr(102))",
    ),
    "by a dotted name in a string": (
        "def f(): ...",
        "def test(mocker): mocker.spy_on('p.lib.f')",
    ),
    "an inner class": (
        "class A:\n    class B:\n        def f(self): ...",
        "from p.lib import A\ndef test(): A.B().f()",
    ),
    "what a module makes at import": (
        "class A:\n    def f(self): ...\none = A()",
        "from p.lib import one\ndef test(): one.f()",
    ),
    "a name that a module gives when asked": (
        "def __getattr__(name): return f\ndef f(): ...",
        "from p import lib\ndef test(): lib.anything()",
    ),
    "in another process": (
        "def f(): ...",
        "import subprocess, sys\ndef test(): subprocess.run([sys.executable, '-m', 'p.lib'])",
    ),
    "by an import that is computed": (
        "def f(): ...",
        "import importlib\ndef test(): importlib.import_module('p.' + 'lib').f()",
    ),
    "in a class of tests": (
        "def f(): ...",
        "from p import lib\nclass TestIt:\n    def test(self): lib.f()",
    ),
}


@pytest.mark.parametrize(("lib", "test"), REACHED.values(), ids=REACHED)
def test_who_may_run_a_function_is_chosen(lib: str, test: str) -> None:
    text = dedent(lib)
    changed = text.replace("...", "raise OSError", 1) if "def f(self)" not in text else text
    changed = changed.replace("def f(self): ...", "def f(self): raise OSError")
    changed = changed.replace("def f(self, v): ...", "def f(self, v): raise OSError")
    changed = changed.replace("def f(x): return x", "def f(x): return x + 1")
    changed = changed.replace("def f(): ...", "def f(): raise OSError")
    files = {"p/lib.py": lib, "tests/test_it.py": test}
    assert changed != text
    assert chosen(files, {"p/lib.py": changed}).chosen == ("tests/test_it.py",)


FIXTURES = {
    "by name": ("@pytest.fixture\ndef one(): return lib.f()", "def test(one): ..."),
    "by way of another": (
        "@pytest.fixture\ndef two(): return lib.f()\n@pytest.fixture\ndef one(two): ...",
        "def test(one): ...",
    ),
    "by a string": (
        "@pytest.fixture\ndef one(): return lib.f()",
        "import pytest\n@pytest.mark.usefixtures('one')\ndef test(): ...",
    ),
}


@pytest.mark.parametrize(("conftest", "test"), FIXTURES.values(), ids=FIXTURES)
def test_what_a_fixture_runs_is_run_by_who_asks_for_it(conftest: str, test: str) -> None:
    files = {
        "p/lib.py": "def f(): ...",
        "tests/conftest.py": f"import pytest\nfrom p import lib\n{conftest}",
        "tests/test_it.py": test,
    }
    assert chosen(files, {"p/lib.py": "def f(): 1"}).chosen == ("tests/test_it.py",)


@pytest.mark.parametrize(
    "conftest",
    ["@pytest.fixture(autouse=True)\ndef one(): lib.f()", "def pytest_runtest_setup(): lib.f()"],
    ids=["autouse", "hook"],
)
def test_what_runs_for_all_tests_chooses_all(conftest: str) -> None:
    files = {
        "p/lib.py": "def f(): ...",
        "tests/conftest.py": f"import pytest\nfrom p import lib\n{conftest}",
    }
    found = chosen(files, {"p/lib.py": "def f(): 1"})
    assert found.reason == "everything is run: all tests may reach what has changed"


LIB = """\
    LIMIT = 1

    def f(a, b=1): ...

    class A:
        size = 1

        def go(self): ...
    """
STARTS = {
    "a constant": ("LIMIT = 1", "LIMIT = 2"),
    "a default": ("b=1", "b=2"),
    "an annotation": ("(a,", "(a: int,"),
    "a decorator": ("def f", "@print\n    def f"),
    "a class attribute": ("size = 1", "size = 2"),
    "a base": ("class A:", "class A(dict):"),
    "a new constant": ("LIMIT = 1", "LIMIT = 1\n    MORE = 2"),
}


@pytest.mark.parametrize(("old", "new"), STARTS.values(), ids=STARTS)
def test_who_imports_a_file_runs_what_it_does_at_import(old: str, new: str) -> None:
    files = {"p/lib.py": LIB, "tests/test_it.py": "import p.lib"}
    found = chosen(files, {"p/lib.py": LIB.replace(old, new)})
    assert (found.chosen, found.left_out) == (("tests/test_it.py",), ("tests/test_other.py",))


def test_annotations_that_nobody_evaluates_do_nothing_at_import() -> None:
    lib = "from __future__ import annotations\ndef f(a): ...\n"
    files = {
        "p/lib.py": lib,
        "tests/test_it.py": "import p.lib",
        "tests/test_f.py": "from p.lib import f",
        "tests/test_g.py": "from p.lib import f\ndef test(): f(1)",
    }
    found = chosen(files, {"p/lib.py": lib.replace("(a)", "(a: int)")})
    assert found.chosen == ("tests/test_g.py",)


def test_what_is_left_out_is_told_with_what_it_does_not_reach() -> None:
    lib = "def f(): ...\ndef g(): ...\n"
    files = {
        "p/lib.py": lib,
        "tests/test_f.py": "from p.lib import f\ndef test(): f()",
        "tests/test_g.py": "from p.lib import g\ndef test(): g()",
    }
    assert chosen(files, {"p/lib.py": lib.replace("f(): ...", "f(): 1")}) == ChosenTests(
        chosen=("tests/test_f.py",),
        left_out=("tests/test_g.py", "tests/test_other.py"),
        reason="none is seen to reach p/lib.py:f",
    )


def test_who_called_what_is_gone_is_chosen() -> None:
    files = {
        "p/lib.py": "def f(): ...\n\ndef g(): ...\n",
        "tests/test_it.py": "from p import lib\ndef test(): lib.f()",
    }
    assert chosen(files, {"p/lib.py": "def g(): ...\n"}).chosen == ("tests/test_it.py",)


def test_what_overrides_from_now_on_is_reached() -> None:
    lib = "class B:\n    def f(self): ...\nclass A(B):\n    def g(self): ...\n"
    files = {"p/lib.py": lib, "tests/test_it.py": "from p.lib import A\ndef test(): A().f()"}
    found = chosen(files, {"p/lib.py": f"{lib}    def f(self): ...\n"})
    assert found.chosen == ("tests/test_it.py",)


def test_a_changed_file_of_tests_and_a_new_one_are_chosen() -> None:
    files = {"tests/test_it.py": "def test(): ..."}
    changes = {"tests/test_it.py": "def test(): 1", "tests/test_new.py": "def test(): ..."}
    assert chosen(files, changes).chosen == ("tests/test_it.py", "tests/test_new.py")


def test_comments_are_run_by_nobody() -> None:
    found = chosen({"p/lib.py": "# a\n\nX = 1\n"}, {"p/lib.py": "# b\n\nX = 1\n"})
    assert found.reason == "everything is run: no test is seen to reach what has changed"


EVERYTHING = {
    "a file that is not Python": ({"docs/a.md": "# A"}, "docs/a.md is not Python"),
    "a conftest": ({"tests/conftest.py": "X = 1"}, "tests/conftest.py has changed"),
    "a setup": ({"setup.py": "X = 1"}, "setup.py has changed"),
    "a package that begins": ({"tests/__init__.py": ""}, "makes a package, or did"),
    "a package that ends": ({"p/__init__.py": None}, "makes a package, or did"),
    "what does not parse": ({"p/other.py": "def"}, "p/other.py does not parse"),
}


@pytest.mark.parametrize(("changes", "why"), EVERYTHING.values(), ids=EVERYTHING)
def test_everything_is_run_for_a_change_that_may_concern_any_test(
    changes: Mapping[str, str | None], why: str
) -> None:
    found = chosen({}, changes)
    assert (found.chosen, found.left_out) == ((), ())
    assert found.reason.startswith("everything is run: ")
    assert why in found.reason


SETTINGS: dict[str, tuple[Mapping[str, str], Sequence[str]]] = {
    "doctests by the settings": ({"pytest.ini": "[pytest]\naddopts = --doctest-modules"}, PYTEST),
    "doctests by the command": ({}, (*PYTEST, "--doctest-modules")),
    "a plugin of pytest": ({"pyproject.toml": "[project.entry-points.pytest11]\na = 'p'"}, PYTEST),
    "settings of a folder": ({"tests/pytest.ini": "[pytest]"}, PYTEST),
    "settings that cannot be read": ({"pyproject.toml": "["}, PYTEST),
}


@pytest.mark.parametrize(("tops", "command"), SETTINGS.values(), ids=SETTINGS)
def test_everything_is_run_where_tests_may_be_anywhere(
    tops: Mapping[str, str], command: Sequence[str]
) -> None:
    found = chosen({}, {"p/other.py": "def o(): return 2"}, tops, command)
    assert (found.chosen, found.left_out) == ((), ())


def test_everything_is_run_where_it_would_take_too_long_to_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jupiter.index.reach.MOST_STEPS", 0)
    found = chosen({}, {"p/other.py": "def o(): return 2"})
    assert found.reason == (
        "everything is run: the codebase is too large to tell what each test may run"
    )


def test_a_long_chain_of_imports_is_followed_to_its_end() -> None:
    chain = {f"p/m{n}.py": f"from p import m{n + 1}\nX = m{n + 1}" for n in range(1500)}
    files = {**chain, "p/m1500.py": "X = 1", "tests/test_it.py": "import p.m0"}
    assert chosen(files, {"p/m1500.py": "X = 2"}).chosen == ("tests/test_it.py",)
