"""What tokens cost, from the data file beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars a million tokens."""

    input: float
    output: float
    cache_write: float
    cache_read: float

    def of(self, uncached: int, written: int, read: int, output: int) -> float:
        """What a request costs, in US dollars."""
        parts = (
            uncached * self.input,
            written * self.cache_write,
            read * self.cache_read,
            output * self.output,
        )
        return sum(parts) / 1_000_000


def price_of(model: str) -> Price | None:
    """The price of a model: that of the longest name that its own begins with; None if there is none."""
    prices = _prices()
    known = [name for name in prices if model == name or model.startswith(f"{name}-")]
    return prices[max(known, key=len)] if known else None


@cache
def _prices() -> dict[str, Price]:
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {name: Price(**values) for name, values in found["models"].items()}
