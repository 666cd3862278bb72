"""The agent engine against the local Messages server: what is sent, recorded, retried, refused, ended."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from jupiter.demo.conversation import Agent, Call, Conversation, Reply, Say, Think, call, in_turn
from jupiter.demo.server import MessagesServer
from jupiter.demo.stage import Part, Stage
from jupiter.demo.weather import BreakOff, Drop, EndEarly, Fault, Refuse, never, sometimes
from jupiter.errors import Interrupted, RequestError, SurroundingsError
from jupiter.fold.state import State
from jupiter.model.briefing_events import (
    AgentStarted,
    AgentTold,
    BriefingPaused,
    ModelRetried,
    ToolCalled,
    UsageRecorded,
)
from jupiter.model.event import Draft
from jupiter.model.run_events import RunResumed
from jupiter.model.step import AgentStep, Limits
from jupiter.model.tree_events import EditAccepted, NoteAdded

KEY = "sk-ant-very-secret"
FILES = {
    "pkg/a.py": b"def f(x):\n    return x\n\n\ndef g():\n    return f(1)\n",
    "pkg/b.py": b"class C:\n    def m(self):\n        return 1\n",
    "README.md": b"# Usage\n\nCall f.\n",
}
F = Part("Do A.", ("pkg/a.py:f",))
WRITE = call("write_symbol", symbol="pkg/a.py:f", text="def f(x):\n    return x + 1\n")
DONE = call("done", summary="It is done.")
WRITE_AND_DONE = Reply((*WRITE.parts, *DONE.parts))

Play = Callable[..., State]


@pytest.fixture
def stage() -> Stage:
    return Stage(FILES, (F,))


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> Iterator[Play]:
    """Let scripts play a stage; the server must have refused nothing."""
    servers: list[MessagesServer] = []

    def run(
        agents: Mapping[str, Agent] | Agent, stage: Stage = stage, faults: Any = never
    ) -> State:
        scripts = agents if isinstance(agents, Mapping) else {"Do A.": agents}
        with MessagesServer(scripts, faults=faults) as server:
            servers.append(server)
            monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
            monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
            return stage.play()

    run.servers = servers  # type: ignore[attr-defined]
    yield run
    assert [one for server in servers for one in server.refused] == []


def served(play: Play) -> list[Any]:
    return [one for server in play.servers for one in server.served]  # type: ignore[attr-defined]


def events(stage: Stage, kind: type[Any]) -> list[Any]:
    return [event.data for event in stage.log.events() if isinstance(event.data, kind)]


def answers(stage: Stage) -> list[tuple[str, bool, str]]:
    """Each answer to a call: the tool, whether it is an error, its text."""
    return [
        (one.tool, one.is_error, stage.log.get(one.result).decode())
        for one in events(stage, ToolCalled)
    ]


# One conversation


def test_an_agent_writes_what_it_owns_and_is_done(play: Play, stage: Stage) -> None:
    state = play(in_turn(Reply((Think("Well."), Say("I write it."), *WRITE.parts)), DONE))
    assert state.briefings[1].progress == "finished"
    assert stage.texts()["pkg/a.py"].startswith("def f(x):\n    return x + 1\n\n\ndef g()")
    assert [(tool, is_error) for tool, is_error, _ in answers(stage)] == [
        ("write_symbol", False),
        ("done", False),
    ]


def test_who_owns_a_file_makes_something_new_in_it_and_is_done(play: Play) -> None:
    stage = Stage(FILES, (Part("Do A.", ("pkg/b.py",)),))
    made = call("create_symbol", symbol="pkg/b.py:new", text="new = 1\n")
    state = play(in_turn(made, DONE), stage)
    assert (state.briefings[1].progress, len(served(play))) == ("finished", 2)


def test_each_request_and_what_it_cost_is_on_the_log(play: Play, stage: Stage) -> None:
    state = play(in_turn(WRITE, DONE))
    used = events(stage, UsageRecorded)
    spent = state.briefings[1].spent
    assert [one.stop for one in used] == ["tool_use", "tool_use"]
    assert spent.requests == len(served(play)) == 2
    assert used[1].cache_read_tokens > 1000
    assert spent.usd == pytest.approx(sum(one.usd for one in used))
    assert spent.usd == pytest.approx(
        (spent.input_tokens * 2 + spent.cache_write_tokens * 2.5 + spent.cache_read_tokens * 0.2)
        / 1e6
        + spent.output_tokens * 10 / 1e6
    )


def test_the_log_has_the_whole_first_request_and_the_hash_of_the_prompts(
    play: Play, stage: Stage
) -> None:
    play(in_turn(DONE))
    (started,) = events(stage, AgentStarted)
    request = json.loads(stage.log.get(started.request))
    sent = json.loads(served(play)[0].raw)
    assert sent["tools"] == request["tools"]
    assert [b["text"] for b in sent["system"]] == [b["text"] for b in request["system"]]
    assert sent["messages"][0]["content"][0]["text"] == request["messages"][0]["content"][0]["text"]
    assert len(started.prompts) == 64


def test_the_key_is_sent_and_stands_nowhere_else(
    play: Play, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(in_turn(call("check"), call("board"), call("briefing"), DONE))
    assert play.servers[0].keys == {KEY}  # type: ignore[attr-defined]
    texts = [event.model_dump_json() for event in stage.log.events()]
    texts += [text for _, _, text in answers(stage)]
    texts += [one.raw.decode() for one in served(play)]
    assert KEY not in "".join(texts)
    assert os.environ["ANTHROPIC_API_KEY"] == KEY


def test_settings_of_the_recipe_are_those_of_every_request(play: Play) -> None:
    settings = AgentStep(
        agent="x", model="claude-opus-5-5", max_tokens=900, thinking="adaptive", effort="low"
    )
    play(in_turn(DONE), Stage(FILES, (F,), settings))
    body = served(play)[0].body
    assert (body.model, body.max_tokens) == ("claude-opus-5-5", 900)
    assert body.thinking.type == "adaptive"
    assert body.output_config.effort == "low"


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param(Refuse(429, 0.01), "status 429", id="too many requests"),
        pytest.param(Refuse(529, 0.01), "status 529", id="overloaded"),
        pytest.param(Refuse(500, 0.01), "status 500", id="an error of the server"),
        pytest.param(BreakOff(3), "APIStatusError", id="an error within the stream"),
        pytest.param(Drop(0), "RemoteProtocolError", id="cut before the first event"),
        pytest.param(Drop(4), "RemoteProtocolError", id="cut in the middle"),
        pytest.param(EndEarly(0), "RemoteProtocolError", id="over before it begins"),
        pytest.param(EndEarly(4), "RemoteProtocolError", id="over in the middle"),
    ],
)
def test_what_passes_is_tried_again_and_recorded(
    play: Play, stage: Stage, fault: Fault, reason: str
) -> None:
    state = play(in_turn(WRITE, DONE), faults=lambda n: fault if n == 1 else None)
    assert state.briefings[1].progress == "finished"
    (retried,) = events(stage, ModelRetried)
    assert reason in retried.reason
    assert (retried.attempt, retried.wait > 0) == (2, True)
    assert len(events(stage, EditAccepted)) == 1


def test_a_request_that_the_api_does_not_take_fails_the_briefing_at_once(
    play: Play, stage: Stage
) -> None:
    state = play(in_turn(WRITE, DONE), faults=lambda n: Refuse(400) if n == 1 else None)
    assert state.briefings[1].progress == "failed"
    assert "the Messages API refuses a request" in state.briefings[1].reason
    assert events(stage, ModelRetried) == []
    assert stage.texts()["pkg/a.py"] == FILES["pkg/a.py"].decode(), "its edits go with it"


def test_a_key_that_the_api_does_not_take_ends_the_run_with_what_to_do(
    play: Play, stage: Stage
) -> None:
    with pytest.raises(SurroundingsError, match=r"refuses the key .*look at ANTHROPIC_API_KEY"):
        play(in_turn(DONE), faults=lambda _: Refuse(401))
    assert events(stage, ModelRetried) == []


def test_the_server_s_retry_after_is_obeyed(play: Play, stage: Stage) -> None:
    play(in_turn(DONE), faults=lambda n: Refuse(429, 0.25) if n == 0 else None)
    assert [one.wait for one in events(stage, ModelRetried)] == [0.25]


def test_under_all_kinds_of_faults_everything_is_done_once(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupiter.engines.agent_signals._FIRST", 0.01)
    parts = tuple(Part(f"Do {n}.", (f"pkg/m{n}.py:f",)) for n in range(6))
    files = {f"pkg/m{n}.py": b"def f():\n    return 0\n" for n in range(6)}
    stage = Stage(files, parts)
    scripts = {
        f"Do {n}.": in_turn(
            call("note", text=f"begin {n}"),
            call("write_symbol", symbol=f"pkg/m{n}.py:f", text=f"def f():\n    return {n + 1}\n"),
            DONE,
        )
        for n in range(6)
    }
    state = play(scripts, stage, faults=sometimes(11, 0.3))
    assert {one.progress for one in state.briefings.values()} == {"finished"}
    assert sorted(note.text for note in state.notes) == [f"begin {n}" for n in range(6)]
    assert len(events(stage, EditAccepted)) == 6
    assert len(events(stage, ModelRetried)) > 2
    assert len(events(stage, UsageRecorded)) == 18


def test_a_request_that_fails_for_ever_fails_the_briefing(
    play: Play, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupiter.engines.agent_client.ATTEMPTS", 3)
    state = play(in_turn(DONE), faults=lambda _: Refuse(529, 0.001))
    assert state.briefings[1].progress == "failed"
    assert "3 attempts failed, the last one by: status 529" in state.briefings[1].reason


def test_a_reply_that_was_cut_off_has_no_effect_and_the_agent_is_told(play: Play) -> None:
    long = call("write_symbol", symbol="pkg/a.py:f", text="def f(x):\n" + "    x += 1\n" * 200)
    stage = Stage(FILES, (F,), AgentStep(agent="x", max_tokens=100))

    def agent(conversation: Conversation) -> Reply:
        return WRITE if "cut off" in conversation.given.partition("Begin.")[2] else long

    state = play(
        lambda c: DONE if "is written" in c.latest else agent(c),
        stage,
    )
    assert state.briefings[1].progress == "finished"
    assert [one.stop for one in events(stage, UsageRecorded)] == [
        "max_tokens",
        "tool_use",
        "tool_use",
    ]
    assert len(events(stage, AgentTold)) == 1
    assert "return x + 1" in stage.texts()["pkg/a.py"]


def test_of_a_reply_that_was_cut_off_no_thought_is_sent_back_that_the_api_would_refuse(
    play: Play,
) -> None:
    stage = Stage(FILES, (F,), AgentStep(agent="x", max_tokens=100, thinking="adaptive"))
    long = Call("write_symbol", {"symbol": "pkg/a.py:f", "text": "def f(x):\n" + "    1\n" * 200})
    scripts = in_turn(Reply((Think("Hm. " * 20), long)))
    state = play(lambda c: WRITE_AND_DONE if "cut off" in c.latest else scripts(c), stage)
    assert state.briefings[1].progress == "finished"
    assert [one.stop for one in events(stage, UsageRecorded)] == ["max_tokens", "tool_use"]
    roles = [message.role for message in served(play)[1].body.messages]
    assert roles == ["user", "user"], "of the thought without its call nothing is left"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        pytest.param(Reply((Say("No."),), "refusal"), "the model stopped: refusal", id="a refusal"),
        pytest.param(Reply((Say("Hm."),)), "stopped 3 times before it was done", id="idle talk"),
    ],
)
def test_an_agent_that_does_not_come_to_an_end_has_failed(
    play: Play, reply: Reply, reason: str
) -> None:
    state = play(in_turn(WRITE, reply))
    assert state.briefings[1].progress == "failed"
    assert reason in state.briefings[1].reason


def test_who_stops_without_done_is_told_once_and_goes_on(play: Play, stage: Stage) -> None:
    state = play(in_turn(WRITE, Reply((Say("I think that is all."),)), DONE))
    assert state.briefings[1].progress == "finished"
    (told,) = events(stage, AgentTold)
    assert "call `done`" in stage.log.get(told.text).decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param(
            call("write_symbol", symbol="pkg/a.py:f"), "text: Field required", id="incomplete"
        ),
        pytest.param(call("note", text=7), "Input should be a valid string", id="of another type"),
        pytest.param(call("note", text="a", to="b"), "Extra inputs", id="with more"),
        pytest.param(call("bash", command="rm -rf /"), "not found", id="of no tool"),
    ],
)
def test_a_malformed_call_is_answered_with_what_is_wrong(
    play: Play, stage: Stage, wrong: Reply, said: str
) -> None:
    state = play(in_turn(wrong, DONE))
    assert state.briefings[1].progress == "finished"
    tool, is_error, text = answers(stage)[0]
    assert (tool, is_error) == (wrong.parts[0].tool, True)  # type: ignore[union-attr]
    assert said in text


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param('{"text": "half', id="half a text"),
        pytest.param('{"text": "whole"', id="without its end"),
        pytest.param("{text: whole}", id="no JSON from the beginning"),
    ],
)
def test_a_call_whose_input_is_no_json_has_no_effect_and_the_agent_is_told(
    play: Play, stage: Stage, raw: str
) -> None:
    wrong = Reply((Call("note", {"text": "first"}), Call("note", raw=raw)))
    state = play(lambda c: DONE if "was no JSON" in c.latest else wrong)
    assert state.briefings[1].progress == "finished"
    assert [one.stop for one in events(stage, UsageRecorded)] == ["malformed", "tool_use"]
    assert len(events(stage, AgentTold)) == 1
    assert events(stage, NoteAdded) == []
    assert state.briefings[1].spent.requests == len(served(play)) == 2


def test_who_writes_no_json_again_and_again_has_failed(play: Play) -> None:
    state = play(lambda _: Reply((Call("note", raw="{text}"),)))
    assert "stopped 3 times before it was done, at last: malformed" in state.briefings[1].reason


def test_without_a_key_nothing_begins(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SurroundingsError, match="set ANTHROPIC_API_KEY"):
        stage.play()


def test_an_interruption_ends_a_conversation_in_the_middle(play: Play, stage: Stage) -> None:
    waiting = threading.Event()

    def agent(_: Conversation) -> Reply:
        stage.stop.set()
        waiting.set()
        return call("search", pattern="f")

    with pytest.raises(Interrupted):
        play(agent)
    assert waiting.is_set()
    assert stage.log.look(lambda state: state.briefings[1].progress) == "working"


# Budgets


def test_a_briefing_over_its_limits_has_failed(play: Play) -> None:
    stage = Stage(FILES, (F,), AgentStep(agent="x", limits=Limits(turns=3)))
    state = play(in_turn(WRITE, call("board")), stage)
    assert state.briefings[1].progress == "failed"
    assert "over its limits: 3 of 3 turns" in state.briefings[1].reason
    assert stage.texts()["pkg/a.py"] == FILES["pkg/a.py"].decode()


@pytest.mark.parametrize(
    ("settings", "budget", "which"),
    [
        pytest.param({"budget": Limits(turns=2)}, None, "the step ask", id="of the step"),
        pytest.param({}, Limits(turns=2), "the run", id="of the run"),
        pytest.param({}, Limits(tokens=3000), "the run", id="in tokens"),
        pytest.param({}, Limits(usd=0.001), "the run", id="in dollars"),
        pytest.param({}, Limits(minutes=0.00001), "the run", id="in minutes"),
    ],
)
def test_a_budget_that_is_met_pauses_the_briefing_and_a_higher_one_goes_on(
    play: Play, settings: dict[str, Any], budget: Limits | None, which: str
) -> None:
    agent = in_turn(call("board"), WRITE, call("board"), DONE)
    stage = Stage(FILES, (F,), AgentStep(agent="x", **settings), budget)
    state = play(agent, stage)
    assert state.briefings[1].progress == "paused"
    assert f"the budget of {which} is used up" in state.briefings[1].reason
    assert stage.texts()["pkg/a.py"] == FILES["pkg/a.py"].decode()
    paid = state.briefings[1].spent.requests
    assert len(events(stage, BriefingPaused)) == 1

    more = Stage(FILES, (F,), log=stage.log)
    again(stage)
    state = play(agent, more)
    assert state.briefings[1].progress == "finished"
    assert (state.briefings[1].spent.requests, len(served(play))) == (4, 4)
    assert paid < 4
    assert "return x + 1" in more.texts()["pkg/a.py"]


def test_dollars_of_a_model_without_a_price_are_refused_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    settings = AgentStep(agent="x", model="claude-next", limits=Limits(usd=1))
    with pytest.raises(RequestError, match="no price is known for the model 'claude-next'"):
        Stage(FILES, (F,), settings).play()


# Going on after a crash


def again(stage: Stage) -> None:
    """The run is resumed: who was at work is no more."""
    stage.log.append(lambda _: [Draft(data=RunResumed(jupiter="0"))])


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("event", range(1, 14))
def test_a_run_that_is_killed_behind_any_event_goes_on_and_pays_for_no_reply_twice(
    play: Play, stage: Stage, event: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = in_turn(
        Reply((Call("note", {"text": "I begin."}), *WRITE.parts)),
        call("request_change", symbol="pkg/b.py:C.m", text="Return 2."),
        DONE,
    )
    other = Part("Do B.", ("pkg/b.py:C.m",))
    scripts = {"Do A.": agent, "Do B.": in_turn(call("board"), DONE)}
    whole = Stage(FILES, (F, other), AgentStep(agent="x", workers=1))
    play(scripts, whole)
    paid = len(events(whole, UsageRecorded))

    stage = Stage(FILES, (F, other), AgentStep(agent="x", workers=1))
    kill_behind(stage, event, monkeypatch)
    with pytest.raises(Killed):
        play(scripts, stage)
    monkeypatch.undo()
    known = len(events(stage, UsageRecorded))
    again(stage)
    before = len(served(play))
    state = play(scripts, stage)
    assert {one.progress for one in state.briefings.values()} == {"finished"}
    assert stage.texts() == whole.texts()
    assert known + len(served(play)) - before == len(events(stage, UsageRecorded)) == paid
    assert [note.text for note in events(stage, NoteAdded)] == ["I begin."]
    assert len(events(stage, EditAccepted)) == 1
    assert len(state.requests) <= 1


def kill_behind(stage: Stage, event: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process end once that many events of the first briefing are on the log."""
    append, record = stage.log.append, stage.log.record
    seen = [0]

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            found = change(*args)
            seen[0] += sum(one.briefing is not None for one in found)
            if seen[0] >= event:
                raise Killed
            return found

        return run

    monkeypatch.setattr(stage.log, "append", counted(append))
    monkeypatch.setattr(stage.log, "record", counted(record))


def test_done_beside_the_last_write_saves_a_turn(play: Play, stage: Stage) -> None:
    state = play(lambda _: WRITE_AND_DONE)
    assert state.briefings[1].progress == "finished"
    assert stage.texts()["pkg/a.py"].startswith("def f(x):\n    return x + 1")
    assert len(events(stage, UsageRecorded)) == 1


def test_done_beside_a_write_that_is_refused_does_not_count(play: Play, stage: Stage) -> None:
    wrong = Call("write_symbol", {"symbol": "pkg/a.py:g", "text": "def g(): ...\n"})
    state = play(in_turn(Reply((wrong, *DONE.parts)), WRITE, DONE))
    assert state.briefings[1].progress == "finished"
    assert stage.texts()["pkg/a.py"].startswith("def f(x):\n    return x + 1")
    assert len(events(stage, UsageRecorded)) == 3
