"""An interface changes when a caller may care, and only then."""

import pytest

from jupiter.code.interfaces import interface_of, interfaces
from jupiter.code.tiles import Tile, tile

RENDERED = {
    "a function's signature": (
        "async def f(a: int, /, b='x', *c, d: list[str] = [], **e) -> None:\n    return 1\n",
        {"f": "async def f(a: int, /, b='x', *c, d: list[str]=[], **e) -> None"},
    ),
    "decorators": (
        "@a.b(c=1)\n@d\ndef f(): ...\n",
        {"f": "@a.b(c=1)\n@d\ndef f()"},
    ),
    "all signatures of an overload group": (
        "@overload\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\ndef f(a): ...\n",
        {"f": "@overload\ndef f(a: int) -> int\n@overload\ndef f(a: str) -> str\ndef f(a)"},
    ),
    "a property and its setter": (
        "class A:\n    @property\n    def p(self) -> int: ...\n    @p.setter\n    def p(self, v): ...\n",
        {"A": "class A", "A.p": "@property\ndef p(self) -> int\n@p.setter\ndef p(self, v)"},
    ),
    "a class's bases, keywords and decorators, not its members": (
        "@dataclass(frozen=True)\nclass A(B[int], metaclass=M):\n    x: int = 3\n    y: str\n    z = 1\n",
        {
            "A": "@dataclass(frozen=True)\nclass A(B[int], metaclass=M)",
            "A.x": "x: int = ...",
            "A.y": "y: str",
            "A.z": "z",
        },
    ),
    "a class that is one tile has its members in it": (
        "class A(B): x: int; y = 1\nclass E(X):\n    pass\n",
        {"A": "class A(B)\n    x: int\n    y", "E": "class E(X)"},
    ),
    "a constant's name and annotation, not its value": (
        "X: int = 3\na, b = f()\nc += 1\n",
        {"X": "X: int", "a": "a\nb", "c": "c"},
    ),
    "the names that __all__ exports": (
        "__all__ = ('b', \"a\")\n__all__ += ['c']\n__all__: list[str] = x.__all__\n",
        {
            "__all__": "__all__ = ['a', 'b']",
            "__all__#2": "__all__ += ['c']",
            "__all__#3": "__all__ = x.__all__",
        },
    ),
    "all that a compound statement defines, once": (
        (
            "if x:\n    import a.b as c\n    def f(): ...\nelif y:\n    c = 1\n"
            "    class A(B):\n        z: int\n"
            "else:\n    def f(): ...\n"
        ),
        {"if x": "c\ndef f()\nclass A(B)\n    z: int"},
    ),
    "members of two classes that are called alike": (
        "if x:\n    class A: y: int\nelse:\n    class B: y: int\n",
        {"if x": "class A\n    y: int\nclass B\n    y: int"},
    ),
    "what try, for and with bind": (
        "try:\n    import a\nexcept E as e:\n    a = None\nfor i in x:\n    with y as z: ...\n",
        {"a": "a", "i": "i\nz"},
    ),
    "a statement that binds nothing": ("if __name__:\n    main()\n", {"if __name__": ""}),
    "imports, docstrings and comments have none": ('"""D."""\nimport a\n# c\n\n# d\n', {}),
    "what does not parse has none": ("def f(:\n", {}),
}


@pytest.mark.parametrize(("source", "expected"), RENDERED.values(), ids=RENDERED.keys())
def test_interfaces_are_rendered(source: str, expected: dict[str, str]):
    assert interfaces("m.py", source.encode()) == expected


BASE = """\
class A(B):
    '''Doc.'''

    def f(self, a: int = 1) -> str:
        return "x"


X: int = 1
"""

SAME = {
    "a body": ('return "x"', "return str(a)"),
    "a docstring": ("Doc.", "Another."),
    "a comment": ("    def f", "    # c\n    def f"),
    "layout": ("self, a: int = 1", "\n        self,\n        a : int=1,\n    "),
    "a constant's value": ("X: int = 1", "X: int = 2"),
    "blank lines": ("\n\n\nX", "\n\n\n\n\nX"),
}

DIFFERENT = {
    "a parameter's name": ("a: int", "b: int", "A.f"),
    "a parameter's annotation": ("a: int", "a: str", "A.f"),
    "a default": ("= 1)", "= 2)", "A.f"),
    "a default that goes": (" = 1)", ")", "A.f"),
    "what is returned": ("-> str", "-> bytes", "A.f"),
    "async": ("def f", "async def f", "A.f"),
    "a decorator": ("    def f", "    @cache\n    def f", "A.f"),
    "a base": ("A(B)", "A(C)", "A"),
    "a keyword": ("A(B)", "A(B, frozen=True)", "A"),
    "a constant's annotation": ("X: int", "X: str", "X"),
}


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME.keys())
def test_an_interface_stays_when_no_caller_can_tell(old: str, new: str):
    assert old in BASE
    after = BASE.replace(old, new)
    assert interfaces("m.py", after.encode()) == interfaces("m.py", BASE.encode())


@pytest.mark.parametrize(("old", "new", "name"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_an_interface_differs_when_a_caller_may_care(old: str, new: str, name: str):
    before, after = (interfaces("m.py", s.encode()) for s in (BASE, BASE.replace(old, new)))
    assert {n for n in before if before[n] != after[n]} == {name}


def test_a_member_has_its_interface_alone():
    text = b"    @staticmethod\n    def f(a=(1)):\n        '''\nx\n'''\n"
    assert interface_of(Tile("A.f", "function", "A", b"", text)) == "@staticmethod\ndef f(a=1)"


def test_a_head_without_a_body_has_an_interface_alone():
    [head, _] = tile("m.py", b"class A(B):\n    x = 1\n")
    assert interface_of(head) == "class A(B)"


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("<imports>", "imports", b"import a\n"),
        ("<docstring>", "docstring", b'"""D."""\n'),
        ("<comment 1>", "comment", b"# c\n"),
        ("<tail>", "tail", b"\n"),
        ("#A", "section", b"# A\n"),
        ("", "file", b"x = 1\n"),
        pytest.param("f", "function", b"def f(:\n", id="what does not parse"),
    ],
)
def test_other_tiles_have_no_interface(name: str, kind: str, text: bytes):
    assert interface_of(Tile(name, kind, "", b"", text)) is None


def test_other_files_have_no_interfaces():
    assert interfaces("m.md", b"# A\n") == {}
    assert interfaces("m.pyi", b"x: int\n") == {"x": "x: int"}


def test_a_byte_order_mark_changes_no_interface():
    assert interfaces("m.py", b"\xef\xbb\xbf# c\nmain()\n") == interfaces("m.py", b"# c\nmain()\n")
