"""Long files, new syntax, odd line ends and encodings: no byte is lost, and no time."""

import ast
import sys
import time

import pytest

from jupiter.code.check import defines
from jupiter.code.interfaces import interfaces
from jupiter.code.tiles import Tile, join, tile

NEWER = {
    "a type alias": ((3, 12), b"type A = int\n\nx = 1\n", ["A", "x"]),
    "type parameters": (
        (3, 12),
        b"def f[T](a: T) -> T: ...\n\n\nclass A[T]:\n    x: T\n",
        ["f", "A", "A.x"],
    ),
    "the same quotes inside of an f-string": (
        (3, 12),
        b'x = f"{a["b"]}"\n\ny = 1\n',
        ["x", "y"],
    ),
    "a type parameter with a default": ((3, 13), b"class A[T = int]:\n    x: T\n", ["A", "A.x"]),
    "except without parentheses": (
        (3, 14),
        b"try:\n    x = 1\nexcept A, B:\n    pass\n\ny = 1\n",
        ["x", "y"],
    ),
    "a template string": ((3, 14), b"x = t'{a}'\n\ny = 1\n", ["x", "y"]),
}


@pytest.mark.parametrize(("since", "data", "names"), NEWER.values(), ids=NEWER.keys())
def test_syntax_newer_than_the_python_that_runs_is_one_tile(
    since: tuple[int, int], data: bytes, names: list[str]
):
    tiles = tile("m.py", data)
    assert join(tiles) == data
    if sys.version_info >= since:
        assert [t.name for t in tiles] == names
    else:
        assert tiles == (Tile("", "file", "", b"", data),)
        assert interfaces("m.py", data) == {}
        assert defines(tiles[0], data) is None


BODY = [
    "# -*- coding: {encoding} -*-",
    '"""Grüße."""',
    "",
    "import a",
    "",
    "\f",
    "class Ä(B):",
    "\tx = 'é'",
    "",
    "\tdef f(self):",
    "\t\treturn 'ü'  # ñ",
    "\t\t# end",
    "",
    "",
    "# about y",
    "y = '''",
    "ö",
    "'''",
]
NAMES = ["<docstring>", "<imports>", "Ä", "Ä.x", "Ä.f", "y"]
ENCODINGS = {
    "UTF-8": ("utf-8", b""),
    "UTF-8 with a byte-order mark": ("utf-8", b"\xef\xbb\xbf"),
    "Latin-1": ("latin-1", b""),
    "Windows": ("cp1252", b""),
    "Latin-9": ("iso-8859-15", b""),
}
ENDS = {
    "newlines": ["\n"],
    "returns and newlines": ["\r\n"],
    "lone returns": ["\r"],
    "mixed ends": ["\n", "\r\n", "\r"],
}


@pytest.mark.parametrize("final", ["", "\n"], ids=["no final newline", "a final newline"])
@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS.keys())
@pytest.mark.parametrize(("encoding", "mark"), ENCODINGS.values(), ids=ENCODINGS.keys())
def test_encodings_and_line_ends_change_no_name_and_no_byte(
    encoding: str, mark: bytes, ends: list[str], final: str
):
    lines = [line + ends[i % len(ends)] for i, line in enumerate(BODY[:-1])]
    source = "".join([*lines, BODY[-1], final]).format(encoding=encoding)
    data = mark + source.encode(encoding)
    tiles = tile("m.py", data)
    assert join(tiles) == data
    assert [t.name for t in tiles] == NAMES
    assert tiles[4].text.rstrip().endswith(b"# end")
    assert [(t.name, d) for t in tiles if (d := defines(t, t.text))] == []


PYTHON_2 = {
    "print": b"import a\n\n\ndef f():\n    print 'x'\n",
    "except": b"try:\n    x\nexcept E, e:\n    raise E, 'x'\n",
    "exec and backticks": b"exec 'x'\ny = `z`\n",
    "an octal number": b"x = 0777\n",
    "tabs that are eight spaces": b"if x:\n        y = 1\n\tz = 1\n",
    "a tuple for a parameter": b"def f(a, (b, c)): pass\n",
}


@pytest.mark.parametrize("data", PYTHON_2.values(), ids=PYTHON_2.keys())
def test_python_2_is_one_tile(data: bytes):
    assert tile("m.py", data) == (Tile("", "file", "", b"", data),)


LINES = 100_000
LONG = {
    "imports": (b"import a\n" * LINES, 1),
    "one constant again and again": (b"x = 1\n" * LINES, LINES),
    "overloads": (b"def f(): ...\n" * LINES, 1),
    "members": (b"class A:\n" + b"    def f(self): ...\n    x = 1\n" * (LINES // 2), LINES + 1),
    "detached comments": (b"x = 1\n" + b"# c\n\n" * (LINES // 2) + b"y = 1\n", LINES // 2 + 2),
    "one comment": (b"x = 1\n" + b"# c\n" * LINES + b"\ny = 1\n", 3),
    "one literal": (b"x = {\n" + b"    1: 2,\n" * LINES + b"}\n", 1),
    "one function": (b"def f():\n" + b"    x = '#'\n" * LINES, 1),
    "lines that backslashes continue": (b"x = 1; \\\n" * LINES + b"y = 1\n", 1),
    "statements on one line": (b"x = 1; " * LINES + b"\n", 1),
}


@pytest.mark.parametrize(("data", "tiles"), LONG.values(), ids=LONG.keys())
def test_a_hundred_thousand_lines_take_no_longer_than_a_few_parses(data: bytes, tiles: int):
    start = time.process_time()
    ast.parse(data)
    parsed = time.process_time()
    found = tile("m.py", data)
    took = time.process_time() - parsed
    assert join(found) == data
    assert len(found) == tiles
    # what is quadratic takes a minute; a slow machine's noise is allowed for
    assert took < 10 * (parsed - start) + 4


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("m.md", b"# A\n" * LINES, id="Markdown"),
        pytest.param("m.md", b"# A\n" + b"text\n" * LINES + b"---\n", id="a long paragraph"),
        pytest.param("m.md", b"# A\n" + b"```\n" * LINES, id="fences"),
        pytest.param("m.rst", b"A\n=\n\n" * (LINES // 3), id="reStructuredText"),
        pytest.param("m.rst", b"A\n=\n\n" + b"== ==\nx\n" * (LINES // 2), id="tables"),
        pytest.param("m.rst", b"A\n=\n\n" + b"x::\n\n>\n" * (LINES // 3), id="literal blocks"),
        pytest.param("m.txt", b"x\n" * LINES, id="anything else"),
    ],
)
def test_a_hundred_thousand_lines_of_prose_are_cut_in_no_time(path: str, data: bytes):
    start = time.process_time()
    assert join(tile(path, data)) == data
    assert time.process_time() - start < 5


DEEP = {
    "parentheses": "x = " + "(" * 190 + "1" + ")" * 190 + "\n",
    "a long sum": "x = " + "1 + " * 5000 + "1\n",
    "a long chain": "x = a" + ".b()" * 5000 + "\n",
    "a default": "def f(a=" + "-" * 700 + "1): ...\n",
    "a base": "class A(" + "not " * 700 + "B): ...\n",
    "an annotation": "x: " + "not " * 700 + "B\n",
    "what is exported": "__all__ = " + "[] + " * 3000 + "[]\n",
    "classes": "".join(" " * i + "class A:\n" for i in range(99)) + " " * 99 + "x = 1\n",
    "branches": "if a:\n    x = 1\n" + "elif b:\n    x = 1\n" * 3000,
    "a test": "if " + "not " * 700 + "a:\n    x = 1\n",
}


@pytest.mark.parametrize("source", DEEP.values(), ids=DEEP.keys())
def test_what_nests_deep_is_cut_all_the_same(source: str):
    data = source.encode()
    tiles = tile("m.py", data)
    assert join(tiles) == data
    assert set(interfaces("m.py", data)) <= {t.name for t in tiles}
    assert [d for t in tiles if (d := defines(t, t.text))] == []
