"""A chart of ratios against workers, as SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

_WIDTH, _HEIGHT, _LEFT, _TOP = 640, 360, 50, 20
_PLOT = (440, 290)  # the size of the inner field
_TICKS = (1, 2, 3, 4, 6, 8, 12, 16)
_COLOURS = {
    "ideal": "#888888",
    "jupiter": "#0060c0",
    "isolated, by file": "#c05000",
    "isolated, by plan": "#a000a0",
}


def chart(rows: Sequence[Mapping[str, Any]]) -> str:
    """The median over cases and seeds of each mode, beside the ideal and 1/N."""
    lines = {name: _points(rows, name) for name in _COLOURS}
    parts = [*_axes(), *(part for name, points in lines.items() for part in _line(name, points))]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    style = ' font-family="sans-serif" font-size="12"'
    return "\n".join([f"{head}{style}>", *parts, "</svg>"]) + "\n"


def _points(rows: Sequence[Mapping[str, Any]], name: str) -> list[tuple[int, float]]:
    found: defaultdict[int, list[float]] = defaultdict(list)
    for row in rows:
        if name == "ideal" and row["mode"] == "jupiter":
            found[row["workers"]].append(row["ideal"])
        elif row["mode"] == name:
            found[row["workers"]].append(row["ratio"])
    return [(1, 1.0), *((n, median(some)) for n, some in sorted(found.items()) if n > 1)]


def _x(workers: float) -> float:
    return _LEFT + (workers - 1) / 15 * _PLOT[0]


def _y(ratio: float) -> float:
    return _TOP + (1 - ratio) * _PLOT[1]


def _axes() -> Iterator[str]:
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>'
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10)
        yield f'<path d="M{_LEFT} {y}h{_PLOT[0]}" stroke="#dddddd"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{tenth / 10:.1f}</text>'
    for number in _TICKS:
        yield f'<text x="{_x(number)}" y="{_y(0) + 18}" text-anchor="middle">{number}</text>'
    middle = _LEFT + _PLOT[0] / 2
    yield f'<text x="{middle}" y="{_HEIGHT - 10}" text-anchor="middle">workers; TN / T1 above</text>'


def _line(name: str, points: Sequence[tuple[int, float]]) -> Iterator[str]:
    colour = _COLOURS[name]
    path = " ".join(f"{_x(n):.1f},{_y(ratio):.1f}" for n, ratio in points)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for n, ratio in points:
        yield f'<circle cx="{_x(n):.1f}" cy="{_y(ratio):.1f}" r="3" fill="{colour}"/>'
    row = _TOP + 20 * list(_COLOURS).index(name)
    x = _LEFT + _PLOT[0] + 20
    yield f'<text x="{x}" y="{row + 12}" fill="{colour}">{name}</text>'
