"""Goals that want the same, or wait for each other: together, after each other, else beside each other."""

from collections.abc import Sequence
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.errors import RequestError
from jupiter.index.edges import edges
from jupiter.index.index import build_index
from jupiter.model.plan import Cut, Plan, Relation
from jupiter.model.recipe import Recipe
from jupiter.model.step import AgentStep, CommandStep
from jupiter.model.symbol import SymbolId
from jupiter.planner.agents import with_agents
from jupiter.planner.beside import beside
from jupiter.planner.selection import Ground
from jupiter.system.git import Entry


def function(name: str, size: int = 1, uses: str = "1") -> bytes:
    return f"def {name}():\n    return {uses}{' + 1' * size}\n\n\n".encode()


FILES = {
    "p/__init__.py": b"",
    "p/core.py": b"".join([function("shared"), *(function(f"core{n}", 300) for n in range(4))]),
    "p/users.py": b"from p.core import core0, shared\n\n\n"
    + b"".join(function(f"user{n}", 300, "core0()") for n in range(4)),
}


def plan_of(
    *goals: dict[str, Any], steps: dict[str, Any] | None = None, workers: int = 3, **keys: Any
) -> Plan:
    """The plan of one agent step `s` with these goals, `keys` are its own; or of other steps."""
    given = {"agent": [{"goal": f"goal {n}"} | goal for n, goal in enumerate(goals)]} | keys
    made = steps or {"s": given}
    recipe = Recipe.model_validate({"version": 1, "name": "r", "steps": made})
    index = build_index(FILES)
    entries = {path: Entry("100644", "file", "0", len(text)) for path, text in FILES.items()}
    cut = Cut(edges=0, across=0)
    empty = Plan(
        wave=1, steps=("s",), workers=workers, briefings=(), left_out=(), cut=cut, later=()
    )
    return with_agents(
        empty,
        {n: s for n, s in recipe.steps.items() if isinstance(s, AgentStep | CommandStep)},
        Ground(recipe, entries, index),
        edges(index, index.files),
        base_commit="c0ffee",
        first_id=1,
    )


def about(*symbols: str) -> dict[str, Any]:
    return {"select": {"symbols": list(symbols)}}


CORE, USERS = about("p.core:core*", "p.core:shared"), about("p.users:user*", "p.core:shared")


def relation(plan: Plan) -> Relation:
    """How the two goals of a plan are carried out that meet."""
    (one,) = plan.relations
    return one


def owners(plan: Plan, symbol: str) -> list[int]:
    return [one.id for one in plan.briefings if symbol in one.symbols_owned]


# What both want


def test_what_is_small_beside_the_rest_is_handed_over_in_an_order() -> None:
    plan = plan_of(CORE, USERS)
    first, then = owners(plan, "p/core.py:shared")
    later = plan.briefings[then - 1]
    assert (later.symbols_owned, later.receives) == (("p/core.py:shared",), ("p/core.py:shared",))
    assert (later.after, later.owned_at_start) == ((first,), ())
    assert [goal.goal for goal in later.task.goals] == ["goal 1"]
    (one,) = plan.contested
    assert (one.symbols, one.briefing, one.then) == (("p/core.py:shared",), first, then)
    assert one.goals == ("steps.s.agent[0]", "steps.s.agent[1]")
    told = relation(plan)
    assert (told.first, told.second, told.how) == ("steps.s.agent[0]", "steps.s.agent[1]", "after")
    assert told.why.startswith("what both want is ")


def test_a_large_part_goes_to_one_worker_with_both_goals() -> None:
    plan = plan_of(about("p.core:core*"), about("p.core:core0", "p.core:core1", "p.users:user0"))
    (both,) = owners(plan, "p/core.py:core0")
    assert len(plan.briefings[both - 1].task.goals) == 2
    assert [one.then for one in plan.contested] == [None]
    assert relation(plan).how == "together"
    assert not any(one.after for one in plan.briefings)


@pytest.mark.parametrize(
    ("key", "how"), [("merge", "together"), ("order", "after")], ids=["merge", "order"]
)
def test_a_recipe_can_say_which(key: str, how: str) -> None:
    for goals in ((CORE, USERS), (about("p.core:core*"), about("p.core:core0", "p.core:core1"))):
        told = relation(plan_of(*goals, contested=key))
        assert (told.how, told.why) == (how, f"by `contested: {key}`")


def test_goals_of_other_models_or_commands_take_turns() -> None:
    select = {"select": {"symbols": "p.core:core0"}}
    for other in ({"agent": "x", "model": "m"}, {"command": "true", "goal": "x"}):
        plan = plan_of(steps={"a": {"agent": "x"} | select, "b": other | select})
        assert [one.task.steps for one in plan.briefings] == [("a",), ("b",)]
        assert plan.briefings[1].after == (1,)
        assert relation(plan).why == "their steps have other models, or other commands"


def test_what_one_goal_deletes_or_moves_never_takes_turns() -> None:
    place = {"places": [{"symbol": "p/core.py:core0", "after": "p/core.py:core1"}]}
    for goal in ({"deletes": ["p/core.py:core0"]}, place):
        plan = plan_of(CORE, goal, contested="order")
        (both,) = owners(plan, "p/core.py:core0")
        assert len(plan.briefings[both - 1].task.goals) == 2
        assert relation(plan).why == "one of them moves or deletes what both want"


def test_who_wants_all_of_a_file_has_it_before_who_wants_a_part_of_it() -> None:
    plan = plan_of(about("p.core:shared"), {"select": {"paths": "p/core.py"}}, contested="order")
    assert [one.symbols_owned for one in plan.briefings] == [("p/core.py",), ("p/core.py:shared",)]
    assert plan.briefings[1].after == (1,)
    assert (relation(plan).first, relation(plan).second) == (
        "steps.s.agent[1]",
        "steps.s.agent[0]",
    )


def test_two_who_want_all_of_a_file_have_it_whole_one_after_the_other() -> None:
    whole = {"select": {"paths": "p/core.py"}}
    plan = plan_of(whole, whole, whole, contested="order")
    assert [one.symbols_owned for one in plan.briefings] == [("p/core.py",)] * 3
    assert [one.after for one in plan.briefings] == [(), (1,), (2,)]


# What one waits for


def test_a_goal_about_what_another_one_makes_begins_when_that_is_made() -> None:
    new = {"creates": ["p/new.py", "p/core.py:fresh"]}
    for text in (["p/new.py", "p/core.py:fresh"], ["p.new", "p.core:fresh"]):
        plan = plan_of(new, about(*text, "p.users:user0"))
        (later,) = (one for one in plan.briefings if one.receives)
        assert later.receives == ("p/new.py", "p/core.py:fresh")
        assert set(later.after) == {owners(plan, one)[0] for one in later.receives}
        assert [goal.symbols for goal in later.task.goals] == [later.receives]
        assert (
            "p/users.py:user0" in plan.briefings[0].symbols_owned + plan.briefings[1].symbols_owned
        )
        assert relation(plan).why == "the first makes p/new.py, which the second is about"


def test_a_goal_may_be_about_nothing_but_what_another_one_makes() -> None:
    for paths in ("p/new.py", ["p/new.py", "p/other.py"]):
        plan = plan_of({"creates": ["p/new.py"]}, {"select": {"paths": paths}})
        assert [one.receives for one in plan.briefings] == [(), ("p/new.py",)]
    with pytest.raises(RequestError, match="finds nothing"):
        plan_of({"creates": ["p/new.py"]}, {"select": {"paths": "p/n*.py"}})


def test_a_pattern_that_happens_to_take_in_what_another_goal_makes_waits_for_nothing() -> None:
    new = {"creates": ["p/new.py", "p/core.py:fresh"]}
    for select in ({"paths": "p/**"}, {"symbols": ["p.core:**"]}, {"paths": "p/core.py"}):
        plan = plan_of(new, {"select": select})
        assert not any(one.after for one in plan.briefings)


def test_a_goal_that_is_selected_by_what_another_one_deletes_begins_when_it_has_gone() -> None:
    users = {"select": {"references": "p.core:core0", "paths": "p/users.py"}}
    plan = plan_of(users, {"deletes": ["p/core.py:core0"]})
    (gone,) = owners(plan, "p/core.py:core0")
    mine = [one for one in plan.briefings if one.task.goals[0].goal == "goal 0"]
    assert mine
    assert all(one.after == (gone,) for one in mine)
    told = relation(plan)
    assert (told.first, told.second) == ("steps.s.agent[1]", "steps.s.agent[0]")
    assert told.why == "the first deletes or moves p/core.py:core0, by which the second is selected"


def test_goals_that_would_wait_for_each_other_are_carried_out_beside_each_other() -> None:
    one = {"deletes": ["p/core.py:core0"], "select": {"references": "p.core:core1"}}
    two = {"deletes": ["p/core.py:core1"], "select": {"references": "p.core:core0"}}
    plan = plan_of(one, two, allow_empty=True)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from((before, b.id) for b in plan.briefings for before in b.after)
    assert nx.is_directed_acyclic_graph(graph)


def test_goals_that_use_each_other_run_beside_each_other_but_for_those_that_take_turns() -> None:
    plan = plan_of(about("p.core:core*"), about("p.users:user*"))
    used, user = (owners(plan, one)[0] for one in ("p/core.py:core0", "p/users.py:user0"))
    (one,) = beside(plan, {(user, used): 4})
    assert (one.user, one.used) == ("steps.s.agent[1]", "steps.s.agent[0]")
    assert (plan.relations, any(b.after for b in plan.briefings)) == ((), False)
    assert beside(plan_of(CORE, USERS), {(1, 2): 4, (2, 1): 4}) == ()


# What holds of all plans

NAMES = ["p.core:shared", "p.core:core*", "p.core:core1", "p.users:user*", "p.users:user2"]


@st.composite
def wishes(draw: st.DrawFn) -> Sequence[dict[str, Any]]:
    def goal() -> dict[str, Any]:
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
        whole = draw(st.sampled_from([None, None, "p/core.py", "p/users.py"]))
        made = {"select": {"paths": whole}} if whole else about(*names)
        new = draw(st.sampled_from([[], [], ["p/new.py"], ["p/core.py:fresh"]]))
        return made | ({"creates": new} if new else {})

    return [goal() for _ in range(draw(st.integers(1, 4)))]


@settings(deadline=None, max_examples=60)
@given(wishes(), st.sampled_from([None, "merge", "order"]), st.integers(1, 4))
def test_every_symbol_goes_from_one_owner_to_the_next_in_an_order_without_circles(
    goals: Sequence[dict[str, Any]], key: str | None, workers: int
) -> None:
    keys: dict[str, Any] = {"contested": key} if key else {}
    plan = plan_of(*goals, workers=workers, **keys)
    by_id = {one.id: one for one in plan.briefings}
    at_start = [symbol for one in plan.briefings for symbol in one.owned_at_start]
    assert len(at_start) == len(set(at_start))
    owner = {symbol: one.id for one in plan.briefings for symbol in one.owned_at_start}
    for one in plan.briefings:
        assert all(before < one.id for before in one.after)
        for symbol in one.receives:
            giver = owner.get(symbol, owner.get(SymbolId.parse(symbol).path))
            assert giver in one.after
            owner[symbol] = one.id
        assert set(one.receives) <= set(one.symbols_owned)
    handed = {(c.briefing, c.then) for c in plan.contested if c.then is not None}
    assert all(giver in by_id[then].after for giver, then in handed)
    assert key != "merge" or not any(
        one.then for one in plan.contested if "fresh" not in str(one) and "new" not in str(one)
    )
    assert plan_of(*goals, workers=workers, **keys) == plan


@settings(deadline=None, max_examples=40)
@given(wishes(), st.sampled_from([None, "merge", "order"]))
def test_whatever_a_goal_wants_somebody_gets_who_has_that_goal(
    goals: Sequence[dict[str, Any]], key: str | None
) -> None:
    keys: dict[str, Any] = {"contested": key} if key else {}
    plan = plan_of(*goals, **keys)
    for number, goal in enumerate(goals):
        place = f"steps.s.agent[{number}]"
        mine = {
            symbol
            for one in plan.briefings
            if any(told.place == place for told in one.task.goals)
            for symbol in one.symbols_owned
        }
        alone = (s for one in plan_of(goal).briefings for s in one.symbols_owned)
        for symbol in alone:
            path, name = SymbolId.parse(symbol)
            inside = any(one.startswith(f"{path}:") for one in mine)
            assert symbol in mine or path in mine or (not name and inside)
