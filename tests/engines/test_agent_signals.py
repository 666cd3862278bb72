"""What conversations share while they wait: one pause for all, one who warms the prefix."""

# Who waits is private to what they wait for.
# pyright: reportPrivateUsage=false

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from jupiter.engines import agent_signals
from jupiter.engines.agent_signals import Limiter, Warmth, pause_before


class Clock:
    """Time that only passes while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(agent_signals.time, "monotonic", made.monotonic)
    monkeypatch.setattr(agent_signals.asyncio, "sleep", made.sleep)
    return made


def test_who_is_not_to_wait_does_not(clock: Clock) -> None:
    asyncio.run(Limiter().wait())
    assert clock.now == 100.0


def test_a_pause_makes_everybody_wait_and_a_shorter_one_does_not_end_it(clock: Clock) -> None:
    limiter = Limiter()
    limiter.pause(7.0)
    limiter.pause(2.0)
    asyncio.run(limiter.wait())
    assert clock.now == pytest.approx(107.0)
    asyncio.run(limiter.wait())
    assert clock.now == pytest.approx(107.0)


def test_a_pause_that_others_prolong_is_waited_for_to_its_end(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter, plain = Limiter(), clock.sleep
    limiter.pause(1.0)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await plain(seconds)
        if len(slept) == 1:
            limiter.pause(5.0)

    monkeypatch.setattr(agent_signals.asyncio, "sleep", sleep)
    asyncio.run(limiter.wait())
    assert slept == pytest.approx([1.0, 5.0])


@pytest.mark.parametrize("attempt", range(2, 12))
def test_without_a_word_of_the_server_pauses_grow_up_to_a_minute(attempt: int) -> None:
    longest = min(60.0, 0.5 * 2 ** (attempt - 2))
    assert all(longest / 2 <= pause_before(attempt, None) <= longest for _ in range(50))


def test_what_the_server_says_is_the_pause() -> None:
    assert pause_before(2, 17.5) == 17.5


# The warming of a prefix


def everybody(
    warmth: Warmth, request: Callable[[Callable[[], None]], Awaitable[None]]
) -> list[str]:
    """Three conversations, each with a loop and a thread of its own, send the same prefix."""
    done: list[str] = []

    async def converse() -> None:
        async with asyncio.timeout(20), warmth.first() as warmed:
            await request(warmed)
        done.append(threading.current_thread().name)

    threads = [threading.Thread(target=lambda: asyncio.run(converse())) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    return done


def test_the_others_wait_for_the_first_byte_of_the_first_one() -> None:
    warmth, begun = Warmth(), list[str]()

    async def request(warmed: Callable[[], None]) -> None:
        begun.append(threading.current_thread().name)
        if len(begun) == 1:
            while len(warmth._waiting) < 2:  # noqa: ASYNC110 # nothing tells that somebody waits
                await asyncio.sleep(0.001)
            assert len(begun) == 1, "both others wait"
        warmed()

    assert len(everybody(warmth, request)) == 3
    assert len(begun) == 3


def test_when_the_first_one_fails_another_is_the_first() -> None:
    warmth, begun = Warmth(), list[str]()
    lock = threading.Lock()

    async def request(warmed: Callable[[], None]) -> None:
        with lock:
            begun.append(threading.current_thread().name)
            number = len(begun)
        if number == 1:
            raise ConnectionError
        warmed()

    async def converse() -> None:
        async with warmth.first() as warmed:
            await request(warmed)

    with pytest.raises(ConnectionError):
        asyncio.run(converse())
    assert len(everybody(warmth, request)) == 3


def test_what_is_warm_is_waited_for_by_nobody() -> None:
    warmth = Warmth()

    async def twice() -> None:
        async with warmth.first() as warmed:
            warmed()
        async with warmth.first(), warmth.first():
            pass

    asyncio.run(asyncio.wait_for(twice(), 20))
