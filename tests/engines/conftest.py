"""What tests of the codemod engine need: codemod files, and a wave carried out without a repository."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.engines.codemod_command import Command
from jupiter.engines.hands import Hands
from jupiter.engines.pool import Pool
from jupiter.engines.setting import Setting
from jupiter.engines.work import engines, workers
from jupiter.fold.file import File
from jupiter.fold.state import State
from jupiter.fold.tree import changed_files
from jupiter.index.index import build_index
from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.event import Draft
from jupiter.model.plan import Cut, Plan
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.step import CodemodStep

HEADER = """
import libcst
from libcst import Module
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile, VisitorBasedCodemodCommand
"""


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    made = Pool(2)
    yield made
    made.close()


@pytest.fixture
def codemod(tmp_path: Path) -> Callable[..., Command]:
    """Write the file `mods.py` beside a recipe, and name a class of it."""

    def write(source: str, name: str = "Mod", **arguments: object) -> Command:
        folder = tmp_path / "recipes"
        folder.mkdir(exist_ok=True)
        (folder / "mods.py").write_text(HEADER + source)
        return Command("step", f"mods.py:{name}", tuple(sorted(arguments.items())), str(folder))

    return write


@dataclass
class Wave:
    """A wave of codemods on these texts: a briefing a file, all steps on each."""

    folder: Path
    pool: Pool
    texts: Mapping[str, bytes]
    steps: Mapping[str, CodemodStep]
    log: FileLog = field(init=False)
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.log = FileLog.create(self.folder / "log", "run")

    def run(self, at_once: int = 2) -> State:
        """Carry all briefings out; the state that the log has come to."""
        plan = Plan(
            wave=1,
            steps=tuple(self.steps),
            workers=at_once,
            briefings=tuple(map(self._briefing, range(1, len(self.texts) + 1))),
            left_out=(),
            cut=Cut(edges=0, across=0),
            later=(),
        )
        self.log.append(lambda _state: [Draft(data=_planned(plan))])
        read = self.texts.__getitem__
        setting = Setting(
            recipe_folder=self.folder / "recipes",
            scratch=self.folder / "scratch",
            read=read,
            pool=self.pool,
            stop=self.stop,
            index=build_index(self.texts),
            context=lambda briefing: briefing,
            check=lambda _: "",
        )
        engine = engines(plan, self.steps, setting)
        carry_out = workers(Hands(plan, self.log), engine, self._base)
        with ThreadPoolExecutor(at_once) as threads:
            list(threads.map(carry_out, [briefing.id for briefing in plan.briefings]))
        return self.log.look(lambda state: state)

    def result(self) -> dict[str, bytes]:
        """The texts that the log's fold differs in, by path."""
        found = self.log.look(lambda state: changed_files(state, self._base, self.log.get))
        texts = {path: file.text for path, file in found.items() if file is not None}
        return {path: text for path, text in texts.items() if text != self.texts[path]}

    def _base(self, path: str) -> File | None:
        return File(self.texts[path]) if path in self.texts else None

    def _briefing(self, number: int) -> WorkerBriefing:
        return WorkerBriefing(
            id=number,
            wave=1,
            task=TaskDescription(goal="test", steps=tuple(self.steps), select=()),
            context=CodebaseContext(base_commit="0" * 40, neighbours=(), outline=()),
            symbols_owned=(list(self.texts)[number - 1],),
            symbols_readable=(),
            constraints=(),
            weight=1,
        )


def _planned(plan: Plan) -> WavePlanned:
    owned = tuple(
        Owned(briefing=b.id, steps=b.task.steps, symbols=b.symbols_owned, constraints=b.constraints)
        for b in plan.briefings
    )
    return WavePlanned(wave=1, steps=plan.steps, workers=plan.workers, owned=owned)


@pytest.fixture
def wave(
    tmp_path: Path, pool: Pool, codemod: Callable[..., Command]
) -> Callable[[str, Mapping[str, bytes]], Wave]:
    """Make a wave of one step whose codemod is the class `Mod` of this source."""

    def make(source: str, texts: Mapping[str, bytes]) -> Wave:
        command = codemod(source)
        return Wave(tmp_path, pool, texts, {command.step: CodemodStep(codemod=command.name)})

    return make
