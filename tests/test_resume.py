"""A run that ended early goes on from its log alone, and comes to the result of an undisturbed one."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playing import ALONE

from jupiter.bus.file import FileLog
from jupiter.bus.journal import EVENTS
from jupiter.bus.verify import verify
from jupiter.cli.main import main
from jupiter.conductor import Threads
from jupiter.errors import Interrupted, LogError, RequestError
from jupiter.execution import close, start
from jupiter.fold.state import State, fold
from jupiter.index.source import Request, load
from jupiter.model.report import Report
from jupiter.resume import resume, source_of
from jupiter.run import execute
from jupiter.system.state import runs_folder
from repositories import committed, git

RECIPE = """\
version: 1
name: try-it
codebase: {include: ["**/*.py"]}
steps:
  commas: {codemod: add_trailing_commas.AddTrailingCommas, workers: 2}
  rename: {needs: [commas], codemod: rename, with: {symbol: "pkg/m0.py:f0", to: g0}}
  check: {needs: [rename], run: python -m compileall -q pkg}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "pkg").mkdir(parents=True)
    for number in range(12):
        text = f"from pkg.m0 import f0\n\ndef f{number}(\n    x, y\n):\n    return f0\n"
        (folder / "pkg" / f"m{number}.py").write_text(text if number else "def f0(x): ...\n")
    return committed(folder)


def undisturbed(recipe: Path, repository: Path) -> str:
    report = execute(start(load(Request(recipe, repository)), lambda _notice: None), Threads())
    assert report.status == "done"
    found = tree(repository)
    git(repository, "branch", "-D", "jupiter/try-it")
    return found


def tree(repository: Path) -> str:
    return git(repository, "rev-parse", "jupiter/try-it^{tree}").strip()


def resumed(folder: Path, repository: Path | None = None) -> Report:
    run = resume(source_of(folder, repository), folder, lambda _notice: None)
    return execute(run, Threads())


def killed_after(recipe: Path, repository: Path, events: int) -> Path:
    """The folder of a run whose processes were killed when its log had so many events."""
    process = subprocess.Popen(
        [sys.executable, "-c", ALONE, str(recipe), str(repository)],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().decode().strip())
    while (folder / EVENTS).read_bytes().count(b"\n") < events and process.poll() is None:
        time.sleep(0.001)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    return folder


@pytest.mark.parametrize("events", [1, 3, 9, 20, 33])
def test_a_run_that_was_killed_comes_to_the_same_tree(
    recipe: Path, repository: Path, events: int
) -> None:
    expected = undisturbed(recipe, repository)
    folder = killed_after(recipe, repository, events)
    before = list(FileLog.open(folder).events())
    report = resumed(folder)
    assert report.status == "done"
    assert tree(repository) == expected
    after = list(FileLog.open(folder).events())
    assert after[: len(before)] == before
    found = verify(folder)
    assert found.problems == ()
    assert edits_are_different(fold(after))


def edits_are_different(state: State) -> bool:
    written = [(number, edit) for number, edit in state.changes]
    return all(one not in written[:place] for place, one in enumerate(written))


@pytest.mark.parametrize("cut", [1, 7, 150])
def test_half_a_line_that_a_crash_left_is_set_aside(
    recipe: Path, repository: Path, cut: int
) -> None:
    expected = undisturbed(recipe, repository)
    folder = killed_after(recipe, repository, 12)
    with (folder / EVENTS).open("ab") as file:
        file.write(b'{"v":1,"seq":99,"time":"2026'.ljust(cut, b"x")[:cut])
    assert resumed(folder).status == "done"
    assert tree(repository) == expected
    assert (folder / "events.torn-1").stat().st_size == cut


def test_a_run_goes_on_where_another_machine_left_it(
    recipe: Path, repository: Path, tmp_path: Path
) -> None:
    expected = undisturbed(recipe, repository)
    folder = killed_after(recipe, repository, 12)
    elsewhere = runs_folder() / "20200101-0000-mine-0000"
    shutil.copytree(folder, elsewhere)
    shutil.rmtree(folder)
    moved = tmp_path / "moved"
    repository.rename(moved)
    recipe.unlink()
    assert resumed(elsewhere, moved).status == "done"
    assert tree(moved) == expected


def test_a_run_that_was_interrupted_goes_on_and_what_is_done_is_not_repeated(
    recipe: Path, repository: Path
) -> None:
    expected = undisturbed(recipe, repository)
    run = start(load(Request(recipe, repository)), lambda _notice: None)

    class Interrupting(Threads):
        def call(self, title, function):
            if title == "plan wave 2":
                run.interrupt()
            return super().call(title, function)

    with pytest.raises(Interrupted):
        execute(run, Interrupting())
    assert resumed(run.log.folder).status == "done"
    assert tree(repository) == expected
    types = [(event.type, event.briefing) for event in run.log.events()]
    assert len([one for one in types if one[0] == "briefing.finished"]) == len(
        {one for one in types if one[0] == "briefing.finished"}
    )
    assert types.count(("wave.planned", None)) == 2
    assert types.count(("run.resumed", None)) == 1


def test_a_finished_run_says_so(
    recipe: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = execute(start(load(Request(recipe, repository)), lambda _notice: None), Threads())
    with pytest.raises(RequestError, match="is finished: done; there is nothing to resume"):
        source_of(runs_folder() / report.run_id)
    assert main(["resume", report.run_id]) == 0
    assert "is finished: done; there is nothing to resume" in capsys.readouterr().out


def test_a_run_that_is_under_way_is_not_resumed_beside_it(recipe: Path, repository: Path) -> None:
    run = start(load(Request(recipe, repository)), lambda _notice: None)
    folder = run.log.folder
    with pytest.raises(RequestError, match="is under way in another process"):
        resume(source_of(folder), folder, lambda _notice: None)
    assert execute(run, Threads()).status == "done"


def test_a_codemod_that_is_not_what_it_was_is_refused(tmp_path: Path, repository: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "from libcst.codemod import VisitorBasedCodemodCommand\n\n"
        "class Greet(VisitorBasedCodemodCommand):\n    DESCRIPTION = 'Nothing.'\n"
    )
    recipe = tmp_path / "greet.yaml"
    recipe.write_text("version: 1\nname: greet\nsteps: {a: {codemod: 'own.py:Greet'}}\n")
    run = start(load(Request(recipe, repository)), lambda _notice: None)
    close(run)
    text = own.read_text()
    own.write_text(text.replace("Nothing", "Something"))
    with pytest.raises(RequestError, match=r"own\.py is not what it was when run .* began: put it"):
        source_of(run.log.folder)
    own.write_text(text)
    assert resumed(run.log.folder).status == "unchanged"


def test_a_plan_that_has_become_another_is_refused(recipe: Path, repository: Path) -> None:
    folder = killed_after(recipe, repository, 3)
    path = folder / EVENTS
    changed = [
        event.model_copy(
            update={"data": event.data.model_copy(update={"owned": event.data.owned[:1]})}
        )
        if event.type == "wave.planned"
        else event
        for event in FileLog.open(folder).events()
    ][:2]
    shutil.rmtree(folder)
    again = FileLog.create(folder, folder.name)
    again.put(RECIPE.encode())
    again.append(lambda _state: [draft_of(event) for event in changed])
    assert path.exists()
    with pytest.raises(LogError, match="the plan of wave 1 is not the one that the log has"):
        resumed(folder)


def draft_of(event):
    from jupiter.model.event import Draft  # noqa: PLC0415

    return Draft(data=event.data, step=event.step, briefing=event.briefing, worker=event.worker)
