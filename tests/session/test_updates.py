"""What of the bus concerns a briefing: interfaces that it uses, also those that have gone elsewhere."""

import pytest

from jupiter.fold.records import BriefingState, Published
from jupiter.fold.state import State
from jupiter.model.briefing import CodebaseContext, TaskDescription, WorkerBriefing
from jupiter.session.updates import updates_of

OLD, NEW = "app.py:App.find", "sansio/app.py:Base.find"
GONE = Published(seq=10, symbol=OLD, before="def find(self, e)", after=None, briefing=2)
COME = Published(seq=20, symbol=NEW, before=None, after="def find(self, e, blueprints)", briefing=3)
BRIEFING = WorkerBriefing(
    id=1,
    wave=1,
    task=TaskDescription(goal="g", steps=("s",), select=()),
    context=CodebaseContext(base_commit="0" * 40, neighbours=(), outline=()),
    symbols_owned=("app.py:App.handle",),
    symbols_readable=(OLD,),
    constraints=(),
    weight=1,
)


def interfaces(told: int, *published: Published) -> list[tuple[str, str | None, str | None]]:
    state = State()
    state.briefings[1] = BriefingState(1, ("s",), ())
    state.published += published
    found = updates_of(state, BRIEFING, since=told).interfaces
    return [(one.symbol, one.before, one.after) for one in found]


MOVED = (NEW, GONE.before, COME.after)


@pytest.mark.parametrize(
    ("told", "published", "expected"),
    [
        pytest.param(0, [GONE, COME], [(OLD, GONE.before, None), MOVED], id="both at once"),
        pytest.param(15, [GONE, COME], [MOVED], id="it comes after the other has gone"),
        pytest.param(20, [COME, GONE], [], id="both are known"),
    ],
)
def test_what_comes_by_the_name_of_what_has_gone_is_told_as_its_change(
    told: int, published: list[Published], expected: list[tuple[str, str | None, str | None]]
) -> None:
    assert interfaces(told, *published) == expected


def test_what_came_before_is_told_when_the_other_goes() -> None:
    came = Published(5, NEW, None, COME.after, 3)
    assert interfaces(7, came, GONE) == [(OLD, GONE.before, None), MOVED]


def test_who_has_taken_the_old_one_away_itself_hears_where_the_new_one_is() -> None:
    gone = Published(10, OLD, GONE.before, None, 1)
    assert interfaces(15, gone, COME) == [MOVED]


@pytest.mark.parametrize(
    "come",
    [
        pytest.param(Published(20, "x.py:search", None, "def search()", 3), id="another name"),
        pytest.param(Published(20, "x.py:find", "def find()", "def find(a)", 3), id="not new"),
        pytest.param(Published(20, NEW, None, COME.after, 1), id="its own"),
    ],
)
def test_nothing_else_is_taken_for_it(come: Published) -> None:
    assert interfaces(15, GONE, come) == []


def test_special_methods_of_classes_that_go_and_come_have_nothing_to_do_with_each_other() -> None:
    gone = Published(10, "app.py:App.__init__", "def __init__(self)", None, 2)
    come = Published(20, "x.py:Other.__init__", None, "def __init__(self, a)", 3)
    briefing = BRIEFING.model_copy(update={"symbols_readable": ("app.py:App.__init__",)})
    state = State()
    state.briefings[1] = BriefingState(1, ("s",), ())
    state.published += [gone, come]
    assert updates_of(state, briefing, since=15).interfaces == ()
