"""What models have been paid for, counted from `usage.recorded`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jupiter.model.briefing_events import UsageRecorded


@dataclass(frozen=True, slots=True)
class Spent:
    """Requests, tokens and US dollars; `input_tokens` are those that no cache had, nor was given."""

    requests: int = 0
    input_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0

    @property
    def tokens(self) -> int:
        """All tokens, of input and of output."""
        cached = self.cache_write_tokens + self.cache_read_tokens
        return self.input_tokens + cached + self.output_tokens

    def and_also(self, one: UsageRecorded) -> Spent:
        """This and one more request."""
        return Spent(
            requests=self.requests + one.turns,
            input_tokens=self.input_tokens + one.input_tokens,
            cache_write_tokens=self.cache_write_tokens + one.cache_write_tokens,
            cache_read_tokens=self.cache_read_tokens + one.cache_read_tokens,
            output_tokens=self.output_tokens + one.output_tokens,
            usd=self.usd + (one.usd or 0.0),
        )


def total(parts: Iterable[Spent]) -> Spent:
    """What several have spent together."""
    found = tuple(parts)
    return Spent(
        requests=sum(one.requests for one in found),
        input_tokens=sum(one.input_tokens for one in found),
        cache_write_tokens=sum(one.cache_write_tokens for one in found),
        cache_read_tokens=sum(one.cache_read_tokens for one in found),
        output_tokens=sum(one.output_tokens for one in found),
        usd=sum(one.usd for one in found),
    )
