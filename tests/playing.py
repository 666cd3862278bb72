"""Runs without Prefect, in the test's own process and in one of their own."""

from pathlib import Path

from jupiter.bus.file import FileLog
from jupiter.conductor import Notice, Threads
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.report import Report
from jupiter.run import execute

ALONE = """\
import sys
from pathlib import Path
from jupiter.conductor import Threads
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.run import execute
run = start(load(Request(Path(sys.argv[1]), Path(sys.argv[2]))), lambda notice: None)
print(run.log.folder, flush=True)
execute(run, Threads())
"""
"""Carries a recipe out on a repository, as a process of its own that says where its log is."""


def played(recipe: Path, repository: Path) -> tuple[Report, list[str], FileLog]:
    """Carry a recipe out: its report, all that was said, and its log."""
    said: list[str] = []

    def listen(notice: Notice) -> None:
        said.append(notice.text)

    made = start(load(Request(recipe, repository)), listen)
    return execute(made, Threads()), said, made.log
