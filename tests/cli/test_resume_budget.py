"""`jupiter resume --budget`: what it takes, and what it refuses with exit code 2."""

import pytest

from jupiter.cli.resume import _budget  # pyright: ignore[reportPrivateUsage] # the parser of one option
from jupiter.errors import RequestError


def test_limits_are_read_by_name():
    assert _budget([]) is None
    assert _budget(["usd=40", "turns=100"]) == {"usd": 40.0, "turns": 100.0}


@pytest.mark.parametrize("given", ["usd", "usd=", "usd=much", "usd=-1", "euro=3", "turns=1.5"])
def test_what_is_no_limit_is_refused(given: str):
    with pytest.raises(RequestError, match="expected usd=40"):
        _budget([given])
