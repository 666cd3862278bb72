"""A wave that leaves something broken: found, given back to whose it is, repaired; real runs of agents."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupiter.bus.file import FileLog
from jupiter.bus.journal import EVENTS
from jupiter.conductor import Notice, Threads
from jupiter.demo.agents import changer
from jupiter.demo.conversation import Agent, Conversation, Reply, call
from jupiter.demo.server import MessagesServer
from jupiter.errors import Interrupted
from jupiter.execution import Run, start
from jupiter.index.source import Request, load
from jupiter.model.briefing_events import BriefingTaken
from jupiter.model.event import Event
from jupiter.model.repair import ContractsChecked, RepairRequested
from jupiter.model.report import Report
from jupiter.resume import resume, source_of
from jupiter.run import execute
from repositories import committed, git

FILES = {
    "pkg/__init__.py": "",
    "pkg/greet.py": 'def greet(name):\n    return f"Hello {name}"\n',
    "pkg/app.py": 'from pkg.greet import greet\n\n\ndef main():\n    return greet("name")\n',
    "tests/test_app.py": "from pkg.app import main\n\n\ndef test_main():\n    assert main()\n",
}
GREET, MAIN = "pkg/greet.py:greet", "pkg/app.py:main"
CHANGED = 'def greet(name, *, greeting):\n    return f"{greeting} {name}"\n'
ADAPTED = 'def main():\n    return greet("name", greeting="Hello")\n'
RAISES = "def greet(name):\n    return {}[name]\n"
AGAIN = 'def greet(name):\n    return f"Good day {name}"\n'
RECIPE = """\
version: 1
name: mend
repair: {{rounds: {rounds}}}
steps:
  change:
    agent:
{goals}
{check}
"""
GOAL = "      - {{goal: '{goal}', select: {{symbols: ['{symbol}']}}}}"
TESTS = "  tests: {needs: [change], run: python -m pytest -q -p no:cacheprovider}"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    return committed(folder, FILES)


@pytest.fixture
def served(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[dict[str, Agent]], MessagesServer]]:
    """Make a server that speaks for these agents."""
    servers: list[MessagesServer] = []

    def serve(agents: dict[str, Agent]) -> MessagesServer:
        made = MessagesServer(agents)
        made.__enter__()
        servers.append(made)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", made.url)
        return made

    yield serve
    for made in servers:
        made.__exit__(None, None, None)
        assert made.refused == []


def mender(symbol: str, texts: list[str | None], *, claims: bool = False) -> Agent:
    """Writes its first text, and one more each time that it is given something back; None writes nothing."""

    def agent(conversation: Conversation) -> Reply:
        back = conversation.given.count("The result does not fit") + conversation.given.count(
            "This fails:"
        )
        wanted = texts[: back + 1][-1]
        made = [(one.name, one.input.get("text")) for one in conversation.calls]
        if claims and back and ("claim", None) not in made:
            return call("claim", symbol=symbol)
        if wanted is not None and ("write_symbol", wanted) not in made:
            return call("write_symbol", symbol=symbol, text=wanted)
        return call("done", summary="It is done.")

    return agent


def both(first: Agent, then: Agent) -> Agent:
    """The first agent, until something is given back."""
    return lambda c: then(c) if "The result does not fit" in c.given else first(c)


def begun(
    repository: Path,
    goals: dict[str, str],
    *,
    rounds: int = 2,
    check: str = "",
    listen: Callable[[Notice], None] = lambda _notice: None,
) -> Run:
    recipe = repository.parent / "recipe.yaml"
    lines = "\n".join(GOAL.format(goal=goal, symbol=symbol) for goal, symbol in goals.items())
    recipe.write_text(RECIPE.format(rounds=rounds, goals=lines, check=check))
    return start(load(Request(recipe, repository)), listen)


def of(report: Report, kind: type) -> list[Event]:
    events = FileLog.open(Path(report.log)).events()
    return [event for event in events if isinstance(event.data, kind)]


STUBBORN: dict[str, Agent] = {
    "It greets": changer(GREET, CHANGED),
    "It is main": mender(MAIN, [None, ADAPTED]),
}
TWO = {"It greets": GREET, "It is main": MAIN}


def test_what_does_not_fit_goes_back_to_the_owner_of_its_symbol(
    repository: Path, served: Callable[[dict[str, Agent]], MessagesServer]
) -> None:
    served(STUBBORN)
    report = execute(begun(repository, TWO), Threads())
    assert (report.status, report.findings) == ("done", ())
    first, last = of(report, ContractsChecked)
    assert isinstance(first.data, ContractsChecked)
    (found,) = first.data.findings
    assert (found.symbol, found.briefing, found.cause, found.kind) == (MAIN, 2, 1, "call")
    assert last.data == ContractsChecked(wave=1, round=1, findings=())
    (asked,) = of(report, RepairRequested)
    assert asked.briefing == 2
    assert ADAPTED in git(repository, "show", "jupiter/mend:pkg/app.py")


def test_what_nobody_owns_goes_back_to_who_broke_it(
    repository: Path, served: Callable[[dict[str, Agent]], MessagesServer]
) -> None:
    agent = both(changer(GREET, CHANGED), mender(MAIN, [None, ADAPTED], claims=True))
    served({"It greets": agent})
    report = execute(begun(repository, {"It greets": GREET}), Threads())
    assert (report.status, report.findings) == ("done", ())
    assert [event.briefing for event in of(report, RepairRequested)] == [1]
    assert ADAPTED in git(repository, "show", "jupiter/mend:pkg/app.py")


def test_nothing_is_reported_of_what_was_put_back_to_what_it_had_been(
    repository: Path, served: Callable[[dict[str, Agent]], MessagesServer]
) -> None:
    served({"It greets": mender(GREET, [CHANGED, FILES["pkg/greet.py"]])})
    report = execute(begun(repository, {"It greets": GREET}), Threads())
    assert (report.status, report.findings) == ("unchanged", ())


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_there_are_no_more_rounds_than_the_recipe_says_and_what_is_left_is_reported(
    rounds: int, repository: Path, served: Callable[[dict[str, Agent]], MessagesServer]
) -> None:
    served({"It greets": changer(GREET, CHANGED), "It is main": mender(MAIN, [None])})
    report = execute(begun(repository, TWO, rounds=rounds), Threads())
    assert report.status == "done"
    assert [(one.path, one.line, one.briefing) for one in report.findings] == [("pkg/app.py", 5, 2)]
    asked = [event.data for event in of(report, RepairRequested)]
    assert [one.round for one in asked if isinstance(one, RepairRequested)] == [
        *range(1, rounds + 1)
    ]


def test_a_failing_test_goes_back_to_the_owners_that_its_traceback_names(
    repository: Path, served: Callable[[dict[str, Agent]], MessagesServer]
) -> None:
    served({"It greets": mender(GREET, [RAISES, AGAIN])})
    run = begun(repository, {"It greets": GREET}, check=TESTS)
    report = execute(run, Threads())
    assert (report.status, [one.exit_code for one in report.checks]) == ("done", [1, 0])
    (asked,) = of(report, RepairRequested)
    assert isinstance(asked.data, RepairRequested)
    (failed,) = asked.data.failures
    assert (asked.briefing, failed.title) == (1, "test_main")
    assert failed.symbols == ("tests/test_app.py:test_main", MAIN, GREET)
    assert "KeyError: 'name'" in failed.text


def test_a_check_that_stays_red_after_the_rounds_fails_the_run(
    repository: Path, served: Callable[[dict[str, Agent]], MessagesServer]
) -> None:
    served({"It greets": mender(GREET, [RAISES])})
    run = begun(repository, {"It greets": GREET}, check=TESTS)
    report = execute(run, Threads())
    assert report.status == "failed"
    assert len(of(report, RepairRequested)) == 2
    assert git(repository, "branch", "--list", "jupiter/*") == ""


def test_who_is_interrupted_in_a_round_goes_on_in_it(
    repository: Path, served: Callable[[dict[str, Agent]], MessagesServer]
) -> None:
    server = served(STUBBORN)
    run = begun(repository, TWO, listen=lambda n: run.interrupt() if n.part == "repair" else None)
    with pytest.raises(Interrupted):
        execute(run, Threads())
    folder = run.log.folder
    report = execute(resume(source_of(folder), folder, lambda _: None), Threads())
    assert (report.status, report.findings) == ("done", ())
    assert len(of(report, RepairRequested)) == 1
    assert len(of(report, ContractsChecked)) == 2
    assert report.usage.requests == len(server.served)


def test_a_kill_at_any_event_of_a_repair_repeats_nothing(
    repository: Path, served: Callable[[dict[str, Agent]], MessagesServer], tmp_path: Path
) -> None:
    served(STUBBORN)
    report = execute(begun(repository, TWO), Threads())
    folder, tree = Path(report.log), git(repository, "rev-parse", "jupiter/mend^{tree}")
    lines = (folder / EVENTS).read_bytes().splitlines(keepends=True)
    types = [json.loads(line)["type"] for line in lines]
    begin, end = types.index("contracts.checked"), types.index("run.verified")
    for cut in range(begin, end + 1):
        git(repository, "branch", "-qD", "jupiter/mend")
        copy = folder.with_name(f"{folder.name}-{cut}")
        copy.mkdir(mode=0o700)
        shutil.copytree(folder / "blobs", copy / "blobs")
        (copy / EVENTS).write_bytes(b"".join(lines[:cut]))
        again = execute(resume(source_of(copy), copy, lambda _: None), Threads())
        assert again.status == "done"
        assert git(repository, "rev-parse", "jupiter/mend^{tree}") == tree
        for kind in (RepairRequested, ContractsChecked):
            assert [one.data for one in of(again, kind)] == [one.data for one in of(report, kind)]
        assert len(of(again, BriefingTaken)) <= len(of(report, BriefingTaken)) + 1
