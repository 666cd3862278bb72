"""Text of reports: what models used in words, text from repositories and workers safe to look at."""

from __future__ import annotations

import re

from jupiter.model.report import Usage

# Control characters (but tab and line feed), surrogates, and what sets the direction of text.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def tokens_text(used: Usage) -> str:
    """How many tokens were sent, how many of them the prompt cache had, and how many came back."""
    return (
        f"{used.sent:,} sent ({used.cached:.0%} read from the cache: {used.cache_read_tokens:,} read, "
        f"{used.cache_write_tokens:,} written, {used.input_tokens:,} uncached), "
        f"{used.output_tokens:,} received"
    )


def visible(text: str) -> str:
    r"""The text with each character that is not seen, or that turns text around, as `\u{…}`."""
    return _UNSEEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)
