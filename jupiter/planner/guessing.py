"""How large a file may become that is yet to be made, by the names of those that are there. Pure.

A file that gets a name which another one has is mostly that one, moved; else it is as those beside it are, or
as those of its kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import basename, dirname, splitext
from statistics import median

UNKNOWN = 400
"""Tokens of a file of which there is none like it."""

MOST = 2_000
"""Tokens of a file of which nothing is known but its kind: new files are mostly small."""


def guess(path: str, sizes: Mapping[str, int]) -> int:
    """About how many tokens a new file will have, when those that are there have `sizes`."""
    same = [other for other in sizes if basename(other) == basename(path)]
    if same:
        return max(sizes[other] for other in same)
    kin = [other for other in sizes if splitext(other)[1] == splitext(path)[1]]
    beside = [other for other in kin if dirname(other) == dirname(path)]
    alike = [sizes[other] for other in beside or kin]
    return min(MOST, round(median(alike))) if alike else UNKNOWN
