"""What a rename changes, what it must not, what it refuses, and what it only reports.

In the tables `old` is renamed to `new`; a text that has no `old` marked as `OLD` stays as it is.
"""

import textwrap
from collections.abc import Mapping

import pytest

from jupiter.code.substitute import Substitution, substituted
from jupiter.errors import RequestError
from jupiter.index.codebase import Codebase
from jupiter.index.renaming import Renaming, renaming

Files = Mapping[str, str]


def codebase_of(files: Files, name: str) -> Codebase:
    """The codebase before: `OLD` stands for the name that is to change."""
    return Codebase({path: text(one, name).encode() for path, one in files.items()})


def text(source: str, name: str) -> str:
    return textwrap.dedent(source).lstrip("\n").replace("OLD", name)


def work_out(files: Files, symbol: str, new: str = "new") -> Renaming:
    return renaming(codebase_of(files, "old"), symbol, new)


def renamed(found: Renaming, codebase: Codebase) -> dict[str, str]:
    """All texts with the rename made."""
    return {
        path: substituted(
            data,
            [
                Substitution(site.line, site.column, found.old, found.new)
                for site in found.sites
                if site.path == path
            ],
        ).decode()
        for path, data in codebase.texts.items()
    }


def case(identity: str, symbol: str, files: Files) -> object:
    return pytest.param(symbol, files, id=identity)


STAYS = [
    case(
        "a local variable of that name",
        "m.py:OLD",
        {
            "m.py": """
            def OLD(): ...
            def f():
                old = 1
                return old
            """
        },
    ),
    case(
        "a parameter of that name, and its keyword",
        "m.py:OLD",
        {
            "m.py": """
            def OLD(): ...
            def f(old=None):
                return old
            f(old=OLD())
            """
        },
    ),
    case(
        "a dict key and a plain text of that name",
        "m.py:OLD",
        {"m.py": "def OLD(): ...\nd = {'old': OLD, 'a': 'old'}\nd['old']()\nprint('old')\n"},
    ),
    case(
        "a member of that name of another class",
        "m.py:A.OLD",
        {
            "m.py": """
            class A:
                def OLD(self): ...
            class B:
                def old(self): ...
            A().OLD()
            B().old()
            """
        },
    ),
    case(
        "a method of the name of a function",
        "m.py:OLD",
        {
            "m.py": """
            def OLD(): ...
            class A:
                def old(self):
                    return OLD()
            A().old()
            """
        },
    ),
    case(
        "an import of that name from elsewhere",
        "m.py:OLD",
        {"m.py": "def OLD(): ...\n", "n.py": "from other import old\nold()\n"},
    ),
    case(
        "a module of that name",
        "m.py:OLD",
        {"m.py": "def OLD(): ...\n", "old.py": "", "n.py": "import old\nimport m\nold\nm.OLD()\n"},
    ),
    case(
        "the name behind `as`",
        "m.py:OLD",
        {"m.py": "def OLD(): ...\n", "n.py": "from m import OLD as older\nolder()\n"},
    ),
    case(
        "an alias that is called like it",
        "m.py:OLD",
        {"m.py": "def OLD(): ...\ndef x(): ...\n", "n.py": "from m import x as old\nold()\n"},
    ),
    case(
        "the change log",
        "m.py:OLD",
        {
            "m.py": "def OLD(): ...\n",
            "CHANGES.rst": "`m.old` is new\n",
            "docs/changelog.md": "m.old\n",
            "HISTORY.md": "m.old\n",
        },
    ),
    case(
        "a longer name that begins or ends with it",
        "m.py:OLD",
        {
            "m.py": "def OLD(): ...\nolder = fold = old_1 = OLD\n",
            "README.md": "m.older, am.old, m.old_1\n",
        },
    ),
    case(
        "a bare word of prose",
        "m.py:OLD",
        {"m.py": 'def OLD():\n    """An old way."""\n    # old\n', "a.md": "the old one\n"},
    ),
    case(
        "a comprehension's own variable",
        "m.py:OLD",
        {"m.py": "OLD = 1\nx = [old for old in range(3)]\ny = OLD\n"},
    ),
    case(
        "an exception's and a pattern's own names",
        "m.py:OLD",
        {
            "m.py": """
            OLD = 1
            def f(x):
                try:
                    pass
                except ValueError as old:
                    return old
            """
        },
    ),
    case(
        "a name that shadows it in a nested function",
        "m.py:OLD",
        {
            "m.py": """
            def OLD(): ...
            def f():
                def old(): ...
                return old
            f(OLD)
            """
        },
    ),
]

CHANGES = [
    case(
        "a function, defined and called",
        "m.py:OLD",
        {"m.py": "def OLD():\n    return OLD\n\nx = OLD()\n"},
    ),
    case(
        "an async function with more than one space and a decorator",
        "m.py:OLD",
        {"m.py": "@d\nasync  def   OLD(): ...\n\nasync def g():\n    await OLD()\n"},
    ),
    case(
        "a class: bases, annotations, isinstance, except",
        "m.py:OLD",
        {
            "m.py": """
            class OLD(Exception): ...
            class B(OLD): ...
            def f(a: OLD, b: list[OLD]) -> OLD:
                try:
                    return isinstance(a, OLD)
                except OLD:
                    raise OLD() from None
            """
        },
    ),
    case(
        "a method with all its overrides, up and down",
        "m.py:B.OLD",
        {
            "m.py": """
            class A:
                def OLD(self): ...
            class B(A):
                def OLD(self):
                    return super().OLD()
            class C(B):
                def OLD(self):
                    return self.OLD
            class D(A):
                def f(self):
                    return self.OLD()
            """
        },
    ),
    case(
        "siblings that a common subclass joins",
        "m.py:A.OLD",
        {
            "m.py": """
            class A:
                def OLD(self): ...
            class B:
                def OLD(self): ...
            class C(A, B):
                def OLD(self): ...
            """
        },
    ),
    case(
        "a method that an instance of known class calls",
        "m.py:A.OLD",
        {
            "m.py": """
            class A:
                def OLD(self): ...
                def __enter__(self) -> "A": ...
                def __exit__(self, *_): ...
            def make() -> A: ...
            def f(a: A, b: "A", c: A | None):
                a.OLD()
                b.OLD()
                c.OLD()
                make().OLD()
                d = A()
                d.OLD()
                with A() as e:
                    e.OLD()
            """
        },
    ),
    case(
        "a property with its setter and its deleter",
        "m.py:A.OLD",
        {
            "m.py": """
            class A:
                @property
                def OLD(self): ...
                @OLD.setter
                def OLD(self, value): ...
                @OLD.deleter
                def OLD(self): ...
            def f(a: A):
                a.OLD = a.OLD + 1
                del a.OLD
            """
        },
    ),
    case(
        "overloads",
        "m.py:OLD",
        {
            "m.py": """
            from typing import overload
            @overload
            def OLD(x: int) -> int: ...
            @overload
            def OLD(x: str) -> str: ...
            def OLD(x): ...
            """
        },
    ),
    case(
        "a class attribute, and what an instance assigns",
        "m.py:A.OLD",
        {
            "m.py": """
            class A:
                OLD = None
                def __init__(self):
                    self.OLD = 1
            class B(A):
                OLD = 2
            A.OLD, B().OLD
            """
        },
    ),
    case(
        "an attribute that only __init__ makes",
        "m.py:A.OLD",
        {
            "m.py": """
            class A:
                def __init__(self):
                    self.OLD = 1
                def f(self):
                    return self.OLD
            """
        },
    ),
    case(
        "a field of a dataclass, and its keyword",
        "m.py:A.OLD",
        {
            "m.py": """
            from dataclasses import dataclass
            @dataclass
            class A:
                OLD: int
                b: int = 0
            A(OLD=1).OLD
            """
        },
    ),
    case(
        "a field of a NamedTuple, and its keyword",
        "m.py:A.OLD",
        {
            "m.py": """
            from typing import NamedTuple
            class A(NamedTuple):
                OLD: int
            A(OLD=1).OLD
            """
        },
    ),
    case(
        "a member of an enumeration",
        "m.py:E.OLD",
        {
            "m.py": """
            import enum
            class E(enum.Enum):
                OLD = 1
            E.OLD, E["x"]
            """
        },
    ),
    case(
        "a constant: assigned again, global, deleted",
        "m.py:OLD",
        {
            "m.py": """
            OLD: int = 1
            OLD += 1
            def f():
                global OLD
                OLD = 2
            del OLD
            """
        },
    ),
    case(
        "an attribute of a module, by any import",
        "p/m.py:OLD",
        {
            "p/__init__.py": "",
            "p/m.py": "def OLD(): ...\n",
            "a.py": "import p.m\np.m.OLD()\n",
            "b.py": "from p import m\nm.OLD()\n",
            "c.py": "import p.m as q\nq.OLD()\n",
            "p/d.py": "from . import m\nfrom .m import OLD\nm.OLD, OLD\n",
            "e.py": "def f():\n    from p.m import OLD\n    return OLD()\n",
        },
    ),
    case(
        "from m import x as x",
        "p/m.py:OLD",
        {
            "p/__init__.py": "from .m import OLD as OLD\n",
            "p/m.py": "def OLD(): ...\n",
            "a.py": "from p import OLD\nOLD()\n",
        },
    ),
    case(
        "a re-export, and its name in __all__",
        "p/m.py:OLD",
        {
            "p/__init__.py": "from .m import OLD\n__all__ = [\"OLD\", 'x']\n",
            "p/m.py": '__all__ = ("OLD",)\n__all__ += ["x"]\ndef OLD(): ...\nx = 1\n',
            "a.py": "import p\np.OLD()\n",
        },
    ),
    case(
        "what a star imports",
        "p/m.py:OLD",
        {
            "p/__init__.py": "from .m import *\n",
            "p/m.py": "def OLD(): ...\n",
            "a.py": "from p import *\nOLD()\n",
            "b.py": "import p\np.OLD()\n",
        },
    ),
    case(
        "an import under TYPE_CHECKING, and under try",
        "m.py:OLD",
        {
            "m.py": "class OLD: ...\n",
            "a.py": """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from m import OLD
            def f(x: "OLD") -> "list[OLD]": ...
            """,
            "b.py": """
            try:
                from m import OLD
            except ImportError:
                OLD = None
            OLD
            """,
        },
    ),
    case(
        "a text that is an annotation, a bound, a cast",
        "m.py:OLD",
        {
            "m.py": """
            from typing import TypeVar, cast, Optional
            T = TypeVar("T", bound="OLD")
            class OLD:
                def f(self) -> "OLD": ...
            x: "Optional[OLD]" = None
            y = cast("OLD", x)
            """
        },
    ),
    case(
        "the name that a TypeVar says of itself",
        "m.py:OLD",
        {"m.py": 'from typing import TypeVar\nOLD = TypeVar("OLD")\ndef f(x: OLD) -> OLD: ...\n'},
    ),
    case(
        "the name that a named tuple and an enumeration say of themselves",
        "m.py:OLD",
        {"m.py": "import collections\nOLD = collections.namedtuple('OLD', 'old b')\nOLD(1, 2)\n"},
    ),
    case(
        "a target of mock.patch",
        "p/m.py:OLD",
        {
            "p/__init__.py": "",
            "p/m.py": "def OLD(): ...\n",
            "t.py": """
            from unittest import mock
            from unittest.mock import patch
            import p.m
            @patch("p.m.OLD")
            def test(x):
                with mock.patch('p.m.OLD'), mock.patch.object(p.m, "OLD"):
                    pass
            """,
        },
    ),
    case(
        "a target of monkeypatch",
        "p/m.py:OLD",
        {
            "p/__init__.py": "",
            "p/m.py": "def OLD(): ...\n",
            "t.py": """
            import p.m
            def test(monkeypatch):
                monkeypatch.setattr(p.m, "OLD", None)
                monkeypatch.setattr("p.m.OLD", None)
                monkeypatch.delattr(p.m, "OLD")
            """,
        },
    ),
    case(
        "getattr, hasattr and setattr with the name",
        "m.py:A.OLD",
        {
            "m.py": """
            class A:
                def OLD(self): ...
            def f(a: A):
                getattr(a, "OLD")()
                return hasattr(a, 'OLD') and setattr(a, "OLD", 1)
            """
        },
    ),
    case(
        "an entry point",
        "src/p/m.py:OLD",
        {
            "src/p/__init__.py": "",
            "src/p/m.py": "def OLD(): ...\n",
            "pyproject.toml": '[project.scripts]\nold = "p.m:OLD"\n',
            "setup.cfg": "[options.entry_points]\nconsole_scripts =\n    old = p.m:OLD\n",
        },
    ),
    case(
        "a dotted name in prose",
        "p/m.py:OLD",
        {
            "p/__init__.py": "from .m import OLD\n",
            "p/m.py": 'def OLD():\n    """See p.OLD, not old."""\n    # p.m.OLD\n',
            "README.md": "Call `p.OLD()` or p.m.OLD.\n\n```python\np.OLD(old=1)\n```\n",
            "docs/a.rst": "Then ``p.OLD`` is old.\n",
        },
    ),
    case(
        "roles and directives of Sphinx",
        "p/m.py:OLD",
        {
            "p/__init__.py": "from .m import OLD\n",
            "p/m.py": 'def OLD():\n    """:func:`OLD` and :func:`~p.OLD`."""\n',
            "docs/a.rst": (
                ".. autofunction:: OLD\n\n:func:`OLD` :py:func:`the old one <p.OLD>` :attr:`old`\n"
            ),
        },
    ),
    case(
        "a role, though something of another kind bears the name",
        "m.py:OLD",
        {
            "m.py": "def OLD(): ...\nclass A:\n    def __init__(self):\n        self.old = 1\n",
            "a.rst": ":func:`OLD`, :attr:`old`, :obj:`old`\n",
        },
    ),
    case(
        "a member in prose by its class",
        "m.py:Some.OLD",
        {
            "m.py": 'class Some:\n    """Has :meth:`OLD`, :meth:`Some.OLD`."""\n    def OLD(self): ...\n',
            "a.md": "`Some.OLD` and `m.Some.OLD`\n",
        },
    ),
    case(
        "several on a line, with characters of several bytes",
        "m.py:OLD",
        {"m.py": 'def OLD(a): ...\nx = OLD("é"), OLD("ü"); OLD("old")\n'},
    ),
    case(
        "the fields of an f-string",
        "m.py:OLD",
        {"m.py": 'def OLD(): ...\nx = f"old é {OLD()} {OLD!r:>{OLD}}"\n'},
    ),
    case(
        "the fields of an f-string over several lines",
        "m.py:OLD",
        {"m.py": 'def OLD(): ...\nx = f"""\nold\n  é {OLD()} {OLD}\n"""\n'},
    ),
    case(
        "a decorator, a default, a class keyword",
        "m.py:OLD",
        {"m.py": "def OLD(x): ...\n@OLD\ndef f(a=OLD): ...\nclass A(metaclass=OLD): ...\n"},
    ),
    case(
        "a stub beside its module",
        "p/m.py:OLD",
        {
            "p/__init__.py": "",
            "p/m.py": "def OLD(): ...\n",
            "p/m.pyi": "def OLD() -> None: ...\n",
            "a.py": "from p.m import OLD\nOLD()\n",
        },
    ),
    case(
        "a match on a class",
        "m.py:OLD",
        {
            "m.py": "class OLD: ...\ndef f(x):\n    match x:\n        case OLD():\n            pass\n"
        },
    ),
]


@pytest.mark.parametrize(("symbol", "files"), [*STAYS, *CHANGES])
def test_exactly_the_places_that_mean_the_symbol_change(symbol: str, files: Files) -> None:
    codebase = codebase_of(files, "old")
    found = renaming(codebase, text(symbol, "old"), "brand_new")
    assert renamed(found, codebase) == {path: text(one, "brand_new") for path, one in files.items()}
    assert found.hazards == ()


@pytest.mark.parametrize("symbol", ["p/m.py:A.old", "p.m:A.old"])
def test_a_symbol_is_found_by_path_and_by_module(symbol: str) -> None:
    files = {"p/__init__.py": "", "p/m.py": "class A:\n    def old(self): ...\n"}
    assert work_out(files, symbol).symbol == "p/m.py:A.old"


TWO = """
import ast
import socketserver
from elsewhere import Thing
def old(): ...
def there(): ...
class A:
    def old(self): ...
    def there(self): ...
class B(A):
    def below(self): ...
class V(ast.NodeVisitor):
    def visit(self, node): ...
    def own(self): ...
class T(Thing):
    def old(self): ...
def caller(here):
    return old(here)
"""


@pytest.mark.parametrize(
    ("symbol", "new", "says"),
    [
        pytest.param("m.py:old", "there", "m.py:there exists already", id="a name of the module"),
        pytest.param("m.py:A.old", "there", "m.py:A.there exists", id="a member of the class"),
        pytest.param("m.py:A.old", "below", "m.py:B.below exists", id="a member of a subclass"),
        pytest.param("m.py:B.below", "there", "m.py:A.there exists", id="a member of a base"),
        pytest.param("m.py:old", "print", "print is a builtin", id="a builtin"),
        pytest.param("m.py:old", "class", "class is a keyword", id="a keyword"),
        pytest.param("m.py:old", "two words", "is not an identifier", id="no identifier"),
        pytest.param("m.py:old", "1st", "is not an identifier", id="a number first"),
        pytest.param("m.py:old", "old", "is its name already", id="its own name"),
        pytest.param("m.py:A.old", "__old", "would be mangled", id="a mangled name"),
        pytest.param("m.py:old", "here", "m.py:17 has another here in reach", id="a local name"),
        pytest.param("m.py:olt", "new", "no symbol m.py:olt (nearest: m.py:old)", id="unknown"),
        pytest.param("nowhere.py:old", "new", "no symbol nowhere.py:old", id="an unknown file"),
        pytest.param("m.py:V.visit", "new", "ast.NodeVisitor, defines it", id="a foreign base has"),
        pytest.param("m.py:T.old", "new", "Thing, is not known, and may", id="a base is unknown"),
    ],
)
def test_what_cannot_be_right_is_refused(symbol: str, new: str, says: str) -> None:
    with pytest.raises(RequestError) as caught:
        work_out({"m.py": TWO}, symbol, new)
    assert says in str(caught.value)


def test_a_module_with_a_stub_is_one_module() -> None:
    files = {"p/__init__.py": "", "p/m.py": "def old(): ...\n", "p/m.pyi": "def old(): ...\n"}
    assert work_out(files, "p.m:old").symbols == ("p/m.py:old", "p/m.pyi:old")
    assert work_out(files, "p/m.pyi:old").symbols == ("p/m.pyi:old", "p/m.py:old")


def test_a_special_method_is_refused() -> None:
    with pytest.raises(RequestError, match="Python itself looks for __init__"):
        work_out({"m.py": "class A:\n    def __init__(self): ...\n"}, "m.py:A.__init__")


def test_a_member_that_no_foreign_base_has_is_renamed() -> None:
    files = {"m.py": TWO}
    assert len(work_out(files, "m.py:V.own").sites) == 1


def test_a_name_that_another_module_means_otherwise_is_refused() -> None:
    files = {
        "m.py": "def old(): ...\n",
        "n.py": "from m import old\nfrom other import new\nold(new)\n",
    }
    with pytest.raises(RequestError, match=r"n.py:.* has another new in reach"):
        work_out(files, "m.py:old")


def test_a_module_that_is_called_by_two_paths_is_ambiguous() -> None:
    files = {"m.py": "def old(): ...\n", "src/m.py": "def old(): ...\n"}
    with pytest.raises(RequestError, match="ambiguous"):
        work_out(files, "m:old")


UNKNOWN = {
    "m.py": """
    class A:
        def old(self): ...
    class B:
        def old(self): ...
    def f(thing):
        thing.old()
        return A().old()
    """
}


def test_what_nothing_decides_is_a_hazard_with_its_place_and_is_not_touched() -> None:
    found = work_out(UNKNOWN, "m.py:A.old")
    (hazard,) = found.hazards
    assert (hazard.path, hazard.line, hazard.column) == ("m.py", 6, 10)
    assert hazard.text == "thing.old()"
    assert hazard.reason
    assert [site.line for site in found.sites] == [2, 7]


def test_a_string_that_is_the_name_of_a_class_is_a_hazard_and_is_not_touched() -> None:
    files = {"m.py": "class Old:\n    pass\n\nassert type(Old()).__name__ == 'Old'\n"}
    found = work_out(files, "m.py:Old")
    assert [(hazard.line, hazard.column) for hazard in found.hazards] == [(4, 32)]
    assert [site.line for site in found.sites] == [1, 4]


SAYS_ITS_NAME = """\
class Base:
    def info(self):
        return {"kind": type(self).__name__}

class OldKind(Base):
    pass

assert OldKind().info() == {"kind": "OldKind"}
"""


def test_a_string_that_is_the_name_of_a_class_which_gives_its_name_away_is_renamed() -> None:
    found = work_out({"m.py": SAYS_ITS_NAME}, "m.py:OldKind", "NewKind")
    assert not found.hazards
    assert [(site.line, site.column) for site in found.sites] == [(5, 6), (8, 7), (8, 37)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(SAYS_ITS_NAME.replace("info", "__repr__"), id="only its repr says it"),
        pytest.param(SAYS_ITS_NAME.replace("OldKind(Base)", "OldKind"), id="another class says it"),
        pytest.param(SAYS_ITS_NAME.replace("type(self)", "len"), id="another thing's name"),
    ],
)
def test_the_name_of_a_class_that_keeps_it_to_itself_is_a_hazard(other: str) -> None:
    assert [one.line for one in work_out({"m.py": other}, "m.py:OldKind", "NewKind").hazards] == [8]


def test_a_string_of_one_word_is_a_hazard_even_if_the_class_gives_its_name_away() -> None:
    text = SAYS_ITS_NAME.replace("OldKind", "Old")
    assert [one.line for one in work_out({"m.py": text}, "m.py:Old").hazards] == [8]


def test_what_a_module_imports_or_else_defines_is_renamed_together() -> None:
    files = {
        "p/__init__.py": "try:\n    from .m import old\nexcept ImportError:\n    def old(): ...\n",
        "p/m.py": "def old(): ...\n",
        "use.py": "import p\np.old()\n",
    }
    both = {"p/__init__.py:old", "p/m.py:old"}
    assert set(work_out(files, "p/__init__.py:old").symbols) == both
    one = work_out(files, "p/m.py:old")
    assert set(one.symbols) == both
    assert {(site.path, site.line) for site in one.sites} == {
        ("p/__init__.py", 2),
        ("p/__init__.py", 4),
        ("p/m.py", 1),
        ("use.py", 2),
    }


def test_what_a_module_imports_from_outside_or_else_defines_is_refused() -> None:
    text = "try:\n    from tomllib import old\nexcept ImportError:\n    def old(): ...\n"
    with pytest.raises(RequestError, match=r"m\.py gives the same name to tomllib\.old"):
        work_out({"m.py": text}, "m.py:old")
