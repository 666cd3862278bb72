"""Ids read as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.model.symbol import SymbolId, counted


@pytest.mark.parametrize(
    ("text", "path", "name"),
    [
        ("src/a.py", "src/a.py", ""),
        ("src/a.py:Context.invoke", "src/a.py", "Context.invoke"),
        ("src/a.py:f#2", "src/a.py", "f#2"),
        ("src/a.py:if x == 'b:c'", "src/a.py", "if x == 'b:c'"),
        ("docs/api.md#Usage", "docs/api.md", "#Usage"),
        ("docs/api.md#Usage:-more", "docs/api.md", "#Usage:-more"),
        ("docs/api.rst#Usage", "docs/api.rst", "#Usage"),
        ("docs/api.md:<preamble>", "docs/api.md", "<preamble>"),
        ("odd#name.py", "odd#name.py", ""),
    ],
)
def test_an_id_is_cut_where_its_path_ends(text: str, path: str, name: str) -> None:
    assert SymbolId.parse(text) == (path, name)
    assert str(SymbolId(path, name)) == text


@given(
    st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5})?\.py", fullmatch=True),
    st.from_regex(r"[A-Za-z_<][^#]{0,20}", fullmatch=True),
)
def test_a_name_survives_its_id(path: str, name: str) -> None:
    assert SymbolId.parse(str(SymbolId(path, name))) == (path, name)


@pytest.mark.parametrize(
    ("symbols", "text"),
    [
        ((), "0 files"),
        (("a.py",), "1 file"),
        (("a.py", "b.py"), "2 files"),
        (("a.py:f",), "1 symbol of 1 file"),
        (("a.py:f", "a.py:g", "d.md#A"), "3 symbols of 2 files"),
        (("c.py", "a.py:f", "a.py:g"), "1 file, 2 symbols of 1 file"),
    ],
)
def test_what_is_owned_is_counted_in_files_and_in_symbols(
    symbols: tuple[str, ...], text: str
) -> None:
    assert counted(symbols) == text
