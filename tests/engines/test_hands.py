"""Who takes the next briefing: whoever is free, but for one so slow that another would be done earlier."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

import pytest

from jupiter.bus.memory import MemoryLog
from jupiter.demo.stage import Part, Stage
from jupiter.engines.hands import Hands, chosen
from jupiter.model.briefing_events import (
    BriefingFinished,
    BriefingStarted,
    BriefingTaken,
    UsageRecorded,
)
from jupiter.model.event import Draft, Payload
from jupiter.model.run_events import Owned, WavePlanned

EQUAL = {"a": 1000, "b": 1000, "c": 1000}


@pytest.mark.parametrize(
    ("free", "left", "written", "weight", "waiting", "expected"),
    [
        pytest.param(["a"], {"b": 500, "c": 1}, EQUAL, 900, 900, "a", id="as fast as the others"),
        pytest.param(["a", "c"], {"b": 500}, EQUAL | {"c": 1200}, 9, 9, "c", id="the faster one"),
        pytest.param(
            ["a"], {"b": 100, "c": 90}, EQUAL | {"a": 200}, 500, 500, None, id="too slow for it"
        ),
        pytest.param(
            ["a"], {"b": 100, "c": 90}, EQUAL | {"a": 200}, 50, 5000, "a", id="slow, much is left"
        ),
        pytest.param(
            ["a"], {"b": 100, "c": 90}, {"b": 9}, 50, 50, "a", id="nothing is known of it"
        ),
        pytest.param(["a"], {"b": 100, "c": 90}, {"a": 9}, 50, 50, "a", id="nothing of the others"),
        pytest.param(["a"], {}, {"a": 1, "b": 900}, 50, 50, "a", id="nobody else is at work"),
    ],
)
def test_the_next_briefing_is_taken_by(
    free: list[str],
    left: dict[str, int],
    written: dict[str, int],
    weight: int,
    waiting: int,
    expected: str | None,
) -> None:
    assert chosen(free, left, written, weight, waiting) == expected


def record(log: MemoryLog, briefing: int, worker: str, *data: Payload) -> None:
    log.record(*(Draft(data=one, briefing=briefing, worker=worker) for one in data))


def usage(output: int) -> UsageRecorded:
    return UsageRecorded(
        model="m",
        input_tokens=1,
        cache_write_tokens=0,
        cache_read_tokens=0,
        output_tokens=output,
        usd=None,
        stop="tool_use",
        reply="0" * 64,
    )


def begun(
    briefings: int = 3, weights: Mapping[int, int] = MappingProxyType({})
) -> tuple[Hands, MemoryLog]:
    """Two workers with some briefings, all of the same weight but for those that have one given."""
    files = {f"m{number}.py": b"x = 1\n" for number in range(briefings)}
    stage = Stage(files, tuple(Part(f"{path} is changed.", (path,)) for path in files))
    plan = stage.plan.model_copy(
        update={
            "workers": 2,
            "briefings": tuple(
                b.model_copy(update={"weight": weights.get(b.id, 2000)})
                for b in stage.plan.briefings
            ),
        }
    )
    log = MemoryLog("run")
    owned = tuple(
        Owned(briefing=b.id, steps=("s",), symbols=(), constraints=()) for b in plan.briefings
    )
    log.record(Draft(data=WavePlanned(wave=1, steps=("s",), workers=2, owned=owned)))
    return Hands(plan, log), log


def test_a_slow_worker_is_given_the_first_that_it_will_have_done_in_time() -> None:
    hands, log = begun(4, {3: 9000, 4: 100})
    slow, fast = hands.take(1), hands.take(2)
    for number, worker, output in ((1, slow, 400), (2, fast, 1900)):
        record(log, number, worker, BriefingTaken(), BriefingStarted(), usage(output))
    record(log, 1, slow, BriefingFinished())
    assert hands.fitting([3, 4]) is None  # nobody is free
    hands.give_back(slow)
    assert hands.fitting([3, 4]) == 4
    assert hands.fitting([3]) is None
    record(log, 2, fast, BriefingFinished())
    hands.give_back(fast)
    assert hands.fitting([3, 4]) == 3


def test_who_goes_on_with_what_another_has_written_is_not_taken_for_fast() -> None:
    hands, log = begun(4)
    one, other = hands.take(1), hands.take(2)
    for number, worker, output in ((1, one, 1900), (2, other, 1900), (3, one, 100)):
        record(log, number, worker, BriefingTaken(), BriefingStarted())
        record(log, number, worker, usage(output), BriefingFinished())
    record(log, 1, other, BriefingTaken(), usage(14))
    hands.give_back(one)
    with ThreadPoolExecutor(1) as threads:
        third = threads.submit(hands.take, 4)
        try:
            assert third.result(timeout=30) == one
        finally:
            hands.give_back(other)


def test_a_slow_worker_leaves_the_last_briefing_to_a_faster_one_that_is_busy() -> None:
    """The fast one comes back last, and takes it all the same."""
    hands, log = begun()
    slow, fast = hands.take(1), hands.take(2)
    for number, worker in ((1, slow), (2, fast)):
        record(log, number, worker, BriefingTaken(), BriefingStarted())
    record(log, 1, slow, usage(100), BriefingFinished())
    record(log, 2, fast, usage(1900))
    hands.give_back(slow)
    with ThreadPoolExecutor(1) as threads:
        third = threads.submit(hands.take, 3)
        hands.give_back(fast)
        assert third.result(timeout=30) == fast
