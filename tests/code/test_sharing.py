"""Names that many want of one file: a function of the set of them, in the file's own style."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.code.importing import Import
from jupiter.code.parse import parse
from jupiter.code.sharing import Shared, binder, exports, imported, used_names, with_shared
from jupiter.code.tiles import join, tile

PATH = "src/pkg/a.py"


def after(text: str, shared: Shared) -> str:
    return join(with_shared(PATH, tile(PATH, text.encode()), shared)).decode()


def add(module: str, name: str | None = None, alias: str | None = None) -> Shared:
    return Shared(imports={Import(module, name, alias)})


def typing(module: str, name: str) -> Shared:
    return Shared(imports={Import(module, name, None, typing=True)})


def export(*names: str) -> Shared:
    return Shared(exports=set(names))


def drop(module: str, name: str | None = None, alias: str | None = None) -> Shared:
    return Shared(dropped_imports={Import(module, name, alias)})


SAME = [
    pytest.param("import os\n", add("os"), id="an import that is there"),
    pytest.param("from a import b\n", add("a", "b"), id="a name that is there"),
    pytest.param("import os;import re\n", add("re"), id="two imports on a line"),
    pytest.param(
        "try:\n    import a\nexcept ImportError:\n    a = None\n", add("a"), id="under try"
    ),
    pytest.param(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import b\n",
        typing("a", "b"),
        id="for types, under TYPE_CHECKING",
    ),
    pytest.param("from a import b\n", typing("a", "b"), id="for types, there at run time"),
    pytest.param("from a import *\n", add("a", "*"), id="a star that is there"),
    pytest.param('__all__ = ["a"]\n', export("a"), id="an export that is there"),
    pytest.param(
        '__all__ = ["a"]\n__all__ += ["b"]\n', export("b"), id="an export of a second list"
    ),
    pytest.param("x = 1\n", export("x"), id="an export where there is no __all__"),
    pytest.param("__all__ = a.__all__\n", export("x"), id="an export to what is no list"),
    pytest.param("def broken(:\n", add("os"), id="what does not parse"),
    pytest.param("import os\nos.name\n", drop("os"), id="a dropped name that is used"),
    pytest.param(
        "import os\ndef f(x: 'os.x'): ...\n", drop("os"), id="used in a string annotation"
    ),
    pytest.param("import os\n__all__ = ['os']\n", drop("os"), id="a dropped name that is exported"),
    pytest.param("from a import *\n", drop("b", "c"), id="a dropped name that is not there"),
]


@pytest.mark.parametrize(("text", "shared"), SAME)
def test_a_file_that_needs_no_change_keeps_every_byte(text: str, shared: Shared) -> None:
    assert after(text, shared) == text


CHANGED = [
    pytest.param("import a\nimport c\n", add("b"), "import a\nimport b\nimport c\n", id="sorted"),
    pytest.param("import c\nimport a\n", add("b"), "import c\nimport a\nimport b\n", id="unsorted"),
    pytest.param(
        "import a\nfrom b import c\n",
        add("z"),
        "import a\nimport z\nfrom b import c\n",
        id="plain imports stand in front",
    ),
    pytest.param(
        "from a import x\nimport b\nfrom c import y\n",
        add("aa"),
        "from a import x\nimport aa\nimport b\nfrom c import y\n",
        id="sorted by module alone",
    ),
    pytest.param("from a import b\n", add("a", "c"), "from a import b, c\n", id="in its statement"),
    pytest.param(
        "from a import b  # noqa\n",
        add("a", "a1"),
        "from a import a1, b  # noqa\n",
        id="a comment stays",
    ),
    pytest.param(
        "from a import (b, d)\n", add("a", "c"), "from a import (b, c, d)\n", id="in brackets"
    ),
    pytest.param(
        "from a import (\n    b,\n    d,  # four\n)\n",
        add("a", "e"),
        "from a import (\n    b,\n    d,  # four\n    e,\n)\n",
        id="a line each, at the end",
    ),
    pytest.param(
        "from a import (\n    b,\n    d\n)\n",
        add("a", "e"),
        "from a import (\n    b,\n    d,\n    e\n)\n",
        id="a line each, without a last comma",
    ),
    pytest.param(
        "from a import (\n    b,\n    d,\n)\n",
        add("a", "c"),
        "from a import (\n    b,\n    c,\n    d,\n)\n",
        id="a line each, between",
    ),
    pytest.param(
        "from a import (\n    b, c,\n    e, f,\n)\n",
        add("a", "d"),
        "from a import (\n    b, c,\n    d, e, f,\n)\n",
        id="several a line",
    ),
    pytest.param(
        "from a import b, \\\n    d\n",
        add("a", "c"),
        "from a import b, \\\n    c, d\n",
        id="a backslash",
    ),
    pytest.param(
        "from a import Any, cast\n",
        add("a", "TYPE"),
        "from a import TYPE, Any, cast\n",
        id="constants, classes, functions",
    ),
    pytest.param(
        "from a import b\n", add("a", "b", "c"), "from a import b, b as c\n", id="with an alias"
    ),
    pytest.param(
        "from a import b\nfrom a import c\n",
        add("a", "d"),
        "from a import b\nfrom a import c\nfrom a import d\n",
        id="each name has its statement",
    ),
    pytest.param(
        "from a import *\n", add("a", "b"), "from a import *\nfrom a import b\n", id="beside a star"
    ),
    pytest.param(
        f"from a import {'b' * 70}\n",
        add("a", "c" * 10),
        f"from a import (\n    {'b' * 70},\n    {'c' * 10},\n)\n",
        id="a long line is broken up",
    ),
    pytest.param(
        "import os\n\nimport click\n\nfrom . import b\n",
        add("re"),
        "import os\nimport re\n\nimport click\n\nfrom . import b\n",
        id="the group of the standard library",
    ),
    pytest.param(
        "import os\n\nimport click\n\nfrom . import b\n",
        add(".a", "x"),
        "import os\n\nimport click\n\nfrom . import b\nfrom .a import x\n",
        id="the group of what is relative",
    ),
    pytest.param(
        "import os\n\nfrom . import b\n",
        add("click"),
        "import os\n\nimport click\n\nfrom . import b\n",
        id="a group of its own",
    ),
    pytest.param(
        "import os\n",
        add("pkg.b"),
        "import os\n\nimport pkg.b\n",
        id="what is of this package comes later",
    ),
    pytest.param(
        '"""D."""\nimport os\n',
        add("__future__", "annotations"),
        '"""D."""\nfrom __future__ import annotations\n\nimport os\n',
        id="the future comes first",
    ),
    pytest.param('"""D."""\n', add("os"), '"""D."""\n\nimport os\n', id="below a docstring"),
    pytest.param("def f(): ...\n", add("os"), "import os\n\n\ndef f(): ...\n", id="above all else"),
    pytest.param(
        "# License.\n\nx = 1\n", add("os"), "# License.\n\nimport os\n\nx = 1\n", id="license"
    ),
    pytest.param("", add("os"), "import os\n", id="an empty file"),
    pytest.param("x = 1", add("os"), "import os\n\nx = 1", id="a file without a last line end"),
    pytest.param("import os", add("re"), "import os\nimport re\n", id="imports without a line end"),
    pytest.param("import os\r\n", add("re"), "import os\r\nimport re\r\n", id="CRLF"),
    pytest.param(
        "import os\n\n\ndef f(): ...\n",
        typing("a", "b"),
        "import os\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from a import b\n\n\n"
        "def f(): ...\n",
        id="the first name for types",
    ),
    pytest.param(
        "import typing\n",
        typing("a", "b"),
        "import typing\n\nif typing.TYPE_CHECKING:\n    from a import b\n",
        id="for types, typing is there",
    ),
    pytest.param(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import c\n    from x import y\n",
        typing("a", "b"),
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import b, c\n    from x import y\n",
        id="one more name for types",
    ),
    pytest.param('__all__ = ["a", "c"]\n', export("b"), '__all__ = ["a", "b", "c"]\n', id="export"),
    pytest.param(
        "__all__ = ('a',)\n", export("b"), "__all__ = ('a', 'b',)\n", id="export of a tuple"
    ),
    pytest.param("__all__ = []\n", export("b"), '__all__ = ["b"]\n', id="first export"),
    pytest.param("__all__ = ()\n", export("b"), '__all__ = ("b",)\n', id="first export of a tuple"),
    pytest.param(
        "__all__ = [\n    'z',\n    'a',\n]\n",
        export("m"),
        "__all__ = [\n    'z',\n    'a',\n    'm',\n]\n",
        id="exports in no order",
    ),
    pytest.param("__all__ += ['a']\n", export("b"), "__all__ += ['a', 'b']\n", id="added exports"),
    pytest.param("import a\nimport b\n", drop("a"), "import b\n", id="a dropped import"),
    pytest.param(
        "from a import b, c, d\n", drop("a", "c"), "from a import b, d\n", id="dropped between"
    ),
    pytest.param("from a import b, c\n", drop("a", "c"), "from a import b\n", id="dropped last"),
    pytest.param(
        "from a import (\n    b,\n    c,\n)\n",
        drop("a", "b"),
        "from a import (\n    c,\n)\n",
        id="its line",
    ),
    pytest.param(
        "import os\n\nimport a\n\nimport b\nb\n",
        drop("a"),
        "import os\n\nimport b\nb\n",
        id="a group that is empty goes",
    ),
    pytest.param(
        '"""D."""\n\nimport a\n\nx = 1\n', drop("a"), '"""D."""\n\nx = 1\n', id="the only one"
    ),
    pytest.param(
        "from t import T\nif T.TYPE_CHECKING:\n    from a import b\n",
        drop("a", "b"),
        "from t import T\n",
        id="the only one for types",
    ),
    pytest.param(
        '__all__ = ["a", "b"]\n',
        Shared(dropped_exports={"a"}),
        '__all__ = ["b"]\n',
        id="a dropped export",
    ),
    pytest.param(
        "__all__ = ('a', 'b')\n",
        Shared(dropped_exports={"b"}),
        "__all__ = ('a',)\n",
        id="a dropped export of a tuple",
    ),
    pytest.param(
        "from a import b\n__all__ = ['b']\n",
        Shared(dropped_imports={Import("a", "b")}, dropped_exports={"b"}),
        "__all__ = []\n",
        id="an import whose export is dropped too",
    ),
]


@pytest.mark.parametrize(("text", "shared", "expected"), CHANGED)
def test_a_name_goes_where_the_file_would_put_it(text: str, shared: Shared, expected: str) -> None:
    assert after(text, shared) == expected


def test_a_name_that_somebody_adds_stays_whoever_drops_it() -> None:
    both = Shared(
        imports={Import("a", "b", None, typing=True)},
        dropped_imports={Import("a", "b")},
        exports={"x"},
        dropped_exports={"x"},
    )
    assert after("from a import b\n__all__ = ['x']\n", both) == "from a import b\n__all__ = ['x']\n"


MODULES = st.sampled_from(
    ["os", "re", "a.b", "click", "pkg.x", ".y", "..z", "__future__", "typing"]
)
IMPORTS = st.sets(
    st.builds(
        Import,
        MODULES,
        st.sampled_from(["n", "Name", "CONST", "annotations"]),
        st.none() | st.sampled_from(["q", "r"]),
        st.booleans(),
    ),
    max_size=6,
)
NAMES = st.sets(st.sampled_from(["n", "q", "Name", "f", "zz"]), max_size=4)
SHARED = st.builds(Shared, IMPORTS, NAMES, IMPORTS, NAMES)
TEXTS = st.sampled_from(
    [
        "",
        "# c\n",
        '"""D."""\nimport os\nfrom a.b import n, q as r\n\n__all__ = ["n"]\n\n\ndef f(): return n\n',
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .y import Name\n",
        "from os import (\n    n,\n    Name, # c\n    q\n)\n__all__ = (\n 'q',\n)",
        "x = 1\nimport os\nclass C:\n    import re\n",
        "from click import n; from click import q\r\nimport re\r\n",
    ]
)


@given(TEXTS, SHARED)
def test_what_parses_parses_and_has_what_was_added(text: str, shared: Shared) -> None:
    made = after(text, shared)
    parse(made)
    tiles = tile(PATH, made.encode())
    for one in shared.imports:
        assert one._replace(typing=False) in imported(tiles, typing=one.typing)
    names = exports(tiles)
    if exports(tile(PATH, text.encode())) is not None:
        assert names is not None
        assert set(names) >= shared.exports
    assert body(made) == body(text)


@given(TEXTS, SHARED)
def test_what_was_folded_once_is_not_folded_twice(text: str, shared: Shared) -> None:
    once = after(text, shared)
    assert after(once, shared) == once


@given(TEXTS, SHARED)
def test_what_is_used_is_never_dropped(text: str, shared: Shared) -> None:
    before, made = tile(PATH, text.encode()), tile(PATH, after(text, shared).encode())
    bound = {one.binds for one in imported(before, typing=True)}
    left = {one.binds for one in imported(made, typing=True)}
    assert (bound & used_names(made)) <= left


def body(text: str) -> list[str]:
    """All statements but imports, `__all__` and blocks for types."""
    skipped = (ast.Import, ast.ImportFrom, ast.If)
    found = [node for node in ast.parse(text).body if not isinstance(node, skipped)]
    return [one for node in found if not (one := ast.unparse(node)).startswith("__all__")]


@pytest.mark.parametrize(
    ("text", "new", "other"),
    [
        ("import os\n", Import("os"), None),
        ("from a import b\n", Import("c", "b"), "from a import b"),
        ("from a import b\n", Import("c", "d", "b"), "from a import b"),
        ("def b(): ...\n", Import("c", "b"), "b"),
        ("class C:\n    b = 1\n", Import("c", "b"), None),
        ("b: int\n", Import("c", "b"), "b"),
        ("import a.x\n", Import("a.y"), None),
        ("from a import b\n", Import("c", "*"), None),
    ],
    ids=[
        "the import itself",
        "another module's",
        "under an alias",
        "a function",
        "a member is no clash",
        "a constant",
        "two modules of one package",
        "a star",
    ],
)
def test_what_binds_a_name_otherwise_is_found(text: str, new: Import, other: str | None) -> None:
    assert binder(tile(PATH, text.encode()), new) == other
