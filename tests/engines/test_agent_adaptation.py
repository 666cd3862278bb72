"""Adaptation: A changes a signature that B and C use, under a hundred timings, with the bus and without."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from jupiter.demo.agents import changer, user_of
from jupiter.demo.conversation import Agent
from jupiter.demo.server import MessagesServer, Served
from jupiter.demo.signatures import call_by, stale_calls
from jupiter.demo.stage import Part, Stage
from jupiter.demo.weather import Timing
from jupiter.demo.wire import TextBlock
from jupiter.model.briefing_events import BriefingStarted
from jupiter.model.tree_events import InterfacePublished, UpdateDelivered

TIMINGS = 100
FILES = {
    "pkg/greet.py": b'def greet(name):\n    return f"Hello {name}"\n',
    "pkg/app.py": b'from pkg.greet import greet\n\n\ndef main():\n    return greet("name")\n',
    "tests/test_greet.py": (
        b'from pkg.greet import greet\n\n\ndef test_greet():\n    assert greet("name")\n'
    ),
}
CHANGED = 'def greet(name, *, greeting):\n    return f"{greeting} {name}"\n'
GREET, MAIN, TEST = "pkg/greet.py:greet", "pkg/app.py:main", "tests/test_greet.py:test_greet"


def main(signature: str) -> str:
    return f"def main():\n    return {call_by(signature)}\n"


def check(signature: str) -> str:
    return f"def test_greet():\n    assert {call_by(signature)}\n"


def actors(seed: int) -> dict[str, Agent]:
    """Three agents, each of whom looks around for a while before it writes; how long, the seed says."""
    dice = random.Random(seed)
    looks = [dice.randrange(3) for _ in range(3)]
    return {
        f"A{seed:03}:": changer(GREET, CHANGED, looks=looks[0]),
        f"B{seed:03}:": user_of("greet", MAIN, main, looks=looks[1]),
        f"C{seed:03}:": user_of("greet", TEST, check, looks=looks[2]),
    }


def parts(seed: int) -> tuple[Part, ...]:
    return (
        Part(f"A{seed:03}: greet takes a greeting.", (GREET,)),
        Part(f"B{seed:03}: main greets.", (MAIN,), (GREET,)),
        Part(f"C{seed:03}: greet is tested.", (TEST,), (GREET,)),
    )


@dataclass
class Plays:
    """What a hundred plays came to: stale calls, and how often somebody was woken or told."""

    stale: list[int]
    woken: int
    told: int


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesServer]:
    agents = {key: agent for seed in range(TIMINGS) for key, agent in actors(seed).items()}
    with MessagesServer(agents, timing=Timing(first_byte=(0.0, 0.004))) as made:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", made.url)
        yield made
        assert made.refused == []


def play(*, shares: bool) -> Plays:
    found = Plays([], 0, 0)
    for seed in range(TIMINGS):
        stage = Stage(FILES, parts(seed), shares=shares)
        state = stage.play()
        assert {one.progress for one in state.briefings.values()} == {"finished"}
        assert state.refused == []
        assert state.conflicts == 0
        texts = stage.texts()
        assert texts["pkg/greet.py"] == CHANGED
        found.stale.append(len(stale_calls(texts, "pkg/greet.py", "greet")))
        events = [event.data for event in stage.log.events()]
        assert sum(isinstance(one, InterfacePublished) for one in events) == 1
        found.woken += sum(isinstance(one, BriefingStarted) for one in events) - 3
        found.told += sum(isinstance(one, UpdateDelivered) for one in events)
    return found


def test_with_the_bus_no_call_is_stale_under_any_timing(server: MessagesServer) -> None:
    plays = play(shares=True)
    assert plays.stale == [0] * TIMINGS
    assert plays.woken > 0, "in no timing somebody was done before the change came"
    assert plays.told > plays.woken, "in no timing somebody was told while at work"
    beside = [text for one in server.served for text in said_beside_answers(one)]
    assert beside, "who is woken is told so"
    assert all(text.startswith("You were done.") for text in beside), "all else rides in answers"


def said_beside_answers(one: Served) -> list[str]:
    """What a request says to the model behind its opening, but for the answers to calls."""
    asked = [message for message in one.body.messages if message.role == "user"]
    blocks = [block for message in asked[1:] for block in message.blocks]
    return [block.text for block in blocks if isinstance(block, TextBlock)]


def test_without_the_bus_calls_are_stale(server: MessagesServer) -> None:
    plays = play(shares=False)
    assert plays.stale == [2] * TIMINGS
    assert (plays.woken, plays.told) == (0, 0)
