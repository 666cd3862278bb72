"""A plan as a picture: its briefings in layers, what is used left of who uses it, as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import networkx as nx

from jupiter.model.briefing import WorkerBriefing
from jupiter.model.plan import Plan
from jupiter.model.symbol import counted
from jupiter.planner.dependence import Between

_WIDTH, _HEIGHT = 260, 80  # of a box, in pixels
_ACROSS, _DOWN = 110, 22  # between boxes
_EDGE = 24  # around the picture
_FIRMLY = 1 << 62  # what comes later stands right of what comes before, whoever uses whom
_FIRST = 3  # symbols that a box names
_LONGEST = 33  # characters of a line in a box

_STYLE = (
    "text{font:12px ui-monospace,monospace;fill:#1f2328}.t{font-weight:bold}.s{fill:#59636e}"
    "rect{fill:#f6f8fa;stroke:#59636e}rect.c{stroke:#bc4c00;stroke-width:2}"
    "path{fill:none;stroke:#0969da;stroke-opacity:.5}"
)


_TIP = (
    '<marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
    'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#0969da"/></marker>'
)


@dataclass(frozen=True, slots=True)
class Box:
    """Where a briefing stands, by its upper left corner."""

    x: int
    y: int


def draw(plan: Plan, between: Between) -> str:
    """The picture as SVG; an arrow runs from who uses to what is used, with the number of uses.

    A broken line runs from who has to end to who begins then.
    Briefings that use each other in a circle stand in one layer.
    """
    turns = [(one.id, before) for one in plan.briefings for before in one.after]
    boxes = placed([one.id for one in plan.briefings], {**between, **dict.fromkeys(turns, _FIRMLY)})
    width = max((box.x for box in boxes.values()), default=0) + _WIDTH + _EDGE
    height = max((box.y for box in boxes.values()), default=0) + _HEIGHT + _EDGE
    contested = {one for c in plan.contested for one in (c.briefing, c.then)}
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    arrows = [_arrow(boxes, pair, times) for pair, times in sorted(between.items())]
    arrows += (_turn(boxes, after, before) for after, before in turns)
    drawn = (
        part
        for one in plan.briefings
        for part in _box(one, boxes[one.id], is_contested=one.id in contested)
    )
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{_STYLE}</style>", _TIP)
    return "\n".join((*head, *arrows, *drawn, "</svg>", ""))


def placed(briefings: Sequence[int], between: Between) -> Mapping[int, Box]:
    """Where each briefing stands: right of what it uses more than that uses it, by number downwards."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(briefings)
    graph.add_edges_from(
        (used, user) for (user, used), n in between.items() if n >= between.get((used, user), 0)
    )
    circles = nx.condensation(graph)
    boxes: dict[int, Box] = {}
    for number, layer in enumerate(nx.topological_generations(circles)):
        inside = sorted(one for node in layer for one in circles.nodes[node]["members"])
        for row, briefing in enumerate(inside):
            x = _EDGE + number * (_WIDTH + _ACROSS)
            boxes[briefing] = Box(x, _EDGE + row * (_HEIGHT + _DOWN))
    return boxes


def _arrow(boxes: Mapping[int, Box], pair: tuple[int, int], times: int) -> str:
    user, used = (boxes[one] for one in pair)
    if user.x == used.x:  # round the right side
        start = end = user.x + _WIDTH
        bend = start + _ACROSS // 2
    else:
        start = user.x if user.x > used.x else user.x + _WIDTH
        end = used.x + _WIDTH if user.x > used.x else used.x
        bend = (start + end) // 2
    path = f"M{start} {_middle(user)}C{bend} {_middle(user)} {bend} {_middle(used)} {end} {_middle(used)}"
    said = f"briefing {pair[0]} uses briefing {pair[1]} {times} times"
    width = min(6, 1 + times // 10)
    return (
        f'<path d="{path}" stroke-width="{width}" marker-end="url(#a)"><title>{said}</title></path>'
    )


def _turn(boxes: Mapping[int, Box], after: int, before: int) -> str:
    start, end = boxes[before], boxes[after]
    said = f"briefing {after} begins when briefing {before} has ended"
    path = f"M{start.x + _WIDTH} {_middle(start) + 12}L{end.x} {_middle(end) + 12}"
    how = 'class="o" stroke-dasharray="5 4" marker-end="url(#a)"'
    return f'<path d="{path}" {how}><title>{said}</title></path>'


def _middle(box: Box) -> int:
    return box.y + _HEIGHT // 2


def _box(briefing: WorkerBriefing, box: Box, *, is_contested: bool) -> Iterator[str]:
    owned = briefing.symbols_owned
    contested = ' class="c"' if is_contested else ""
    said = escape("\n".join((briefing.task.goal, *owned)))
    yield f'<g id="briefing-{briefing.id}"><title>{said}</title>'
    yield (f'<rect x="{box.x}" y="{box.y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"{contested}/>')
    steps = ", ".join(briefing.task.steps)
    more = f"and {len(owned) - _FIRST + 1} more" if len(owned) > _FIRST else ""
    names = [*owned[: _FIRST - 1], more] if more else list(owned)
    yield _text(box, 0, f"briefing {briefing.id}: {steps}", "t")
    yield _text(box, 1, counted(owned), "s")
    yield from (_text(box, line, name, "") for line, name in enumerate(names, start=2))
    yield "</g>"


def _text(box: Box, line: int, text: str, kind: str) -> str:
    shown = text if len(text) <= _LONGEST else f"…{text[1 - _LONGEST :]}"
    return (
        f'<text x="{box.x + 10}" y="{box.y + 16 + 15 * line}" class="{kind}">{escape(shown)}</text>'
    )
