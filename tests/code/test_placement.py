"""Symbols stand where they say, whoever came first, and no other byte changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.code.check import defines
from jupiter.code.parse import parse
from jupiter.code.placement import Changes, Created, Place, arranged, container_of, new_tiles
from jupiter.code.tiles import join, replace, tile

TEXT = b'''"""Doc."""
import os


class C:
    x = 1

    def m(self): ...


class D: pass


def f(): ...


X = 1
# end'''
NAMES = [one.name for one in tile("a.py", TEXT)]


def new(
    name: str, slot: str, text: bytes, rank: int = 0, *, container: str = "", gap: int | None = None
) -> Created:
    tiles = new_tiles("a.py", name, container, text)
    return Created(tiles, Place(container, slot, rank, gap=gap))


def with_new(*symbols: Created, text: bytes = TEXT) -> bytes:
    return after(Changes(created={one.name: one for one in symbols}), text)


def after(changes: Changes, text: bytes = TEXT) -> bytes:
    return join(arranged(tile("a.py", text), changes))


@pytest.mark.parametrize(
    ("symbol", "before", "behind"),
    [
        (new("g", "f", b"g = f\n", gap=0), b"def f(): ...\n", b"def f(): ...\ng = f\n"),
        (new("g", "f", b"g = f\n"), b"def f(): ...\n", b"def f(): ...\n\n\ng = f\n"),
        (new("g", "", b"g = 1\n", gap=0), b'"""Doc."""\n', b'g = 1\n"""Doc."""\n'),
        (
            new("g", "C", b"g = 1\n"),
            b"    def m(self): ...\n",
            b"    def m(self): ...\n\n\ng = 1\n",
        ),
        (
            new("C.n", "C", b"    n = 1\n", container="C"),
            b"class C:\n",
            b"class C:\n    n = 1\n",
        ),
        (
            new("C.n", "C.m", b"    def n(self): ...\n", container="C"),
            b"    def m(self): ...\n",
            b"    def m(self): ...\n\n    def n(self): ...\n",
        ),
        (new("g", "<tail>", b"g = 1\n", gap=1), b"# end", b"# end\n\ng = 1\n"),
    ],
    ids=[
        "with a gap",
        "usual in a module",
        "at the top",
        "behind a class and its members",
        "first in a class",
        "usual in a class",
        "behind a last line without an end",
    ],
)
def test_a_new_symbol_stands_behind_its_slot(symbol: Created, before: bytes, behind: bytes) -> None:
    assert TEXT.count(before) == 1
    assert with_new(symbol) == TEXT.replace(before, behind)


def test_a_file_keeps_its_line_ends() -> None:
    text = b"def f(): ...\r\n\r\n\r\nX = 1\r\n"
    made = with_new(new("g", "f", b"g = f\r\n"), text=text)
    assert made == b"def f(): ...\r\n\r\n\r\ng = f\r\n\r\n\r\nX = 1\r\n"


def test_a_class_brings_its_members_under_its_own_name() -> None:
    tiles = new_tiles("a.py", "E#2", "", b"class E:\n    x = 1\n\n    def m(self): ...\n")
    assert [(one.name, one.container) for one in tiles] == [
        ("E#2", ""),
        ("E#2.x", "E#2"),
        ("E#2.m", "E#2"),
    ]


def test_a_member_is_cut_as_it_stands_in_its_class() -> None:
    (one,) = new_tiles("a.py", "C.n", "C", b"    n = m\n")
    assert (one.name, one.kind, one.container) == ("C.n", "statement", "C")


def test_a_slot_that_the_file_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        with_new(new("g", "nowhere", b"g = 1\n"))


@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.integers(0, 2), st.integers(0, 3)),
        max_size=8,
        unique_by=lambda one: one[2] * 10 + one[1],
    )
)
def test_where_symbols_stand_does_not_depend_on_the_order_in_which_they_come(
    wanted: list[tuple[str, int, int]],
) -> None:
    symbols = [
        new(f"n{i}", slot, f"n{i} = 1\n".encode(), rank) for i, (slot, rank, _) in enumerate(wanted)
    ]
    backwards = with_new(*reversed(symbols))
    assert with_new(*symbols) == backwards
    changes = Changes(created={one.name: one for one in symbols})
    kept = [one.name for one in arranged(tile("a.py", TEXT), changes)]
    assert [name for name in kept if name in NAMES] == NAMES
    assert sorted(name for name in kept if name not in NAMES) == sorted(one.name for one in symbols)


SMALL = b"class C:\n    x = 1\n\n    def m(self): ...\n\n\ndef f(): ...\n\n\nX = 1\n"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            Changes(deleted={"f"}),
            b"class C:\n    x = 1\n\n    def m(self): ...\n\n\nX = 1\n",
        ),
        (Changes(deleted={"C"}), b"\n\ndef f(): ...\n\n\nX = 1\n"),
        (
            Changes(deleted={"C.x", "C.m"}),
            b"class C:\n    pass\n\n\ndef f(): ...\n\n\nX = 1\n",
        ),
        (Changes(deleted={"C", "f", "X"}), b""),
        (
            Changes(moved={"C": Place("", "f")}),
            b"\n\ndef f(): ...\n\n\nclass C:\n    x = 1\n\n    def m(self): ...\n\n\nX = 1\n",
        ),
        (
            Changes(moved={"C.m": Place("C", "")}),
            b"class C:\n    def m(self): ...\n    x = 1\n\n\ndef f(): ...\n\n\nX = 1\n",
        ),
        (
            Changes(moved={"X": Place("", "C")}, gaps={"X": 1}),
            b"class C:\n    x = 1\n\n    def m(self): ...\n\nX = 1\n\n\ndef f(): ...\n",
        ),
        (
            Changes(gaps={"f": 3, "C.m": 0}),
            b"class C:\n    x = 1\n    def m(self): ...\n\n\n\ndef f(): ...\n\n\nX = 1\n",
        ),
        (
            Changes(created={"f": new("f", "X", b"f = X\n")}),
            b"class C:\n    x = 1\n\n    def m(self): ...\n\n\nX = 1\n\n\nf = X\n",
        ),
        (
            Changes(
                created={"C": new("C", "f", b"class C:\n    y = 2\n")},
                texts={"C.y": b"    y = 3\n"},
            ),
            b"\n\ndef f(): ...\n\n\nclass C:\n    y = 3\n\n\nX = 1\n",
        ),
    ],
    ids=[
        "a function is deleted with its gap",
        "a class is deleted with its members",
        "a class without members gets a body",
        "nothing is left",
        "a class moves with its members",
        "a member moves to the top of its class",
        "what moves has the gap that it is given",
        "gaps change and nothing else",
        "what was there is made anew elsewhere",
        "a class made anew has none of its old members",
    ],
)
def test_a_file_after_changes(changes: Changes, text: bytes) -> None:
    assert after(changes, SMALL) == text


def test_a_new_member_travels_with_its_class() -> None:
    changes = Changes(
        created={"C.n": new("C.n", "C.x", b"    n = 2\n", container="C", gap=0)},
        moved={"C": Place("", "X")},
    )
    made = b"class C:\n    x = 1\n    n = 2\n\n    def m(self): ...\n"
    assert after(changes, SMALL).endswith(b"X = 1\n\n\n" + made)


def test_what_was_deleted_or_moved_leaves_its_slot_behind() -> None:
    made = {"g": new("g", "f", b"g = 1\n", gap=2)}
    for gone in (
        Changes(deleted={"f"}, created=made),
        Changes(moved={"f": Place("", "X")}, created=made),
    ):
        assert after(gone, SMALL).startswith(SMALL.partition(b"def f")[0] + b"g = 1\n\n\nX = 1\n")


def test_what_stands_behind_something_new_stays_behind_it() -> None:
    made = {
        "b": Created(new_tiles("a.py", "b", "", b"b = 1\n"), Place("", "X", gap=0)),
        "z": Created(new_tiles("a.py", "z", "", b"z = 1\n"), Place("", "X", gap=0)),
        "a": Created(new_tiles("a.py", "a", "", b"a = 1\n"), Place("", "X", after="z", gap=0)),
        "r": Created(new_tiles("a.py", "r", "", b"r = 1\n"), Place("", "X", rank=7, gap=0)),
    }
    assert after(Changes(created=made), SMALL).endswith(b"X = 1\nr = 1\nb = 1\nz = 1\na = 1\n")
    without = {name: one for name, one in made.items() if name != "z"}
    assert after(Changes(created=without), SMALL).endswith(b"X = 1\nr = 1\na = 1\nb = 1\n")
    gone = Changes(created=made, deleted={"z"})
    assert after(gone, SMALL).endswith(b"X = 1\nr = 1\nb = 1\na = 1\n")


def test_symbols_that_are_to_stand_behind_each_other_are_all_there() -> None:
    moved = {"C": Place("", "X", after="f"), "f": Place("", "X", after="C")}
    assert [one.name for one in arranged(tile("a.py", SMALL), Changes(moved=moved))] == [
        "X",
        "C",
        "C.x",
        "C.m",
        "f",
    ]


def test_a_byte_order_mark_stays_at_the_top() -> None:
    text = b"\xef\xbb\xbfX = 1\nY = 2\n"
    assert with_new(new("a", "", b"a = 1\n", gap=0), text=text) == (
        b"\xef\xbb\xbfa = 1\nX = 1\nY = 2\n"
    )
    assert after(Changes(deleted={"X"}), text) == b"\xef\xbb\xbfY = 2\n"


def test_a_last_line_without_an_end_gets_one_when_it_is_the_last_no_more() -> None:
    assert after(Changes(moved={"Y": Place("", "", gap=0)}), b"X = 1\nY = 2") == b"Y = 2\nX = 1\n"


MEMBERS = ("C.x", "C.m", "D.y")
CLASSES = b"class C:\n    x = 1\n    def m(self): ...\nclass D:\n    y = 1\nX = 1\ndef f(): ...\n"
TOP = ("C", "D", "X", "f")


@st.composite
def changes_of_classes(draw: st.DrawFn) -> Changes:
    """Any mixture of changes of one small file, each of which the gate would let through."""
    some = st.sets(st.sampled_from(TOP + MEMBERS), max_size=4)
    top = st.builds(
        Place, st.just(""), st.sampled_from(("", *TOP)), st.none(), st.sampled_from([None, *TOP])
    )
    inside = st.sampled_from(("C", "D")).flatmap(
        lambda c: st.builds(
            Place, st.just(c), st.sampled_from((c, *(m for m in MEMBERS if m[0] == c)))
        )
    )
    moved = {name: draw(top if name in TOP else inside) for name in draw(some)}
    created = {
        f"n{i}": Created(new_tiles("a.py", f"n{i}", "", b"n%d = 1\n" % i), draw(top))
        for i in range(draw(st.integers(0, 3)))
    }
    return Changes(
        created=created,
        moved=moved,
        deleted=draw(some),
        gaps=dict.fromkeys(draw(some), draw(st.integers(0, 3))),
    )


@given(changes_of_classes())
def test_a_file_that_parses_parses_after_any_changes_and_loses_nothing(changes: Changes) -> None:
    tiles = arranged(tile("a.py", CLASSES), changes)
    parse(join(tiles))
    names = [one.name for one in tiles]
    assert len(names) == len(set(names))
    gone = {n for n in TOP + MEMBERS if n in changes.deleted}
    for name in (*TOP, *MEMBERS, *changes.created):
        place = changes.moved.get(name)
        home = place.container if place else name.rpartition(".")[0]
        assert (name in names) == (name not in gone and home not in gone)


@given(st.sampled_from(NAMES), st.binary(max_size=5))
def test_a_text_alone_touches_no_other_byte(name: str, text: bytes) -> None:
    tiles = tile("a.py", TEXT)
    assert after(Changes(texts={name: text})) == join(replace(tiles, name, text))


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("f", ""),
        ("Context.invoke", "Context"),
        ("A.B#2.m", "A.B#2"),
        ("if typing.TYPE_CHECKING", ""),
        ("Context.if sys.version_info < (3, 8)", "Context"),
        ("Context.<comment a662e87e>", "Context"),
        ("<imports>", ""),
    ],
)
def test_the_class_of_a_member_is_told_by_its_name(name: str, container: str) -> None:
    assert container_of("p/a.py", name) == container


def test_prose_has_no_members() -> None:
    assert container_of("docs/a.md", "#1.2.3") == ""


def test_a_new_comment_stands_by_itself_also_in_a_class() -> None:
    (comment,) = new_tiles("p/a.py", "A.<comment 1>", "A", b"    # why\n    # it is so\n")
    assert (comment.kind, comment.container) == ("comment", "A")
    assert defines(comment, comment.text) is None
