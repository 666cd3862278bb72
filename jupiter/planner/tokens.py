"""How many tokens a text is, by a rule of thumb that is good enough to balance work and to bound contexts."""

from __future__ import annotations

from math import ceil

from jupiter.code.lines import split_lines
from jupiter.index.index import FileFacts

BYTES_A_TOKEN = 3.5
"""Of source code; prose has more."""


def tokens(size: int) -> int:
    """The tokens of so many bytes."""
    return ceil(size / BYTES_A_TOKEN)


def tile_texts(facts: FileFacts, data: bytes) -> dict[str, bytes]:
    """The text of each tile of a file by its name, without the gap above."""
    lines = split_lines(data)
    ends = (*(line - 1 for line in facts.gap_lines[1:]), len(lines))
    return {
        name: b"".join(lines[start - 1 : end])
        for name, start, end in zip(facts.symbols, facts.text_lines, ends, strict=True)
    }
