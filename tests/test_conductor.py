"""Briefings begin in an order: each when those that it is after have ended, and as many at once as may."""

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.conductor import Mapped, Threads


@st.composite
def orders(draw: st.DrawFn) -> dict[int, tuple[int, ...]]:
    """What each of some briefings is after: any with smaller numbers, some of which are not among them."""
    numbers = range(3, 3 + draw(st.integers(1, 8)))
    return {n: tuple(draw(st.sets(st.integers(1, n - 1), max_size=3))) for n in numbers}


def mapped(
    work: Callable[[int], None], first: tuple[int, ...], after: Mapping[int, tuple[int, ...]]
) -> Mapped:
    return Mapped(work, dict.fromkeys(first, ""), first, after)


@settings(deadline=None, max_examples=50)
@given(orders(), st.integers(1, 4))
def test_each_begins_when_those_that_it_is_after_have_ended(
    after: Mapping[int, tuple[int, ...]], workers: int
) -> None:
    lock, told = threading.Lock(), list[tuple[str, int]]()

    def work(number: int) -> None:
        with lock:
            told.append(("begins", number))
        with lock:
            told.append(("ends", number))

    Threads().map(mapped(work, tuple(after), after), workers)
    assert sorted(n for what, n in told if what == "ends") == sorted(after)
    for number, before in after.items():
        begun = told.index(("begins", number))
        assert all(("ends", n) in told[:begun] for n in before if n in after)


def test_one_that_waits_takes_nobody_s_place() -> None:
    both = threading.Barrier(2, timeout=30)  # 1 and 3 are at work at the same time: 2 is not

    def work(number: int) -> None:
        if number in {1, 3}:
            both.wait()

    Threads().map(mapped(work, (1, 2, 3), {2: (1,)}), 2)
    assert not both.broken


def test_what_is_to_be_begun_again_is_begun_by_all_at_once_when_none_waits() -> None:
    """Two have ended and are woken while the third is at work: nobody waits for the end of that one."""
    ended, both, asked = list[int](), threading.Barrier(3, timeout=30), list[str]()

    def work(number: int) -> None:
        if number == 3 or number in ended:
            both.wait()
        ended.append(number)

    def more() -> tuple[int, ...]:
        if asked or sorted(ended) != [1, 2]:
            return ()
        asked.append("once")
        return (1, 2, 3)

    Threads().map(Mapped(work, dict.fromkeys((1, 2, 3), ""), (1, 2, 3), more=more), 3)
    assert sorted(ended) == [1, 1, 2, 2, 3]


def test_whoever_picks_says_what_a_free_worker_begins_with_and_when() -> None:
    """Two at a time: the last first; the first one not before all others have ended."""
    begun = list[int]()
    asked = list[tuple[int, ...]]()

    def pick(ready: Sequence[int]) -> int | None:
        asked.append(tuple(ready))
        return ready[-1] if len(ready) > 1 or len(begun) == 3 else None

    numbers = (1, 2, 3, 4)
    Threads().map(Mapped(begun.append, dict.fromkeys(numbers, ""), numbers, pick=pick), 2)
    assert sorted(begun) == [1, 2, 3, 4]
    assert begun[-1] == 1
    assert asked[0] == numbers


def test_when_one_breaks_what_waits_does_not_begin() -> None:
    begun = list[int]()

    def work(number: int) -> None:
        begun.append(number)
        raise ValueError(f"{number} broke")

    with pytest.raises(ValueError, match="1 broke"):
        Threads().map(mapped(work, (1, 2, 3), {2: (1,), 3: (2,)}), 1)
    assert begun == [1]


STRUCK_ELSEWHERE = """\
import signal, threading
from jupiter.conductor import Mapped, Threads

ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())

def strike():
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

threading.Timer(0.5, strike).start()
Threads().map(Mapped(lambda _: str(ended.wait()), {1: "one"}, (1,)), 1)
print("ended", end="")
"""


def test_a_signal_that_another_thread_was_given_ends_what_the_main_thread_waits_for() -> None:
    program = [sys.executable, "-c", STRUCK_ELSEWHERE]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (0, "ended"), done.stderr
