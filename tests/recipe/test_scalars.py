"""Plain scalars are read by the core schema of YAML 1.2, or refused where people would err."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from jupiter.recipe.scalars import Ambiguous, resolve_plain


@pytest.mark.parametrize(
    "text",
    [
        *("no", "yes", "on", "off", "y", "n", "No", "YES", "tRue"),
        *(
            "2026-01-01",
            "12:30",
            "1:2:3",
            "1.2.3",
            "1_000",
            "0b1",
            "1e",
            "e1",
            ".",
            "+",
            "0x",
            "<<",
        ),
    ],
)
def test_text_is_text(text: str):
    assert resolve_plain(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, None) for text in ("", "~", "null", "Null", "NULL")],
        *[(text, True) for text in ("true", "True", "TRUE")],
        *[(text, False) for text in ("false", "False", "FALSE")],
        *[("0", 0), ("-1", -1), ("+12", 12), ("0o17", 15), ("0xFf", 255)],
        *[
            ("1.20", 1.2),
            (".5", 0.5),
            ("1.", 1.0),
            ("1e3", 1000.0),
            ("-2.5E-1", -0.25),
            ("0.5", 0.5),
        ],
    ],
)
def test_null_switches_and_numbers_are_values(text: str, value: object):
    found = resolve_plain(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "text",
    ["0755", "-07", "00", "0_7", ".inf", "-.INF", ".nan", "1e999", "9" * 41, "0x" + "f" * 80],
)
def test_what_people_and_yaml_read_differently_is_refused(text: str):
    assert isinstance(resolve_plain(text), Ambiguous)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none())
def test_what_yaml_writes_is_read_as_it_was(value: object):
    text = yaml.safe_dump(value).removesuffix("...\n").strip()
    found = resolve_plain(text)
    assert isinstance(found, Ambiguous) or (found, type(found)) == (value, type(value))
