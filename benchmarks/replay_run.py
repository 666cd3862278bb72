"""One run of a replay: a repository, a recipe, agents that talk to the server, and what came out."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Container, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path

from replay_clock import Answered, Model, RealTime, Shares, Simulator
from replay_job import Job
from replay_oracle import OPENING
from replay_recipe import ALL, recipe_of
from replay_server import Carry

from jupiter.conductor import Threads
from jupiter.demo.conversation import Agent
from jupiter.demo.server import MessagesServer
from jupiter.execution import Run, start
from jupiter.fold.file import File
from jupiter.fold.state import fold
from jupiter.fold.tree import changed_files
from jupiter.index.snapshot import Snapshot
from jupiter.index.source import Request, Source, load
from jupiter.model.repair import Attributed, ContractsChecked, RepairRequested
from jupiter.model.report import Report
from jupiter.model.run_events import WavePlanned
from jupiter.model.tree_events import EditAccepted
from jupiter.run import execute
from jupiter.system.git import Repository


@dataclass(frozen=True, slots=True)
class Settings:
    """How a job is carried out."""

    model: Model = field(default_factory=Model)
    workers: int = 3
    shares: bool = True
    is_contested: bool = False
    """Whether a second goal wants half of what the first one changes."""
    is_real: bool = False
    """Whether replies really take the time that they take."""
    carry: Carry | None = None
    """What carries runs out; plain threads if there is nothing."""
    repairs: int = 0
    """Rounds of repair, for what does not fit together."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to; times are in seconds, virtual but for `serial` and `wall`."""

    report: Report
    tree: Mapping[str, File]
    work: float
    """From the plan until the last worker was done."""
    serial: float
    """What was before and after that."""
    wall: float
    answered: tuple[Answered, ...]
    shares: Shares
    worked: Mapping[str, File]
    """The tree when all briefings were done, before anything was checked or repaired."""
    checked: tuple[tuple[Attributed, ...], ...] = ()
    """What did not fit together, each time that it was looked at."""
    rounds: int = 0
    """Rounds of repair."""
    adaptations: int = 0
    contested: int = 0
    """Symbols that two goals wanted, as the plan says."""

    @property
    def total(self) -> float:
        """TN."""
        return self.work + self.serial

    def by(self, model: Model, worker: str = "") -> Outcome:
        """The same run of one worker, whose conversations do not depend on what takes how long."""
        answered = tuple(one.by(model, worker) for one in self.answered)
        more = sum(one.seconds for one in answered) - sum(one.seconds for one in self.answered)
        shares = replace(self.shares, replies=self.shares.replies + more)
        return replace(self, answered=answered, work=self.work + more, shares=shares)


@contextmanager
def place() -> Generator[Path]:
    """A folder for runs, in which Jupiter has its home."""
    with tempfile.TemporaryDirectory(prefix="jupiter-replay-") as folder:
        names = {"JUPITER_HOME": f"{folder}/home", "ANTHROPIC_API_KEY": "sk-ant-replay"}
        before = {name: os.environ.get(name) for name in names}
        os.environ.update(names)
        try:
            yield Path(folder)
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


def repository_of(files: Mapping[str, File], folder: Path) -> Path:
    """A repository with one commit of these files, their bytes as they are."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    command = ["git", "-C", str(folder), "fast-import", "--quiet"]
    subprocess.run(command, input=b"".join(_stream(files)), check=True)
    subprocess.run(["git", "-C", str(folder), "reset", "-q", "--hard"], check=True)
    return folder


def _stream(files: Mapping[str, File]) -> Iterator[bytes]:
    message = b"BEFORE"
    yield b"commit refs/heads/main\ncommitter A <a@localhost> 1700000000 +0000\n"
    yield b"data %d\n%s\n" % (len(message), message)
    for path, file in files.items():
        yield f"M {file.mode} inline {path}\n".encode()
        yield b"data %d\n%s\n" % (len(file.text), file.text)


def play(
    job: Job, agent: Agent, settings: Settings, folder: Path, only: Container[str] = ALL
) -> Outcome:
    """Carry out a job, or a part of it, in a new repository in the folder."""
    folder.mkdir()
    repository = repository_of(job.before, folder / "repository")
    recipe = folder / "recipe.yaml"
    written = recipe_of(job, only, is_contested=settings.is_contested, rounds=settings.repairs)
    recipe.write_text(json.dumps(written))
    made: list[Run] = []
    clock = Simulator(settings.model, settings.workers, lambda: made[0].log)
    pace = RealTime(settings.model) if settings.is_real else clock
    with MessagesServer({OPENING: agent}, pace=pace) as server:
        os.environ["ANTHROPIC_BASE_URL"] = server.url
        begun = time.monotonic()
        source = load(Request(recipe, repository, workers=settings.workers))

        def begin() -> Run:
            made.append(start(source, lambda _: None))
            made[0].shares = settings.shares
            return made[0]

        report = (settings.carry or _by_threads)(source, begin)
        ended = time.monotonic()
        if server.refused:
            raise SystemExit(f"the Messages API would refuse: {server.refused[0].message}")
    clock.ends.look()
    events = [event.data for event in made[0].log.events()]
    last = max(clock.ends.by_worker.values(), default=begun)
    return Outcome(
        report=report,
        tree=tree_of(repository, report.commit or "HEAD"),
        work=last - clock.ends.planned if settings.is_real else clock.finished(),
        serial=clock.ends.planned - begun + ended - last,
        wall=ended - begun,
        answered=tuple(clock.answered),
        shares=clock.shares() if clock.clocks else Shares(0, 0, 0, 0),
        worked=_worked(made[0]),
        checked=tuple(one.findings for one in events if isinstance(one, ContractsChecked)),
        rounds=max((one.round for one in events if isinstance(one, RepairRequested)), default=0),
        adaptations=sum(isinstance(e, EditAccepted) and bool(e.follows) for e in events),
        contested=sum(
            len(one.symbols) for e in events if isinstance(e, WavePlanned) for one in e.contested
        ),
    )


def _by_threads(_source: Source, begin: Callable[[], Run]) -> Report:
    return execute(begin(), Threads())


def _worked(run: Run) -> dict[str, File]:
    """The tree as the log has it up to the first look at what does not fit together."""
    is_before = takewhile(lambda e: not isinstance(e.data, ContractsChecked), run.log.events())
    state, base = fold(is_before), run.source.snapshot.file
    there = {path: base(path) for path in run.source.snapshot.entries}
    tree = there | changed_files(state, base, run.log.get)
    return {path: file for path, file in tree.items() if file is not None}


def tree_of(repository: Path, commit: str) -> dict[str, File]:
    """The files of a commit."""
    opened = Repository.open(repository)
    snapshot = Snapshot(opened, opened.commit(commit))
    found = ((path, snapshot.file(path)) for path in snapshot.entries)
    return {path: file for path, file in found if file is not None}


def differences(found: Mapping[str, File], wanted: Mapping[str, File]) -> tuple[str, ...]:
    """The paths at which two trees differ."""
    return tuple(sorted(p for p in {*found, *wanted} if found.get(p) != wanted.get(p)))
