"""Markdown to pieces: where its headings stand, as CommonMark reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jupiter.code.piece import Piece
from jupiter.code.sections import Heading, section_label, section_pieces, texts_of

_ATX = re.compile(r" {0,3}(#{1,6})(?![^ \t])(.*)")
_ATX_END = re.compile(r"(?:^|[ \t])[ \t]*#+[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(?:(?:[-*+]|\d+[.)]) {1,4})*(`{3,}(?!.*`)|~{3,})")
_COMMENT = re.compile(r" {0,3}<!--")
_OTHER_BLOCK = re.compile(r"[ \t>|<]|(?:[-*+]|\d+[.)])[ \t]|[-*_=]+[ \t]*$")
_MARKUP = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])|<[^>]*>")


def markdown_pieces(lines: Sequence[bytes]) -> list[Piece] | None:
    """A piece for what stands above the first heading and one a section; None without headings."""
    return section_pieces(lines, headings(lines), "section")


def headings(lines: Sequence[bytes]) -> Iterator[Heading]:
    """The headings, in file order; front matter, fenced code and HTML comments have none."""
    texts = texts_of(lines)
    i = _below_front_matter(texts)
    block: int | None = None  # where the paragraph at hand starts; -1 in what cannot be a heading
    while i < len(texts):
        text = texts[i]
        if (below := _below_opaque(texts, i)) > i:
            i, block = below, None
            continue
        if not text.strip():
            block = None
        elif atx := _ATX.match(text):
            block = None
            yield Heading(i, len(atx[1]), _label(_ATX_END.sub("", atx[2])))
        elif (line := _UNDERLINE.match(text)) and block is not None and block >= 0:
            yield Heading(block, 1 if line[1][0] == "=" else 2, _label(" ".join(texts[block:i])))
            block = None
        elif block is None:
            block = -1 if _OTHER_BLOCK.match(text) else i
        i += 1


def _below_front_matter(texts: Sequence[str]) -> int:
    """The line below a YAML or TOML header, 0 when there is none."""
    if texts and (fence := texts[0].rstrip()) in ("---", "+++"):
        for i in range(1, len(texts)):
            if texts[i].rstrip() == fence:
                return i + 1
    return 0


def _below_opaque(texts: Sequence[str], i: int) -> int:
    """The line below fenced code or an HTML comment that starts on line `i`, else `i`."""
    if fence := _FENCE.match(texts[i]):
        close = re.compile(rf"\s*{re.escape(fence[1][0])}{{{len(fence[1])},}}\s*$")
        return next((j + 1 for j in range(i + 1, len(texts)) if close.match(texts[j])), len(texts))
    if _COMMENT.match(texts[i]):
        return next((j + 1 for j in range(i, len(texts)) if "-->" in texts[j]), len(texts))
    return i


def _label(title: str) -> str:
    return section_label(_MARKUP.sub(r"\1", title))
