"""A check against its baseline: which tests are worse on the result than they were on the base.

pytest says how each test ended in a report of the JUnit kind; a test is known there by its class and name.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from jupiter.errors import SurroundingsError
from jupiter.model.run_events import Comparison

Outcomes = Mapping[str, bool]
"""Whether each test was red, by `module.Class::name`."""

SHOWN = 50
"""How many tests of a kind a comparison names."""

_TOLD = frozenset({0, 1, 5})
"""The exit codes with which pytest has told how every test ended: all green, some red, none there."""


def reporting(arguments: Sequence[str], place: Path) -> tuple[str, ...]:
    """The command that also writes its report to `place`."""
    return (*arguments, f"--junitxml={place}")


def outcomes(name: str, exit_code: int, place: Path) -> Outcomes | None:
    """How the tests ended, from the report; None when pytest broke off.

    Raises:
        SurroundingsError: pytest has written no report.
    """
    if exit_code not in _TOLD:
        return None
    try:
        root = ET.parse(place).getroot()  # noqa: S314 # pytest wrote it for us, as we asked
    except (OSError, ET.ParseError) as error:
        raise SurroundingsError(
            f"{name}: `compare: baseline` found no report of pytest ({error}); is `-p no:junitxml` set?"
        ) from error
    return MappingProxyType({_id(case): _is_red(case) for case in root.iter("testcase")})


def compared(before: Outcomes, after: Outcomes) -> Comparison:
    """What is worse: tests that are red and were not, and tests that are gone and were green."""
    worse = [one for one, is_red in after.items() if is_red and not before.get(one, False)]
    gone = [one for one, was_red in before.items() if one not in after and not was_red]
    return Comparison(
        red_before=sum(before.values()),
        red=sum(after.values()),
        worse=tuple(sorted(worse)[:SHOWN]),
        gone=tuple(sorted(gone)[:SHOWN]),
        counts=(len(worse), len(gone)),
    )


def verdict(found: Comparison) -> str:
    """A comparison as one sentence for a person."""
    worse, gone = found.counts
    if found.is_worse:
        named = ", ".join((*found.worse, *found.gone)[:3])
        return f"{worse} tests are red that were not, {gone} are gone: {named}"
    return f"no test is worse than before ({found.red} red, {found.red_before} were)"


def _id(case: ET.Element) -> str:
    return f"{case.get('classname', '')}::{case.get('name', '')}"


def _is_red(case: ET.Element) -> bool:
    return any(child.tag in {"failure", "error"} for child in case)
