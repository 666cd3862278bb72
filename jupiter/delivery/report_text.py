"""Text from repositories and workers, made safe to look at."""

from __future__ import annotations

import re

# Control characters (but tab and line feed), surrogates, and what sets the direction of text.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""The text with each character that is not seen, or that turns text around, as `\u{…}`."""
    return _UNSEEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)
