"""What models were paid for, by briefing; a paused briefing is out of the tree until it goes on."""

from datetime import UTC, datetime

from jupiter.fold.snapshot import pack, unpack
from jupiter.fold.state import State, fold
from jupiter.fold.usage import Spent, total
from jupiter.model.briefing_events import (
    AgentTold,
    BriefingPaused,
    BriefingStarted,
    ToolCalled,
    UsageRecorded,
)
from jupiter.model.edit import Replace
from jupiter.model.event import Event, Payload
from jupiter.model.run_events import Owned, RunDelivered, RunFinished, RunResumed, WavePlanned
from jupiter.model.tree_events import EditAccepted

NAME = "0" * 64


def state(*records: tuple[Payload, int | None]) -> State:
    owned = tuple(
        Owned(briefing=n, steps=("ask",), symbols=(f"{n}.py",), constraints=()) for n in (1, 2)
    )
    plan = WavePlanned(wave=1, steps=("ask",), workers=2, owned=owned)
    return fold(
        Event(
            seq=seq,
            time=datetime(2026, 11, 26, tzinfo=UTC),
            run="r",
            step="ask",
            briefing=briefing,
            worker="worker-1",
            data=data,
        )
        for seq, (data, briefing) in enumerate(((plan, None), *records), start=1)
    )


def used(read: int, usd: float | None) -> UsageRecorded:
    return UsageRecorded(
        model="m",
        input_tokens=10,
        cache_write_tokens=20,
        cache_read_tokens=read,
        output_tokens=5,
        usd=usd,
        stop="tool_use",
        reply=NAME,
    )


def test_usage_is_counted_by_briefing_and_together():
    found = state((used(100, 0.5), 1), (used(200, 0.25), 1), (used(300, None), 2))
    one, two = found.briefings[1].spent, found.briefings[2].spent
    assert one == Spent(2, 20, 40, 300, 10, 0.75)
    assert (one.tokens, two.usd) == (370, 0.0)
    assert total((one, two)) == Spent(3, 30, 60, 600, 15, 0.75)


def test_a_snapshot_keeps_what_was_spent():
    found = state((used(100, 0.5), 1))
    assert unpack(pack(found)) == found


def test_an_answer_that_brings_news_counts_as_delivered():
    called = ToolCalled(tool="search", call="c", is_error=False, result=NAME, told=7)
    assert state((called, 1)).briefings[1].told == 7
    assert state((called, 1), (AgentTold(text=NAME, told=9), 1)).briefings[1].told == 9


def test_a_paused_briefing_is_out_of_the_tree_until_it_is_started_again():
    edit = EditAccepted(edit=Replace(symbol="1.py:f", base=NAME, text=NAME))
    records: list[tuple[Payload, int | None]] = [
        (BriefingStarted(), 1),
        (edit, 1),
        (BriefingPaused(reason="usd"), 1),
    ]
    paused = state(*records).briefings[1]
    assert (paused.counts, paused.has_ended, paused.reason) == (False, False, "usd")
    assert state(*records, (BriefingStarted(), 1)).briefings[1].counts


def test_a_run_that_goes_on_behind_its_budget_delivers_again_and_has_the_new_budget():
    ended = (RunDelivered(branch="b", commit="c"), None), (RunFinished(status="budget"), None)
    found = state(*ended, (RunResumed(jupiter="0", budget={"usd": 40.0}), None))
    assert (found.delivered, found.status, found.budget) == (None, None, {"usd": 40.0})
    again = state(*ended, (RunResumed(jupiter="0", budget={"usd": 4.0}), None))
    assert again.budget == {"usd": 4.0}
