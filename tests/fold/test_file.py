"""One file in one wave: new symbols at their places, a new path, and the mode that it had."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.fold.file import File, FoldedFile
from jupiter.fold.state import State, fold
from jupiter.fold.tree import changed_files, commits, current_file, start_tiles
from jupiter.model.briefing_events import BriefingFailed, BriefingStarted
from jupiter.model.edit import AnyEdit, Create, FileText, Replace
from jupiter.model.event import Event
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.tree_events import EditAccepted

TEXT = b"import os\n\n\nclass C:\n    x = 1\n\n\ndef f(): ...\n"
BASE = {"a.py": File(TEXT, "100755"), "b.py": File(b"B = 1\n")}
BLOBS: dict[str, bytes] = {}


def blob(text: bytes) -> str:
    name = hashlib.sha256(text).hexdigest()
    BLOBS[name] = text
    return name


def create(name: str, slot: str, text: bytes, rank: int = 0) -> Create:
    container = name.rpartition(".")[0]
    return Create(
        symbol=f"a.py:{name}",
        container=container,
        slot=slot,
        rank=rank,
        gap=0,
        text=blob(text),
    )


def replace(symbol: str, text: bytes) -> Replace:
    return Replace(symbol=symbol, base="0" * 64, text=blob(text))


def moved(path: str, to: str, text: bytes = TEXT) -> FileText:
    return FileText(path=path, base="0" * 64, text=blob(text), symbols=(), to=to)


EDITS: tuple[AnyEdit, ...] = (
    create("g", "f", b"g = f\n", rank=1),
    create("h", "f", b"h = f\n", rank=0),
    create("i", "f", b"i = f\n", rank=1),
    create("C.y", "C", b"    y = 2\n"),
    create("j", "C", b"j = 3\n"),
    replace("a.py:f", b"def f(): return 1\n"),
    replace("a.py:C.x", b"    x = 2\n"),
)


@given(st.permutations(EDITS))
def test_edits_of_different_symbols_commute(edits: list[AnyEdit]) -> None:
    file = FoldedFile("a.py", BASE["a.py"], BLOBS.__getitem__)
    for edit in edits:
        file.apply(edit)
    assert file.file.text == (
        b"import os\n\n\nclass C:\n    y = 2\n    x = 2\nj = 3\n\n\n"
        b"def f(): return 1\nh = f\ng = f\ni = f\n"
    )
    assert file.file.mode == "100755"


def test_a_new_symbol_can_be_written_again() -> None:
    file = FoldedFile("a.py", BASE["a.py"], BLOBS.__getitem__)
    file.apply(create("g", "f", b"g = 1\n"))
    file.apply(replace("a.py:g", b"g = 2\n"))
    assert file.file.text == TEXT + b"g = 2\n"


def test_an_edit_of_a_symbol_that_is_not_there_is_an_error() -> None:
    file = FoldedFile("a.py", BASE["a.py"], BLOBS.__getitem__)
    file.apply(replace("a.py:nobody", b"g = 2\n"))
    with pytest.raises(KeyError, match="nobody"):
        file.tiles()


def state(*waves: dict[int, tuple[AnyEdit, ...]], failed: frozenset[int] = frozenset()) -> State:
    """The state after waves, each of briefings with their edits."""
    events: list[Event] = []

    def happen(
        data: WavePlanned | BriefingStarted | BriefingFailed | EditAccepted, who: int | None = None
    ) -> None:
        events.append(
            Event(
                seq=len(events) + 1,
                time=datetime(2026, 11, 24, tzinfo=UTC),
                run="r",
                step=None,
                briefing=who,
                worker=None,
                data=data,
            )
        )

    for number, wave in enumerate(waves, start=1):
        owned = tuple(Owned(briefing=n, steps=("s",), symbols=(), constraints=()) for n in wave)
        happen(WavePlanned(wave=number, steps=("s",), workers=1, owned=owned))
        for briefing, edits in wave.items():
            happen(BriefingStarted(), briefing)
            for edit in edits:
                happen(EditAccepted(edit=edit), briefing)
            if briefing in failed:
                happen(BriefingFailed(reason="broken"), briefing)
    return fold(events)


def test_a_file_that_moves_is_gone_here_and_stands_there_with_its_mode() -> None:
    made = state({1: (moved("a.py", "c.py", b"new\n"),)})
    assert changed_files(made, BASE.get, BLOBS.__getitem__) == {
        "a.py": None,
        "c.py": File(b"new\n", "100755"),
    }
    assert current_file(made, "a.py", BASE.get, BLOBS.__getitem__) is None
    assert current_file(made, "c.py", BASE.get, BLOBS.__getitem__) == File(b"new\n", "100755")


def test_the_next_wave_knows_the_file_by_its_new_path() -> None:
    made = state(
        {1: (moved("a.py", "c.py"),)},
        {2: (replace("c.py:f", b"def f(): return 2\n"),)},
    )
    text = TEXT.replace(b"...", b"return 2")
    assert changed_files(made, BASE.get, BLOBS.__getitem__) == {
        "a.py": None,
        "c.py": File(text, "100755"),
    }
    assert "f" in {one.name for one in start_tiles(made, "c.py", BASE.get, BLOBS.__getitem__)}
    assert current_file(made, "c.py", BASE.get, BLOBS.__getitem__) == File(text, "100755")


def test_a_path_that_was_left_can_be_taken_in_the_next_wave() -> None:
    made = state({1: (moved("a.py", "c.py"),)}, {2: (moved("b.py", "a.py", b"B = 2\n"),)})
    assert changed_files(made, BASE.get, BLOBS.__getitem__) == {
        "a.py": File(b"B = 2\n"),
        "b.py": None,
        "c.py": File(TEXT, "100755"),
    }
    assert current_file(made, "a.py", BASE.get, BLOBS.__getitem__) == File(b"B = 2\n")


def test_what_a_failed_briefing_moved_is_where_it_was() -> None:
    made = state({1: (moved("a.py", "c.py"),)}, failed=frozenset({1}))
    assert changed_files(made, BASE.get, BLOBS.__getitem__) == {}
    assert current_file(made, "a.py", BASE.get, BLOBS.__getitem__) == BASE["a.py"]
    assert current_file(made, "c.py", BASE.get, BLOBS.__getitem__) is None


def test_each_commit_holds_what_its_briefing_changed() -> None:
    made = state({1: (create("g", "f", b"g = f\n"),), 2: (create("h", "f", b"h = f\n", 1),)})
    found = list(commits(made, BASE.get, BLOBS.__getitem__))
    assert found == [
        (1, {"a.py": File(TEXT + b"g = f\n", "100755")}),
        (2, {"a.py": File(TEXT + b"g = f\nh = f\n", "100755")}),
    ]
