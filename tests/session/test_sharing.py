"""Claims, requests, updates and notes: what workers say to each other through the log."""

from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.bus.file import FileLog
from jupiter.bus.memory import MemoryLog
from jupiter.errors import RequestError
from jupiter.fold.audit import breaches
from jupiter.fold.file import File
from jupiter.fold.state import State
from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.briefing_events import BriefingFailed, BriefingFinished, BriefingStarted
from jupiter.model.constraint import Readonly
from jupiter.model.event import Draft, Payload
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.tree_events import (
    ClaimRefused,
    EditAccepted,
    InterfaceProposed,
    InterfacePublished,
    SymbolClaimed,
)
from jupiter.session.session import Session

TEXTS = {
    "a.py": b"def f():\n    return 1\n\n\ndef g():\n    return 2\n",
    "b.py": b"def h():\n    return 3\n",
    "locked.py": b"x = 1\n",
}
OWNED = {1: ("a.py:f",), 2: ("b.py",), 3: ("c.py:k",)}
READONLY = (Readonly(paths=("locked.py",)),)


def base(path: str) -> File | None:
    return File(TEXTS[path]) if path in TEXTS else None


def briefing(number: int, readable: tuple[str, ...] = ()) -> WorkerBriefing:
    return WorkerBriefing(
        id=number,
        wave=1,
        task=TaskDescription(goal="g", steps=("one",), select=()),
        context=CodebaseContext(base_commit="0" * 40, neighbours=(), outline=()),
        symbols_owned=OWNED[number],
        symbols_readable=readable,
        constraints=READONLY,
        weight=1,
    )


def begin(log: FileLog | MemoryLog) -> None:
    owned = tuple(
        Owned(briefing=n, steps=("one",), symbols=symbols, constraints=READONLY)
        for n, symbols in OWNED.items()
    )
    log.record(Draft(data=WavePlanned(wave=1, steps=("one",), workers=3, owned=owned)))
    log.record(*(Draft(data=BriefingStarted(), briefing=n) for n in OWNED))


@pytest.fixture
def log(tmp_path: Path) -> FileLog:
    made = FileLog.create(tmp_path / "run", "run")
    begin(made)
    return made


def session(log: FileLog | MemoryLog, number: int, *readable: str) -> Session:
    return Session(log, briefing(number, readable), f"worker-{number}", base)


def says(log: FileLog, number: int, data: Payload) -> None:
    log.record(Draft(data=data, briefing=number))


# Claims


def test_the_first_claim_wins_and_the_second_is_told_who_owns_it(log: FileLog) -> None:
    assert session(log, 1).claim("a.py:g") == SymbolClaimed(symbol="a.py:g")
    refused = session(log, 2).claim("a.py:g")
    assert isinstance(refused, ClaimRefused)
    assert refused.owner == 1
    assert "owned by briefing 1; ask it" in refused.message
    assert log.look(lambda state: state.owner("a.py:g")) == 1


def test_what_was_claimed_can_be_written_by_its_owner_alone(log: FileLog) -> None:
    session(log, 1).claim("a.py:g")
    before, after = b"def g():\n    return 2\n", b"def g():\n    return 22\n"
    assert not isinstance(session(log, 2).write("a.py:g", before, after), EditAccepted)
    assert isinstance(session(log, 1).write("a.py:g", before, after), EditAccepted)


@pytest.mark.parametrize(
    ("symbol", "owner", "message"),
    [
        ("b.py:h", 2, "owned by briefing 2"),
        ("b.py:new", 2, "owned by briefing 2"),
        ("c.py", 3, "owned by briefing 3"),
        ("locked.py:x", None, "readonly in the recipe"),
        ("../etc/passwd", None, "not a path that may be written"),
        (".git/config", None, "not a path that may be written"),
    ],
)
def test_a_claim_is_refused_with_the_reason(
    log: FileLog, symbol: str, owner: int | None, message: str
) -> None:
    refused = session(log, 1).claim(symbol)
    assert isinstance(refused, ClaimRefused)
    assert refused.owner == owner
    assert message in refused.message
    assert log.look(lambda state: symbol not in state.owners or symbol == "b.py")


def test_what_is_owned_already_is_claimed_without_a_word(log: FileLog) -> None:
    count = log.look(lambda state: state.seq)
    assert session(log, 1).claim("a.py:f") == SymbolClaimed(symbol="a.py:f")
    assert log.look(lambda state: state.seq) == count


def test_a_claim_is_given_back_unless_it_was_written(log: FileLog) -> None:
    one = session(log, 1)
    one.claim("a.py:g")
    assert one.release("a.py:g")
    assert not one.release("a.py:g")
    assert not one.release("a.py:f"), "what was planned stays"
    assert session(log, 2).claim("a.py:g") == SymbolClaimed(symbol="a.py:g")
    session(log, 2).write("a.py:g", b"def g():\n    return 2\n", b"def g():\n    return 5\n")
    assert not session(log, 2).release("a.py:g")


def test_a_briefing_that_fails_gives_back_its_claims_and_one_that_finishes_keeps_them(
    log: FileLog,
) -> None:
    session(log, 1).claim("a.py:g")
    session(log, 2).claim("d.py:x")
    says(log, 1, BriefingFailed(reason="r"))
    says(log, 2, BriefingFinished())
    assert log.look(lambda state: state.owner("a.py:g")) is None
    assert log.look(lambda state: state.owner("a.py:f")) == 1, "what was planned is nobody else's"
    assert log.look(lambda state: state.owner("d.py:x")) == 2
    assert isinstance(session(log, 1).claim("e.py:x"), ClaimRefused), "it is not under way"


# Requests


def test_a_request_reaches_its_owner_and_the_answer_comes_back(log: FileLog) -> None:
    session(log, 1).request("b.py:h", "take a second argument")
    (request,) = session(log, 2).updates().requests
    assert (request.asker, request.symbol, request.text) == (
        1,
        "b.py:h",
        "take a second argument",
    )
    assert not session(log, 1).updates()
    session(log, 2).answer(request.seq, "done", granted=True)
    (answer,) = session(log, 1).updates().answers
    assert (answer.seq, answer.granted, answer.answer) == (request.seq, True, "done")
    session(log, 2).answer(request.seq, "no", granted=False)
    assert not session(log, 1).updates(), "the first answer counts"


@pytest.mark.parametrize(
    ("symbol", "message"),
    [("a.py:f", "is your own; write it"), ("z.py:f", "belongs to nobody in this wave; claim it")],
)
def test_a_request_that_nobody_can_grant_is_an_error(
    log: FileLog, symbol: str, message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        session(log, 1).request(symbol, "please")


def test_only_the_owner_answers(log: FileLog) -> None:
    session(log, 1).request("b.py:h", "please")
    (request,) = session(log, 2).updates().requests
    with pytest.raises(RequestError, match="no request"):
        session(log, 3).answer(request.seq, "yes", granted=True)


def test_the_request_that_would_close_a_circle_is_answered_at_once(log: FileLog) -> None:
    session(log, 1).request("b.py:h", "x")
    session(log, 2).request("c.py:k", "y")
    session(log, 3).request("a.py:f", "z")
    (answer,) = session(log, 3).updates().answers
    assert not answer.granted
    assert "briefing 1 waits for 3 already" in answer.answer
    assert not session(log, 1).updates(), "nobody has to answer it"


def test_whoever_waits_for_a_briefing_that_ends_is_told(log: FileLog) -> None:
    session(log, 1).request("b.py:h", "x")
    says(log, 2, BriefingFinished())
    (answer,) = session(log, 1).updates().answers
    assert (answer.granted, answer.answer) == (False, "briefing 2 has finished without an answer")
    session(log, 3).request("b.py:h", "x")
    (late,) = session(log, 3).updates().answers
    assert "it changes nothing more" in late.answer


# Updates


def test_a_worker_is_told_of_interfaces_that_it_owns_or_reads_and_of_no_others(
    log: FileLog,
) -> None:
    for symbol in ("b.py:h", "b.py:other", "c.py:k", "a.py:f"):
        says(log, 2, InterfacePublished(symbol=symbol, before="a", after="b"))
    one = session(log, 1, "b.py", "c.py:k")
    assert [update.symbol for update in one.updates().interfaces] == [
        "b.py:h",
        "b.py:other",
        "c.py:k",
        "a.py:f",
    ]
    assert [update.symbol for update in session(log, 3).updates().interfaces] == ["c.py:k"]
    assert not session(log, 2, "b.py").updates(), "its own are no news"


def test_nothing_is_delivered_twice_also_by_another_process(log: FileLog) -> None:
    says(log, 2, InterfacePublished(symbol="b.py:h", before="a", after="b"))
    assert session(log, 1, "b.py").updates()
    again = Session(FileLog.open(log.folder), briefing(1, ("b.py",)), "worker-2", base)
    assert not again.updates()
    says(log, 2, InterfacePublished(symbol="b.py:h", before="b", after="c"))
    assert [update.after for update in again.updates().interfaces] == ["c"]


def test_what_concerns_nobody_leaves_no_event(log: FileLog) -> None:
    count = log.look(lambda state: state.seq)
    assert not session(log, 1).updates()
    assert log.look(lambda state: state.seq) == count


def test_notes_are_read_by_all_with_who_wrote_them(log: FileLog) -> None:
    session(log, 1).note("h will go")
    notes = log.look(lambda state: list(state.notes))
    assert [(note.briefing, note.worker, note.text) for note in notes] == [
        (1, "worker-1", "h will go")
    ]


ACTS = st.tuples(
    st.integers(1, 3),
    st.sampled_from(["claim", "release", "request", "answer", "updates", "fail"]),
    st.sampled_from(["a.py:f", "a.py:g", "b.py", "b.py:h", "c.py", "c.py:k", "d.py:x", "d.py"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ACTS, max_size=25))
def test_whatever_workers_say_every_symbol_has_one_owner_and_nobody_waits_in_a_circle(
    acts: list[tuple[int, str, str]],
) -> None:
    log = MemoryLog("run")
    begin(log)
    for number, act, symbol in acts:
        carry_out(log, number, act, symbol)
    state = State()
    for event in log.events():
        assert list(breaches(state, event)) == []
        state.apply(event)
    waits: nx.DiGraph[int] = nx.DiGraph()
    waits.add_edges_from((r.asker, r.owner) for r in state.requests.values() if r.answered is None)
    assert nx.is_directed_acyclic_graph(waits)


def carry_out(log: MemoryLog, number: int, act: str, symbol: str) -> None:
    one = session(log, number)
    progress = log.look(lambda state: state.briefings[number].progress)
    match act:
        case "claim":
            one.claim(symbol)
        case "release":
            one.release(symbol)
        case "request" if symbol not in OWNED[number] and progress == "working":
            if log.look(lambda state: state.owner(symbol)) not in {None, number}:
                one.request(symbol, "please")
        case "answer":
            for request in one.updates().requests:
                one.answer(request.seq, "yes", granted=True)
        case "updates":
            one.updates()
        case "fail" if progress == "working":
            log.record(Draft(data=BriefingFailed(reason="r"), briefing=number))
        case _:
            pass


# Proposals, hand-overs, what was read


def test_a_proposal_reaches_who_reads_the_symbol_and_its_publication_is_no_news(
    log: FileLog,
) -> None:
    one, two = session(log, 1), session(log, 2, "a.py:f")
    one.propose("a.py:f", b"def f(x): ...\n")
    (told,) = two.updates().interfaces
    assert (told.symbol, told.before, told.after, told.proposed) == (
        "a.py:f",
        "def f()",
        "def f(x)",
        True,
    )
    one.write("a.py:f", b"def f():\n    return 1\n", b"def f(x):\n    return x\n")
    assert not two.updates()


def test_what_is_published_otherwise_than_proposed_is_news(log: FileLog) -> None:
    one, two = session(log, 1), session(log, 2, "a.py:f")
    one.propose("a.py:f", b"def f(x): ...\n")
    two.updates()
    one.write("a.py:f", b"def f():\n    return 1\n", b"def f(y):\n    return y\n")
    assert [(u.after, u.proposed) for u in two.updates().interfaces] == [("def f(y)", False)]


def test_what_changes_nothing_or_was_proposed_already_is_no_event(log: FileLog) -> None:
    one = session(log, 1)
    before = log.look(lambda state: state.seq)
    one.propose("a.py:f", b"def f(): return 5\n")
    assert log.look(lambda state: state.seq) == before
    for _ in range(2):
        one.propose("a.py:f", b"def f(x): ...\n")
    assert log.look(lambda state: state.seq) == before + 1


def test_a_new_symbol_can_be_proposed_before_it_is_made(log: FileLog) -> None:
    session(log, 3).propose("c.py:k", b"def k(a: int) -> str: ...\n")
    *_, last = log.events()
    assert last.data == InterfaceProposed(
        symbol="c.py:k", before=None, after="def k(a: int) -> str"
    )


@pytest.mark.parametrize(
    ("symbol", "text", "message"),
    [
        ("b.py:h", b"def h(x): ...\n", "owned by briefing 2"),
        ("a.py:f", b"def g(x): ...\n", "must define this symbol"),
        ("a.py:f", b"def f(\n", "does not parse"),
    ],
    ids=["another's", "another name", "no Python"],
)
def test_what_cannot_be_proposed_is_said_so(
    log: FileLog, symbol: str, text: bytes, message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        session(log, 1).propose(symbol, text)


def test_a_symbol_that_was_handed_over_is_told_once(log: FileLog) -> None:
    session(log, 1).hand_over("a.py:f", 3)
    three = session(log, 3)
    assert [(u.symbol, u.giver) for u in three.updates().received] == [("a.py:f", 1)]
    assert not three.updates()
    assert not session(log, 2).updates()


def test_what_a_worker_has_read_it_is_told_of_when_it_changes(log: FileLog) -> None:
    two, three = session(log, 2), session(log, 3)
    two.read_symbol("a.py:f")
    three.read("a.py")
    session(log, 1).write("a.py:f", b"def f():\n    return 1\n", b"def f(x):\n    return x\n")
    assert [u.symbol for u in two.updates().interfaces] == ["a.py:f"]
    assert [u.symbol for u in three.updates().interfaces] == ["a.py:f"]
