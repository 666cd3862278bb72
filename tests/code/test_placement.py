"""New symbols stand where they say, whoever came first, and no other byte changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.code.placement import NewSymbol, new_tiles, placed
from jupiter.code.tiles import join, tile

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
) -> NewSymbol:
    return NewSymbol(new_tiles("a.py", name, container, text), slot, rank, gap)


def with_new(*symbols: NewSymbol, text: bytes = TEXT) -> bytes:
    return join(placed(tile("a.py", text), symbols))


@pytest.mark.parametrize(
    ("symbol", "before", "after"),
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
def test_a_new_symbol_stands_behind_its_slot(
    symbol: NewSymbol, before: bytes, after: bytes
) -> None:
    assert TEXT.count(before) == 1
    assert with_new(symbol) == TEXT.replace(before, after)


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
    kept = [one.name for one in placed(tile("a.py", TEXT), symbols)]
    assert [name for name in kept if name in NAMES] == NAMES
    assert sorted(name for name in kept if name not in NAMES) == sorted(one.name for one in symbols)
