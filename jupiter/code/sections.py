"""Prose to pieces: a section is a heading with what stands below it, up to the next heading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jupiter.code.lines import is_blank
from jupiter.code.piece import Kind, Piece, hashed, unique


class Heading(NamedTuple):
    """A heading: the line that it starts on, its level from 1 to 6, its label (`#Usage`)."""

    line: int
    level: int
    label: str


def section_pieces(
    lines: Sequence[bytes], headings: Iterable[Heading], kind: Kind
) -> list[Piece] | None:
    """A piece for what stands above the first heading and one a section; None without headings."""
    starts = [(heading.line, heading.label) for heading in headings]
    if not starts:
        return None
    if any(not is_blank(line) for line in lines[: starts[0][0]]):
        starts.insert(0, (_skip_blank(lines, 0), "<preamble>"))
    pieces: list[Piece] = []
    taken: dict[str, int] = {}
    top = 0
    for (start, label), (limit, _) in zip(starts, [*starts[1:], (len(lines), "")], strict=True):
        end = limit
        while is_blank(lines[end - 1]):
            end -= 1
        pieces.append(Piece(unique(label, taken), label, kind, "", top, start, end))
        top = end
    if top < len(lines):
        pieces.append(Piece("<tail>", "<tail>", "tail", "", top, top, len(lines)))
    return pieces


def texts_of(lines: Sequence[bytes]) -> list[str]:
    """Lines as text without their ends; what is not UTF-8 stands as question marks."""
    return [line.decode("utf-8", "replace").rstrip("\r\n") for line in lines]


def section_label(title: str) -> str:
    """A title without markup as it stands in an id: `#Quick-start`; its case is kept, as are dots."""
    words = re.sub(r"[^\w\s.-]", "", title).split()
    return f"#{'-'.join(words)}" if words else hashed("section", title.encode())


def _skip_blank(lines: Sequence[bytes], i: int) -> int:
    return next(j for j in range(i, len(lines)) if not is_blank(lines[j]))
