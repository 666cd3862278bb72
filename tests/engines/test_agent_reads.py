"""What an agent has read is followed: it hears of changes and is woken by them, in a resumed run too."""

from collections.abc import Mapping

import pytest

from jupiter.demo.agents import changer, user_of
from jupiter.demo.conversation import Agent, Conversation, Reply, call, in_turn
from jupiter.demo.server import MessagesServer
from jupiter.demo.signatures import call_by, stale_calls
from jupiter.demo.stage import Part, Stage
from jupiter.engines.agent_desk import MOST_WOKEN, Desk
from jupiter.engines.agent_tools import Tool
from jupiter.errors import Interrupted
from jupiter.fold.state import State
from jupiter.model.briefing_events import BriefingFinished, BriefingStarted, ToolCalled
from jupiter.model.event import Draft
from jupiter.model.run_events import RunResumed
from jupiter.model.step import AgentStep
from jupiter.model.tree_events import EditAccepted
from jupiter.session.session import Session

FILES = {
    "pkg/greet.py": b'def greet(name):\n    return f"Hello {name}"\n',
    "pkg/app.py": b"def main():\n    return None\n",
}
GREET, MAIN = "pkg/greet.py:greet", "pkg/app.py:main"
CHANGED = 'def greet(name, *, greeting):\n    return f"{greeting} {name}"\n'
PARTS = (Part("Use it.", (MAIN,)), Part("Change it.", (GREET,)))
"""Nobody gives the first one `greet` to read: it finds it by itself, and works before the second one."""

WAYS = [
    pytest.param(call("read_symbol", symbol=GREET), id="read_symbol"),
    pytest.param(call("search", pattern="def greet"), id="search"),
    pytest.param(call("find_references", symbol=GREET), id="find_references"),
]


def main(signature: str) -> str:
    return f"def main():\n    return {call_by(signature)}\n"


def reader(how: Reply) -> Agent:
    """Looks in one way, and then uses `greet` as it was told of it."""
    write = user_of("greet", MAIN, main)

    def agent(conversation: Conversation) -> Reply:
        if conversation.turns == 0:
            return how
        if "def greet(" not in conversation.given:
            return _writes_or_is_done(conversation)
        return write(conversation)

    return agent


def _writes_or_is_done(conversation: Conversation) -> Reply:
    if conversation.turns == 1:
        return call("write_symbol", symbol=MAIN, text=main("def greet(name)"))
    return call("done", summary="It greets.")


def play(stage: Stage, scripts: Mapping[str, Agent]) -> State:
    with MessagesServer(scripts).at_hand() as server:
        state = stage.play()
        assert server.refused == []
        return state


def staged() -> Stage:
    return Stage(FILES, PARTS, AgentStep(agent="x", workers=1))


def begun(stage: Stage) -> list[int | None]:
    return [e.briefing for e in stage.log.events() if isinstance(e.data, BriefingStarted)]


@pytest.mark.parametrize("how", WAYS)
def test_who_has_read_a_symbol_is_woken_when_its_interface_changes(how: Reply) -> None:
    stage = staged()
    state = play(stage, {"Use it.": reader(how), "Change it.": changer(GREET, CHANGED)})
    assert {one.progress for one in state.briefings.values()} == {"finished"}
    assert begun(stage) == [1, 2, 1]
    assert stale_calls(stage.texts(), "pkg/greet.py", "greet") == []


@pytest.mark.parametrize("how", WAYS)
def test_a_run_that_is_resumed_knows_what_its_agents_have_read(how: Reply) -> None:
    first = staged()

    def stops(_: Conversation) -> Reply:
        first.stop.set()
        return call("board")

    with pytest.raises(Interrupted):
        play(first, {"Use it.": reader(how), "Change it.": stops})
    first.log.append(lambda _: [Draft(data=RunResumed(jupiter="0"))])

    stage = Stage(FILES, PARTS, AgentStep(agent="x", workers=1), log=first.log)
    play(stage, {"Use it.": reader(how), "Change it.": changer(GREET, CHANGED)})
    assert begun(stage)[-1] == 1
    assert stale_calls(stage.texts(), "pkg/greet.py", "greet") == []


def test_done_before_an_update_was_read_is_refused_and_the_update_comes_with_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, plain = staged(), Tool.call

    def change_then_call(tool: Tool, desk: Desk, given: object) -> str:
        if tool.name == "done" and begun(stage) == [1]:
            change_by_the_second(stage)
        return plain(tool, desk, given)

    monkeypatch.setattr(Tool, "call", change_then_call)
    play(stage, {"Use it.": reader(call("read_symbol", symbol=GREET))})
    called = [e.data for e in stage.log.events() if isinstance(e.data, ToolCalled)]
    first, *_, last = (one for one in called if one.tool == "done")
    told = stage.log.get(first.result).decode()
    assert (first.is_error, last.is_error) == (True, False)
    assert told.startswith("not yet: something that you have not read touches your symbols")
    assert (
        "  now:    def greet(name, *, greeting)\nYour places that use it:\n- pkg/app.py:main"
        in told
    )
    assert begun(stage) == [1, 2], "nobody had to be woken"
    assert stale_calls(stage.texts(), "pkg/greet.py", "greet") == []


def restless(symbol: str, other: str) -> Agent:
    """Gives its symbol one more argument whenever it is called, and uses the other's."""
    name = symbol.rpartition(":")[2]

    def agent(conversation: Conversation) -> Reply:
        writes = [one for one in conversation.calls if one.name == "write_symbol"]
        if len(writes) > sum(one.name == "done" for one in conversation.calls):
            return call("done", summary="One more.")
        arguments = ", ".join(f"a{n}=0" for n in range(len(writes) + 1))
        return call(
            "write_symbol", symbol=symbol, text=f"def {name}({arguments}):\n    {other}()\n"
        )

    return agent


def test_two_who_wake_each_other_come_to_an_end() -> None:
    files = {"pkg/a.py": b"def f():\n    g()\n", "pkg/b.py": b"def g():\n    f()\n"}
    a, b = "pkg/a.py:f", "pkg/b.py:g"
    parts = (Part("Do f.", (a,), (b,)), Part("Do g.", (b,), (a,)))
    stage = Stage(files, parts, AgentStep(agent="x", workers=1))
    state = play(stage, {"Do f.": restless(a, "g"), "Do g.": restless(b, "f")})
    assert {one.progress for one in state.briefings.values()} == {"finished"}
    assert MOST_WOKEN < begun(stage).count(1) <= MOST_WOKEN + 1


def test_who_has_read_nothing_of_it_is_not_woken() -> None:
    stage = staged()
    blind = in_turn(call("board"), call("done", summary="Nothing to do."))
    play(stage, {"Use it.": blind, "Change it.": changer(GREET, CHANGED)})
    assert begun(stage) == [1, 2]


def test_an_edit_says_which_changed_interfaces_it_follows() -> None:
    stage = staged()
    how = call("read_symbol", symbol=GREET)
    play(stage, {"Use it.": reader(how), "Change it.": changer(GREET, CHANGED)})
    edits = [e for e in stage.log.events() if isinstance(e.data, EditAccepted)]
    assert [(e.briefing, e.data.follows) for e in edits if isinstance(e.data, EditAccepted)] == [
        (1, ()),
        (2, ()),
        (1, (GREET,)),
    ]


def test_the_log_has_what_an_answer_showed() -> None:
    stage = staged()
    how = call("read_symbol", symbol="pkg/greet.py")
    play(stage, {"Use it.": reader(how), "Change it.": changer(GREET, CHANGED)})
    called = [e.data for e in stage.log.events() if isinstance(e.data, ToolCalled)]
    assert [one.read for one in called if one.tool == "read_symbol"] == [(GREET,)]
    assert all(one.read == () for one in called if one.tool == "done")


def change_by_the_second(stage: Stage) -> None:
    """The second briefing is carried out, at this very moment."""
    other = Session(stage.log, stage.plan.briefings[1], "worker-2", stage.base)
    assert other.take()
    other.write(GREET, FILES["pkg/greet.py"], CHANGED.encode())
    other.record(BriefingFinished())


def test_a_change_at_the_very_moment_of_done_wakes_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, plain = staged(), Tool.call

    def call_then_change(tool: Tool, desk: Desk, given: object) -> str:
        answer = plain(tool, desk, given)
        if tool.name == "done" and begun(stage) == [1]:
            change_by_the_second(stage)
        return answer

    monkeypatch.setattr(Tool, "call", call_then_change)
    how = call("read_symbol", symbol=GREET)
    play(stage, {"Use it.": reader(how)})
    assert begun(stage) == [1, 2, 1]
    assert stale_calls(stage.texts(), "pkg/greet.py", "greet") == []
