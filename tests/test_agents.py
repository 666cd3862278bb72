"""Whole runs with agents on a real repository, by the catalogue's recipe, against the Messages server."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.cli.main import main
from jupiter.conductor import Threads
from jupiter.demo.agents import changer, user_of
from jupiter.demo.conversation import Agent, call, in_turn
from jupiter.demo.server import MessagesServer
from jupiter.demo.signatures import call_by
from jupiter.engines.agent_signals import Limiter
from jupiter.execution import start
from jupiter.fold.state import fold
from jupiter.index.source import Request, load
from jupiter.model.briefing_events import ToolCalled
from jupiter.model.report import Report
from jupiter.model.step import Limits
from jupiter.recipe.catalogue import find_recipe
from jupiter.resume import resume, source_of
from jupiter.run import execute
from repositories import committed, git

FILES = {
    "pkg/__init__.py": "",
    "pkg/greet.py": 'def greet(name):\n    return f"Hello {name}"\n',
    "tests/test_greet.py": (
        'from pkg.greet import greet\n\n\ndef test_greet():\n    assert greet("name")\n'
    ),
    "docs/usage.md": "# Usage\n\nCall `pkg.greet.greet(name)`.\n",
}
CHANGED = 'def greet(name, *, greeting):\n    return f"{greeting} {name}"\n'
KEY = "sk-ant-secret-of-the-test"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    return committed(folder, FILES)


SCRIPTS: dict[str, Agent] = {
    "Change pkg/greet.py:greet": changer("pkg/greet.py:greet", CHANGED, looks=1),
    "Bring the tests": user_of(
        "greet",
        "tests/test_greet.py:test_greet",
        lambda s: f"def test_greet():\n    assert {call_by(s)}\n",
    ),
    "Bring the documentation": in_turn(
        call("board"),
        call(
            "write_symbol",
            symbol="docs/usage.md#Usage",
            text="# Usage\n\nCall `pkg.greet.greet(name, greeting=...)`.\n",
        ),
        call("done", summary="The page shows the new signature."),
        call("done", summary="The page shows the new signature."),
    ),
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesServer]:
    with MessagesServer(SCRIPTS) as made:
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", made.url)
        yield made
        assert made.refused == []


def run(repository: Path, turns: float | None = None) -> Report:
    change = "it takes a greeting, by keyword."
    request = Request(
        find_recipe("change-interface"),
        repository,
        parameters={"symbol": "pkg/greet.py:greet", "change": change},
    )
    source = load(request)
    if turns is not None:
        limits = Limits(turns=int(turns))
        source = replace(source, recipe=source.recipe.model_copy(update={"budget": limits}))
    return execute(start(source, lambda _: None), Threads())


def test_an_interface_its_tests_and_its_documentation_change_in_one_pass(
    repository: Path, server: MessagesServer
) -> None:
    report = run(repository)
    assert (report.status, report.briefings, report.conflicts) == ("done", 3, 0)
    shown = {p: git(repository, "show", f"{report.branch}:{p}") for p in FILES}
    assert shown["pkg/greet.py"] == CHANGED
    assert "greet('name', greeting='greeting')" in shown["tests/test_greet.py"]
    assert "greeting=..." in shown["docs/usage.md"]
    assert report.usage.requests == len(server.served)
    assert report.usage.cache_read_tokens > report.usage.input_tokens
    assert report.usage.usd > 0


def test_the_report_tells_cached_and_uncached_tokens_as_text_as_json_and_as_a_page(
    repository: Path, server: MessagesServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    used = run(repository).usage
    sent = [one.used for one in server.served]
    counted = tuple(
        sum(getattr(one, name) for one in sent) for name in ("read", "written", "uncached")
    )
    assert (used.cache_read_tokens, used.cache_write_tokens, used.input_tokens) == counted
    read, written, _ = counted
    assert used.sent == sum(counted)

    assert main(["report", "last"]) == 0
    text = capsys.readouterr().out
    assert f"tokens    {used.sent:,} sent ({read / used.sent:.0%} read from the cache" in text

    assert main(["report", "last", "--json"]) == 0
    usage = json.loads(capsys.readouterr().out)["usage"]
    assert (usage["cache_read_tokens"], usage["cache_write_tokens"]) == (read, written)

    assert main(["report", "last", "--html", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text()
    assert f">{read} ({100 * used.cached:.0f}%)</td>" in page
    assert f'<td class="number">{written}</td>' in page


def test_the_key_is_in_no_file_of_the_run(repository: Path, server: MessagesServer) -> None:
    report = run(repository)
    assert server.keys == {KEY}
    files = [path for path in Path(report.log).rglob("*") if path.is_file()]
    assert files
    assert not any(KEY.encode() in path.read_bytes() for path in files)
    assert fold(FileLog.open(Path(report.log)).events()).status == "done"


TWO_WAVES = """\
version: 1
name: two-waves
codebase: {include: ["pkg/*.py"]}
steps:
  first: {agent: Do the first thing., select: {symbols: ["pkg/greet.py:greet"]}}
  second: {agent: Do the second thing., needs: [first], select: {symbols: ["pkg/greet.py:greet"]}}
"""


def test_all_agents_of_a_run_have_one_limiter_whatever_their_wave(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Limiter] = []
    plain = Limiter.wait

    async def wait(limiter: Limiter) -> None:
        asked.append(limiter)
        await plain(limiter)

    monkeypatch.setattr(Limiter, "wait", wait)
    recipe = tmp_path / "two.yaml"
    recipe.write_text(TWO_WAVES)
    done = in_turn(call("done", summary="Nothing to do."))
    with MessagesServer({"Do the first": done, "Do the second": done}).at_hand():
        report = execute(start(load(Request(recipe, repository)), lambda _: None), Threads())
    assert (report.status, report.briefings, len(asked)) == ("unchanged", 2, 2)
    assert asked[0] is asked[1]


CHECKED = """\
version: 1
name: checked
codebase: {include: ["pkg/*.py"]}
environment: {pythonpath: ["."]}
steps:
  change:
    agent: Have greet greet in upper case.
    select: {symbols: ["pkg/greet.py:greet"]}
    check: python -c "from pkg.greet import greet; assert greet('x') == 'HELLO X', greet('x')"
"""


def test_the_quick_check_judges_the_tree_as_it_is(repository: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "checked.yaml"
    recipe.write_text(CHECKED)
    text = "def greet(name):\n    return {}\n"
    agent = in_turn(
        *(call("write_symbol", symbol="pkg/greet.py:greet", text=text.format(1)), call("check")),
        call(
            "write_symbol", symbol="pkg/greet.py:greet", text=text.format("f'HELLO {name.upper()}'")
        ),
        *(call("check"), call("done", summary="It is in upper case.")),
    )
    with MessagesServer({"Have greet": agent}).at_hand() as server:
        run = start(load(Request(recipe, repository)), lambda _: None)
        assert execute(run, Threads()).status == "done"
    assert server.refused == []
    called = (e.data for e in run.log.events() if isinstance(e.data, ToolCalled))
    red, green = (run.log.get(one.result).decode() for one in called if one.tool == "check")
    assert "What you have written parses." in red
    assert "exit code 1" in red
    assert "AssertionError: 1" in red
    assert "exit code 0" in green


def test_the_key_does_not_reach_the_quick_check(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tmp_path / "checked.yaml"
    shown = 'check: python -c "import os; print(sorted(os.environ.items()))"'
    recipe.write_text(CHECKED[: CHECKED.index("check:")] + shown + "\n")
    agent = in_turn(call("check"), call("done", summary="It is in upper case."))
    with MessagesServer({"Have greet": agent}).at_hand() as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        run = start(load(Request(recipe, repository)), lambda _: None)
        assert execute(run, Threads()).status == "unchanged"
        assert server.keys == {KEY}
    called = next(e.data for e in run.log.events() if isinstance(e.data, ToolCalled))
    printed = run.log.get(called.result).decode()
    assert "'PATH'" in printed
    assert "ANTHROPIC" not in printed


def test_a_check_whose_program_is_missing_says_so_and_the_agent_goes_on(
    repository: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "checked.yaml"
    recipe.write_text(CHECKED.replace("check: python -c", "check: no-such-program -c"))
    agent = in_turn(call("check"), call("done", summary="It cannot be checked."))
    with MessagesServer({"Have greet": agent}).at_hand():
        run = start(load(Request(recipe, repository)), lambda _: None)
        assert execute(run, Threads()).status == "unchanged"
    called = next(e.data for e in run.log.events() if isinstance(e.data, ToolCalled))
    assert "no-such-program" in run.log.get(called.result).decode()


def test_a_budget_that_is_met_keeps_what_is_finished_and_is_resumed_with_a_higher_one(
    repository: Path, server: MessagesServer
) -> None:
    stopped = run(repository, turns=3)
    assert stopped.status == "budget"
    assert "the budget of the run is used up" in stopped.reason
    assert stopped.usage.requests >= 3
    folder = Path(stopped.log)
    raised: dict[str, float] = {"turns": 100}
    report = execute(resume(source_of(folder), folder, lambda _: None, raised), Threads())
    assert (report.status, report.conflicts) == ("done", 0)
    assert report.usage.requests == len(server.served)
    assert git(repository, "show", f"{report.branch}:pkg/greet.py") == CHANGED
