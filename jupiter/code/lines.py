"""Physical lines of bytes: the only borders that a tile may have."""

from __future__ import annotations

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def split_lines(data: bytes) -> list[bytes]:
    r"""Cut at `\r\n`, `\r` and `\n` only, keeping the ends; joined they are `data` again.

    `bytes.splitlines` knows no other ends; `str.splitlines` would cut at form feeds and `\u2028`.
    """
    return data.splitlines(keepends=True)


def split_mark(data: bytes) -> tuple[bytes, list[bytes]]:
    """A file's byte-order mark, empty if it has none, and its lines without it."""
    mark = BYTE_ORDER_MARK if data.startswith(BYTE_ORDER_MARK) else b""
    return mark, split_lines(data[len(mark) :])


def is_blank(line: bytes) -> bool:
    """Whether nothing but white space stands on a line."""
    return not line.strip()


def is_comment(line: bytes) -> bool:
    """Whether nothing but a Python comment stands on a line."""
    return line.lstrip().startswith(b"#")


def indentation(line: bytes) -> bytes:
    """The white space that a line begins with; for a blank line all but its end."""
    content = line.rstrip(b"\r\n")
    return content[: len(content) - len(content.lstrip())]


def column(line: bytes) -> int:
    """The column that a line's content stands at, as Python counts: tabs to 8, form feed to 0."""
    return len(indentation(line).rpartition(b"\f")[2].expandtabs(8))
