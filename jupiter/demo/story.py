"""The published story on click: one agent changes an interface, one its tests, one its documentation.

It is played twice, with the bus and without: without it each agent works as if it were alone.
"""

from __future__ import annotations

import textwrap
import threading
from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from jupiter.bus.log import Log
from jupiter.conductor import Listener, Notice, Threads
from jupiter.demo.agents import follower, proposer
from jupiter.demo.conversation import Agent
from jupiter.demo.server import MessagesServer
from jupiter.demo.signatures import stale_calls
from jupiter.demo.weather import Timing
from jupiter.execution import Run, start
from jupiter.index.source import Request, load
from jupiter.model.briefing_events import BriefingFinished, BriefingTaken
from jupiter.model.event import Event
from jupiter.model.report import Report
from jupiter.model.run_events import WavePlanned
from jupiter.model.tree_events import (
    EditAccepted,
    InterfaceProposed,
    InterfacePublished,
    UpdateDelivered,
)
from jupiter.run import execute

RECIPE = "demo-agents"
PATH, FUNCTION = "src/click/utils.py", "open_file"
SYMBOL = f"{PATH}:{FUNCTION}"
NEW_TEST = "tests/test_utils.py:test_open_file_writes"

VALUES = {"mode": '"r"'}
NEW = """\
def test_open_file_writes(tmp_path):
    path = tmp_path / "hello.txt"

    with click.open_file(path, "w") as f:
        f.write("Hello World!")

    assert path.read_text() == "Hello World!"
"""


def changed(text: str) -> str:
    """`open_file` with a mode that has to be named."""
    signature = text.replace('    mode: str = "r",\n', "    *,\n    mode: str,\n", 1)
    return signature.replace("open_file(filename) as f", 'open_file(filename, mode="r") as f')


AGENTS: Mapping[str, Agent] = MappingProxyType(
    {
        "Whoever calls click.open_file": proposer(SYMBOL, changed, looks=2),
        "Bring the tests": follower(SYMBOL, VALUES, {NEW_TEST: NEW}),
        "Bring the documentation": follower(SYMBOL, VALUES, looks=1),
    }
)
"""The script of each briefing, by what stands in its goal."""


@dataclass(frozen=True, slots=True)
class Telling:
    """The story, told once: how the run ended, what its workers did, what no longer fits."""

    report: Report
    published: int
    """Interfaces that others could rely on, and that changed."""
    told: int
    """How often a worker was told of a change."""
    woken: int
    """How often a worker that was done went on."""
    adapted: tuple[str, ...]
    """The symbols that follow a published change, by the words of who wrote them."""
    stale: tuple[str, ...]
    """The calls that the function does not take, in code and documentation."""

    @property
    def tests(self) -> str:
        """What the package's own tests say: the last line of their output."""
        if not self.report.checks:
            return "not run"
        lines = self.report.checks[-1].output.strip().splitlines()
        return lines[-1].strip("= ") if lines else ""


def tell(request: Request, listen: Listener, *, shares: bool, seed: int = 0) -> Telling:
    """Play the story with scripted agents and a local server.

    Raises:
        JupiterError: the repository or the surroundings are wrong, or the run was interrupted.
    """
    timing = Timing(seed, first_byte=(0.02, 0.06), a_token=0.0002)
    with MessagesServer(AGENTS, timing=timing).at_hand():
        run = start(load(request), listen)
        run.shares = shares
        with _watched(run.log, listen):
            report = execute(run, Threads())
    events = list(run.log.events())
    data = Counter(type(event.data) for event in events)
    return Telling(
        report=report,
        published=sum(_is_change(event) for event in events),
        told=data[UpdateDelivered],
        woken=data[BriefingTaken] - report.briefings,
        adapted=tuple(dict.fromkeys(_adapted(events))),
        stale=tuple(stale_calls(_texts(run), PATH, FUNCTION)),
    )


def _texts(run: Run) -> dict[str, str]:
    """The codebase as the run has left it."""
    return {path: run.read(path).decode() for path in run.source.index.files}


def _adapted(events: Iterable[Event]) -> Iterable[str]:
    for event in events:
        if isinstance(event.data, EditAccepted) and event.data.follows:
            edit = event.data.edit
            yield edit.path if edit.op == "file" else edit.symbol


def _is_change(event: Event) -> bool:
    return isinstance(event.data, InterfacePublished) and event.data.before is not None


@contextmanager
def _watched(log: Log, listen: Listener) -> Generator[None]:
    """Tell a person what the agents do, while they do it."""
    stop = threading.Event()

    def watch() -> None:
        roles: dict[int | None, str] = {}
        for event in log.follow(stop=stop):
            if isinstance(event.data, WavePlanned):
                roles |= {
                    one.briefing: _ROLES[one.symbols[0].split("/")[0]] for one in event.data.owned
                }
            if text := deed(event):
                listen(Notice(roles[event.briefing], text))

    with ThreadPoolExecutor(1) as thread:
        thread.submit(watch)
        try:
            yield
        finally:
            stop.set()


_ROLES = {"src": "code", "tests": "tests", "docs": "docs"}
"""What the briefings are about, by the folder of what they own."""


def deed(event: Event) -> str:
    """What an event says of an agent, for a person; empty if that is nothing worth a line."""
    match event.data:
        case InterfaceProposed(symbol=symbol, after=after):
            return f"proposes {symbol}: {_line(after)}"
        case InterfacePublished(symbol=symbol, before=before) if before is not None:
            return f"publishes the new interface of {symbol}"
        case UpdateDelivered():
            return "is told of a change in what it uses"
        case EditAccepted(edit=edit, follows=follows):
            what = edit.path if edit.op == "file" else edit.symbol
            return f"writes {what}" + (f", following {', '.join(follows)}" if follows else "")
        case BriefingFinished():
            return "is done"
        case _:
            return ""


def _line(text: str) -> str:
    """An interface, in one line that is not too long."""
    return textwrap.shorten(text, 90, placeholder=" …")
