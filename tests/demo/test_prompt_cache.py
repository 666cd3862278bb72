"""What the prompt cache reads and writes: prefixes, breakpoints, the look-back, the time to live."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from jupiter.demo.prompt_cache import LOOK_BACK, PromptCache
from jupiter.demo.wire import Body

MARK = {"type": "ephemeral"}
LONG = "long " * 1200


@dataclass
class Clock:
    now: float = 0.0
    cache: PromptCache = field(init=False)

    def __post_init__(self) -> None:
        self.cache = PromptCache(lambda: self.now)


def body(*texts: str, marked: tuple[int, ...] = (), **more: Any) -> Body:
    blocks = [
        {"type": "text", "text": one} | ({"cache_control": MARK} if n in marked else {})
        for n, one in enumerate(texts)
    ]
    messages = [{"role": "user", "content": blocks}]
    return Body.model_validate({"model": "m", "max_tokens": 9, "messages": messages, **more})


def test_what_one_request_wrote_the_next_one_reads():
    cache = Clock().cache
    first, second = body(LONG, "a", marked=(0,)), body(LONG, "b", marked=(0,))
    before = cache.look(first)
    cache.keep(first)
    after = cache.look(second)
    assert (before.read, after.written) == (0, 0)
    assert before.written == after.read > 1024
    assert 0 < after.uncached < 20


def test_nothing_is_kept_before_the_first_byte():
    cache = Clock().cache
    one = body(LONG, marked=(0,))
    assert cache.look(one).read == cache.look(one).read == 0


@pytest.mark.parametrize(
    ("between", "is_found"), [(LOOK_BACK - 1, True), (LOOK_BACK, False)], ids=["twenty", "more"]
)
def test_an_entry_is_found_within_twenty_blocks_of_a_breakpoint(between: int, *, is_found: bool):
    cache = Clock().cache
    cache.keep(body(LONG, marked=(0,)))
    grown = body(LONG, *["word"] * between, marked=(between,))
    assert bool(cache.look(grown).read) == is_found


def test_the_breakpoint_at_the_end_of_a_request_is_the_last_block_s():
    cache = Clock().cache
    cache.keep(body(LONG, "a", cache_control=MARK))
    assert cache.look(body(LONG, "a", "b", cache_control=MARK)).read > 1024


def test_a_short_prefix_is_not_kept():
    cache = Clock().cache
    cache.keep(body("short", marked=(0,)))
    assert cache.look(body("short", marked=(0,))).read == 0


def test_an_entry_lives_for_five_minutes_from_its_last_use():
    clock = Clock()
    one = body(LONG, marked=(0,))
    clock.cache.keep(one)
    clock.now = 299
    assert clock.cache.look(one).read
    clock.now = 598
    assert clock.cache.look(one).read
    clock.now = 899
    assert not clock.cache.look(one).read


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(body("x" + LONG, marked=(0,)), id="another text"),
        pytest.param(body(LONG, marked=(0,), model="n"), id="another model"),
        pytest.param(body(LONG, marked=(0,), thinking={"type": "adaptive"}), id="another setting"),
        pytest.param(body(LONG), id="no breakpoint"),
    ],
)
def test_what_differs_before_the_breakpoint_is_not_found(other: Body):
    cache = Clock().cache
    cache.keep(body(LONG, marked=(0,)))
    assert cache.look(other).read == 0
