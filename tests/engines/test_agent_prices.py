"""Prices: a data file with its date; a name stands for the models that begin with it."""

import tomllib
from datetime import UTC, date, datetime

import pytest

from jupiter.engines import agent_prices
from jupiter.engines.agent_prices import Price, price_of

FILE = tomllib.loads(agent_prices._FILE.read_text(encoding="utf-8"))  # pyright: ignore[reportPrivateUsage] # it is what is tested


def test_the_file_says_of_which_day_it_is() -> None:
    assert date(2026, 1, 1) < date.fromisoformat(FILE["date"]) <= datetime.now(UTC).date()


@pytest.mark.parametrize("model", sorted(FILE["models"]))
def test_reading_the_cache_is_cheaper_and_writing_it_dearer_than_input(model: str) -> None:
    price = price_of(model)
    assert price is not None
    assert 0 < price.cache_read < price.input < price.cache_write < price.output


@pytest.mark.parametrize(
    ("model", "stands_for"),
    [
        pytest.param("claude-opus-5-5", "claude-opus-5-5", id="itself"),
        pytest.param("claude-opus-5-5-20261001", "claude-opus-5-5", id="one of that day"),
        pytest.param("claude-opus-5-20260101", "claude-opus-5", id="not the longer name"),
        pytest.param("claude-opus-55", None, id="not one that only begins with the letters"),
        pytest.param("gpt", None, id="unknown"),
    ],
)
def test_a_model_costs_what_the_longest_name_says(model: str, stands_for: str | None) -> None:
    expected = None if stands_for is None else Price(**FILE["models"][stands_for])
    assert price_of(model) == expected


def test_a_request_costs_the_sum_of_its_parts() -> None:
    price = Price(input=2.0, output=10.0, cache_write=2.5, cache_read=0.2)
    assert price.of(1_000_000, 0, 0, 0) == 2.0
    assert price.of(1000, 2000, 30_000, 400) == pytest.approx(0.002 + 0.005 + 0.006 + 0.004)
