"""What a repository calls its things stays in its cell of a table."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.compiler.markdown import bus_text, table
from jupiter.delivery.report_interfaces import Interfaces
from jupiter.model.edit import Replace
from jupiter.model.event import Event
from jupiter.model.name import ImportedName
from jupiter.model.tree_events import (
    EditAccepted,
    InterfaceProposed,
    InterfacePublished,
    NameAdded,
    SymbolHandedOver,
)


def published(before: str | None, after: str | None, symbol: str = "a.py:f") -> Event:
    return Event(
        seq=1,
        time=datetime(2026, 11, 23, 14, 12, 5, tzinfo=UTC),
        run="r",
        step="say",
        briefing=2,
        worker="worker-1",
        data=InterfacePublished(symbol=symbol, before=before, after=after),
    )


def text_of(events: list[Event]) -> str:
    interfaces = Interfaces()
    for event in events:
        interfaces.take(event, 0.0)
    return bus_text("counts", interfaces.published(), events)


def first_row(event: Event) -> list[str]:
    """The cells of the first published interface."""
    row = text_of([event]).split("\n\n")[1].split("\n")[2]
    return [cell.strip() for cell in row.strip("|").split("|")]


@pytest.mark.parametrize(
    ("before", "after", "cells"),
    [
        pytest.param("def f(x)", "def f()", ["`def f(x)`", "`def f()`"], id="it-changed"),
        pytest.param(None, "def f()", ["", "`def f()`"], id="it-came"),
        pytest.param("def f(x)", None, ["`def f(x)`", ""], id="it-went"),
        pytest.param("x: int | str", "x: `a`", ["`x: int ¦ str`", "`x: 'a'`"], id="marks"),
        pytest.param("class C\n    x: int", None, ["`class C x: int`", ""], id="lines"),
    ],
)
def test_a_published_interface_is_a_row_with_before_and_after(
    before: str | None, after: str | None, cells: list[str]
) -> None:
    assert first_row(published(before, after)) == ["`a.py:f`", *cells, "2", ""]


def test_a_long_interface_is_cut_inside_of_its_marks() -> None:
    _, before, *_ = first_row(published(f"def f({'x' * 500}) -> [click](http://e.org)", None))
    assert before == f"`def f({'x' * 192}`"


@given(st.text(), st.text())
def test_no_text_leaves_its_cell(symbol: str, before: str) -> None:
    cells = first_row(published(before, None, symbol))
    assert len(cells) == 5
    for cell in cells[:2]:
        assert re.fullmatch(r"(`[^`\n]{0,198}`)?", cell)


def test_the_latest_event_stands_first() -> None:
    events = [published("a", "b").model_copy(update={"seq": seq}) for seq in (1, 2, 3)]
    rows = text_of(events).split("\n\n")[-1].split("\n")[2:]
    assert [row.split("|")[1].strip() for row in rows] == ["3", "2", "1"]


def test_who_adapted_to_an_interface_stands_beside_it_and_what_events_say() -> None:
    edit = Replace(symbol="b.py:g|", base="0" * 64, text="0" * 64)
    adapted = EditAccepted(edit=edit, follows=("a.py:f",))
    later = published("a", "b").model_copy(update={"seq": 2, "briefing": 3, "data": adapted})
    parts = text_of([published("a", "b"), later]).split("\n\n")
    assert parts[1].split("\n")[2] == "| `a.py:f` | `a` | `b` | 2 | #3 |"
    assert parts[2].split("\n")[2].endswith("| edit.accepted | `replace b.py:g¦` |")


def test_names_and_hand_overs_say_what_they_do() -> None:
    name = ImportedName(module="a", name="b")
    for data, what in (
        (NameAdded(path="c.py", name=name), "c.py: from a import b"),
        (SymbolHandedOver(symbol="c.py:f", to=3), "c.py:f to briefing 3"),
        (
            InterfaceProposed(symbol="c.py:f", before=None, after="def f()"),
            "c.py:f: (new) -> def f()",
        ),
    ):
        event = published("a", "b").model_copy(update={"data": data})
        assert text_of([event]).split("\n")[-1].endswith(f"| {data.type} | `{what}` |")


def test_a_table_without_rows_is_left_out() -> None:
    assert table(("a", "b"), []) == ""
