"""Where things stand on the page of a report: lanes in percent of the time, rows by file. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from jupiter.delivery.report_timeline import RUN
from jupiter.model.report import Change, Holding, Mark, Span, Timeline
from jupiter.model.symbol import SymbolId

_PLACES = 300  # marks of one kind that a lane has room for
_NAMED = 6  # symbols that the label of a mark names
_TICKS = 8  # labels of the time axis, at most


@dataclass(frozen=True, slots=True)
class Bar:
    """A span on its lane; `left` and `width` in percent."""

    span: Span
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Flag:
    """Marks of one kind that stand at one place."""

    kind: str
    left: float
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """What one worker did, or the run itself."""

    name: str
    bars: tuple[Bar, ...]
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of the time axis, a wave that was planned, or a moment at which the run went on."""

    left: float
    label: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one briefing owns of a file; no names are all of it."""

    briefing: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file with the briefings that own parts of it."""

    path: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class FileChanges:
    """A file with what has changed in it."""

    path: str
    changes: tuple[Change, ...]
    added: int
    removed: int


def lanes(when: Timeline) -> tuple[Lane, ...]:
    """The lanes, the run's own first, then the workers in the order of their numbers."""
    names = {span.lane for span in when.spans} | {mark.lane for mark in when.marks}
    return tuple(
        Lane(
            name,
            tuple(_bar(span, when) for span in when.spans if span.lane == name),
            tuple(_flags([mark for mark in when.marks if mark.lane == name], when)),
        )
        for name in sorted(names, key=_lane_order)
    )


def ticks(when: Timeline) -> tuple[Tick, ...]:
    """The time axis: round seconds, as many as can be read."""
    step = _round_step(when.seconds / _TICKS)
    count = int(when.seconds / step) + 1 if when.seconds else 1
    return tuple(Tick(_percent(n * step, when), f"{n * step:g} s") for n in range(count))


def borders(when: Timeline) -> tuple[Tick, ...]:
    """Vertical lines: where each wave was planned and where the run went on."""
    waves = [Tick(_percent(one.at, when), f"wave {one.wave}") for one in when.waves]
    return (*waves, *(Tick(_percent(at, when), "resumed") for at in when.resumed))


def ownership(holdings: Iterable[Holding]) -> dict[int, tuple[FileRow, ...]]:
    """By wave: the files in the order of their paths, each with its owners in that of the briefings."""
    found: defaultdict[int, defaultdict[str, dict[int, list[str]]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for holding in holdings:
        for symbol in holding.symbols:
            path, name = SymbolId.parse(symbol)
            names = found[holding.wave][path].setdefault(holding.briefing, [])
            if name:
                names.append(name)
    return {
        wave: tuple(
            FileRow(path, tuple(Part(number, tuple(names)) for number, names in parts.items()))
            for path, parts in sorted(files.items())
        )
        for wave, files in found.items()
    }


def by_file(changes: Iterable[Change]) -> tuple[FileChanges, ...]:
    """The changes of each file together, in their order."""
    found: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        found[SymbolId.parse(change.symbol).path].append(change)
    return tuple(
        FileChanges(path, tuple(of), sum(c.added for c in of), sum(c.removed for c in of))
        for path, of in found.items()
    )


def _lane_order(name: str) -> tuple[bool, int, str]:
    digits = name.rpartition("-")[2]
    return name != RUN, int(digits) if digits.isdecimal() else 0, name


def _bar(span: Span, when: Timeline) -> Bar:
    left = _percent(span.begun, when)
    return Bar(span, left, max(0.0, _percent(span.ended, when) - left))


def _flags(marks: Iterable[Mark], when: Timeline) -> Iterable[Flag]:
    """Marks that would stand on one another are one flag, whose label names them."""
    placed: defaultdict[tuple[str, int], list[Mark]] = defaultdict(list)
    for mark in marks:
        placed[mark.kind, round(_percent(mark.at, when) * _PLACES / 100)].append(mark)
    for (kind, place), together in placed.items():
        symbols = list(dict.fromkeys(s for mark in together for s in mark.symbols))
        more = f" and {len(symbols) - _NAMED} more" if len(symbols) > _NAMED else ""
        what = f"{kind}: {', '.join(symbols[:_NAMED])}{more}" if symbols else kind
        yield Flag(kind, place * 100 / _PLACES, f"{what} (event {together[0].seq})")


def _percent(at: float, when: Timeline) -> float:
    return round(100 * at / when.seconds, 3) if when.seconds else 0.0


def _round_step(least: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below `least`."""
    step = 0.001
    while True:
        for factor in (1, 2, 5):
            if step * factor >= least:
                return step * factor
        step *= 10
