"""What a wave is taken to need: by what earlier runs needed, and nothing where nothing was measured."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.bus.codec import decode
from jupiter.bus.file import FileLog
from jupiter.bus.history import told as told_of
from jupiter.delivery.estimate import Rate, estimate, makespan, needed, rates
from jupiter.engines.agent_prices import price_of
from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.model.briefing_events import BriefingFinished, BriefingStarted, UsageRecorded
from jupiter.model.event import Draft, Event
from jupiter.model.plan import Cut, Estimate, Plan
from jupiter.model.recipe import Recipe
from jupiter.model.run_events import Owned, WavePlanned
from jupiter.model.tree_events import NoteAdded

START = datetime(2026, 11, 26, tzinfo=UTC)
MODEL = "claude-sonnet-5-5"


def events(*told: tuple[float, int | None, Any]) -> list[Event]:
    """A log by seconds since its start, briefing and data."""
    return [
        Event(
            seq=number,
            time=START + timedelta(seconds=at),
            run="20261126-1200-mine-abcd",
            step="s",
            briefing=briefing,
            worker=None,
            data=data,
        )
        for number, (at, briefing, data) in enumerate(told, start=1)
    ]


def planned(**weights: int) -> WavePlanned:
    owned = tuple(
        Owned(briefing=int(n[1:]), steps=("s",), symbols=(n,), constraints=(), weight=weight)
        for n, weight in weights.items()
    )
    return WavePlanned(wave=1, steps=("s",), workers=2, owned=owned)


def usage(tokens: int, usd: float) -> UsageRecorded:
    return UsageRecorded(
        model=MODEL,
        input_tokens=1,
        cache_write_tokens=0,
        cache_read_tokens=0,
        output_tokens=tokens,
        usd=usd,
        stop="end_turn",
        reply="0" * 64,
    )


def told() -> list[Event]:
    """Two briefings side by side: of weight 100 in 10 seconds, of weight 300 in 10, one unfinished."""
    return events(
        (0, None, planned(b1=100, b2=300, b3=50)),
        (1, 1, BriefingStarted()),
        (2, 2, BriefingStarted()),
        (3, 1, usage(150, 0.25)),
        (4, 2, usage(50, 0.5)),
        (5, 3, BriefingStarted()),
        (11, 1, BriefingFinished()),
        (12, 2, BriefingFinished()),
    )


def plan(*weights: int, context: int = 0) -> Plan:
    briefings = tuple(
        WorkerBriefing(
            id=number,
            wave=1,
            task=TaskDescription(goal="g", steps=("s",), select=()),
            context=CodebaseContext(base_commit="0", neighbours=(), outline=(), tokens=context),
            symbols_owned=(f"{number}.py",),
            symbols_readable=(),
            constraints=(),
            weight=weight,
        )
        for number, weight in enumerate(weights, start=1)
    )
    return Plan(
        wave=1,
        steps=("s",),
        workers=2,
        briefings=briefings,
        left_out=(),
        cut=Cut(edges=0, across=0),
        later=(),
    )


def recipe(**step: Any) -> Recipe:
    return Recipe.model_validate({"version": 1, "name": "r", "steps": {"s": step}})


def test_a_rate_is_what_a_unit_of_weight_of_finished_briefings_has_needed() -> None:
    assert rates([told()]) == {("s",): Rate(seconds=20 / 400, tokens=200 / 400)}


def test_a_wave_has_needed_the_time_from_its_first_start_to_its_last_end() -> None:
    assert needed(told(), 1) == Estimate(seconds=11.0, output_tokens=200, usd=0.75)
    assert needed(told(), 2) == Estimate(seconds=None)


def test_a_log_that_tells_no_weights_says_nothing() -> None:
    old = [e.model_copy(update={"data": planned(b1=0)}) if e.seq == 1 else e for e in told()]
    assert rates([old]) == {}


def test_codemods_cost_time_alone_and_without_a_measure_nobody_knows_it() -> None:
    codemod = recipe(codemod="a.b.C")
    known = {("s",): Rate(seconds=0.5, tokens=0)}
    assert estimate(plan(10, 6, 4), codemod, known) == Estimate(seconds=5.0)
    assert estimate(plan(10, 6, 4), codemod, {}) == Estimate(seconds=None)


def test_agents_cost_their_output_and_one_reading_of_their_contexts() -> None:
    price = price_of(MODEL)
    assert price is not None
    found = estimate(plan(1000, 500, context=2000), recipe(agent="Do it.", model=MODEL), {})
    assert found.output_tokens == 1500
    assert found.usd == pytest.approx((1500 * price.output + 4000 * price.cache_write) / 1e6)


def test_a_model_without_a_price_has_no_cost_that_is_known() -> None:
    assert estimate(plan(10), recipe(agent="Do it.", model="m-1"), {}).usd is None


@given(st.lists(st.floats(0, 100), max_size=30), st.integers(1, 8))
def test_a_makespan_is_between_its_bounds(seconds: list[float], workers: int) -> None:
    found, longest = makespan(seconds, workers), max(seconds, default=0.0)
    assert found >= max(longest, sum(seconds) / workers) - 1e-6
    assert found <= sum(seconds) / workers + longest + 1e-6


def measured(*cpus: float | None) -> list[Event]:
    """Briefings of weight 100, each of them ten seconds under way, with so many CPU seconds."""
    finished = [(10.0 * n, n, BriefingFinished(cpu=cpu)) for n, cpu in enumerate(cpus, start=1)]
    begun = [(10.0 * n - 10, n, BriefingStarted()) for n in range(1, len(cpus) + 1)]
    weights = {f"b{n}": 100 for n in range(1, len(cpus) + 1)}
    return events(
        (0, None, planned(**weights)), *sorted([*begun, *finished], key=lambda one: one[1])
    )


def test_codemods_are_judged_by_their_cpu_seconds_where_these_were_measured() -> None:
    assert rates([measured(2.0, None, 4.0)]) == {("s",): Rate(0.03, 0, is_cpu=True)}
    assert needed(measured(2.0, 4.0), 1).cpu == 6.0
    assert needed(measured(2.0, None), 1).cpu is None


def test_cpu_seconds_pass_side_by_side_on_as_many_cores_as_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {("s",): Rate(0.1, 0, is_cpu=True)}
    for cores, seconds in ((1, 4.0), (2, 2.0), (64, 2.0)):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        found = estimate(plan(10, 10, 10, 10), recipe(codemod="a.b.C"), known)
        assert found == Estimate(seconds=seconds, cpu=4.0)


def test_of_an_earlier_run_only_what_tells_of_effort_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = FileLog.create(tmp_path / "run", "20261126-1200-mine-abcd")
    log.record(Draft(data=planned(b1=100)))
    for one in (BriefingStarted(), NoteAdded(text="x"), BriefingFinished(cpu=3.0)):
        log.record(Draft(data=one, briefing=1))
    read: list[bytes] = []

    def seen(line: bytes) -> Event:
        read.append(line)
        return decode(line)

    monkeypatch.setattr("jupiter.bus.history.decode", seen)
    found = list(told_of(log.folder, {"wave.planned", "briefing.started", "briefing.finished"}))
    assert rates([found]) == {("s",): Rate(0.03, 0, is_cpu=True)}
    assert len(read) == 3


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        pytest.param({}, 5.0, id="nobody waits"),
        pytest.param({2: (0,)}, 6.0, id="one waits while another works"),
        pytest.param({1: (0,), 2: (1,)}, 9.0, id="one after the other"),
        pytest.param({0: (2,)}, 6.0, id="for one that comes behind it"),
    ],
)
def test_who_has_to_wait_begins_when_those_before_have_ended(
    after: dict[int, tuple[int, ...]], seconds: float
) -> None:
    assert makespan([4.0, 3.0, 2.0], 2, after) == seconds
