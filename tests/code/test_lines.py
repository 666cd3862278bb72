"""Lines are cut where Python cuts bytes, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.code.lines import column, split_lines


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"a\nb", [b"a\n", b"b"], id="no final newline"),
        pytest.param(b"a\r\nb\rc\n", [b"a\r\n", b"b\r", b"c\n"], id="three kinds of ends"),
        pytest.param(b"a\n\rb", [b"a\n", b"\r", b"b"], id="newline and return are two ends"),
        pytest.param(b"a\fb\x1cc\x0bd\x85", [b"a\fb\x1cc\x0bd\x85"], id="no ends of str"),
        pytest.param("a\u2028b\n".encode(), ["a\u2028b\n".encode()], id="no line separator"),
    ],
)
def test_lines_end_at_newlines_and_returns_only(data: bytes, lines: list[bytes]):
    assert split_lines(data) == lines


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\f", b"a", b"\x1c", b"\xe2\x80\xa8"])))
def test_lines_join_to_what_was_cut_and_hold_one_end_each(parts: list[bytes]):
    data = b"".join(parts)
    lines = split_lines(data)
    assert b"".join(lines) == data
    assert all(line.endswith((b"\n", b"\r")) for line in lines[:-1])


@pytest.mark.parametrize(
    ("line", "expected"),
    [(b"x", 0), (b"    # c\n", 4), (b"\tx", 8), (b"  \tx", 8), (b"  \f x", 1), (b"\n", 0)],
)
def test_a_column_counts_as_python_does(line: bytes, expected: int):
    assert column(line) == expected
