"""A text may replace a tile's only when it is the same symbol; a refusal says what would be right."""

import pytest

from jupiter.code.check import defines
from jupiter.code.tiles import Tile, tile

MODULE = b'''"""Doc."""
import a

# alone

X = 1
main()
if a:
    import b


@overload
def f(a: int): ...
def f(a): ...


class A(B):
    """Doc."""

    y: int = 1

    def m(self):
        pass

    class In:
        z = 1


class E(Exception):
    pass


class Bare:
    w = 1


class One: v = 1


# the end
'''
LATIN = b"# coding: latin-1\nx = '\xe9'\ny = 1\n"
MARKDOWN = b"Hello.\n\n# A\ntext\n\n## B\n"


def named(name: str, path: str = "m.py", data: bytes = MODULE) -> Tile:
    return next(t for t in tile(path, data) if t.name.startswith(name))


FITS = {
    "a function with another body, signature and decorator": (
        "f",
        "@cache\ndef f(b):\n    return 1\n",
    ),
    "a function that becomes async": ("f", "async def f(): ...\n"),
    "a function with a comment": ("f", "# why\ndef f(): ...\n    # end\n"),
    "an overload more": ("f", "@o\ndef f(): ...\n\n@o\ndef f(): ...\ndef f(): ...\n"),
    "a member at its indentation": ("A.m", "    # why\n    @d\n    def m(self): ...\n"),
    "a member with a string that reaches left": ("A.m", "    def m(self):\n        '''\nx\n'''\n"),
    "a head with another base": ("A", 'class A(C):\n    """Other."""\n'),
    "a head whose docstring goes for a pass": ("A", "class A(C):\n    pass\n"),
    "a bare head": ("Bare", "@d\nclass Bare(C):\n"),
    "a bare head that gets a docstring": ("Bare", 'class Bare:\n    """Doc."""\n'),
    "a nested head": ("A.In", "    class In(C):\n"),
    "a class that has no members yet may get some": (
        "E",
        "class E(X):\n    x = 1\n    def f(self): ...\n",
    ),
    "a class on its line may unfold": ("One", "class One:\n    v = 2\n"),
    "a constant with an annotation": ("X", "X: Final = (\n    2,\n)\n"),
    "a field": ("A.y", "    y = 2\n"),
    "a statement without a name": ("<statement", "main(1)\n"),
    "an if with another test": ("if a", "if b:\n    import c\nelse:\n    c = 1\n"),
    "imports": ("<imports>", "import c\n\n# d\nfrom d import (\n    e,\n)\n"),
    "a docstring": ("<docstring>", 'r"""Other."""\n'),
    "a comment": ("<comment", "# one\n# two\n"),
    "a tail": ("<tail>", "\n# other\n\n"),
    "no tail": ("<tail>", ""),
}


@pytest.mark.parametrize(("name", "text"), FITS.values(), ids=FITS.keys())
def test_the_same_symbol_may_replace_a_tile(name: str, text: str):
    assert defines(named(name), text.encode()) is None


REFUSED = {
    "no final newline": ("f", "def f(): ...", "must end with a newline"),
    "nothing": ("f", "", "the text is empty; to remove the symbol, delete it"),
    "a blank line above": ("f", "\ndef f(): ...\n", "begins or ends with a blank line"),
    "a blank line below": ("f", "def f(): ...\n\n", "begins or ends with a blank line"),
    "a syntax error": ("f", "def f():\n    return (\n", "does not parse where it stands: line 2"),
    "a syntax error in a member": (
        "A.m",
        "    def m(self):\n        x = = 1\n",
        "line 2: invalid syntax",
    ),
    "another name": (
        "f",
        "def g(): ...\n",
        "the text defines function g; it must define this symbol",
    ),
    "another kind": ("f", "f = 1\n", "the text defines statement f; it must"),
    "a class for a function": ("f", "class f:\n    pass\n", "the text defines class f; it must"),
    "a function beside it": (
        "f",
        "def f(): ...\ndef g(): ...\n",
        "defines function f, function g;",
    ),
    "imports beside it": ("f", "import a\ndef f(): ...\n", "defines imports, function f;"),
    "only a comment": ("f", "# gone\n", "the text defines nothing; it must define this symbol"),
    "many symbols": (
        "f",
        "a=1\nb=1\nc=1\nd=1\n",
        "statement a, statement b, statement c and 1 more;",
    ),
    "a member without indentation": (
        "A.m",
        "def m(self): ...\n",
        "it must be indented by 4 spaces",
    ),
    "a member too deep": (
        "A.m",
        "        def m(self): ...\n",
        "by 8 spaces; indent it by 4 spaces",
    ),
    "a member with a tab": (
        "A.m",
        "\tdef m(self): ...\n",
        "is indented by '\\t'; indent it by 4 spaces",
    ),
    "a function that is indented": ("f", "    def f(): ...\n", "it must be indented by nothing"),
    "a member that leaves its class": (
        "A.m",
        "    def m(self): ...\nx = 1\n",
        "outside of its class",
    ),
    "a member that closes its class with else": (
        "A.m",
        "    m = 1\nelse:\n    x\n",
        "does not parse",
    ),
    "a head with members": (
        "A",
        'class A:\n    """D."""\n    q = 1\n',
        "the head only; the text holds statement q",
    ),
    "a bare head with members": ("Bare", "class Bare:\n    def q(self): ...\n", "the head only"),
    "a head of another name": (
        "A",
        'class Q:\n    """Doc."""\n',
        "the text defines class Q; it must",
    ),
    "a head without what keeps it whole": ("A", "class A(C):\n", "give it a docstring or `pass`"),
    "a class without a body": ("E", "class E(X):\n", "give it a docstring or `pass`"),
    "a head with its body on the line": ("A", "class A: pass\n", "below the class line"),
    "a docstring at another column": (
        "A",
        'class A:\n  """D."""\n',
        "in column 4, as the members do",
    ),
    "another constant": ("X", "Y = 1\n", "the text defines statement Y; it must"),
    "a constant more": (
        "X",
        "X = 1\nY = 1\n",
        "the text defines statement X, statement Y; it must",
    ),
    "a constant that becomes a function": (
        "X",
        "def X(): ...\n",
        "the text defines function X; it must",
    ),
    "a constant that becomes an import": ("X", "import X\n", "the text defines imports; it must"),
    "a name where there was none": (
        "<statement",
        "Y = main()\n",
        "the text defines statement Y; it must",
    ),
    "an if that becomes a constant": ("if a", "b = 1\n", "the text defines statement b; it must"),
    "a constant among imports": (
        "<imports>",
        "import a\nX = 1\n",
        "defines imports, statement X; it must",
    ),
    "a docstring that is bytes": (
        "<docstring>",
        'b"""D."""\n',
        "the text defines a statement; it must",
    ),
    "code for a comment": ("<comment", "# x\ny = 1\n", "nothing but comments"),
    "two comment blocks": ("<comment", "# x\n\n# y\n", "one block of comment lines"),
    "code for the tail": ("<tail>", "x = 1\n", "nothing but comments"),
    "a byte-order mark": ("X", "\ufeffX = 1\n", "begins with a byte-order mark"),
    "a null byte": ("X", "X = '\0'\n", "does not parse"),
}


@pytest.mark.parametrize(("name", "text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_another_symbol_may_not_replace_a_tile(name: str, text: str, message: str):
    found = named(name)
    refusal = defines(found, text.encode())
    assert refusal is not None
    assert refusal.startswith(f"{found.kind} {found.name}: ")
    assert message in refusal


def test_a_numbered_symbol_keeps_its_plain_name():
    [_, second] = tile("m.py", b"X = 1\nX = 2\n")
    assert second.name == "X#2"
    assert defines(second, b"X = 3\n") is None


def test_the_end_of_a_file_without_a_newline_may_stay_so():
    [last] = tile("m.py", b"x = 1")
    assert defines(last, b"x = 2") is None
    assert defines(last, b"x = 2\n") is None


def test_a_symbol_that_is_utf_8_stays_so_and_others_are_left_alone():
    assert "not UTF-8" in str(defines(named("y", data=LATIN), b"y = '\xe9'\n"))
    assert defines(named("x", data=LATIN), b"x = '\xe8'\n") is None


def test_blank_lines_at_the_end_stay_blank_in_python_and_in_markdown():
    for path, data in (("m.py", b"x = 1\n\n"), ("m.md", b"# A\n\n")):
        tail = named("<tail>", path, data)
        assert defines(tail, b"\n\n") is None
        assert "create it" in str(defines(tail, b"# c\n"))


@pytest.mark.parametrize("text", [b"anything at all", b"", b"\xff\0"])
def test_a_whole_file_may_become_anything(text: bytes):
    assert defines(Tile("", "file", "", b"", b"a"), text) is None


SECTIONS = {
    "other text": ("#A", "# A\nother\n", None),
    "a heading below": ("#A", "# A\n### C\ntext\n", None),
    "the heading underlined": ("#A", "A\n===\n", None),
    "a preamble": ("<preamble>", "Hi.\n", None),
    "another heading": ("#A", "# Z\n", "must begin with its heading, 'A'"),
    "no heading": ("#A", "text\n", "must begin with its heading, 'A'"),
    "text above its heading": ("#A", "text\n\n# A\n", "must begin with its heading, 'A'"),
    "a heading beside it": (
        "#B",
        "## B\n# C\n",
        "no other heading of its level or above, it has #C",
    ),
    "a heading in a preamble": ("<preamble>", "Hi.\n\n# C\n", "no other heading"),
    "an open fence": ("#A", "# A\n```\n", "left open"),
    "nothing": ("#A", "", "the text is empty"),
}


@pytest.mark.parametrize(("name", "text", "message"), SECTIONS.values(), ids=SECTIONS.keys())
def test_a_section_stays_one_section(name: str, text: str, message: str | None):
    refusal = defines(named(name, "m.md", MARKDOWN), text.encode())
    assert refusal is None if message is None else message in str(refusal)


RST = b"Hello.\n\n.. _a:\n\nA\n=\ntext\n\nB\n-\n"

RST_SECTIONS = {
    "other text": ("#A", "A\n=\nother\n", None),
    "a target above it": ("#A", ".. _b:\n\nA\n=\n", None),
    "another adornment": ("#A", "===\nA\n===\n", None),
    "a title below": ("#A", "A\n=\n\nC\n~\ntext\n", None),
    "a preamble": ("<preamble>", "Hi.\n", None),
    "Markdown": ("#A", "# A\n", "must begin with its heading, 'A'"),
    "another title": ("#A", "Z\n=\n", "must begin with its heading, 'A'"),
    "a title beside it": ("#B", "B\n-\n\nC\n-\n", "no other heading of its level or above, it has #C"),
    "a title in a preamble": ("<preamble>", "Hi.\n\nC\n=\n", "no other heading"),
    "an open table": ("#A", "A\n=\n\n== ==\n== ==\nx\n", "left open"),
    "nothing": ("#A", "", "the text is empty"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "message"), RST_SECTIONS.values(), ids=RST_SECTIONS.keys()
)
def test_a_section_of_restructuredtext_stays_one_section(name: str, text: str, message: str | None):
    refusal = defines(named(name, "m.rst", RST), text.encode())
    assert refusal is None if message is None else message in str(refusal)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("m.md", b"# 4\n\n# A\n\n# 4\n\n# A\n", id="numbers as headings"),
        pytest.param("m.rst", b"4\n=\n\nA\n=\n\n4\n=\n", id="numbers as titles"),
        pytest.param("m.md", b"# A\n```\nopen\n", id="a fence that the file leaves open"),
        pytest.param("m.rst", b"A\n=\n\n== ==\nx y\n", id="a table that the file leaves open"),
    ],
)
def test_every_section_may_replace_itself(path: str, data: bytes):
    assert [(t.name, d) for t in tile(path, data) if (d := defines(t, t.text))] == []
