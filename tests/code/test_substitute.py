"""Substituting names touches the tiles that hold them, and no other byte."""

import keyword
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.code.substitute import Substitution, changed_tiles, substituted, tile_names
from jupiter.code.tiles import join, tile

MODULE = b'''"""Say things."""
from a import old

# about old
def old(x):
    return old(x)


class C:
    def other(self):
        return old("old")

    old = 1


last = old
'''
WORD = re.compile(rb"\bold\b")


def places(data: bytes) -> list[Substitution]:
    """Every place of the word `old`."""
    return [
        Substitution(number, found.start(), "old", "brand_new")
        for number, line in enumerate(re.split(rb"(?<=\n)", data), start=1)
        for found in WORD.finditer(line)
    ]


ALL = places(MODULE)
NAMES = st.from_regex(r"[a-zà-ö_]\w{0,8}", fullmatch=True).filter(
    lambda text: text.isidentifier() and not keyword.iskeyword(text)
)


@given(chosen=st.lists(st.sampled_from(ALL), unique=True), new=NAMES, ends=st.booleans())
def test_substituting_back_gives_the_file(
    chosen: list[Substitution], new: str, *, ends: bool
) -> None:
    data = MODULE.replace(b"\n", b"\r\n") if ends else MODULE
    there = [Substitution(one.line, one.column, "old", new) for one in chosen]
    grown = len(new.encode()) - len(b"old")
    back = [
        Substitution(
            one.line,
            one.column + grown * sum(o.line == one.line and o.column < one.column for o in there),
            new,
            "old",
        )
        for one in there
    ]
    assert substituted(substituted(data, there), back) == data


@given(chosen=st.lists(st.sampled_from(ALL), unique=True, min_size=1))
def test_only_the_tiles_that_hold_a_place_change(chosen: list[Substitution]) -> None:
    names = set(tile_names("m.py", MODULE, (one.line for one in chosen)).values())
    before = tile("m.py", MODULE)
    changed = changed_tiles("m.py", MODULE, chosen, [one.name for one in before])
    assert {one.name for one in changed if one.before != one.after} == names
    whole = b"".join(old.gap + new.after for old, new in zip(before, changed, strict=True))
    assert whole == substituted(MODULE, chosen)
    assert join(before) == MODULE


def test_a_tile_that_is_defined_anew_says_its_new_name_without_its_container() -> None:
    changed = changed_tiles("m.py", MODULE, ALL, ["old", "C.old", "C.other", "last"])
    assert {one.name: one.to for one in changed} == {
        "old": "brand_new",
        "C.old": "brand_new",
        "C.other": None,
        "last": None,
    }


def test_only_the_tiles_that_are_asked_for_are_given() -> None:
    (one,) = changed_tiles("m.py", MODULE, ALL, ["last"])
    assert (one.before, one.after) == (b"last = old\n", b"last = brand_new\n")


def test_a_line_that_a_multi_byte_character_stands_in_counts_bytes() -> None:
    data = "é = old\n".encode()
    assert substituted(data, [Substitution(1, 5, "old", "ü")]) == "é = ü\n".encode()


@pytest.mark.parametrize(
    ("line", "column"),
    [
        pytest.param(99, 0, id="no such line"),
        pytest.param(1, 0, id="another text"),
        pytest.param(2, -1, id="before the line"),
        pytest.param(2, 999, id="behind the line"),
    ],
)
def test_a_place_that_does_not_hold_the_old_name_is_refused(line: int, column: int) -> None:
    with pytest.raises(ValueError, match=f"line {line}, column {column}: old does not stand there"):
        substituted(MODULE, [Substitution(line, column, "old", "new")])


def test_a_file_that_would_be_cut_otherwise_is_refused() -> None:
    data = b"def a(): ...\ndef b(): ...\n"
    with pytest.raises(ValueError, match="other symbols"):
        changed_tiles("m.py", data, [Substitution(2, 4, "b", "a")], ["b"])


def test_a_file_that_is_no_python_is_cut_by_its_sections() -> None:
    data = b"# Say\n\nold\n\n## More\n\nold\n"
    names = tile_names("d.md", data, [3, 7])
    assert names == {3: "#Say", 7: "#More"}
