"""A log that a test tells event by event, at times of its own, on a base of its own."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from jupiter.delivery.report_full import full_report
from jupiter.fold.file import File
from jupiter.fold.state import fold
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingStarted
from jupiter.model.edit import FileText, Rename, Replace
from jupiter.model.event import Event
from jupiter.model.run_events import Owned, RunStarted, WavePlanned
from jupiter.model.tree_events import EditAccepted


class Story:
    def __init__(self, **base):
        self.base = {path.replace("_py", ".py"): File(text) for path, text in base.items()}
        self.blobs = {}
        self.events = []
        self.now = datetime(2026, 11, 26, 12, tzinfo=UTC)
        self.add(
            RunStarted(
                recipe="tidy",
                recipe_text=self.put(b"version: 1\n"),
                parameters={},
                repository="/src/mine",
                ref="HEAD",
                base_commit="a" * 40,
                jupiter="0.1.0",
            )
        )

    def put(self, text):
        name = hashlib.sha256(text).hexdigest()
        self.blobs[name] = text
        return name

    def add(self, data, briefing=None, *, step="tidy", after=1.0):
        self.now += timedelta(seconds=after)
        self.events.append(
            Event(
                seq=len(self.events) + 1,
                time=self.now,
                run="20261126-1200-mine-abcd",
                step=step,
                briefing=briefing,
                worker=None if briefing is None else f"worker-{briefing}",
                data=data,
            )
        )
        return self

    def planned(self, wave, **owned):
        """`planned(1, b1=("a.py",))`: a wave in which briefing 1 owns a.py; each has begun."""
        self.add(
            WavePlanned(
                wave=wave,
                steps=("tidy",),
                workers=len(owned),
                owned=tuple(
                    Owned(briefing=int(name[1:]), steps=("tidy",), symbols=symbols, constraints=())
                    for name, symbols in owned.items()
                ),
            )
        )
        for name in owned:
            self.add(BriefingStarted(), int(name[1:]))
        return self

    def replaced(self, briefing, symbol, text, follows=()):
        edit = Replace(symbol=symbol, base="0" * 64, text=self.put(text))
        return self.add(EditAccepted(edit=edit, follows=follows), briefing)

    def renamed(self, briefing, symbol, to, text):
        edit = Rename(symbol=symbol, to=to, base="0" * 64, text=self.put(text))
        return self.add(EditAccepted(edit=edit), briefing)

    def written(self, briefing, path, text, symbols, to=None):
        edit = FileText(path=path, base="0" * 64, text=self.put(text), symbols=symbols, to=to)
        return self.add(EditAccepted(edit=edit), briefing)

    def finished(self, *briefings):
        for number in briefings:
            self.add(BriefingFinished(), number)
        return self

    def failed(self, briefing, reason):
        return self.add(BriefingFailed(reason=reason), briefing)

    @property
    def state(self):
        return fold(self.events)

    def report(self, **more):
        given = {"log": "/runs/x", "base": self.base.get, "blob": self.blobs.__getitem__}
        return full_report(self.events, **(given | more))


@pytest.fixture(scope="session")  # a class: each test, and each example, tells its own
def story():
    return Story
