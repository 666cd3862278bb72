"""Agents that other people make, by a stand-in that takes the flags of Claude Code."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupiter.conductor import Threads
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.briefing_events import BriefingFailed, CommandFinished, UsageRecorded
from jupiter.model.tree_events import NoteAdded
from jupiter.recipe.catalogue import find_recipe
from jupiter.run import execute

KEY = "sk-ant-secret-of-the-test"
Run = Callable[..., Any]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH for what stands for the agents."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def put(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.fixture
def claude(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the stand-in on PATH, under the name of what it stands for."""
    stand_in = Path(__file__).with_name("claude_stand_in.py")
    put(programs, "claude", f'exec {sys.executable} {stand_in} "$@"')
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def run(repository: Path, claude: None, played: Callable[..., Any]) -> Run:
    def made(goal: str) -> Any:
        request = Request(find_recipe("claude-code"), repository, parameters={"goal": goal})
        return played(repository, execute(start(load(request), lambda _: None), Threads()))

    return made


def test_the_catalogues_recipe_runs_claude_code_without_a_person(run: Run) -> None:
    done = run("Say so where something is returned.")
    assert done.report.status == "done", done.report
    assert "# by claude" in done.text("pkg/b.py") + done.text("pkg/a.py")
    assert len(done.of(NoteAdded)) == done.report.briefings
    command = done.of(CommandFinished)[0].command
    assert command[:5] == ("claude", "--model", "sonnet", "--max-turns", "60")


def test_what_it_says_it_has_cost_is_counted(run: Run) -> None:
    done = run("Say so where something is returned.")
    used = done.of(UsageRecorded)[0]
    assert (used.input_tokens, used.output_tokens, used.cache_read_tokens) == (100, 200, 1000)
    assert done.report.usage.usd == 0.25 * done.report.briefings
    assert done.report.usage.requests == 4 * done.report.briefings


def test_its_key_is_passed_on_and_is_in_no_file_of_the_run(run: Run) -> None:
    done = run("Say so where something is returned.")
    assert "the key is ***" in done.output()
    files = [path for path in Path(done.report.log).rglob("*") if path.is_file()]
    assert not any(KEY.encode() in path.read_bytes() for path in files)


def test_an_agent_that_says_it_did_not_come_to_an_end_has_failed(run: Run) -> None:
    done = run("Fail, please, at this.")
    assert done.report.branch is None
    assert "claude did not come to an end: error_max_turns" in str(done.report.per_briefing)


TWICE = """
version: 1
name: twice
steps:
  first: {command: claude, goal: Say so where something is returned.}
  second: {needs: [first], command: claude, goal: Say it again.}
budget: {usd: 0.1}
"""


def test_a_budget_that_is_used_up_stops_the_run_and_keeps_what_is_finished(
    repository: Path, tmp_path: Path, claude: None, played: Callable[..., Any]
) -> None:
    recipe = tmp_path / "twice.yaml"
    recipe.write_text(TWICE)
    done = played(
        repository, execute(start(load(Request(recipe, repository)), lambda _: None), Threads())
    )
    assert done.report.status == "budget"
    assert " of 0.1 usd" in done.report.reason
    assert "# by claude" in done.text("pkg/b.py") + done.text("pkg/a.py")


CODEX = """\
version: 1
name: one
steps:
  a: {command: codex, goal: Change something., workers: 1, env: [OPENAI_API_KEY]}
"""


@pytest.fixture
def codex(
    repository: Path, tmp_path: Path, programs: Path, played: Callable[..., Any]
) -> Callable[[str], Any]:
    """A run with `command: codex`, for which a script of the shell stands."""

    def run(script: str) -> Any:
        put(programs, "codex", script)
        recipe = tmp_path / "codex.yaml"
        recipe.write_text(CODEX)
        source = load(Request(recipe, repository))
        return played(repository, execute(start(source, lambda _: None), Threads()))

    return run


def test_codex_makes_no_sandbox_within_ours_where_it_could_not(codex: Callable[[str], Any]) -> None:
    (done,) = codex("cat").of(CommandFinished)
    own = "danger-full-access" if done.confined else "workspace-write"
    assert done.command[:4] == ("codex", "exec", "--sandbox", own)


def test_what_an_agent_says_of_its_failure_is_told_without_the_key(
    codex: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    event = '{"type": "turn.failed", "error": {"message": "no credit for \'"$OPENAI_API_KEY"\'"}}'
    (failed,) = codex(f"echo '{event}'").of(BriefingFailed)
    assert failed.reason == "codex did not come to an end: turn.failed: no credit for ***"
    (failed,) = codex('echo "refused: $OPENAI_API_KEY" >&2; exit 3').of(BriefingFailed)
    assert failed.reason == "steps.a: ended with exit code 3: refused: ***"
