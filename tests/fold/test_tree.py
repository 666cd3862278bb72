"""The tree of a run: a function of what each briefing decided, never of who was faster."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.code.tiles import join, tile
from jupiter.fold.file import File
from jupiter.fold.state import State, fold
from jupiter.fold.tree import changed_files, commits, current_text, current_tiles
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingStarted
from jupiter.model.edit import FileText, Replace, path_of
from jupiter.model.event import Event, Payload
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import EditAccepted

BASE = {
    "a.py": b'"""A."""\nimport os\n\nX = 1\n\n\ndef f():\n    return X\n\n\nprint(f())\nif X:\n    Y = 2\n',
    "b.py": b"\xef\xbb\xbfclass C(object):\r\n\r\n\tdef m(self): pass\r\n\r\n\tdef n(self): pass\r\n# end",
    "notes.md": b"# One\n\ntext\n\n## Two\n\nmore\n",
    "data.txt": b"\xff\x00 no Python",
}
TEXTS = (
    b"",
    b"def f():\n    return 2\n",
    b"X = 3\n",
    b"def broken(:\n",
    b"\r\n\xff",
    b"# no newline",
)


def base(path: str) -> File | None:
    return File(BASE[path]) if path in BASE else None


def texts(state: State, blobs: "Blobs") -> dict[str, bytes]:
    """The texts of the files that counted edits have touched."""
    files = changed_files(state, base, blobs.get)
    return {path: file.text for path, file in files.items() if file is not None}


class Blobs:
    """Texts by their SHA-256."""

    def __init__(self) -> None:
        self.texts: dict[str, bytes] = {}

    def put(self, text: bytes) -> str:
        name = hashlib.sha256(text).hexdigest()
        self.texts[name] = text
        return name

    def get(self, name: str) -> bytes:
        return self.texts[name]


@dataclass(frozen=True)
class Script:
    """What one briefing does, in its order; it owns `symbols`."""

    briefing: int
    symbols: tuple[str, ...]
    edits: tuple[Replace | FileText, ...]
    fails: bool

    def payloads(self) -> list[Payload]:
        end = BriefingFailed(reason="broken") if self.fails else BriefingFinished()
        return [BriefingStarted(), *(EditAccepted(edit=edit) for edit in self.edits), end]


@dataclass(frozen=True)
class Run:
    """The decisions of two waves, and the tree that they must give."""

    waves: tuple[tuple[Script, ...], ...]
    expected: Mapping[str, bytes]
    blobs: Blobs

    def tree(self, state: State) -> dict[str, bytes]:
        return texts(state, self.blobs)


def replace(blobs: Blobs, symbol: str, text: bytes) -> Replace:
    return Replace(symbol=symbol, base="0" * 64, text=blobs.put(text))


def file_text(blobs: Blobs, path: str, text: bytes) -> FileText:
    return FileText(path=path, base="0" * 64, text=blobs.put(text), symbols=(f"{path}:f",))


def event(seq: int, data: Payload, briefing: int | None = None) -> Event:
    return Event(
        seq=seq,
        time=datetime(2026, 11, 23, tzinfo=UTC),
        run="r",
        step=None,
        briefing=briefing,
        worker=None,
        data=data,
    )


def planned(wave: int, scripts: Sequence[Script]) -> WavePlanned:
    owned = tuple(
        Owned(briefing=s.briefing, steps=("s",), symbols=s.symbols, constraints=()) for s in scripts
    )
    return WavePlanned(wave=wave, steps=(f"s{wave}",), workers=3, owned=owned)


@st.composite
def ownership(draw: st.DrawFn, texts: Mapping[str, bytes], first: int) -> dict[int, list[str]]:
    """Each symbol to one briefing of three or to nobody, each file whole or by its tiles."""
    owned: dict[int, list[str]] = {first: [], first + 1: [], first + 2: []}
    whose = st.sampled_from([*owned, None])
    for path, text in texts.items():
        names = [""] if draw(st.booleans()) else [t.name for t in tile(path, text)]
        for name in names:
            if (owner := draw(whose)) is not None:
                owned[owner].append(str(SymbolId(path, name)))
    return owned


@st.composite
def script(
    draw: st.DrawFn, number: int, symbols: list[str], texts: Mapping[str, bytes], blobs: Blobs
) -> Script:
    """Up to eight edits of what a briefing owns, several of one symbol among them."""
    edits: list[Replace | FileText] = []
    whole: set[str] = set()
    for symbol in draw(st.lists(st.sampled_from(symbols), max_size=8)) if symbols else []:
        path, name = SymbolId.parse(symbol)
        text = draw(st.sampled_from(TEXTS))
        # Who owns all of a file may write its symbols, too, until it has given it a whole text.
        names = [t.name for t in tile(path, texts[path]) if t.name] if not name else [name]
        if name or (names and path not in whole and draw(st.booleans())):
            edits.append(replace(blobs, f"{path}:{draw(st.sampled_from(names))}", text))
        else:
            whole.add(path)
            edits.append(file_text(blobs, path, text))
    return Script(number, tuple(symbols), tuple(edits), draw(st.booleans()))


def after(texts: dict[str, bytes], scripts: Sequence[Script], blobs: Blobs) -> dict[str, bytes]:
    """The texts after a wave, computed another way: each symbol has the last text that it was given."""
    last: dict[str, dict[str, bytes]] = {}
    whole: dict[str, bytes] = {}
    for edit in (edit for one in scripts if not one.fails for edit in one.edits):
        match edit:
            case FileText():
                whole[edit.path] = blobs.get(edit.text)
            case Replace():
                path, name = SymbolId.parse(edit.symbol)
                last.setdefault(path, {})[name] = blobs.get(edit.text)
    found = dict(texts)
    for path, given_texts in last.items():
        parts = [(t.gap, given_texts.get(t.name, t.text)) for t in tile(path, texts[path])]
        found[path] = b"".join(gap + text for gap, text in parts)
    return found | whole


@st.composite
def runs(draw: st.DrawFn) -> Run:
    blobs, texts = Blobs(), dict(BASE)
    waves: list[tuple[Script, ...]] = []
    for first in (1, 4):
        owned = draw(ownership(texts, first))
        scripts = tuple(draw(script(n, names, texts, blobs)) for n, names in owned.items())
        waves.append(scripts)
        texts = after(texts, scripts, blobs)
    touched = {
        edit.path if isinstance(edit, FileText) else SymbolId.parse(edit.symbol).path
        for scripts in waves
        for one in scripts
        if not one.fails
        for edit in one.edits
    }
    return Run(tuple(waves), {path: texts[path] for path in touched}, blobs)


def log_of(run: Run, draw: Callable[[st.SearchStrategy[list[int]]], list[int]]) -> list[Event]:
    """One of the logs that these decisions could have had: briefings keep their own order."""
    events: list[Event] = []
    for wave, scripts in enumerate(run.waves, start=1):
        events.append(event(len(events) + 1, planned(wave, scripts)))
        left = {one.briefing: one.payloads() for one in scripts}
        turns = [number for number, payloads in left.items() for _ in payloads]
        for number in draw(st.permutations(turns)):
            events.append(event(len(events) + 1, left[number].pop(0), number))
    return events


@settings(deadline=None)
@given(runs(), st.data())
def test_the_tree_does_not_depend_on_the_interleaving(run: Run, data: st.DataObject) -> None:
    one, other = fold(log_of(run, data.draw)), fold(log_of(run, data.draw))
    assert run.tree(one) == run.expected
    assert run.tree(other) == run.expected
    assert one.owners == other.owners
    assert one.paths_edited == other.paths_edited == set(run.expected)
    assert one.symbols_changed == other.symbols_changed
    assert one.conflicts == other.conflicts == 0


@settings(deadline=None)
@given(runs(), st.data())
def test_every_beginning_of_a_log_has_a_tree_and_one_owner_a_symbol(
    run: Run, data: st.DataObject
) -> None:
    state = State()
    for one in log_of(run, data.draw):
        state.apply(one)
        tree = run.tree(state)
        assert {p: current_text(state, p, base, run.blobs.get) for p in tree} == tree
        for path, text in BASE.items():
            tiles = current_tiles(state, path, base, run.blobs.get)
            assert join(tiles) == tree.get(path, text)
        scripts = run.waves[len(state.waves) - 1]
        for briefing in scripts:
            assert all(state.owner(symbol) == briefing.briefing for symbol in briefing.symbols)
        owned = [symbol for briefing in scripts for symbol in briefing.symbols]
        assert sorted(state.owners) == sorted(owned), "nobody else owns anything"


@settings(deadline=None)
@given(runs(), st.data())
def test_what_a_failed_briefing_wrote_is_as_if_it_had_never_been(
    run: Run, data: st.DataObject
) -> None:
    quiet = tuple(
        tuple(Script(o.briefing, o.symbols, () if o.fails else o.edits, o.fails) for o in scripts)
        for scripts in run.waves
    )
    without = Run(quiet, run.expected, run.blobs)
    assert run.tree(fold(log_of(run, data.draw))) == run.tree(fold(log_of(without, data.draw)))


@settings(deadline=None)
@given(runs(), st.data())
def test_the_texts_after_each_briefing_lead_to_the_tree(run: Run, data: st.DataObject) -> None:
    state = fold(log_of(run, data.draw))
    done: dict[str, bytes] = {}
    for number, files in commits(state, base, run.blobs.get):
        assert files.keys() == {path_of(edit) for edit in state.briefings[number].edits}
        done.update({path: file.text for path, file in files.items() if file is not None})
    assert done == run.tree(state)


# By example


@pytest.fixture
def blobs() -> Blobs:
    return Blobs()


def state_of(*scripts: Script) -> State:
    run = Run((scripts,), {}, Blobs())
    return fold(log_of(run, lambda _turns: [s.briefing for s in scripts for _ in s.payloads()]))


def test_two_briefings_write_one_file_and_no_other_byte_of_it_changes(blobs: Blobs) -> None:
    state = state_of(
        Script(
            1, ("a.py:f",), (replace(blobs, "a.py:f", b"def f():\n    return 9\n"),), fails=False
        ),
        Script(2, ("a.py:X",), (replace(blobs, "a.py:X", b"X = 7\n"),), fails=False),
    )
    expected = BASE["a.py"].replace(b"return X", b"return 9").replace(b"X = 1", b"X = 7")
    assert texts(state, blobs) == {"a.py": expected}


def test_a_symbol_keeps_its_name_for_the_wave_when_its_text_would_be_called_otherwise(
    blobs: Blobs,
) -> None:
    # A statement is called by its hash, an `if` by its test.
    names = [t.name for t in tile("a.py", BASE["a.py"])]
    call = next(f"a.py:{name}" for name in names if name.startswith("<statement"))
    state = state_of(
        Script(
            1, ("a.py:if X",), (replace(blobs, "a.py:if X", b"if f:\n    Y = 3\n"),), fails=False
        ),
        Script(
            2,
            (call,),
            (replace(blobs, call, b"print(1)\n"), replace(blobs, call, b"print(2)\n")),
            fails=False,
        ),
    )
    tiles = current_tiles(state, "a.py", base, blobs.get)
    assert [t.name for t in tiles] == names
    assert join(tiles).endswith(b"print(2)\nif f:\n    Y = 3\n")


def test_the_next_wave_knows_symbols_by_the_names_that_the_tree_gives_them(blobs: Blobs) -> None:
    first = Script(
        1, ("a.py:if X",), (replace(blobs, "a.py:if X", b"if f:\n    Y = 3\n"),), fails=False
    )
    state = state_of(first)
    state.apply(event(state.seq + 1, planned(2, [Script(2, ("a.py:if f",), (), fails=False)])))
    names = [t.name for t in current_tiles(state, "a.py", base, blobs.get)]
    assert "if f" in names
    assert "if X" not in names


def test_a_file_that_nobody_has_touched_is_not_in_the_tree(blobs: Blobs) -> None:
    state = state_of(Script(1, ("a.py",), (), fails=False))
    assert texts(state, blobs) == {}
    assert current_text(state, "a.py", base, blobs.get) == BASE["a.py"]


def test_the_fold_reads_only_the_files_that_were_written(blobs: Blobs) -> None:
    asked: list[str] = []

    def asking(path: str) -> File | None:
        asked.append(path)
        return base(path)

    state = state_of(Script(1, ("a.py",), (file_text(blobs, "a.py", b"new\n"),), fails=False))
    assert changed_files(state, asking, blobs.get) == {"a.py": File(b"new\n")}
    assert asked == ["a.py"]
