"""Which tiles of a file differ between two of its versions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from jupiter.code.tiles import Tile, tile


def changed(path: str, before: bytes, after: bytes) -> tuple[str, ...]:
    """Names of the tiles that differ in text or gap, were added, removed or moved, in file order.

    A removed tile stands behind the one that it followed. Empty exactly when the bytes are equal.
    """
    return () if before == after else differing(tile(path, before), tile(path, after))


def differing(before: Iterable[Tile], after: Iterable[Tile]) -> tuple[str, ...]:
    """As `changed`, of the tiles of the two versions."""
    old = {t.name: (t.kind, t.gap, t.text) for t in before}
    new = {t.name: (t.kind, t.gap, t.text) for t in after}
    place = {name: i for i, name in enumerate(old)}
    common = [name for name in new if name in old]
    stays = longest_rise([place[name] for name in common])
    same = {common[i] for i in stays if old[common[i]] == new[common[i]]}
    return tuple(name for name in _merged(list(old), list(new)) if name not in same)


def _merged(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The new names in their order, each old one that is gone behind the one that it followed."""
    gone_behind: dict[str | None, list[str]] = {}
    kept = set(new)
    anchor = None
    for name in old:
        if name in kept:
            anchor = name
        else:
            gone_behind.setdefault(anchor, []).append(name)
    merged = gone_behind.get(None, [])
    for name in new:
        merged.append(name)
        merged.extend(gone_behind.get(name, []))
    return merged


def longest_rise(values: Sequence[int]) -> set[int]:
    """Indices of a longest increasing subsequence of distinct values."""
    tails: list[int] = []  # the least value that ends a rise of each length
    ends: list[int] = []  # where it stands
    previous: list[int | None] = []
    for i, value in enumerate(values):
        length = bisect_left(tails, value)
        previous.append(ends[length - 1] if length else None)
        tails[length : length + 1] = [value]
        ends[length : length + 1] = [i]
    rise: set[int] = set()
    at = ends[-1] if ends else None
    while at is not None:
        rise.add(at)
        at = previous[at]
    return rise
