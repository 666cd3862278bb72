"""Where a name that is used in a scope is defined."""

from textwrap import dedent

import pytest

from jupiter.index.codebase import Codebase
from jupiter.index.values import External, Place

FILES = {
    "p/__init__.py": "from p.core import *\nfrom .core import _hidden\nfrom . import util\n",
    "p/core.py": "def run(): ...\ndef _hidden(): ...\nimport os.path\nimport p.util as u\n",
    "p/util.py": "LIMIT = 1\n",
    "p/loop_a.py": "from p.loop_b import x, y\n",
    "p/loop_b.py": "from p.loop_a import x\ny = 1\n",
    "star_a.py": "from star_b import *\nfrom star_c import *\n",
    "star_b.py": "from star_a import *\n",
    "star_c.py": "FOUND = 1\n",
    "own.py": "from own import *\nfrom own import me\nimport own\n",
    "outside.py": "from json import dumps\nfrom .... import nothing\n",
}

EXPORTS = {
    "defined there": ("p/core.py", "run", [Place("p/core.py", 0, "run")]),
    "through a star": ("p/__init__.py", "run", [Place("p/core.py", 0, "run")]),
    "imported by name": ("p/__init__.py", "_hidden", [Place("p/core.py", 0, "_hidden")]),
    "a module that is imported": ("p/__init__.py", "util", [Place("p/util.py", -1, "")]),
    "a module of the package": ("p/__init__.py", "core", [Place("p/core.py", -1, "")]),
    "a module under another name": ("p/core.py", "u", [Place("p/util.py", -1, "")]),
    "outside of the codebase": ("p/core.py", "os", [External("os")]),
    "imported from outside": ("outside.py", "dumps", [External("json.dumps")]),
    "beyond the topmost package": ("outside.py", "nothing", []),
    "not there": ("p/util.py", "run", []),
    "a private name is not in a star": ("star_a.py", "_hidden", []),
    "an import cycle that ends": ("p/loop_a.py", "y", [Place("p/loop_b.py", 0, "y")]),
    "an import cycle that does not": ("p/loop_a.py", "x", []),
    "a cycle of stars with a way out": ("star_a.py", "FOUND", [Place("star_c.py", 0, "FOUND")]),
    "the same seen from within": ("star_b.py", "FOUND", [Place("star_c.py", 0, "FOUND")]),
    "a cycle of stars without one": ("star_b.py", "LOST", []),
    "a module that imports from itself": ("own.py", "me", []),
    "a module that imports itself": ("own.py", "own", [Place("own.py", -1, "")]),
}


def codebase(**files: str) -> Codebase:
    return Codebase({path: dedent(text).encode() for path, text in files.items()})


@pytest.mark.parametrize(("path", "name", "expected"), EXPORTS.values(), ids=EXPORTS)
def test_what_the_attribute_of_a_module_is(
    path: str, name: str, expected: list[Place | External]
) -> None:
    assert list(codebase(**FILES).scoping.exports(path, name)) == expected


def test_exports_do_not_depend_on_what_was_asked_before() -> None:
    scoping = codebase(**FILES).scoping
    for path, name, expected in (*EXPORTS.values(), *reversed(EXPORTS.values())):
        assert list(scoping.exports(path, name)) == expected


NESTED = """\
    x = 0
    class A:
        x = 1
        y = x
        z = [x for _ in x]
        def method(self):
            return x
        class B:
            w = x
    def outer():
        x = 2
        def inner():
            nonlocal x
            return x
        def reset():
            global x
            return x
        return lambda x: x
"""


@pytest.mark.parametrize(
    ("scope", "home"),
    [
        ("A", "A"),
        ("<comprehension>", "A"),
        ("method", ""),
        ("B", ""),
        ("outer", "outer"),
        ("inner", "outer"),
        ("reset", ""),
        ("<lambda>", "<lambda>"),
    ],
)
def test_the_scope_that_a_name_is_bound_in(scope: str, home: str) -> None:
    names = codebase(**{"m.py": NESTED}).scoping
    scopes = names.scopes("m.py")
    number = next(n for n, one in enumerate(scopes) if one.name == scope)
    found = names.home("m.py", number, "x")
    assert found is not None
    assert scopes[found].name == home


def test_a_name_that_nothing_binds_is_a_builtin() -> None:
    scoping = codebase(**{"m.py": "print(1)\n"}).scoping
    assert scoping.home("m.py", 0, "print") is None
    assert scoping.places("m.py", 0, "print") == (External("builtins.print"),)
