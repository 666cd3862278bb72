"""reStructuredText to pieces: where its titles stand, as docutils reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jupiter.code.piece import Piece
from jupiter.code.sections import Heading, section_label, section_pieces, texts_of

_DEEPEST = 6
_SURELY_A_LINE = 4
"""A row of punctuation of this length underlines a title that is longer, too."""

_LINE = re.compile(r"([!-/:-@\[-`{-~])\1*[ \t]*$")
_EXPLICIT = re.compile(r"(?:\.\.|__)(?:[ \t]|$)")
_TARGET = re.compile(r"\.\. _(?![ _]).*:[ \t]*$")
_ONE_LINE = re.compile(
    r"[-+*\u2022\u2023\u2043|](?:[ \t]|$)|:(?![: ])(?:[^:\\]|\\.|:(?![ `]|$))*:(?: |$)"
)
_UP_TO_BLANK = re.compile(r">>>(?: |$)|\+-[-+]+-\+ *$")
_TABLE_TOP = re.compile(r"=+(?: +=+)+ *$")
_TABLE_BORDER = re.compile(r"=+[ =]*$")
_MARKUP = re.compile(r":[\w:+.-]+:(?=`)|\s*<[^<>]*>(?=`)|(?<=`)__?(?!\w)")


def restructuredtext_pieces(lines: Sequence[bytes]) -> list[Piece] | None:
    """A piece for what stands above the first title and one a section; None without titles."""
    return section_pieces(lines, titles(lines), "rst section")


def titles(lines: Sequence[bytes]) -> Iterator[Heading]:
    """The titles, in file order; what is indented, quoted or in a table has none.

    A title starts with the targets (`.. _usage:`) that stand right above it. Its level is the place
    of its adornment among those that came before.
    """
    texts = texts_of(lines)
    styles: dict[str, int] = {}
    target: int | None = None
    i = 0
    while i < len(texts):
        if title := _title(texts, i):
            text, style, below = title
            level = min(styles.setdefault(style, len(styles) + 1), _DEEPEST)
            start = i if target is None else target
            yield Heading(start, level, section_label(_MARKUP.sub("", text)))
        else:
            below = _below(texts, i)
        if _TARGET.match(texts[i]) and below == i + 1:
            target = i if target is None else target
        elif texts[i].strip():
            target = None
        i = below


def _title(texts: Sequence[str], i: int) -> tuple[str, str, int] | None:
    """The text of a title that starts on line `i`, its adornment, and the line below it."""
    first, second, third = (*texts[i : i + 3], "", "")[:3]
    if _LINE.match(first) and first.rstrip() == third.rstrip() != "::":
        if _is_text(second.strip()) and _fits(first, second):
            return second.strip(), first[0] * 2, i + 3
    elif _is_text(first) and _is_paragraph(first) and _LINE.match(second) and _fits(second, first):
        return first.strip(), second[0], i + 2
    return None


def _fits(line: str, title: str) -> bool:
    length = len(line.rstrip())
    return length >= min(len(title.strip()), _SURELY_A_LINE)


def _is_text(text: str) -> bool:
    return bool(text) and not _LINE.match(text)


def _is_paragraph(text: str) -> bool:
    """Whether a line at the start of a block begins a paragraph, or a title."""
    others = (_EXPLICIT, _ONE_LINE, _UP_TO_BLANK, _TABLE_TOP)
    return not text[:1].isspace() and not any(other.match(text) for other in others)


def _below(texts: Sequence[str], i: int) -> int:
    """The line below the block, no title, that starts on line `i`."""
    text = texts[i]
    if not text.strip() or text[0].isspace() or _ONE_LINE.match(text):
        return i + 1
    if _EXPLICIT.match(text):
        return _below_indented(texts, i + 1)
    if _TABLE_TOP.match(text):
        return _below_table(texts, i)
    if _UP_TO_BLANK.match(text):
        return _below_text(texts, i)
    if _LINE.match(text) and text.rstrip() != "::":
        return i + 1
    return _below_paragraph(texts, i)


def _below_indented(texts: Sequence[str], i: int) -> int:
    while i < len(texts) and texts[i][:1].isspace() and texts[i].strip():
        i += 1
    return i


def _below_text(texts: Sequence[str], i: int) -> int:
    while i < len(texts) and texts[i].strip():
        i += 1
    return i


def _below_paragraph(texts: Sequence[str], i: int) -> int:
    """Below a paragraph, and below the quoted literal block that its `::` announces."""
    i += 1
    while i < len(texts) and texts[i].strip() and not texts[i][0].isspace():
        i += 1
    if not texts[i - 1].rstrip().endswith("::") or _below_text(texts, i) != i:
        return i
    j = i
    while j < len(texts) and not texts[j].strip():
        j += 1
    quote = texts[j][0] if j < len(texts) else ""
    if not re.match(r"[!-/:-@\[-`{-~]", quote):
        return i
    end = _below_text(texts, j)
    return end if all(text.startswith(quote) for text in texts[j:end]) else i


def _below_table(texts: Sequence[str], i: int) -> int:
    """Below a simple table: its second border with a blank line below, or its third."""
    borders = 0
    for j in range(i + 1, len(texts)):
        if _TABLE_BORDER.match(texts[j]):
            borders += 1
            if borders == 2 or j + 1 == len(texts) or not texts[j + 1].strip():
                return j + 1
    return _below_text(texts, i)
