"""Contracts: what a change breaks is found where it is broken, and nothing that is not broken."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

import pytest

from jupiter.index.contracts import findings
from jupiter.index.index import Index, build_index

Files = Mapping[str, str]

LIB = """\
    import abc
    from dataclasses import dataclass

    def plain(a, b=1, *, c=2):
        return a

    class Base(abc.ABC):
        size = 1

        def __init__(self, a, b=1):
            self.a = a

        def go(self, x):
            return self.a

        @staticmethod
        def still(x):
            return x

        @classmethod
        def make(cls, x):
            return cls(x)

    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self): ...

    class Square(Shape):
        def area(self):
            return 1

    @dataclass
    class Point:
        x: int
        y: int = 0
    """


def index(files: Files) -> Index:
    return build_index({path: dedent(text).encode() for path, text in files.items()})


def broken(text: str, **more: str) -> list[tuple[str, int, str]]:
    files = {"p/__init__.py": "", "p/lib.py": LIB, "p/use.py": text}
    files |= {path.replace("__", "/") + ".py": other for path, other in more.items()}
    found = findings(None, index(files))
    assert {one.path for one in found} <= {"p/use.py"}
    return [(one.kind, one.line, one.message) for one in found]


FOUND = {
    "a name": ("def f():\n    return missing\n", ("name", 2, "missing is not defined")),
    "a decorator": ("@missing\ndef f(): ...\n", ("name", 1, "missing is not defined")),
    "a name of another function": (
        "def f():\n    x = 1\ndef g():\n    return x\n",
        ("name", 4, "x is not defined"),
    ),
    "a module": ("import p.gone\n", ("import", 1, "there is no module p.gone")),
    "a relative module": ("from .gone import x\n", ("import", 1, "there is no module p.gone")),
    "a name of a module": ("from p.lib import gone\n", ("import", 1, "p.lib has no gone")),
    "an export": (
        "__all__ = ['f', 'gone']\ndef f(): ...\n",
        ("export", 1, "__all__ lists gone, which the module does not have"),
    ),
    "an attribute of a module": (
        "from p import lib\nlib.gone\n",
        ("attribute", 2, "module p.lib has no attribute gone"),
    ),
    "an attribute of a class": (
        "from p.lib import Base\nBase.gone\n",
        ("attribute", 2, "Base has no attribute gone"),
    ),
    "an attribute of an instance": (
        "from p.lib import Base\nBase(1).gone\n",
        ("attribute", 2, "Base has no attribute gone"),
    ),
    "an attribute of self": (
        "from p.lib import Base\nclass C(Base):\n    def f(self):\n        return self.gone\n",
        ("attribute", 4, "C has no attribute gone"),
    ),
    "too few arguments": (
        "from p.lib import plain\nplain()\n",
        ("call", 2, "plain(): missing a required argument: 'a'"),
    ),
    "too many arguments": (
        "from p.lib import plain\nplain(1, 2, 3)\n",
        ("call", 2, "plain(): too many positional arguments"),
    ),
    "an unknown keyword": (
        "import p.lib\np.lib.plain(1, d=1)\n",
        ("call", 2, "plain(): got an unexpected keyword argument 'd'"),
    ),
    "an unknown keyword beside a star": (
        "from p.lib import plain\ndef f(*a):\n    plain(*a, d=1)\n",
        ("call", 3, "plain(): got an unexpected keyword argument 'd'"),
    ),
    "a method": (
        "from p.lib import Base\nBase(1).go()\n",
        ("call", 2, "go(): missing a required argument: 'x'"),
    ),
    "a static method": (
        "from p.lib import Base\nBase.still()\n",
        ("call", 2, "still(): missing a required argument: 'x'"),
    ),
    "a class method": (
        "from p.lib import Base\nBase.make()\n",
        ("call", 2, "make(): missing a required argument: 'x'"),
    ),
    "a class": (
        "from p.lib import Base\nBase()\n",
        ("call", 2, "Base(): missing a required argument: 'a'"),
    ),
    "an abstract class": (
        "from p.lib import Shape\nShape()\n",
        ("abstract", 2, "Shape is abstract: area"),
    ),
}


@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND)
def test_what_is_broken_is_found(text: str, expected: tuple[str, int, str]) -> None:
    assert broken(text) == [expected]


RIGHT = {
    "builtins and what every module has": "print(__name__, __file__, WindowsError)\n",
    "a name that a function makes global": "def f():\n    global x\n    x = 1\ndef g(): return x\n",
    "a name after a star import from outside": "from os.path import *\njoin\n",
    "a name in quotes": "def f(x: 'gone'): ...\n",
    "a comprehension in a class": "class C:\n    a = [1]\n    b = [x for x in a]\n",
    "a name that is caught": "try:\n    unicode\nexcept NameError:\n    unicode = str\n",
    "an import that is caught": "try:\n    from p.lib import gone\nexcept ImportError:\n    gone = 1\n",
    "an import of what is outside": "import gone.x\nfrom gone import y\n",
    "an import of a submodule": "from p import lib\n",
    "what an author says": "from p.lib import gone  # type: ignore\n",
    "what is expected to fail": (
        "import pytest\nfrom p.lib import plain\nwith pytest.raises(TypeError):\n    plain()\n"
    ),
    "behind hasattr": "from p import lib\nif hasattr(lib, 'gone'):\n    lib.gone\n",
    "what is set from outside": "from p.lib import Base\nb = Base(1)\nb.more = 1\nb.more\n",
    "a member of a subclass": (
        "class A:\n    def f(self): return self.g()\nclass B(A):\n    def g(self): ...\n"
    ),
    "a mixin": "class Mixin:\n    def f(self): return self.g()\n",
    "a foreign base": "import gone\nclass A(gone.B):\n    def f(self): return self.g()\nA(1, 2).x\n",
    "getattr": "class A:\n    def __getattr__(self, name): ...\nA().x\n",
    "a module's getattr": "from p import lazy\nfrom p.lazy import y\nlazy.x\n",
    "a star": "from p.lib import plain\ndef f(*a, **b):\n    plain(*a)\n    plain(**b)\n",
    "a decorated function": "import gone\n@gone.x\ndef f(a): ...\nf()\n",
    "two definitions": "import gone\nif gone:\n    def f(): ...\nelse:\n    def f(a): ...\nf(1)\n",
    "an override with other arguments": (
        "from p.lib import Base\nclass C(Base):\n    def go(self): ...\ndef f(b: Base): b.go()\n"
    ),
    "a dataclass": "from p.lib import Point\nPoint(1)\nPoint(x=1, y=2).x\n",
    "a class with __new__": "class A:\n    def __new__(cls, *a): ...\nA(1)\n",
    "a class that is passed": (
        "from p.lib import Shape\ndef f(kind: type[Shape]): kind()\n"
    ),
    "a class whose method is there": "from p.lib import Square\nSquare().area()\n",
    "super, which may be a class beside it": (
        "from p.lib import Base\nclass C(Base):\n    def go(self, x):\n        super().go()\n"
    ),
    "what ABCMeta gives": "from p.lib import Shape\nShape.register(int)\n",
    "what an operator makes": (
        "class A:\n    def __or__(self, other): return 1\ndef f():\n    return (A() | A()).real\n"
    ),
    "a class that is given to something": (
        "import gone\nclass A: ...\ngone.mapper(A)\ndef f():\n    return A().x\nA()\n"
    ),
    "a function that is made a method": (
        "def wrap(n):\n    def g(self): ...\n    return g\nclass A:\n    g = wrap(1)\nA().g()\n"
    ),
    "an unbound method": "from p.lib import Base\nBase.go(Base(1), 2)\n",
    "a class method on cls": "class A:\n    @classmethod\n    def m(cls): return cls(1)\n",
}  # fmt: skip


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_what_may_be_right_is_no_finding(text: str) -> None:
    assert broken(text, p__lazy="def __getattr__(name): ...\n") == []


def test_a_finding_is_attributed_to_the_symbol_that_it_stands_in() -> None:
    files = {"m.py": "class C:\n    def f(self):\n        return gone\n\n\nx = gone\n"}
    found = findings(None, index(files))
    assert [(one.symbol, one.line, one.column) for one in found] == [
        ("m.py:C.f", 3, 15),
        ("m.py:x", 6, 4),
    ]


def test_what_was_broken_before_is_no_finding_also_when_its_line_or_file_has_moved() -> None:
    before = {"a.py": "def f():\n    return gone\n", "b.py": "def g():\n    return gone\n"}
    after = {"a.py": "x = 1\n\n\ndef f():\n    return gone\n", "c.py": before["b.py"]}
    assert findings(index(before), index(after)) == ()


def test_a_new_signature_is_held_to_calls_in_files_that_did_not_change() -> None:
    before = {"a.py": "def f(x): ...\n", "b.py": "from a import f\n\n\ndef g():\n    f(1)\n"}
    after = {**before, "a.py": "def f(x, y): ...\n"}
    (one,) = findings(index(before), index(after))
    assert (one.symbol, one.message) == ("b.py:g", "f(): missing a required argument: 'y'")


def test_a_class_that_lost_a_method_is_found_where_nothing_makes_it() -> None:
    before = {"p/__init__.py": "", "p/lib.py": LIB}
    after = {
        **before,
        "p/lib.py": LIB.replace("def area(self):\n            return 1", "def girth(self): ..."),
    }
    (one,) = findings(index(before), index(after))
    assert (one.symbol, one.kind) == ("p/lib.py:Square", "abstract")
    assert one.message == "Square does not implement area"


def test_a_new_abstract_method_is_found_in_the_classes_of_other_files() -> None:
    use = "from p.lib import Shape\nclass Round(Shape):\n    def area(self): ...\n"
    before = {"p/__init__.py": "", "p/lib.py": LIB, "p/use.py": use}
    more = "def area(self): ...\n        @abc.abstractmethod\n        def girth(self): ...\n"
    after = {**before, "p/lib.py": LIB.replace("def area(self): ...\n", more)}
    found = findings(index(before), index(after))
    assert [one.symbol for one in found] == ["p/lib.py:Square", "p/use.py:Round"]


def test_what_a_class_had_before_is_missing_also_when_more_may_be_given_to_it() -> None:
    use = "from m import A\n\n\ndef f(a: A):\n    a.g()\n    a.h()\n"
    more = "\n    def x(self):\n        setattr(self, *self.g)\n"
    before = {"m.py": f"class A:\n    def g(self): ...\n{more}", "use.py": use}
    after = {**before, "m.py": f"class A:\n{more}"}
    found = findings(index(before), index(after))
    assert [(one.symbol, one.message) for one in found] == [
        ("m.py:A.x", "A has no attribute g"),
        ("use.py:f", "A has no attribute g"),
    ]


def test_a_class_that_lost_a_method_is_found_there_and_not_at_each_call() -> None:
    use = "from p.lib import Square\n\nSquare()\n"
    before = {"p/__init__.py": "", "p/lib.py": LIB, "p/use.py": use}
    lost = LIB.replace("def area(self):\n            return 1", "def girth(self): ...")
    found = findings(index(before), index({**before, "p/lib.py": lost}))
    assert [one.symbol for one in found] == ["p/lib.py:Square"]


def test_an_import_that_went_is_missed_also_where_names_are_made_at_run_time() -> None:
    text = "import os\nglobals()['x'] = 1\nprint(os, x)\n"
    before, after = {"a.py": text}, {"a.py": text.removeprefix("import os\n")}
    (one,) = findings(index(before), index(after))
    assert (one.line, one.message) == (2, "os is not defined")


def test_a_name_that_a_module_has_lost_is_missing_also_where_names_are_made_at_run_time() -> None:
    text = "def f(): ...\n\n\ndef g(self):\n    return self.__dict__\n"
    use = "import a\nfrom a import f\na.f()\nprint(a.more, f)\n"
    before = {"a.py": text, "use.py": use}
    found = findings(index(before), index({**before, "a.py": text.removeprefix("def f(): ...\n")}))
    assert [one.message for one in found] == ["a has no f", "module a has no attribute f"]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param("def __getattr__(name): ...\n", id="what is looked up"),
        pytest.param("from os import *\nglobals()\n", id="a star import from outside"),
        pytest.param("def g():\n    global f\n    f = vars()\n", id="a function that binds it"),
    ],
)
def test_a_name_that_a_module_has_lost_is_not_missing_where_something_may_stand_for_it(
    now: str,
) -> None:
    before = {"a.py": "def f(): ...\n", "use.py": "from a import f\nprint(f)\n"}
    assert findings(index(before), index({**before, "a.py": now})) == ()


def test_what_nobody_changed_is_no_finding() -> None:
    files = {"p/__init__.py": "", "p/lib.py": LIB, "p/use.py": "gone\n"}
    assert findings(index(files), index(files)) == ()


def test_what_does_not_parse_has_no_findings() -> None:
    assert findings(None, index({"a.py": "def f(:\n", "b.pyi": "gone\n"})) == ()


def test_a_class_of_a_new_file_has_lost_nothing() -> None:
    before = {"a.py": "x = 1\n"}
    mixin = "class Mixin:\n    def f(self):\n        return self.g()\n"
    assert findings(index(before), index({**before, "b.py": mixin})) == ()
