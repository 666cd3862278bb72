"""Each tool of an agent does what it is described to do; each refusal says what to do instead."""

from typing import Any

import pytest

from jupiter.demo.stage import Part, Stage
from jupiter.engines.agent import AgentEngine
from jupiter.engines.agent_desk import Desk, Refused
from jupiter.engines.agent_tools import TOOLS
from jupiter.session.session import Session

A = (
    b'"""A."""\n\nimport os\n\nLIMIT = 3\n\n\ndef f(x):\n    return x\n\n\n'
    b"class C:\n    def m(self):\n        return f(LIMIT)\n"
)
FILES = {
    "pkg/a.py": A,
    "pkg/b.py": b"from pkg.a import f\n\n\ndef g():\n    return f(2)\n",
    "pkg/free.py": b"def nobody():\n    pass\n",
    "pkg/mine.py": b"x = 1\n",
    "docs/a.md": b"# Usage\n\nCall f.\n",
}
MINE = ("pkg/a.py:LIMIT", "pkg/a.py:f", "pkg/a.py:C", "pkg/a.py:C.m", "pkg/mine.py")
PARTS = (Part("Do A.", MINE), Part("Do B.", ("pkg/b.py:g", "docs/a.md#Usage")))
F, M, G = "pkg/a.py:f", "pkg/a.py:C.m", "pkg/b.py:g"
BY_NAME = {tool.name: tool for tool in TOOLS}


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "scripted")
    made = Stage(FILES, PARTS)
    made.begin()
    return made


def desk_of(stage: Stage, number: int) -> Desk:
    """The desk of a briefing that is under way."""
    session = Session(stage.log, stage.plan.briefings[number - 1], f"worker-{number}", stage.base)
    session.take()
    engine = stage.engine()
    assert isinstance(engine, AgentEngine)
    return Desk(session, engine.around)


@pytest.fixture
def desk(stage: Stage) -> Desk:
    return desk_of(stage, 1)


def use(desk: Desk, tool: str, **given: Any) -> str:
    return BY_NAME[tool].call(desk, given)


LOOKS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("briefing", {}, ["Do A.", "- pkg/a.py:C.m", "def f(x):"]),
    ("board", {}, ["briefing 1 (worker-1, working): Do A.", "briefing 2 (nobody yet, planned)"]),
    ("read_symbol", {"symbol": "pkg/a.py:C"}, ["of pkg/a.py:C>\nclass C:", f"of {M}>\n    def m"]),
    ("read_symbol", {"symbol": "docs/a.md#Usage"}, ["# Usage\n\nCall f."]),
    ("outline", {"path": "pkg/a.py"}, ["- LIMIT (", "- f (", "- C (", "- C.m ("]),
    ("search", {"pattern": r"return f\("}, [f"{M}: return f(LIMIT)", f"{G}: return f(2)"]),
    ("search", {"pattern": "f", "path": "docs/**"}, ["- docs/a.md#Usage: Call f."]),
    ("find_references", {"symbol": F}, ["pkg/b.py, line 1: ", "pkg/b.py, line 5: ", "pkg/a.py, "]),
    ("check", {}, ["What you have written parses."]),
]


@pytest.mark.parametrize(("tool", "given", "shown"), LOOKS)
def test_who_looks_is_shown(desk: Desk, tool: str, given: dict[str, Any], shown: list[str]) -> None:
    answer = use(desk, tool, **given)
    for text in shown:
        assert text in answer


H, N = "pkg/a.py:h", "pkg/a.py:C.n"
A_TEXT = A.decode()
WRITES: list[tuple[str, dict[str, Any], str, str | None]] = [
    (
        "write_symbol",
        {"symbol": F, "text": "def f(x):\n    return 2 * x"},
        "pkg/a.py",
        A_TEXT.replace("return x", "return 2 * x"),
    ),
    (
        "create_symbol",
        {"symbol": H, "text": "def h(): ...", "after": F, "gap": 1},
        "pkg/a.py",
        A_TEXT.replace("return x\n", "return x\n\ndef h(): ...\n"),
    ),
    (
        "create_symbol",
        {"symbol": N, "text": "def n(self): ...", "after": "pkg/a.py:C.m"},
        "pkg/a.py",
        A_TEXT + "\n    def n(self): ...\n",
    ),
    (
        "move_symbol",
        {"symbol": "pkg/a.py:LIMIT", "after": F, "gap": 1},
        "pkg/a.py",
        A_TEXT.replace("\nLIMIT = 3\n", "").replace("return x\n", "return x\n\nLIMIT = 3\n"),
    ),
    (
        "set_gap",
        {"symbol": F, "lines": 1},
        "pkg/a.py",
        A_TEXT.replace("LIMIT = 3\n\n\n", "LIMIT = 3\n\n"),
    ),
    (
        "delete_symbol",
        {"symbol": "pkg/a.py:C"},
        "pkg/a.py",
        A_TEXT[: A_TEXT.index("\n\n\nclass C")] + "\n",
    ),
    ("write_file", {"path": "pkg/new.py", "text": "y = 2\n"}, "pkg/new.py", "y = 2\n"),
    ("write_file", {"path": "pkg/mine.py", "text": "x = 2\n"}, "pkg/mine.py", "x = 2\n"),
    (
        "write_file",
        {"path": "pkg/mine.py", "text": "eCA9IDM=", "encoding": "base64"},
        "pkg/mine.py",
        "x = 3",
    ),
    ("rename_file", {"path": "pkg/mine.py", "to": "pkg/yours.py"}, "pkg/yours.py", "x = 1\n"),
    ("delete_file", {"path": "pkg/mine.py"}, "pkg/mine.py", None),
    (
        "add_import",
        {"path": "pkg/b.py", "module": "os", "name": "sep"},
        "pkg/b.py",
        "from os import sep\n\n" + FILES["pkg/b.py"].decode(),
    ),
    (
        "drop_import",
        {"path": "pkg/a.py", "module": "os"},
        "pkg/a.py",
        A_TEXT.replace("import os\n\n", ""),
    ),
]


@pytest.mark.parametrize(("tool", "given", "path", "text"), WRITES)
def test_who_changes_something_has_it_changed(
    stage: Stage, desk: Desk, tool: str, given: dict[str, Any], path: str, text: str | None
) -> None:
    use(desk, tool, **given)
    assert stage.texts().get(path) == text


def test_a_file_becomes_executable_and_no_longer_so(stage: Stage, desk: Desk) -> None:
    for executable, mode in ((True, "100755"), (False, "100644")):
        use(desk, "set_mode", path="pkg/mine.py", executable=executable)
        file = desk.session.file("pkg/mine.py")
        assert file is not None
        assert file.mode == mode


def test_what_nobody_owns_is_claimed_and_then_written(stage: Stage, desk: Desk) -> None:
    symbol, text = "pkg/free.py:nobody", "def nobody():\n    return 1\n"
    with pytest.raises(Refused, match="claim it"):
        use(desk, "write_symbol", symbol=symbol, text=text)
    use(desk, "claim", symbol=symbol)
    use(desk, "write_symbol", symbol=symbol, text=text)
    assert stage.texts()["pkg/free.py"] == text


def test_a_note_is_on_everybodys_board(stage: Stage, desk: Desk) -> None:
    use(desk, "note", text="I rename nothing.")
    assert "briefing 1: I rename nothing." in use(desk_of(stage, 2), "board")


def test_a_proposal_reaches_who_has_read_the_symbol_before_its_body_is_written(
    stage: Stage, desk: Desk
) -> None:
    other = desk_of(stage, 2)
    use(other, "read_symbol", symbol=F)
    use(desk, "propose_interface", symbol=F, text="def f(x, *, times): ...")
    news, _ = other.news()
    assert "Briefing 1 is going to change an interface." in news
    assert "now:    def f(x, *, times)" in news
    assert f"- {G}, line 2: return f(2)" in news
    assert stage.texts()["pkg/a.py"] == A_TEXT, "nothing is written yet"


def test_a_request_reaches_the_owner_and_its_answer_who_has_asked(stage: Stage, desk: Desk) -> None:
    other = desk_of(stage, 2)
    use(desk, "request_change", symbol=G, text="Return f(3).")
    asked, _ = other.updates()
    (request,) = asked.requests
    assert "Request" in other.news()[0]
    use(other, "answer", request=request.seq, granted=False, text="It is public.")
    assert f"about {G} briefing 2 says no: It is public." in desk.news()[0]


def test_who_is_done_says_what_it_did(desk: Desk) -> None:
    use(desk, "done", summary="f is faster.")
    assert desk.summary == "f is faster."


@pytest.mark.parametrize("what", ["a change", "a request"])
def test_done_is_refused_while_something_unread_touches_the_workers_symbols(
    stage: Stage, desk: Desk, what: str
) -> None:
    other = desk_of(stage, 2)
    use(other, "read_symbol", symbol=F)
    if what == "a change":
        use(desk, "write_symbol", symbol=F, text="def f(x, y):\n    return x\n")
    else:
        use(desk, "request_change", symbol=G, text="Return f(3).")
    with pytest.raises(Refused, match="something that you have not read touches your symbols"):
        use(other, "done", summary="Nothing.")
    assert other.summary is None


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("write_symbol", {"symbol": G, "text": "def g(): ..."}, "ask its owner for the change"),
    ("write_symbol", {"symbol": F, "text": "def f(x): return ("}, "unparsable"),
    ("write_symbol", {"symbol": "pkg/a.py:k", "text": "def k(): ..."}, "it has: <docstring>"),
    ("write_symbol", {"symbol": F}, "text: Field required"),
    ("read_symbol", {"symbol": "pkg/none.py"}, "`search` finds the files that there are"),
    ("search", {"pattern": "("}, "is no regular expression"),
    ("find_references", {"symbol": "pkg/a.py:k"}, "`search` for its name"),
    ("create_symbol", {"symbol": F, "text": "def f(): ..."}, "exists"),
    ("write_file", {"path": "pkg/b.py", "text": ""}, "write only what your briefing owns"),
    ("write_file", {"path": "n.py", "text": "é", "encoding": "ascii"}, "the text is no ascii"),
    ("claim", {"symbol": G}, "briefing 2"),
    ("request_change", {"symbol": F, "text": "More."}, "is your own; write it"),
    ("answer", {"request": 1, "granted": True, "text": "Yes."}, "request"),
]


@pytest.mark.parametrize(("tool", "given", "way_out"), REFUSED)
def test_a_refusal_says_why_and_what_to_do_instead(
    stage: Stage, desk: Desk, tool: str, given: dict[str, Any], way_out: str
) -> None:
    with pytest.raises(Refused) as refused:
        use(desk, tool, **given)
    assert way_out in str(refused.value)
    assert stage.texts() == {path: text.decode() for path, text in FILES.items()}


def test_a_pattern_that_never_ends_is_ended(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupiter.engines.agent_tools._MATCHING", 0.1)
    with pytest.raises(Refused, match="takes too long"):
        use(desk_of(stage, 1), "search", pattern=r"(\w| |\(|\)|.)+\d\d\Z")


def test_of_a_file_that_is_too_long_it_is_said_where_it_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupiter.engines.agent_tools._LONGEST", 40)
    desk = desk_of(stage, 1)
    answer = use(desk, "read_symbol", symbol="pkg/a.py")
    assert answer.endswith(
        "There is more, from pkg/a.py:f on: `outline` lists it; read it one by one."
    )
    assert F not in desk.seen


def test_of_a_symbol_that_is_too_long_the_beginning_is_shown_between_marks(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupiter.engines.agent_tools._LONGEST", 10)
    desk = desk_of(stage, 1)
    head, text, end, more = use(desk, "read_symbol", symbol=F).splitlines()
    assert (text, end) == ("def f(x):", f"</{head[1:16]}>")
    assert more.startswith("It goes on")
    assert F not in desk.seen


def test_every_tool_is_described_and_takes_nothing_else() -> None:
    assert len(BY_NAME) == len(TOOLS)
    for tool in TOOLS:
        definition = tool.definition
        assert definition["description"].endswith((".", "`."))
        assert definition["input_schema"]["additionalProperties"] is False
