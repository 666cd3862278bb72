"""The goals of the replays, by the rows of their table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from table import Goal

Row = Mapping[str, Any]
LONG = 400.0
"""Seconds of T1 from which on the serial share is held to its goal."""


def found_goals(rows: Sequence[Row], slow: float) -> Iterator[Goal]:
    """What the rows come to; `slow` is how many times slower one worker was."""
    ours = [row for row in rows if row["mode"] in {"single", "jupiter"}]
    yield Goal("equal", sum(row["equal"] for row in ours) / len(ours), "of runs", 1.0, "at least")
    yield Goal("conflicts", sum(row["conflicts"] for row in ours), "in all runs", 0)
    yield Goal("refused edits", sum(row["refused"] for row in ours), "in all runs", 0)
    long = [row["serial %"] for row in ours if row["mode"] == "single" and row["T s"] >= LONG]
    if long:
        yield Goal("serial share", max(long), "% of T1, the most", 1.5)
    seen = [row for row in ours if "stale calls" in row]
    if seen:  # what is written twice, and repaired, is no measure of how work is dealt
        stale = sum(row["stale calls"] for row in seen)
        yield Goal("stale calls with the bus", stale, "in all runs", 0)
    else:
        yield from _ratios([row for row in ours if row["mode"] == "jupiter"], slow)
    for row in rows:
        twin = next((one for one in ours if _is_twin(one, row)), None)
        if row["mode"] == "contested" and twin:
            yield from _contested(row, twin)
        if row["mode"] == "at real speed" and twin:
            off = 100 * abs(row["T s"] / twin["T s"] - 1)
            yield Goal(f"virtual is real, {row['case']}", off, "% off", 3.0)


def _ratios(rows: Sequence[Row], slow: float) -> Iterator[Goal]:
    three = [row for row in rows if row["workers"] == 3]
    eight = [row["ratio"] for row in rows if row["workers"] == 8]
    ratios = [row["ratio"] for row in three]
    if three and slow > 1:
        yield Goal(f"T3/T1, one worker {slow:g} times slower", max(ratios), "the worst", 0.48)
    elif three:
        yield Goal("T3/T1", median(ratios), "the median", 0.345)
        yield Goal("T3/T1", max(ratios), "the worst", 0.36)
        over = [row["over"] for row in three]
        yield Goal("T3 less its serial part", median(over), "times the ideal, the median", 1.05)
        yield Goal("T3 less its serial part", max(over), "times the ideal, the worst", 1.05)
    if eight and slow == 1:
        yield Goal("T8/T1", median(eight), "the median", 0.14)


def _contested(row: Row, twin: Row) -> Iterator[Goal]:
    case = row["case"]
    yield Goal(f"contested, found first, {case}", row["contested"], "symbols", 1, "at least")
    yield Goal(f"contested, lost, {case}", len(row["differs"]), "files", 0)
    more = 100 * (row["T s"] / twin["T s"] - 1)
    yield Goal(f"contested beside uncontested, {case}", more, "% more", 5.0)


def _is_twin(one: Row, other: Row) -> bool:
    keys = ("case", "seed", "workers")
    return one["mode"] == "jupiter" and all(one[key] == other[key] for key in keys)
