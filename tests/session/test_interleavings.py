"""Several briefings at one log, in any order: one owner a symbol, and a tree that no order changes."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from jupiter.bus.file import FileLog
from jupiter.bus.verify import verify
from jupiter.code.parse import parse
from jupiter.fold.file import File
from jupiter.fold.state import State, fold
from jupiter.fold.tree import changed_files, current_file
from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished
from jupiter.model.edit import Create, Delete, FileText, Rename, Replace
from jupiter.model.event import Draft, Event
from jupiter.model.name import ExportedName, ImportedName
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import EditAccepted
from jupiter.session.session import Session

A = b'''"""A."""

import os
from a import b

__all__ = ["f"]


class C:
    x = 1

    def m(self): ...


def f(): ...


def g(): ...
'''
BASE = {"a.py": File(A), "b.py": File(b"import re\n\n\nB = 1\n")}
OWNED = {
    1: ("a.py:f", "a.py:C", "a.py:C.x", "a.py:C.m"),
    2: ("a.py:g", "a.py:<imports>", "b.py:B"),
    3: ("a.py:__all__", "new.py"),
}
SYMBOLS = ("f", "g", "C", "C.x", "C.m", "n1", "n2", "C.n3", "<imports>", "K", "K.m")
NUMBERS = st.sampled_from(sorted(OWNED))
NAMES = st.sampled_from(
    [
        ImportedName(module="re"),
        ImportedName(module="a", name="b"),
        ImportedName(module="a", name="d"),
        ImportedName(module="t", name="T", typing=True),
        ExportedName(name="f"),
        ExportedName(name="g"),
    ]
)


def text_of(name: str, value: int) -> bytes:
    """A text that defines the symbol of that name."""
    own = name.rpartition(".")[2]
    match name:
        case "<imports>":
            return b"import os\nfrom a import b, v%d\n" % value
        case "C":
            return b"class C(object):  # %d\n" % value
        case "K":
            return b"class K:\n    y = %d\n" % value
        case "C.x" | "C.n3":
            return f"    {own} = {value}\n".encode()
        case "C.m" | "K.m":
            return f"    def m(self, a={value}): ...\n".encode()
        case _:
            return f"def {own}(a={value}): ...\n".encode()


class Interleavings(RuleBasedStateMachine):
    """Three briefings of one wave, each with a log of its own at the same file."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp()) / "run"
        self.texts: dict[str, bytes] = {}

    @initialize()
    def begin(self) -> None:
        log = FileLog.create(self.folder, "run", "flush")
        owned = tuple(
            Owned(briefing=n, steps=("s",), symbols=symbols, constraints=())
            for n, symbols in OWNED.items()
        )
        log.record(Draft(data=WavePlanned(wave=1, steps=("s",), workers=3, owned=owned)))
        self.sessions = {n: self.opened(n) for n in OWNED}
        for one in self.sessions.values():
            assert one.take()

    def opened(self, number: int) -> Session:
        briefing = WorkerBriefing(
            id=number,
            wave=1,
            task=TaskDescription(goal="…", steps=("s",), select=()),
            context=CodebaseContext(base_commit="c", neighbours=(), outline=()),
            symbols_owned=OWNED[number],
            symbols_readable=(),
            constraints=(),
            weight=1,
        )
        return Session(FileLog.open(self.folder), briefing, f"worker-{number}", BASE.get)

    def now(self, number: int, name: str) -> bytes:
        """The text that a worker has read."""
        tiles = self.sessions[number].tiles("a.py")
        return next((one.text for one in tiles if one.name == name), b"")

    @rule(number=NUMBERS, name=st.sampled_from(SYMBOLS), value=st.integers(0, 99))
    def write(self, number: int, name: str, value: int) -> None:
        self.sessions[number].write(f"a.py:{name}", self.now(number, name), text_of(name, value))

    @rule(number=NUMBERS, name=st.sampled_from(SYMBOLS), after=st.sampled_from(("", *SYMBOLS)))
    def create(self, number: int, name: str, after: str) -> None:
        behind = f"a.py:{after}" if after else ""
        self.sessions[number].create_behind(f"a.py:{name}", text_of(name, number), after=behind)

    @rule(name=st.sampled_from(["n1", "n2", "n4", "n5"]), after=st.sampled_from(["f", "n1", "n2"]))
    def create_beside_others(self, name: str, after: str) -> None:
        """Each by a briefing of its own, at few places."""
        number = {"n1": 3, "n2": 2, "n4": 1, "n5": 3}[name]
        one = self.sessions[number]
        one.create_behind(f"a.py:{name}", text_of(name, number), after=f"a.py:{after}")

    @rule(number=NUMBERS, name=st.sampled_from(SYMBOLS))
    def delete(self, number: int, name: str) -> None:
        self.sessions[number].delete(f"a.py:{name}", self.now(number, name))

    @rule(number=NUMBERS, name=st.sampled_from(SYMBOLS), after=st.sampled_from(("", *SYMBOLS)))
    def move(self, number: int, name: str, after: str) -> None:
        behind = f"a.py:{after}" if after else ""
        self.sessions[number].move(f"a.py:{name}", self.now(number, name), after=behind)

    @rule(number=NUMBERS, name=st.sampled_from(SYMBOLS), lines=st.integers(0, 3))
    def space(self, number: int, name: str, lines: int) -> None:
        self.sessions[number].set_gap(f"a.py:{name}", self.now(number, name), lines)

    @rule(number=NUMBERS, path=st.sampled_from(["new.py", "c.py", "b.py"]), value=st.integers(0, 3))
    def write_file(self, number: int, path: str, value: int) -> None:
        one = self.sessions[number]
        tree = changed_files(one.log.look(lambda s: s), BASE.get, one.log.get)
        file = tree[path] if path in tree else BASE.get(path)
        after = b"V = %d\n" % value if value else None
        one.write_file(path, file.text if file else None, after)

    @rule(number=NUMBERS, name=NAMES, path=st.sampled_from(["a.py", "b.py", "c.py"]))
    def add(self, number: int, name: ImportedName | ExportedName, path: str) -> None:
        self.sessions[number].add_name(path, name)

    @rule(number=NUMBERS, name=NAMES, path=st.sampled_from(["a.py", "b.py"]))
    def drop(self, number: int, name: ImportedName | ExportedName, path: str) -> None:
        self.sessions[number].drop_name(path, name)

    @rule(number=NUMBERS, name=st.sampled_from(SYMBOLS))
    def claim_and_release(self, number: int, name: str) -> None:
        one = self.sessions[number]
        one.claim(f"a.py:{name}")
        one.release(f"a.py:{name}")

    @rule(number=NUMBERS, name=st.sampled_from(SYMBOLS))
    def claim(self, number: int, name: str) -> None:
        self.sessions[number].claim(f"a.py:{name}")

    @rule(number=NUMBERS)
    def restart(self, number: int) -> None:
        self.sessions[number] = self.opened(number)

    @rule(number=NUMBERS, is_good=st.booleans())
    def end(self, number: int, *, is_good: bool) -> None:
        one = self.sessions[number]
        if not one.log.look(lambda state: state.briefings[number].has_ended):
            one.record(BriefingFinished() if is_good else BriefingFailed(reason="r"))

    @invariant()
    def a_file_that_parsed_parses(self) -> None:
        log = self.sessions[1].log if hasattr(self, "sessions") else None
        if log is not None:
            for file in tree(log.look(lambda state: state), log.get).values():
                if file is not None:
                    parse(file.text)

    def teardown(self) -> None:
        if hasattr(self, "sessions"):
            log = FileLog.open(self.folder)
            events = list(log.events())
            expected = tree(fold(events), log.get)
            assert verify(self.folder).problems == ()
            assert fold(events).conflicts == 0
            assert tree_in_log_order(events, log.get) == BASE | expected
            for order in (reordered(events, backwards=False), reordered(events, backwards=True)):
                assert tree(fold(order), log.get) == expected
                assert tree_in_log_order(order, log.get) == BASE | expected
            self.has_the_texts_that_were_written_last(events, expected, log.get)
        shutil.rmtree(self.folder.parent)

    def has_the_texts_that_were_written_last(
        self, events: Iterable[Event], files: dict[str, File | None], blob: Callable[[str], bytes]
    ) -> None:
        """The simple model: a dictionary of texts, in log order, without those of failed briefings."""
        failed = {e.briefing for e in events if isinstance(e.data, BriefingFailed)}
        texts: dict[str, bytes] = {}
        gone: set[str] = set()
        for event in events:
            if event.briefing in failed or not isinstance(event.data, EditAccepted):
                continue
            match event.data.edit:
                case Replace(symbol=symbol, text=text) | Rename(symbol=symbol, text=text):
                    texts[symbol] = blob(text)
                case Create(symbol=symbol, text=text):
                    gone = {one for one in gone if not f"{one}.".startswith(f"{symbol}.")}
                    texts = {k: v for k, v in texts.items() if not k.startswith(f"{symbol}.")}
                    texts[symbol] = blob(text)
                case Delete(symbol=symbol):
                    gone.add(symbol)
                case FileText(path=path, text=text):
                    texts = {k: v for k, v in texts.items() if SymbolId.parse(k).path != path}
                    texts[path] = b"" if text is None else blob(text)
                case _:
                    pass
        for symbol, text in texts.items():
            path, name = SymbolId.parse(symbol)
            if (
                "imports" in name
                or name.startswith("C")
                or any(symbol.startswith(one) for one in gone)
            ):
                continue  # others add names to the one, members move out of the other
            file = files.get(path)
            assert file is None or text.splitlines()[0] in file.text.splitlines() or not name


def tree(state: State, blob: Callable[[str], bytes]) -> dict[str, File | None]:
    return changed_files(state, BASE.get, blob)


def tree_in_log_order(events: list[Event], blob: Callable[[str], bytes]) -> dict[str, File | None]:
    """The files as a worker reads them, which takes the edits as they came, not by briefing."""
    state = fold(events)
    paths = {*BASE, *tree(state, blob)}
    return {path: current_file(state, path, BASE.get, blob) for path in paths}


def reordered(events: list[Event], *, backwards: bool) -> list[Event]:
    """Another order that the log could have had: each briefing's events in theirs, one after another."""
    of: defaultdict[int, list[Event]] = defaultdict(list)
    first = [event for event in events if event.briefing is None]
    for event in events:
        if event.briefing is not None:
            of[event.briefing].append(event)
    order = [event for number in sorted(of, reverse=backwards) for event in of[number]]
    counted = (*first, *order)
    return [event.model_copy(update={"seq": n}) for n, event in enumerate(counted, start=1)]


class TestInterleavings(Interleavings.TestCase):
    settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
