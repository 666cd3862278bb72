"""Commands that are done are started again: for what does not fit, a red check, a change of others."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupiter.bus.file import FileLog
from jupiter.bus.journal import EVENTS
from jupiter.conductor import Threads
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.briefing_events import BriefingFailed, CommandFinished
from jupiter.model.repair import ContractsChecked, RepairRequested
from jupiter.model.tree_events import EditAccepted
from jupiter.resume import resume, source_of
from jupiter.run import execute
from repositories import committed

GREET, MAIN = "pkg/greet.py:greet", "pkg/app.py:main"
# The longer one is begun first.
MAIN_TEXT = '''\
def main():
    """Greet somebody, who has one name only, and need not be there."""
    return greet("name")
'''
FILES = {
    "pkg/__init__.py": "",
    "pkg/greet.py": 'def greet(name):\n    return f"Hello {name}"\n',
    "pkg/app.py": "from pkg.greet import greet\n\n\n" + MAIN_TEXT,
    "tests/test_app.py": "from pkg.app import main\n\n\ndef test_main():\n    assert main()\n",
}
RECIPE = """\
version: 1
name: mend
repair: {{rounds: {rounds}}}
steps:
{steps}
{check}
"""
STEP = """\
  {name}:
    command: [python, {script}, "${{{{ briefing.prompt_file }}}}"]
    goal: Change {symbol}.
    select: {{symbols: "{symbol}"}}
"""
TESTS = "  tests: {needs: [greet, main], run: python -m pytest -q -p no:cacheprovider}"

BEGIN = """\
import pathlib, sys
prompt = pathlib.Path(sys.argv[1]).read_text()
greet, app = pathlib.Path("pkg/greet.py"), pathlib.Path("pkg/app.py")
def change(file, old, new):
    text = file.read_text()
    assert old in text, text
    file.write_text(text.replace(old, new))
"""
NEW_SIGNATURE = """\
if "greeting" not in greet.read_text():
    change(greet, "(name)", "(name, *, greeting)")
"""
ADAPTS = """\
if "The result does not fit together" in prompt:
    assert "You were done, and are called again" in prompt
    assert "missing a required argument: 'greeting'" in prompt
    assert "pkg/app.py:main (pkg/app.py, line 6)" in prompt
    if "greeting" not in app.read_text():
        change(app, '("name")', '("name", greeting="Hello")')
"""
Run = Callable[..., Any]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return committed(tmp_path / "mine", FILES)


@pytest.fixture
def run(repository: Path, tmp_path: Path, played: Callable[..., Any]) -> Run:
    """A run of two commands, one for each function: scripts that are given the file with their prompt."""

    def made(
        greet: str,
        main: str,
        *,
        rounds: int = 2,
        check: str = "",
        workers: int = 2,
    ) -> Any:
        steps = ""
        for name, text, symbol in (("greet", greet, GREET), ("main", main, MAIN)):
            script = tmp_path / f"{name}.py"
            script.write_text(BEGIN + text)
            steps += STEP.format(name=name, script=script, symbol=symbol)
        recipe = tmp_path / "recipe.yaml"
        recipe.write_text(RECIPE.format(rounds=rounds, steps=steps, check=check))
        source = load(Request(recipe, repository, workers=workers))
        return played(repository, execute(start(source, lambda _: None), Threads()))

    return made


def starts(played: Any, name: str) -> int:
    """How often the command of a script was started."""
    return sum(f"{name}.py" in " ".join(one.command) for one in played.of(CommandFinished))


def test_what_does_not_fit_starts_the_command_of_its_owner_again(run: Run) -> None:
    played = run(NEW_SIGNATURE, ADAPTS)
    assert (played.report.status, played.report.findings) == ("done", ())
    (asked,) = played.of(RepairRequested)
    assert [one.symbol for one in asked.findings] == [MAIN]
    assert 'greet("name", greeting="Hello")' in played.text("pkg/app.py")


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_a_command_that_does_not_repair_is_started_no_more_often_than_there_are_rounds(
    run: Run, rounds: int
) -> None:
    played = run(NEW_SIGNATURE, "", rounds=rounds)
    assert [one.symbol for one in played.report.findings] == [MAIN]
    assert len(played.of(RepairRequested)) == rounds
    asked = [one for one in played.of(ContractsChecked) if one.findings]
    assert [one.round for one in asked] == list(range(rounds + 1))
    assert played.report.status == "done"


RAISES = "if 'Hello' in greet.read_text():\n    change(greet, 'f\"Hello {name}\"', '{}[name]')\n"
MENDS = """\
elif "This fails: test_main" in prompt:
    assert "KeyError: 'name'" in prompt and "pkg/greet.py:greet" in prompt
    change(greet, "{}[name]", "f'Good day {name}'")
"""


def test_a_failing_test_starts_the_command_again_whose_symbols_its_traceback_names(
    run: Run,
) -> None:
    played = run(RAISES + MENDS, "", check=TESTS)
    assert (played.report.status, [one.exit_code for one in played.report.checks]) == (
        "done",
        [1, 0],
    )
    assert "Good day" in played.text("pkg/greet.py")


WOKEN = """\
if "You were done, and are called again" in prompt:
    assert "pkg/app.py:main, line 3: return greet" in prompt, prompt
    change(app, '("name")', '("name", greeting="Hello")')
"""


def test_who_is_done_is_started_again_when_a_later_change_breaks_what_it_owns(run: Run) -> None:
    played = run(NEW_SIGNATURE, WOKEN, workers=1)
    assert played.of(BriefingFailed) == []
    assert (played.report.status, played.report.findings) == ("done", ())
    assert played.of(RepairRequested) == []
    assert [starts(played, name) for name in ("greet", "main")] == [1, 2]


def test_a_kill_in_the_middle_of_a_repair_comes_to_the_same_tree(
    run: Run, repository: Path
) -> None:
    done = run(NEW_SIGNATURE, ADAPTS)
    folder, tree = Path(done.report.log), done.git("rev-parse", "jupiter/mend^{tree}")
    lines = (folder / EVENTS).read_bytes().splitlines(keepends=True)
    types = [json.loads(line)["type"] for line in lines]
    begin, end = types.index("repair.requested"), types.index("run.verified")
    for cut in range(begin, end + 1, 2):
        done.git("branch", "-qD", "jupiter/mend")
        copy = folder.with_name(f"{folder.name}-{cut}")
        copy.mkdir(mode=0o700)
        shutil.copytree(folder / "blobs", copy / "blobs")
        (copy / EVENTS).write_bytes(b"".join(lines[:cut]))
        again = execute(resume(source_of(copy), copy, lambda _: None), Threads())
        assert (again.status, again.findings) == ("done", ())
        assert done.git("rev-parse", "jupiter/mend^{tree}") == tree
        events = [one.data for one in FileLog.open(copy).events()]
        assert sum(isinstance(one, RepairRequested) for one in events) == 1
        assert sum(isinstance(one, EditAccepted) for one in events) == 2
