"""What holds of any bytes and of any Python, by generated cases."""

import ast

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from jupiter.code.changed import changed
from jupiter.code.check import defines
from jupiter.code.imports import imports_of
from jupiter.code.interfaces import interface_of, interfaces
from jupiter.code.tiles import Tile, join, replace, tile

PATHS = st.sampled_from(["m.py", "m.pyi", "m.md", "m.rst", "m.txt"])

FRAGMENTS = [
    *(
        b"\n",
        b"\r\n",
        b"\r",
        b"\f",
        b"\\\n",
        b" ",
        b"\t",
        b"    ",
        b"\xef\xbb\xbf",
        b"\x1c",
        b"\xff",
    ),
    *(b"# c\n", b"    # c\n", b"# ----\n", b"# coding: latin-1\n", b"# coding: utf-7\n", b"+AAo-"),
    *(
        b"import a\n",
        b"from . import b\n",
        b"x = 1\n",
        b"x = 1",
        b"; ",
        b"pass\n",
        b"...\n",
        b'"""d"""\n',
    ),
    *(
        b"def f(): ...\n",
        b"def f():\n",
        b"class A:\n",
        b"class A: ",
        b"@d\n",
        b"if x:\n",
        b"else:\n",
    ),
    *(b"try:\n", b"finally:\n", b"'''\n", b"(\n", b")\n", b"if 1: y = 2\n", b"    x: int = 1\n"),
    *(b"# H\n", b"H\n", b"---\n", b"===\n", b"```\n", b"- a\n", b"<!--", b"-->", b"> ", b"~~~~\n"),
    *(b".. _t:\n", b".. x::\n", b"== ==\n", b"x::\n", b">>> ", b"| ", b":f: "),
]

ANY = st.binary() | st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(b"".join)


@st.composite
def blocks(draw: st.DrawFn, depth: int = 0) -> list[str]:
    """Lines of a module or a class body: statements of all kinds, comments, blank lines."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 5))):
        lines += draw(st.sampled_from([[], [""], ["", ""], ["# c"], ["# c", ""], ["# ---"]]))
        lines += draw(statements(depth))
        lines += draw(st.sampled_from([[], [], ["      # deeper"], ["", "    # deeper"]]))
    return lines


@st.composite
def statements(draw: st.DrawFn, depth: int) -> list[str]:
    name = draw(st.sampled_from("fgA"))
    simple = [
        [f"{name} = 1"],
        [f"{name}: int = 1; x = '''", "  # no comment", "'''"],
        ["import a"],
        ["from a import (", "    b,", "", "    # c", ")"],
        ['"""text"""'],
        [f"def {name}(a, b: int = 1): ..."],
        ["@d(", "  1,", ")", f"async def {name}():", "    pass", "    # end"],
        ["if x:", f"    def {name}(): ...", "else:", f"    {name} = 1"],
        ["try:", "    import a", "except E:", "    a = None"],
        [f"class {name}: y = 1"],
        ["main()"],
        ["x = 1 \\", ""],
    ]
    if depth < 2 and draw(st.booleans()):
        head = draw(st.sampled_from([[], ['    """Doc."""'], ["", "    # c"]]))
        body = draw(blocks(depth + 1))
        return [f"class {name}(B):", *head, *(line and "    " + line for line in body)]
    return draw(st.sampled_from(simple))


@st.composite
def modules(draw: st.DrawFn) -> bytes:
    """Python source that parses, with any kind of line ends."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    last = draw(st.sampled_from(["", end, end * 3]))
    return (mark + end.join(draw(blocks())) + last).encode()


def parses(data: bytes) -> bool:
    try:
        ast.parse(data)
    except SyntaxError:
        return False
    return True


SOURCES = modules().filter(parses)


@given(PATHS, ANY)
def test_tiles_of_any_bytes_join_to_them(path: str, data: bytes):
    tiles = tile(path, data)
    assert join(tiles) == data
    assert len({t.name for t in tiles}) == len(tiles)
    assert all(t.text for t in tiles) or not data


@given(SOURCES)
def test_tiles_of_python_join_to_it_at_line_borders(data: bytes):
    tiles = tile("m.py", data)
    assert join(tiles) == data
    assert all(t.kind != "file" for t in tiles)
    assert all(t.text.endswith((b"\n", b"\r")) for t in tiles[:-1])
    assert all(not t.gap.removeprefix(b"\xef\xbb\xbf").strip() for t in tiles)


@given(PATHS, ANY | SOURCES, st.data(), st.binary())
def test_replacing_a_tile_changes_no_other_byte(
    path: str, data: bytes, draw: st.DataObject, text: bytes
):
    tiles = tile(path, data)
    at = draw.draw(st.integers(0, len(tiles) - 1))
    after = replace(tiles, tiles[at].name, text)
    before, behind = join(tiles[:at]) + tiles[at].gap, join(tiles[at + 1 :])
    assert join(after) == before + text + behind
    assert data == before + tiles[at].text + behind


@given(SOURCES)
def test_each_member_stands_right_below_its_class(data: bytes):
    seen = {""}
    for t in tile("m.py", data):
        assert t.container in seen
        if t.kind == "class":
            seen.add(t.name)


@given(PATHS, ANY | SOURCES)
@example("m.py", b"\\\n\t")
def test_every_tile_may_replace_itself(path: str, data: bytes):
    assert [d for t in tile(path, data) if (d := defines(t, t.text))] == []


@given(SOURCES)
def test_a_tile_has_the_same_interface_alone_as_in_its_file(data: bytes):
    alone = {t.name: interface_of(t) for t in tile("m.py", data)}
    assert {name: text for name, text in alone.items() if text is not None} == interfaces(
        "m.py", data
    )


def altered(t: Tile) -> bytes:
    """The same symbol with another text, where one is known; else the text that it has."""
    indent = t.text[: len(t.text) - len(t.text.lstrip(b" "))]
    own = t.name.removeprefix(f"{t.container}.").partition("#")[0]
    if t.kind == "function" and not t.text.strip().startswith(b"#"):
        return indent + f"async def {own}(changed=1): ...\n".encode()
    if t.kind == "imports":
        return indent + b"import changed\n" + t.text
    if t.kind == "statement" and own.isidentifier():
        return indent + f"{own} = changed = 1\n".encode()
    return t.text


@given(SOURCES, st.data())
def test_a_symbol_that_changes_leaves_all_names_as_they_are(data: bytes, draw: st.DataObject):
    tiles = tile("m.py", data)
    changing = draw.draw(st.sampled_from(tiles))
    text = altered(changing)
    assume(defines(changing, text) is None)
    after = tile("m.py", join(replace(tiles, changing.name, text)))
    assert [(t.name, t.text) for t in after] == [
        (t.name, text if t is changing else t.text) for t in tiles
    ]


@given(SOURCES, st.data())
def test_a_symbol_that_is_new_leaves_all_names_as_they_are(data: bytes, draw: st.DataObject):
    tiles = tile("m.py", data)
    places = [i for i, t in enumerate(tiles) if not t.container and t.kind != "docstring" and i > 0]
    assume(places)
    at = draw.draw(st.sampled_from(places))
    above, below = join(tiles[:at]), join(tiles[at:])
    end = next(end for end in (b"\r\n", b"\r", b"\n") if end in above)
    after = tile("m.py", above + end + b"brand_new = 1" + end + below)
    assert [t.name for t in after] == [
        *(t.name for t in tiles[:at]),
        "brand_new",
        *(t.name for t in tiles[at:]),
    ]


@given(PATHS, ANY | SOURCES, ANY | SOURCES)
def test_nothing_is_changed_exactly_when_the_bytes_are_equal(
    path: str, before: bytes, after: bytes
):
    assert changed(path, before, before) == ()
    names = changed(path, before, after)
    assert bool(names) == (before != after)
    assert len(set(names)) == len(names)
    assert set(names) <= {t.name for data in (before, after) for t in tile(path, data)}


@given(ANY, ANY)
@settings(max_examples=200)
def test_nothing_here_raises_on_any_text(data: bytes, text: bytes):
    interfaces("m.py", data)
    imports_of("a.b", is_package=False, data=data)
    for path in ("m.py", "m.md", "m.rst"):
        for t in tile(path, data):
            defines(t, text)
            interface_of(t)
