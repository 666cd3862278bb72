"""Bars, marks and seconds come from the times of events."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from jupiter.delivery.report_layout import borders, lanes, ticks
from jupiter.delivery.report_timeline import moments, timeline
from jupiter.model.briefing_events import BriefingStarted
from jupiter.model.run_events import CheckFinished, RunFinished, RunResumed, RunStopped
from jupiter.model.tree_events import InterfacePublished, NoteAdded, UpdateDelivered

CHECK = CheckFinished(command=("pytest",), exit_code=1, seconds=2.0, output="")


def told(story):
    return timeline(story.events, moments(story.events))


def bars(story):
    return [(s.lane, s.briefing, s.begun, s.ended, s.how) for s in told(story).spans]


def test_a_briefing_is_a_bar_on_its_workers_lane(story):
    one = story().planned(1, b1=("a.py",), b2=("b.py",)).finished(2).failed(1, "broke")
    assert bars(one) == [
        ("worker-2", 2, 3.0, 4.0, "finished"),
        ("worker-1", 1, 2.0, 5.0, "failed"),
    ]


def test_a_check_is_a_bar_that_ends_when_it_was_recorded(story):
    one = story().add(CHECK, step="tests", after=5.0)
    assert bars(one) == [("run", None, 3.0, 5.0, "red")]


def test_a_briefing_that_nothing_has_ended_is_under_way(story):
    one = story().planned(1, b1=("a.py",)).add(NoteAdded(text="hm"), 1)
    assert bars(one) == [("worker-1", 1, 2.0, 3.0, "under way")]


def test_time_in_which_nobody_worked_is_cut_out(story):
    one = story().planned(1, b1=("a.py",)).add(RunStopped(reason="Ctrl-C"))
    one.add(RunFinished(status="interrupted"), after=0.0)
    one.add(RunResumed(jupiter="0.1.0"), after=86_400.0)
    one.add(BriefingStarted(), 1).finished(1)
    assert bars(one) == [
        ("worker-1", 1, 2.0, 3.0, "broken off"),
        ("worker-1", 1, 4.0, 5.0, "finished"),
    ]
    assert told(one).resumed == (3.0,)
    assert told(one).seconds == 5.0


def test_marks_say_who_published_who_adapted_and_who_was_told(story):
    one = story(a_py=b"def f(): 1\n").planned(1, b1=("a.py:f",), b2=("b.py:g",))
    one.add(InterfacePublished(symbol="a.py:f", before="def f()", after="def f(x)"), 1)
    one.add(UpdateDelivered(through=5), 2)
    one.replaced(2, "b.py:g", b"def g(): f(1)\n", follows=("a.py:f",))
    found = [(m.kind, m.lane, m.at, m.symbols) for m in told(one).marks]
    assert found == [
        ("published", "worker-1", 4.0, ("a.py:f",)),
        ("told", "worker-2", 5.0, ()),
        ("adapted", "worker-2", 6.0, ("b.py:g",)),
    ]


@given(steps=st.lists(st.floats(-1e6, 1e6), max_size=20))
def test_time_never_goes_backwards_whatever_clocks_do(story, steps):
    one = story()
    for step in steps:
        one.add(NoteAdded(text="x"), 1, after=step)
    found = list(moments(one.events).values())
    assert all(before <= after for before, after in pairwise(found))


@given(seconds=st.lists(st.floats(0, 1e7), min_size=1, max_size=30))
def test_everything_stands_on_the_page_however_long_a_run_took(story, seconds):
    one = story().planned(1, b1=("a.py",))
    for after in seconds:
        one.add(InterfacePublished(symbol="a.py:f", before=None, after="def f()"), 1, after=after)
    when = told(one.finished(1))
    assert 1 <= len(ticks(when)) <= 9
    places = [bar.left for lane in lanes(when) for bar in lane.bars]
    places += [bar.left + bar.width for lane in lanes(when) for bar in lane.bars]
    places += [flag.left for lane in lanes(when) for flag in lane.flags]
    places += [tick.left for tick in (*ticks(when), *borders(when))]
    assert all(0 <= place <= 100.2 for place in places)


def test_thousands_of_marks_are_no_more_than_a_lane_has_room_for(story):
    one = story().planned(1, b1=("a.py",))
    for n in range(3000):
        published = InterfacePublished(symbol=f"a.py:f{n}", before=None, after="def f()")
        one.add(published, 1, after=0.001)
    (lane,) = lanes(told(one.finished(1)))
    assert len(lane.flags) <= 301
    assert "more (event" in max((flag.label for flag in lane.flags), key=len)
