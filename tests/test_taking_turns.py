"""Whole runs in which two goals want one symbol and have it one after the other."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from jupiter.bus.file import FileLog
from jupiter.cli.main import main
from jupiter.conductor import Threads
from jupiter.demo.conversation import Agent, Conversation, Reply, call
from jupiter.demo.server import MessagesServer
from jupiter.engines.agent import AgentEngine
from jupiter.errors import SurroundingsError
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.model.briefing import WorkerBriefing
from jupiter.model.briefing_events import BriefingFinished, BriefingStarted
from jupiter.model.report import Report
from jupiter.model.run_events import WavePlanned
from jupiter.model.tree_events import SymbolHandedOver
from jupiter.resume import resume, source_of
from jupiter.run import execute
from jupiter.session.session import Session
from jupiter.system.state import find_run
from repositories import committed, git

SHARED = "pkg/a.py:shared"
FILES = {
    "pkg/__init__.py": "",
    "pkg/a.py": 'def shared():\n    return ""\n\n\ndef one():\n    return 1\n\n\ndef two():\n    return 2\n',
}
RECIPE = """\
version: 1
name: turns
codebase: {include: ["pkg/*.py"]}
steps:
  work:
    contested: order
    agent:
      - {goal: Write first., select: {symbols: ["pkg.a:shared", "pkg.a:one"]}}
      - {goal: Write then., select: {symbols: ["pkg.a:shared", "pkg.a:two"]}}
"""


def adds(word: str) -> Agent:
    """Puts a word behind what each of its symbols returns, as its first message shows them."""

    def agent(conversation: Conversation) -> Reply:
        written = [one.input["symbol"] for one in conversation.calls if one.name == "write_symbol"]
        for symbol, text in conversation.sources.items():
            if symbol not in written:
                return call("write_symbol", symbol=symbol, text=f"{text.rstrip()} + {word!r}\n")
        return call("done", summary="All of it is written.")

    return agent


@pytest.fixture
def server() -> Iterator[MessagesServer]:
    scripts = {"Write first.": adds("first"), "Write then.": adds("then")}
    with MessagesServer(scripts).at_hand() as made:
        yield made
        assert made.refused == []


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "turns.yaml").write_text(RECIPE)
    return committed(tmp_path / "mine", FILES)


def carried_out(repository: Path, workers: int | None = None) -> Report:
    request = Request(repository.parent / "turns.yaml", repository, workers=workers)
    return execute(start(load(request), lambda _: None), Threads())


def result(repository: Path, report: Report) -> str:
    return git(repository, "show", f"{report.branch}:pkg/a.py")


WANTED = (
    "def shared():\n    return \"\" + 'first' + 'then'\n\n\n"
    "def one():\n    return 1 + 'first'\n\n\ndef two():\n    return 2 + 'then'\n"
)


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_the_second_goal_has_the_symbol_when_the_first_is_done_with_it(
    repository: Path, server: MessagesServer, workers: int
) -> None:
    report = carried_out(repository, workers)
    assert (report.status, report.conflicts, report.refused_edits) == ("done", 0, 0)
    assert result(repository, report) == WANTED
    events = list(FileLog.open(Path(report.log)).events())
    (planned,) = (e.data for e in events if isinstance(e.data, WavePlanned))
    (one,) = planned.contested
    told = [r for r in planned.relations if r.how == "after"]
    assert [(r.first, r.second) for r in told] == [("steps.work.agent[0]", "steps.work.agent[1]")]
    ended = {e.briefing: e.seq for e in events if isinstance(e.data, BriefingFinished)}
    begun = {e.briefing: e.seq for e in events if isinstance(e.data, BriefingStarted)}
    (given,) = (e for e in events if isinstance(e.data, SymbolHandedOver))
    assert ended[one.briefing] < given.seq < begun[one.then]
    assert (given.briefing, given.data) == (
        one.briefing,
        SymbolHandedOver(symbol=SHARED, to=one.then or 0),
    )


def test_a_run_that_stops_between_the_two_goes_on_in_the_same_order(
    repository: Path, server: MessagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = AgentEngine.carry_out

    def breaks(engine: AgentEngine, briefing: WorkerBriefing, session: Session) -> BriefingFinished:
        if briefing.receives:
            raise SurroundingsError("the network is gone")
        return plain(engine, briefing, session)

    monkeypatch.setattr(AgentEngine, "carry_out", breaks)
    with pytest.raises(SurroundingsError):
        carried_out(repository)
    monkeypatch.undo()
    folder = find_run("last")
    with MessagesServer(server.agents).at_hand() as again:
        report = execute(resume(source_of(folder), folder, lambda _: None), Threads())
    assert again.refused == []
    assert report.status == "done"
    assert result(repository, report) == WANTED
    given = [e for e in FileLog.open(folder).events() if isinstance(e.data, SymbolHandedOver)]
    assert len(given) == 1


def test_a_saved_plan_keeps_the_order_and_is_run_with_prefect(
    repository: Path, server: MessagesServer, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, file = str(repository.parent / "turns.yaml"), repository.parent / "plan.yaml"
    where = ["--repo", str(repository)]
    assert main(["plan", recipe, *where, "--save", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "hands over to briefing 3" in shown
    assert "goals     work.agent[1] after work.agent[0]: by `contested: order`" in shown
    plan = yaml.safe_load(file.read_text())
    *first, last = plan["briefings"]
    assert (last["receives"], "owns" in last) == ([SHARED], False)
    everything = [symbol for one in first for symbol in one["owns"]]
    plan["briefings"] = [{"id": 1, "owns": everything}, last]
    file.write_text(json.dumps(plan))
    assert main(["run", recipe, *where, "--plan", str(file), "--json"]) == 0
    report = Report.model_validate_json(capsys.readouterr().out)
    assert (report.status, report.briefings) == ("done", 2)
    # the script of the first goal writes all that its briefing was dealt
    assert result(repository, report) == WANTED.replace("2 + 'then'", "2 + 'first'")


@pytest.mark.parametrize("receives", [None, ["pkg/a.py:one"]], ids=["taken out", "another"])
def test_what_is_handed_over_cannot_be_edited(
    repository: Path, capsys: pytest.CaptureFixture[str], receives: list[str] | None
) -> None:
    recipe, file = str(repository.parent / "turns.yaml"), repository.parent / "plan.json"
    where = ["--repo", str(repository)]
    assert main(["plan", recipe, *where, "--save", str(file)]) == 0
    plan = json.loads(file.read_text())
    plan["briefings"][-1] |= {"receives": receives}
    if receives is None:
        plan["briefings"].pop()
    file.write_text(json.dumps(plan))
    assert main(["plan", recipe, *where, "--plan", str(file)]) == 2
    assert "stays as it was planned: put `receives` back" in capsys.readouterr().err
