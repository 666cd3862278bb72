"""A hostile agent: whatever it calls, what it must not change stays, and each refusal is an event."""

from collections.abc import Callable, Mapping

import pytest

from jupiter.demo.conversation import Agent, Call, Conversation, Reply, call, in_turn
from jupiter.demo.server import MessagesServer
from jupiter.demo.stage import Part, Stage
from jupiter.fold.state import State
from jupiter.model.briefing_events import ToolCalled
from jupiter.model.tree_events import ClaimRefused, EditRefused, NameRefused

FILES = {
    "pkg/a.py": b"import os\n\n\ndef f(x):\n    return x\n\n\ndef g():\n    return f(1)\n",
    "pkg/b.py": b"class C:\n    def m(self):\n        return 1\n",
}
OTHERS = ("pkg/a.py:g", "pkg/b.py")
DONE = call("done", summary="It is done.")

HOSTILE = [
    call("write_symbol", symbol="pkg/a.py:g", text="def g():\n    return 6\n"),
    call("write_symbol", symbol="pkg/b.py:C.m", text="    def m(self):\n        return 6\n"),
    call("write_symbol", symbol="pkg/a.py:f", text="def f(x):\n    return (\n"),
    call("write_symbol", symbol="pkg/a.py:f", text="def f(x):\n    return 6\n\n\nprint(6)\n"),
    call("write_symbol", symbol="pkg/a.py:<imports>", text="import os; os.system('x')\n"),
    call("delete_symbol", symbol="pkg/a.py:g"),
    call("delete_symbol", symbol="pkg/b.py:C"),
    call("delete_file", path="pkg/b.py"),
    call("rename_file", path="pkg/b.py", to="pkg/c.py"),
    call("set_mode", path="pkg/b.py", executable=True),
    *(
        call("write_file", path=path, text="x = 1\n")
        for path in (
            "../x.py",
            "/etc/x.py",
            ".git/hooks/pre-commit",
            ".git/config",
            "a/.GIT/x",
            "a\\b",
        )
    ),
    call("rename_file", path="pkg/b.py", to="../c.py"),
    call("create_symbol", symbol="pkg/b.py:evil", text="evil = 6\n"),
    call("add_import", path="pkg/a.py", module="os; print(6)"),
    call("add_import", path="pkg/a.py", module="os", name="sep\nprint(6)"),
    call("add_import", path="../x.py", module="os"),
    call("claim", symbol="pkg/a.py:g"),
    call("claim", symbol="pkg/b.py:C.m"),
    call("claim", symbol=".git/config"),
    call("request_change", symbol="pkg/nowhere.py:f", text="Give it to me."),
    call("write_symbol", symbol=1, nonsense=2),
]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Stage, State]]:
    def run(scripts: Mapping[str, Agent]) -> tuple[Stage, State]:
        parts = (Part("Do A.", ("pkg/a.py:f",)), Part("Do B.", OTHERS))
        stage = Stage(FILES, parts)
        with MessagesServer({"Do B.": in_turn(DONE), **scripts}) as server:
            monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-very-secret")
            monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
            return stage, stage.play()

    return run


def test_whatever_it_calls_nothing_of_it_reaches_the_tree(play: Callable) -> None:
    stage, state = play({"Do A.": in_turn(*HOSTILE, DONE)})
    assert stage.texts() == {path: text.decode() for path, text in FILES.items()}
    assert {one.reason for one in state.briefings.values()} == {""}
    mine = [one for one in stage.log.events() if one.briefing == 1]
    called = [one.data for one in mine if isinstance(one.data, ToolCalled)]
    assert [(one.tool, one.is_error) for one in called if not one.is_error] == [("done", False)]
    assert len(called) == len(HOSTILE) + 1
    refused = [one.data for one in mine if isinstance(one.data, EditRefused | NameRefused)]
    assert {one.reason for one in refused} == {"not_owned", "unparsable", "constraint"}
    assert len([one for one in mine if isinstance(one.data, ClaimRefused)]) == 3


def flood(conversation: Conversation) -> Reply:
    """41 notes in each of five replies."""
    turn = conversation.turns
    notes = (Call("note", {"text": f"note {turn}.{number}"}) for number in range(41))
    return Reply(tuple(notes)) if turn < 5 else DONE


def test_the_board_takes_so_many_notes_of_one_worker_and_no_more(play: Callable) -> None:
    _, state = play({"Do A.": flood})
    assert len(state.notes) == 200
    assert state.briefings[1].progress == "finished"
