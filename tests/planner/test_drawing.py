"""The picture of a plan: well-formed, complete, and no box over another."""

from itertools import combinations
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.plan import Contested, Cut, Plan
from jupiter.planner.drawing import draw, placed

SVG = "{http://www.w3.org/2000/svg}"


def briefing(number: int, *owned: str) -> WorkerBriefing:
    return WorkerBriefing(
        id=number,
        wave=1,
        task=TaskDescription(goal="g", steps=("s",), select=()),
        context=CodebaseContext(base_commit="0", neighbours=(), outline=()),
        symbols_owned=owned,
        symbols_readable=(),
        constraints=(),
        weight=1,
    )


def plan(*briefings: WorkerBriefing) -> Plan:
    return Plan(
        wave=1,
        steps=("s",),
        workers=1,
        briefings=briefings,
        left_out=(),
        cut=Cut(edges=0, across=0, of="imports"),
        later=(),
    )


def test_every_briefing_is_a_box_and_every_dependence_an_arrow() -> None:
    made = plan(briefing(1, "a.py"), briefing(2, "b.py:<imports>", "b.py:f"), briefing(3, "c.py"))
    made = made.model_copy(
        update={"contested": (Contested(symbols=("a.py",), goals=("x", "y"), briefing=1),)}
    )
    root = ET.fromstring(draw(made, {(2, 1): 40, (3, 2): 1}))  # our own text
    boxes = root.findall(f"{SVG}g")
    assert [one.get("id") for one in boxes] == ["briefing-1", "briefing-2", "briefing-3"]
    assert [rect.get("class") for rect in root.iter(f"{SVG}rect")] == ["c", None, None]
    said = [one.findtext(f"{SVG}title") for one in root.findall(f"{SVG}path")]
    assert said == ["briefing 2 uses briefing 1 40 times", "briefing 3 uses briefing 2 1 times"]
    assert "b.py:<imports>" in [text.text for text in root.iter(f"{SVG}text")]


def test_what_begins_later_stands_right_of_what_has_to_end_before_with_a_broken_line() -> None:
    later = briefing(2, "a.py:f").model_copy(update={"after": (1,), "receives": ("a.py:f",)})
    made = plan(briefing(1, "a.py:f", "a.py:g"), later)
    made = made.model_copy(
        update={
            "contested": (Contested(symbols=("a.py:f",), goals=("x", "y"), briefing=1, then=2),)
        }
    )
    root = ET.fromstring(draw(made, {(1, 2): 9}))  # our own text
    assert [rect.get("class") for rect in root.iter(f"{SVG}rect")] == ["c", "c"]
    first, second = (int(rect.get("x", "")) for rect in root.iter(f"{SVG}rect"))
    assert first < second
    (line,) = (path for path in root.findall(f"{SVG}path") if path.get("class") == "o")
    assert line.get("stroke-dasharray")
    assert line.findtext(f"{SVG}title") == "briefing 2 begins when briefing 1 has ended"


def test_what_is_used_more_stands_left_of_who_uses_it() -> None:
    boxes = placed([1, 2, 3], {(1, 2): 5, (2, 1): 3, (3, 1): 1})
    assert boxes[2].x < boxes[1].x < boxes[3].x


@given(st.dictionaries(st.tuples(st.integers(1, 9), st.integers(1, 9)), st.integers(1, 30)))
def test_no_box_stands_on_another_and_none_is_missing(found: dict[tuple[int, int], int]) -> None:
    between = {pair: times for pair, times in found.items() if pair[0] != pair[1]}
    boxes = placed(range(1, 10), between)
    assert set(boxes) == set(range(1, 10))
    for a, b in combinations(boxes.values(), 2):
        assert abs(a.x - b.x) >= 260 or abs(a.y - b.y) >= 80
