"""Every byte of a file has exactly one owner, and it is the right one."""

import warnings
from hashlib import sha256

import pytest

from jupiter.code.tiles import Tile, join, replace, tile


def hashed(kind: str, text: str) -> str:
    return f"<{kind} {sha256(text.encode()).hexdigest()[:8]}>"


def shape(source: str | bytes, path: str = "m.py") -> list[tuple[str, str]]:
    """Names and texts of the tiles, with `|` where a gap ends."""
    data = source.encode() if isinstance(source, str) else source
    tiles = tile(path, data)
    assert join(tiles) == data
    return [(t.name, (t.gap + b"|" + t.text).decode("latin-1")) for t in tiles]


RULES = {
    "a docstring, imports, a constant, a function": (
        '"""Doc."""\nimport a\n\nX = 1\n\n\ndef f():\n    pass\n',
        [
            ("<docstring>", '|"""Doc."""\n'),
            ("<imports>", "|import a\n"),
            ("X", "\n|X = 1\n"),
            ("f", "\n\n|def f():\n    pass\n"),
        ],
    ),
    "imports separated by blank lines are one tile": (
        "import a\n\nfrom b import (\n    c,\n)\n",
        [("<imports>", "|import a\n\nfrom b import (\n    c,\n)\n")],
    ),
    "a comment that touches an import belongs to it": (
        "import a\n\n# third party\nimport b\n",
        [("<imports>", "|import a\n\n# third party\nimport b\n")],
    ),
    "a detached comment parts imports": (
        "import a\n\n# c\n\nimport b\n",
        [
            ("<imports>", "|import a\n"),
            (hashed("comment", "# c\n"), "\n|# c\n"),
            ("<imports>#2", "\n|import b\n"),
        ],
    ),
    "imports after a statement are another tile": (
        "import a\nX = 1\nimport b\n",
        [("<imports>", "|import a\n"), ("X", "|X = 1\n"), ("<imports>#2", "|import b\n")],
    ),
    "decorators and touching comments belong to a definition": (
        "# about f\n@a\n# why\n@b(\n    1\n)\ndef f(): ...\n",
        [("f", "|# about f\n@a\n# why\n@b(\n    1\n)\ndef f(): ...\n")],
    ),
    "a decorator whose expression begins on the next line": (
        "X = 1\n@(\n  # c\n  a\n)\ndef f(): ...\n",
        [("X", "|X = 1\n"), ("f", "|@(\n  # c\n  a\n)\ndef f(): ...\n")],
    ),
    "a comment block with a blank line below is a tile of its own": (
        "X = 1\n# c\n\ndef f(): ...\n",
        [("X", "|X = 1\n"), (hashed("comment", "# c\n"), "|# c\n"), ("f", "\n|def f(): ...\n")],
    ),
    "a ruler is a section's even when it touches": (
        "# ----\n# helpers\n# ----\n# about f\ndef f(): ...\n",
        [
            (hashed("comment", "# ----\n# helpers\n# ----\n"), "|# ----\n# helpers\n# ----\n"),
            ("f", "|# about f\ndef f(): ...\n"),
        ],
    ),
    "a ruler with words in it": (
        "X = 1\n\n#### helpers ####\ndef f(): ...\n",
        [
            ("X", "|X = 1\n"),
            (hashed("comment", "#### helpers ####\n"), "\n|#### helpers ####\n"),
            ("f", "|def f(): ...\n"),
        ],
    ),
    "deeper comments below a compound statement end it": (
        "def f():\n    pass\n    # a\n\n  # b\n# c\nX = 1\n    # d\nY = 2\n",
        [
            ("f", "|def f():\n    pass\n    # a\n\n  # b\n"),
            ("X", "|# c\nX = 1\n"),
            ("Y", "|    # d\nY = 2\n"),
        ],
    ),
    "a class is a head and members": (
        'class A(\n    B,  # b\n):\n    """Doc."""\n\n    x = 1\n    # about f\n    def f(self): ...\n',
        [
            ("A", '|class A(\n    B,  # b\n):\n    """Doc."""\n'),
            ("A.x", "\n|    x = 1\n"),
            ("A.f", "|    # about f\n    def f(self): ...\n"),
        ],
    ),
    "a comment below a class line belongs to the first member, above the docstring to the head": (
        'class A:\n    # x\n    x = 1\nclass B:\n    # d\n    """Doc."""\n    y = 1\n',
        [
            ("A", "|class A:\n"),
            ("A.x", "|    # x\n    x = 1\n"),
            ("B", '|class B:\n    # d\n    """Doc."""\n'),
            ("B.y", "|    y = 1\n"),
        ],
    ),
    "nested classes are tiled likewise": (
        "class A:\n    class B:\n        class C:\n            x = 1\n    y = 2\n",
        [
            ("A", "|class A:\n"),
            ("A.B", "|    class B:\n"),
            ("A.B.C", "|        class C:\n"),
            ("A.B.C.x", "|            x = 1\n"),
            ("A.y", "|    y = 2\n"),
        ],
    ),
    "comments at the end of a class are the class's by their column": (
        "class A:\n    def f(self):\n        pass\n        # in f\n\n    # in A\n# at g\ndef g(): ...\n",
        [
            ("A", "|class A:\n"),
            ("A.f", "|    def f(self):\n        pass\n        # in f\n"),
            ("A." + hashed("comment", "    # in A\n"), "\n|    # in A\n"),
            ("g", "|# at g\ndef g(): ...\n"),
        ],
    ),
    "a class whose body is on the class line is one tile": (
        "class A: x = 1; y = 2\nclass B(\n    A\n): z = 1\n",
        [("A", "|class A: x = 1; y = 2\n"), ("B", "|class B(\n    A\n): z = 1\n")],
    ),
    "a class line that a backslash continues is one tile": (
        "class A: \\\n  x = 1\n",
        [("A", "|class A: \\\n  x = 1\n")],
    ),
    "a class without members is one tile": (
        'class A(E):\n    pass\nclass B:\n    """Doc."""\n    ...\n    # end\n',
        [
            ("A", "|class A(E):\n    pass\n"),
            ("B", '|class B:\n    """Doc."""\n    ...\n    # end\n'),
        ],
    ),
    "overloads are one tile": (
        "@overload\ndef f(a: int): ...\n\n# why\n@overload\ndef f(a: str): ...\ndef f(a): ...\n",
        [
            (
                "f",
                (
                    "|@overload\ndef f(a: int): ...\n\n# why\n@overload\ndef f(a: str): ...\n"
                    "def f(a): ...\n"
                ),
            )
        ],
    ),
    "a property with its setter is one tile": (
        "class A:\n  @property\n  def p(self): ...\n\n  @p.setter\n  def p(self, v): ...\n  def q(s): ...\n",
        [
            ("A", "|class A:\n"),
            (
                "A.p",
                "|  @property\n  def p(self): ...\n\n  @p.setter\n  def p(self, v): ...\n",
            ),
            ("A.q", "|  def q(s): ...\n"),
        ],
    ),
    "a name that comes again is numbered, so are the members of its class": (
        "class A:\n    x = 1\nX = 1\nclass A:\n    x = 1\nX = 2\n",
        [
            ("A", "|class A:\n"),
            ("A.x", "|    x = 1\n"),
            ("X", "|X = 1\n"),
            ("A#2", "|class A:\n"),
            ("A#2.x", "|    x = 1\n"),
            ("X#2", "|X = 2\n"),
        ],
    ),
    "functions and classes in a function are its own": (
        "def f():\n    import a\n\n    class A:\n        x = 1\n\n    def g(): ...\n\n    return g\n",
        [
            (
                "f",
                (
                    "|def f():\n    import a\n\n    class A:\n        x = 1\n\n    def g(): ...\n\n"
                    "    return g\n"
                ),
            )
        ],
    ),
    "every statement between definitions is a tile": (
        "def f(): ...\nf.x = 1\nregister(f)\nX = Y = 1\ndel X\n\ndef f(): ...\n",
        [
            ("f", "|def f(): ...\n"),
            (hashed("statement", "f.x = 1\n"), "|f.x = 1\n"),
            (hashed("statement", "register(f)\n"), "|register(f)\n"),
            ("X", "|X = Y = 1\n"),
            (hashed("statement", "del X\n"), "|del X\n"),
            ("f#2", "\n|def f(): ...\n"),
        ],
    ),
    "imports under a condition belong to it": (
        (
            "import a\nif TYPE_CHECKING:\n    from b import c\n\ntry:\n    import d\n"
            "except ImportError:\n    d = None\nelse:\n    import e\nwith f:\n    import g\nimport h\n"
        ),
        [
            ("<imports>", "|import a\n"),
            ("if TYPE_CHECKING", "|if TYPE_CHECKING:\n    from b import c\n"),
            (
                "d",
                ("\n|try:\n    import d\nexcept ImportError:\n    d = None\nelse:\n    import e\n"),
            ),
            ("g", "|with f:\n    import g\n"),
            ("<imports>#2", "|import h\n"),
        ],
    ),
    "what extends __all__ is a tile of its own": (
        "__all__ = ['a']\n\n__all__ += b.__all__\n__all__.append('c')\n",
        [
            ("__all__", "|__all__ = ['a']\n"),
            ("__all__#2", "\n|__all__ += b.__all__\n"),
            (hashed("statement", "__all__.append('c')\n"), "|__all__.append('c')\n"),
        ],
    ),
    "a match binds what its patterns capture": (
        "match a:\n    case [1, *rest]:\n        pass\n",
        [("rest", "|match a:\n    case [1, *rest]:\n        pass\n")],
    ),
    "a definition under if or try belongs to the whole statement": (
        (
            "if sys.version_info >= (3, 12):\n    def f(): ...\nelse:\n    f = None\n"
            "try:\n    import fast as g\nexcept ImportError:\n    def g(): ...\n"
        ),
        [
            (
                "if sys.version_info >= (3, 12)",
                "|if sys.version_info >= (3, 12):\n    def f(): ...\nelse:\n    f = None\n",
            ),
            ("g", "|try:\n    import fast as g\nexcept ImportError:\n    def g(): ...\n"),
        ],
    ),
    "statements are named by what they bind first": (
        "a, (b, *c) = 1\nd: int\ne += 1\nfor g in h: ...\nwith i as j: ...\n__all__ = []\nk = (l := 1)\n",
        [
            ("a", "|a, (b, *c) = 1\n"),
            ("d", "|d: int\n"),
            ("e", "|e += 1\n"),
            ("g", "|for g in h: ...\n"),
            ("j", "|with i as j: ...\n"),
            ("__all__", "|__all__ = []\n"),
            ("k", "|k = (l := 1)\n"),
        ],
    ),
    "a statement that binds nothing is named by its hash": (
        "main()\nx.y = [a for a in b]\n",
        [
            (hashed("statement", "main()\n"), "|main()\n"),
            (hashed("statement", "x.y = [a for a in b]\n"), "|x.y = [a for a in b]\n"),
        ],
    ),
    "statements that share a line are one tile": (
        "x = 1; y = '''\n'''; z = 3\nimport a; w = 1\nimport b; import c\n",
        [
            ("x", "|x = 1; y = '''\n'''; z = 3\n"),
            ("a", "|import a; w = 1\n"),
            ("<imports>", "|import b; import c\n"),
        ],
    ),
    "a statement takes along the line that its backslash leads to": (
        "x = 1; \\\ny = 2\nz = 1 \\\n\nw = 1  # no \\\nv = 1\n",
        [
            ("x", "|x = 1; \\\ny = 2\n"),
            ("z", "|z = 1 \\\n\n"),
            ("w", "|w = 1  # no \\\n"),
            ("v", "|v = 1\n"),
        ],
    ),
    "what is left at the end is the tail": (
        "x = 1\n\n# a\n\n# b\n\n",
        [("x", "|x = 1\n"), ("<tail>", "\n|# a\n\n# b\n\n")],
    ),
    "blank lines at the end are the tail": (
        "x = 1\n\n\n",
        [("x", "|x = 1\n"), ("<tail>", "|\n\n")],
    ),
    "a file of comments is its tail": ("\n# a\n", [("<tail>", "\n|# a\n")]),
    "no final newline": (
        "def f(): ...\nx = 1",
        [("f", "|def f(): ...\n"), ("x", "|x = 1")],
    ),
    "windows line ends": (
        "import a\r\n\r\nx = '''\r\n'''\r\n",
        [("<imports>", "|import a\r\n"), ("x", "\r\n|x = '''\r\n'''\r\n")],
    ),
    "lone returns end lines": (
        "x = 1\r\ry = 2\r",
        [("x", "|x = 1\r"), ("y", "\r|y = 2\r")],
    ),
    "form feeds do not": (
        "x = 1\n\f\n\fdef f(): ...\ny = '\x1c'\n",
        [("x", "|x = 1\n"), ("f", "\f\n|\fdef f(): ...\n"), ("y", "|y = '\x1c'\n")],
    ),
    "tabs": (
        "class A:\n\tx = 1\n\tdef f(self):\n\t\tpass\n\t\t# in f\n\t# in A\n",
        [
            ("A", "|class A:\n"),
            ("A.x", "|\tx = 1\n"),
            ("A.f", "|\tdef f(self):\n\t\tpass\n\t\t# in f\n"),
            ("A." + hashed("comment", "\t# in A\n"), "|\t# in A\n"),
        ],
    ),
    "a byte-order mark is kept by the tree": (
        b"\xef\xbb\xbf\n# c\nx = 1\n",
        [("x", "\xef\xbb\xbf\n|# c\nx = 1\n")],
    ),
    "an encoding cookie is understood": (
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\ny = 1\n",
        [("x", "|# -*- coding: latin-1 -*-\nx = '\xe9'\n"), ("y", "|y = 1\n")],
    ),
}


@pytest.mark.parametrize(("source", "expected"), RULES.values(), ids=RULES.keys())
def test_python_is_tiled_by_the_rules(source: str | bytes, expected: list[tuple[str, str]]):
    assert shape(source) == expected


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("a.py", b"", id="empty"),
        pytest.param("a.py", b"\xef\xbb\xbf", id="only a byte-order mark"),
        pytest.param("a.py", b"def f(:\n\nx = 1\n", id="a syntax error"),
        pytest.param("a.py", b"print 'hello'\n\nx = 1\n", id="Python 2"),
        pytest.param("a.py", b"x = 1\0\ny = 1\n", id="a null byte"),
        pytest.param("a.py", b"# coding: nonsense\nx = 1\n", id="an unknown encoding"),
        pytest.param("a.py", b"# coding: rot13\nx = 1\n", id="an encoding that is not of text"),
        pytest.param("a.py", b"x = '\xff'\ny = 1\n", id="bytes that are not UTF-8"),
        pytest.param("a.py", b"(" * 5000, id="a parenthesis that never closes"),
        pytest.param("a.py", b"x = " + b"-" * 200_000 + b"1\n", id="too deep for the parser"),
        pytest.param("a.py", b"x = " + b"9" * 5000 + b"\n", id="too long an integer"),
        pytest.param(
            "a.py", b"# coding: raw_unicode_escape\n\\u000ax = 1\ny = 1\n", id="escaped newlines"
        ),
        pytest.param("a.toml", b"[a]\n\n[b]\n", id="not Python"),
        pytest.param("py", b"x = 1\ny = 2\n", id="no ending"),
        pytest.param("a.md", b"no heading\n\n\n", id="Markdown without headings"),
    ],
)
def test_what_cannot_be_cut_is_one_tile(path: str, data: bytes):
    assert tile(path, data) == (Tile("", "file", "", b"", data),)


def test_a_stub_is_tiled_like_a_module():
    assert [n for n, _ in shape("class A:\n    x: int\n\nX: int\n", "m.pyi")] == ["A", "A.x", "X"]


def test_kinds_and_containers_are_told():
    source = b'"""D."""\nimport a\n# c\n\nX = 1\nclass A:\n    import b\n    def f(self): ...\n\n'
    assert [(t.name, t.kind, t.container) for t in tile("m.py", source)] == [
        ("<docstring>", "docstring", ""),
        ("<imports>", "imports", ""),
        (hashed("comment", "# c\n"), "comment", ""),
        ("X", "statement", ""),
        ("A", "class", ""),
        ("A.<imports>", "imports", "A"),
        ("A.f", "function", "A"),
        ("<tail>", "tail", ""),
    ]


@pytest.mark.parametrize(
    ("test", "name"),
    [
        pytest.param('__name__ == "__main__"', "if __name__ == '__main__'", id="quotes normalised"),
        pytest.param("(\n  a  and b\n)", "if a and b", id="layout normalised"),
        pytest.param(f"x == '{'y' * 200}'", "<if ", id="too long a test is hashed"),
        pytest.param("-" * 700 + "1", "<if ", id="too deep a test is hashed"),
        pytest.param("x == 0x" + "f" * 5000, "<if ", id="a number too long to print is hashed"),
    ],
)
def test_an_if_is_named_by_its_test(test: str, name: str):
    [(found, _)] = shape(f"if {test}:\n    pass\n")
    assert found.startswith(name)
    assert "\n" not in found


def test_long_chains_of_elif_are_named_without_a_deep_recursion():
    chain = "".join(f"    elif a == {i}:\n        pass\n" for i in range(400))
    source = f"try:\n    if a:\n        pass\n{chain}finally:\n    x = 1\n"
    assert [name for name, _ in shape(source)] in (["x"], [""])


def test_warnings_of_the_parser_are_neither_shown_nor_raised():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert [name for name, _ in shape("x = '\\d'\ny = 1or 2\n")] == ["x", "y"]
    assert caught == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [name for name, _ in shape("x = '\\d'\ny = 1 is 1\n")] == ["x", "y"]


def test_replacing_a_tile_changes_its_text_only_and_keeps_all_names():
    tiles = tile("m.py", b"\nx = 1\n\nx = 2\n\n")
    after = replace(tiles, "x#2", b"y = 3")
    assert join(after) == b"\nx = 1\n\ny = 3\n"
    assert [t.name for t in after] == ["x", "x#2", "<tail>"]


def test_replacing_what_is_not_there_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        replace(tile("m.py", b"x = 1\n"), "nothing", b"")
