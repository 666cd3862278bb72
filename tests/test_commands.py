"""Whole runs with commands: scripts that edit files, each under the ownership of its briefing."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.conductor import Threads
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.event import AnyPayload, CommandFinished, EditRefused, NameAdded
from jupiter.model.report import Report
from jupiter.run import execute

FILES = {
    "pkg/__init__.py": "",
    "pkg/a.py": "import os\n\n\ndef f(x):\n    return x\n\n\ndef g():\n    return os.sep\n",
    "pkg/b.py": "def h():\n    return 1\n",
    "docs/usage.md": "# Usage\n\nCall `f`.\n",
    ".gitignore": "*.log\n",
}


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@localhost")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "base")
    return folder


class Played:
    """A run that is over: its report, its events, its files."""

    def __init__(self, repository: Path, report: Report) -> None:
        self.repository, self.report = repository, report
        self.events = [one.data for one in FileLog.open(Path(report.log)).events()]
        self.log = FileLog.open(Path(report.log))

    def of(self, kind: type[AnyPayload]) -> list:
        return [one for one in self.events if isinstance(one, kind)]

    def text(self, path: str) -> str:
        return git(self.repository, "show", f"{self.report.branch}:{path}")

    def output(self) -> str:
        return "".join(self.log.get(one.output).decode() for one in self.of(CommandFinished))


Play = Callable[..., Played]


@pytest.fixture
def play(repository: Path, tmp_path: Path) -> Play:
    """Run a script of Python as a command; `keys` are those of its step, `others` more steps."""

    def run(script: str, keys: str = "", **others: tuple[str, str]) -> Played:
        steps = ""
        for name, (text, own) in {"a": (script, keys), **others}.items():
            place = tmp_path / f"{name}.py"
            place.write_text(text)
            told = ("${{ briefing.updates }}", "${{ briefing.door }}", "${{ briefing.paths }}")
            steps += f"  {name}:\n    command: {[sys.executable, str(place), *told]}\n{own}"
        recipe = tmp_path / "recipe.yaml"
        recipe.write_text(
            "version: 1\nname: played\ncodebase: {include: ['**/*.py', 'docs/**']}\nsteps:\n"
            + steps
        )
        source = load(Request(recipe, repository))
        return Played(repository, execute(start(source, lambda _: None), Threads()))

    return run


OWNS_F = "    goal: Change f.\n    select: {symbols: 'pkg/a.py:f'}\n"


def edit(path: str, old: str, new: str) -> str:
    return (
        "import pathlib\n"
        f"p = pathlib.Path({path!r})\np.write_text(p.read_text().replace({old!r}, {new!r}))\n"
    )


def test_what_a_command_owns_is_changed_as_it_has_saved_it(play: Play) -> None:
    played = play(edit("pkg/a.py", "return x", "return x + 1"), OWNS_F)
    assert (played.report.status, played.report.refused_edits) == ("done", 0)
    assert played.text("pkg/a.py") == FILES["pkg/a.py"].replace("return x", "return x + 1")


def test_a_foreign_symbol_stays_as_it_was_while_the_own_one_beside_it_changes(play: Play) -> None:
    script = edit("pkg/a.py", "return x", "return 2") + edit("pkg/a.py", "os.sep", "None")
    played = play(script, OWNS_F)
    assert played.text("pkg/a.py") == FILES["pkg/a.py"].replace("return x", "return 2")
    assert [one.reason for one in played.of(EditRefused)] == ["not_owned"]


def test_what_is_refused_is_put_back_and_told_while_the_command_runs(play: Play) -> None:
    script = edit("pkg/a.py", "os.sep", "None") + (
        "import sys, time\n"
        "told = pathlib.Path(sys.argv[1])\nend = time.monotonic() + 20\n"
        "while 'pkg/a.py:g belongs to no briefing' not in told.read_text():\n"
        "    assert time.monotonic() < end\n    time.sleep(0.05)\n"
        "print('back' if 'os.sep' in p.read_text() else 'not back')\n"
    )
    assert "back" in play(script, OWNS_F).output().split()


def test_an_import_that_nobody_owns_is_added_as_a_name_and_a_new_function_is_claimed(
    play: Play,
) -> None:
    script = edit(
        "pkg/a.py",
        "import os\n\n\ndef f(x):\n    return x\n",
        "import os\nimport re\n\n\ndef f(x):\n    return _k(x)\n\n\ndef _k(x):\n    return re.escape(x)\n",
    )
    played = play(script, OWNS_F)
    assert played.report.refused_edits == 0
    assert [one.name.module for one in played.of(NameAdded)] == ["re"]
    assert played.text("pkg/a.py") == (
        "import os\nimport re\n\n\ndef f(x):\n    return _k(x)\n\n\ndef _k(x):\n    return re.escape(x)\n\n\n"
        "def g():\n    return os.sep\n"
    )


def test_what_another_briefing_changes_arrives_in_the_tree_beside_what_is_not_saved_yet(
    play: Play,
) -> None:
    waits = (
        "import pathlib, time\np = pathlib.Path('pkg/a.py')\nend = time.monotonic() + 30\n"
        "q = pathlib.Path('pkg/b.py')\nq.write_text('def h(:\\n')\n"
        "while 'return x * 3' not in p.read_text():\n"
        "    assert time.monotonic() < end\n    time.sleep(0.05)\n"
        "assert q.read_text() == 'def h(:\\n'\n"
        "q.write_text('def h():\\n    return 3\\n')\n"
    )
    owns_h = "    goal: Change h.\n    select: {symbols: 'pkg/b.py:h'}\n"
    played = play(waits, owns_h, b=(edit("pkg/a.py", "return x", "return x * 3"), OWNS_F))
    assert played.text("pkg/b.py") == "def h():\n    return 3\n"
    assert played.report.refused_edits == 0
