"""A tile's text parsed where it stands: a member inside a class, a class's head with a body."""

from __future__ import annotations

import ast

from jupiter.code.lines import indentation, is_blank, is_comment, split_lines
from jupiter.code.parse import decode, parse

LINES_ABOVE_MEMBER = 1
"""How many lines of the skeleton precede a member's text: what its line numbers are too high by."""


def parse_tile(text: bytes, *, is_member: bool) -> list[ast.stmt]:
    """The statements of a tile's text. Raises one of `UNPARSABLE`."""
    if not is_member:
        return parse(decode(text)).body
    tree = parse("class _:\n" + decode(text))
    match tree.body:
        case [ast.ClassDef(body=body)]:
            return body
        case [_, outside, *_]:
            message = "unindent: the statement stands outside of its class"
            raise SyntaxError(message, ("", outside.lineno, None, None))
        case _:
            return []


def parse_head(text: bytes, *, is_member: bool) -> list[ast.stmt]:
    """The statements of a class tile, whose members may be tiles of their own; as `parse_tile`."""
    try:
        return parse_tile(text, is_member=is_member)
    except SyntaxError as error:
        line_end = b"" if text.endswith((b"\n", b"\r")) else b"\n"
        completed = text + line_end + indentation_of(text) + b" pass\n"
        try:
            return parse_tile(completed, is_member=is_member)
        except SyntaxError:
            raise error from None


def indentation_of(text: bytes) -> bytes:
    """The white space in front of the first line that is neither blank nor a comment."""
    lines = (line for line in split_lines(text) if not is_blank(line) and not is_comment(line))
    return indentation(next(lines, b""))
