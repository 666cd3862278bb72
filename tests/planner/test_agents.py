"""The briefings of agents: goals that select, share, contest and create; who owns what."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.errors import RequestError
from jupiter.index.edges import edges
from jupiter.index.index import build_index
from jupiter.model.constraint import Readonly
from jupiter.model.plan import Contested, Cut, Plan
from jupiter.model.recipe import Recipe
from jupiter.model.step import AgentStep
from jupiter.model.symbol import SymbolId
from jupiter.planner.agents import with_agents
from jupiter.planner.selection import Ground
from jupiter.planner.shares import MOST_OWN
from jupiter.system.git import Entry
from jupiter.system.paths import matches

CORE = b"""\
import json
from os import path

__all__ = ["run"]


class Context:
    depth = 0

    def invoke(self):
        return json.dumps(path)

    def close(self):
        pass


def run(context: Context):
    return context.invoke()


if __name__ == "__main__":
    run(Context())
"""
FILES = {
    "docs/api.md": b"# API\n\ntext\n\n## run\n\nruns\n\n## stop\n\nstops\n",
    "p/__init__.py": b"from p.core import run as run\n",
    "p/core.py": CORE,
    "p/other.py": b"from p.core import run\n\n\ndef other():\n    return run(None)\n",
    "tests/test_core.py": b"import p\n\n\ndef test_run():\n    assert p.run\n",
}


MANY = FILES | {
    "big.py": b"".join(
        b"def f%d():\n    return %b\n\n\n" % (n, b"1 + " * 200 + b"1") for n in range(60)
    ).rstrip()
    + b"\n"
}


def plan_of(
    *goals: dict[str, Any], workers: int = 3, files: dict[str, bytes] = FILES, **keys: Any
) -> Plan:
    """The plan of one agent step `s` with these goals; `step=` its other keys, the rest the recipe's."""
    step = {"agent": [{"goal": f"goal {n}"} | goal for n, goal in enumerate(goals)]}
    return plan_of_steps({"s": step | keys.pop("step", {})}, workers=workers, files=files, **keys)


def plan_of_steps(
    steps: dict[str, Any],
    *,
    workers: int = 3,
    files: dict[str, bytes] = FILES,
    made: Plan | None = None,
    **keys: Any,
) -> Plan:
    keys = {"codebase": {"include": ["**/*.py", "**/*.md"]}} | keys
    recipe = Recipe.model_validate({"version": 1, "name": "r", "steps": steps} | keys)
    index = build_index({p: t for p, t in files.items() if matches(p, recipe.codebase.include)})
    entries = {path: Entry("100644", "file", "0", len(text)) for path, text in files.items()}
    empty = Plan(
        wave=1,
        steps=tuple(steps),
        workers=workers,
        briefings=(),
        left_out=(),
        cut=Cut(edges=0, across=0),
        later=(),
    )
    agents = {name: step for name, step in recipe.steps.items() if isinstance(step, AgentStep)}
    return with_agents(
        made or empty,
        agents,
        Ground(recipe, entries, index),
        edges(index, index.files),
        base_commit="c0ffee",
        first_id=1,
    )


def owned(plan: Plan) -> list[str]:
    return sorted(symbol for briefing in plan.briefings for symbol in briefing.symbols_owned)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        pytest.param({"select": {"paths": "tests"}}, ["tests/test_core.py"], id="a whole file"),
        pytest.param({"select": {"symbols": "p.core:run"}}, ["p/core.py:run"], id="one symbol"),
        pytest.param(
            {"select": {"symbols": "p.core:Context"}},
            [f"p/core.py:Context{m}" for m in ("", ".close", ".depth", ".invoke")],
            id="a class with its members",
        ),
        pytest.param(
            {"select": {"references": "p.core:run"}},
            [
                "p/__init__.py",
                "p/core.py:if __name__ == '__main__'",
                "p/other.py",
                "tests/test_core.py:test_run",
            ],
            id="imports are nobody's unless all of the file is selected",
        ),
        pytest.param(
            {"select": {"symbols": ["p.core:<imports>", "p.core:__all__", "p.core:run"]}},
            ["p/core.py:<imports>", "p/core.py:__all__", "p/core.py:run"],
            id="imports and __all__ when they are named",
        ),
        pytest.param(
            {"select": {"paths": "docs", "contains": "stops"}}, ["docs/api.md#stop"], id="a section"
        ),
        pytest.param({}, sorted(FILES), id="without a selection all of the codebase"),
    ],
)
def test_a_goal_owns(goal: dict[str, Any], expected: list[str]) -> None:
    assert owned(plan_of(goal)) == expected


def test_what_two_goals_want_has_one_owner_with_both_goals_and_the_plan_says_so() -> None:
    plan = plan_of(
        {"select": {"symbols": ["p.core:run", "p.core:Context.close"]}},
        {"select": {"symbols": ["p.core:run", "p.core:Context.invoke"]}},
    )
    both = next(b for b in plan.briefings if "p/core.py:run" in b.symbols_owned)
    assert [goal.goal for goal in both.task.goals] == ["goal 0", "goal 1"]
    assert both.symbols_owned == ("p/core.py:run",)
    assert plan.contested == (
        Contested(
            symbols=("p/core.py:run",),
            goals=("steps.s.agent[0]", "steps.s.agent[1]"),
            briefing=both.id,
            why="what both want is 51% of what the lighter one wants",
        ),
    )
    assert len(plan.briefings) == 3


def test_a_file_that_one_goal_wants_whole_and_another_in_part_goes_to_one_worker() -> None:
    plan = plan_of({"select": {"paths": "p"}}, {"select": {"symbols": "p.core:run"}})
    both = next(b for b in plan.briefings if "p/core.py" in b.symbols_owned)
    assert [goal.symbols for goal in both.task.goals] == [("p/core.py",), ("p/core.py:run",)]
    assert [one.symbols for one in plan.contested] == [("p/core.py:run",)]


def test_goals_of_two_steps_are_planned_as_one_set() -> None:
    keys = {"select": {"symbols": "p.core:run"}}
    plan = plan_of_steps(
        {
            "a": {"agent": "First.", "check": "ruff .", "constraints": {"readonly": ["docs"]}}
            | keys,
            "b": {"agent": "Second.", "constraints": {"readonly": ["x"]}} | keys,
        },
        constraints={"readonly": ["top"]},
    )
    (briefing,) = plan.briefings
    assert briefing.task.steps == ("a", "b")
    assert briefing.task.goal == "First.; Second."
    assert briefing.task.check == "ruff ."
    assert briefing.constraints[1:] == tuple(Readonly(paths=(p,)) for p in ("top", "docs", "x"))
    assert [goal.place for goal in briefing.task.goals] == ["steps.a", "steps.b"]


def test_a_briefing_names_what_its_symbols_use_and_the_files_around_it() -> None:
    (briefing,) = plan_of({"select": {"symbols": "p.other:other"}}).briefings
    assert briefing.symbols_readable == ("p/core.py:run",)
    assert briefing.context.neighbours == ("p/core.py", "p/other.py")
    assert briefing.task.select == ("symbols: p.other:other",)


def test_a_new_file_is_owned_from_the_start_and_a_goal_that_creates_wants_nothing_else() -> None:
    plan = plan_of({"creates": ["tests/test_new.py", "tests/test_new.py:test_a"]})
    (briefing,) = plan.briefings
    assert briefing.symbols_owned == ("tests/test_new.py",)
    assert briefing.task.creates == ()


def test_a_new_symbol_has_its_place_in_the_plan() -> None:
    creates = ["p/core.py:stop", "p/core.py:Context.reset", "p/core.py:wait", "docs/api.md#wait"]
    (briefing,) = plan_of({"creates": creates}).briefings
    assert briefing.symbols_owned == tuple(creates)
    found = [(c.symbol, c.container, c.slot, c.rank) for c in briefing.task.creates]
    assert found == [
        ("p/core.py:stop", "", "run", 0),
        ("p/core.py:Context.reset", "Context", "Context.close", 0),
        ("p/core.py:wait", "", "run", 1),
        ("docs/api.md#wait", "", "#stop", 0),
    ]


def test_a_new_symbol_is_made_by_the_owner_of_its_file_or_by_who_has_most_of_it() -> None:
    whole = plan_of({"select": {"paths": "p/core.py"}}, {"creates": ["p/core.py:stop"]})
    (briefing,) = whole.briefings
    assert briefing.symbols_owned == ("p/core.py", "p/core.py:stop")
    assert [goal.symbols for goal in briefing.task.goals] == [("p/core.py",), ("p/core.py:stop",)]
    part = plan_of(
        {"select": {"symbols": ["p.core:run", "p.other:other"]}, "creates": ["p/other.py:more"]},
        workers=2,
    )
    owner = next(b for b in part.briefings if "p/other.py:more" in b.symbols_owned)
    assert "p/other.py:other" in owner.symbols_owned


def test_what_two_goals_create_is_contested_too() -> None:
    new = {"creates": ["p/core.py:stop"]}
    (briefing,) = (plan := plan_of(new, new)).briefings
    assert len(briefing.task.goals) == 2
    assert [one.symbols for one in plan.contested] == [("p/core.py:stop",)]


@pytest.mark.parametrize(
    ("creates", "said"),
    [
        ("p/core.py", "steps.s.agent[0]: p/core.py is there already; `select` it instead"),
        ("p/core.py:run", "steps.s.agent[0]: p/core.py:run is there already; `select` it instead"),
        (
            "p/core.py:Contxt.x",
            "p/core.py:Contxt.x cannot be created: p/core.py has no class Contxt",
        ),
        (
            "setup.cfg",
            "setup.cfg cannot be created: `codebase.include` (**/*.py, **/*.md) does not",
        ),
        ("sitecustomize.py", "sitecustomize.py cannot be created: protected unless a recipe names"),
    ],
)
def test_what_cannot_be_created_is_refused_with_the_reason(creates: str, said: str) -> None:
    with pytest.raises(RequestError) as caught:
        plan_of({"creates": [creates]})
    assert said in str(caught.value)


def test_a_file_of_more_than_half_a_share_is_cut_between_its_symbols() -> None:
    body = b"".join(
        b"def f%d():\n    return %b\n\n\n" % (n, b"1 + " * 200 + b"1") for n in range(40)
    )
    plan = plan_of(
        {"select": {"paths": "big.py"}},
        files={"big.py": b"import os\n\n\n" + body.rstrip() + b"\n"},
    )
    assert len(plan.briefings) >= 3
    assert len(owned(plan)) == 40
    assert "big.py:<imports>" not in owned(plan)
    free = [0, 0, 0]
    for briefing in plan.briefings:  # each taken by whoever is free
        free[free.index(min(free))] += briefing.weight
    assert max(free) <= 1.05 * sum(free) / 3


def test_shares_get_smaller_so_that_the_last_ones_even_out_what_nobody_could_foresee() -> None:
    plan = plan_of({"select": {"paths": "big.py"}}, files=MANY)
    behind = plan.briefings[3:]  # a small one, a worker
    weights = [briefing.weight for briefing in behind]
    assert weights == sorted(weights, reverse=True)
    assert max(weights) >= 4 * min(weights)
    assert max(weights) <= sum(weights) / 5


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_each_worker_begins_with_a_small_share_that_tells_its_pace(workers: int) -> None:
    """One that is five times slower has done it before all the rest is done by the others."""
    plan = plan_of({"select": {"paths": "**"}}, files=MANY, workers=workers)
    everything = sum(one.weight for one in plan.briefings)
    first = [one.weight for one in plan.briefings[:workers]]
    assert 5 * max(first) <= everything / (workers - 1 + 1 / 5)
    assert min(one.weight for one in plan.briefings[workers : 2 * workers]) > max(first)


def test_what_others_use_is_cut_into_the_large_shares_that_begin_first() -> None:
    """Whoever publishes last wakes those who had finished; so what is last is what nobody uses."""
    body = b" + ".join([b"1"] * 200)
    used = [b"def used%d():\n    return %b\n" % (n, body) for n in range(12)]
    users = [b"def user%d():\n    return used%d() + %b\n" % (n, n % 12, body) for n in range(48)]
    names = b"from core import " + b", ".join(b"used%d" % n for n in range(12)) + b"\n\n\n"
    files = {"core.py": b"\n\n".join(used), "users.py": names + b"\n\n".join(users)}
    plan = plan_of({"select": {"kind": "function"}}, files=files)
    behind = plan.briefings[3:]  # a small one, a worker
    late = [s for one in behind[len(behind) // 2 :] for s in one.symbols_owned]
    assert len(owned(plan)) == 60
    assert sum(symbol.startswith("core.py") for symbol in late) <= 1


def test_many_new_symbols_of_one_file_are_made_by_several() -> None:
    creates = [f"p/core.py:new{n}" for n in range(60)]
    plan = plan_of({"select": {"paths": "big.py"}, "creates": creates}, files=MANY, workers=8)
    makers = [one for one in plan.briefings if one.task.creates]
    most = max(one.weight for one in plan.briefings)
    assert sorted(s for one in makers for s in one.symbols_owned if "new" in s) == sorted(creates)
    assert len(makers) > 2
    assert most <= sum(one.weight for one in plan.briefings) / 8


@pytest.mark.parametrize(
    "goal",
    [
        {"select": {"symbols": ["p/core.py:run"]}},
        {"select": {"symbols": ["tests/test_core.py:test_run"]}, "creates": ["p/core.py:more"]},
    ],
    ids=["it owns a part", "it makes something in it"],
)
def test_a_briefing_hears_of_a_file_of_which_others_own_the_rest(goal: dict[str, Any]) -> None:
    (briefing,) = plan_of(goal).briefings
    assert "p/core.py" in briefing.context.neighbours


def test_what_nobody_knows_the_size_of_begins_first() -> None:
    plan = plan_of({"select": {"paths": "**"}, "creates": ["new.py", "docs/new.md"]}, files=MANY)
    first = [symbol for one in plan.briefings[3:5] for symbol in one.symbols_owned]
    assert sorted(first) == ["docs/new.md", "new.py"]


PLACED = {
    "creates": ["p/core.py:first", "p/core.py:second", "p/core.py:Context.fresh"],
    "places": [
        {"symbol": "p/core.py:first", "after": "p/core.py:Context", "gap": 3},
        {"symbol": "p/core.py:run", "after": "p/core.py:first"},
        {"symbol": "p/core.py:second", "after": "p/core.py:Context"},
        {"symbol": "p/core.py:Context.fresh"},
    ],
}


def test_places_say_where_what_is_new_stands_and_what_moves_in_one_order() -> None:
    (briefing,) = plan_of(PLACED).briefings
    places = {one.symbol: one for one in (*briefing.task.creates, *briefing.task.moves)}
    found = {s: (one.container, one.slot, one.rank, one.gap) for s, one in places.items()}
    assert found == {
        "p/core.py:first": ("", "Context", 0, 3),
        "p/core.py:run": ("", "Context", 1, None),
        "p/core.py:second": ("", "Context", 2, None),
        "p/core.py:Context.fresh": ("Context", "", 0, None),
    }
    assert [one.symbol for one in briefing.task.moves] == ["p/core.py:run"]
    assert set(briefing.symbols_owned) == set(places)


def test_what_is_deleted_stays_with_one_worker_whole_and_may_be_made_anew() -> None:
    (briefing,) = plan_of(
        {"deletes": ["p/core.py:Context"], "creates": ["p/core.py:Context"]}
    ).briefings
    assert briefing.task.deletes == ("p/core.py:Context",)
    assert briefing.symbols_owned == (
        "p/core.py:Context",
        "p/core.py:Context.depth",
        "p/core.py:Context.invoke",
        "p/core.py:Context.close",
    )
    assert [one.symbol for one in briefing.task.creates] == ["p/core.py:Context"]


def test_a_file_that_is_deleted_belongs_whole_to_one_worker() -> None:
    made = plan_of({"deletes": ["big.py"]}, files=MANY, workers=3)
    assert [briefing.symbols_owned for briefing in made.briefings] == [("big.py",)]


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ({"places": [{"symbol": "p/core.py:nobody"}]}, "is not there; what is new stands in"),
        (
            {
                "creates": ["p/core.py:a"],
                "places": [{"symbol": "p/core.py:a", "after": "p/core.py:z"}],
            },
            "cannot stand behind p/core.py:z",
        ),
        ({"deletes": ["p/core.py:nobody"]}, "cannot be deleted"),
        ({"deletes": ["nowhere.py"]}, "cannot be deleted"),
    ],
    ids=["a move of nothing", "behind nothing", "no such symbol", "no such file"],
)
def test_what_cannot_be_placed_or_deleted_is_refused_with_the_reason(
    goal: dict[str, Any], said: str
) -> None:
    with pytest.raises(RequestError, match=said):
        plan_of(goal)


def test_no_briefing_owns_more_source_than_fits() -> None:
    files = {f"m{n:03}.py": b"x = 1  # " + b"y" * 7_000 + b"\n" for n in range(60)}
    plan = plan_of({"select": {"paths": "**"}}, workers=1, files=files)
    assert sum(briefing.weight for briefing in plan.briefings) > 5 * MOST_OWN
    assert max(briefing.weight for briefing in plan.briefings) <= MOST_OWN * 1.05


def test_agents_come_behind_the_codemods_of_their_wave_and_never_own_the_same() -> None:
    first = plan_of({"select": {"paths": "p/core.py"}})
    with pytest.raises(RequestError) as caught:
        plan_of_steps({"t": {"agent": "x", "select": {"symbols": "p.core:run"}}}, made=first)
    assert str(caught.value) == (
        "steps.t and steps.s both change p/core.py:run in one wave; let one need the other: needs: [s]"
    )
    beside = plan_of_steps({"t": {"agent": "x", "select": {"paths": "docs"}}}, made=first)
    assert [b.id for b in beside.briefings] == [1, 2]


@st.composite
def selections(draw: st.DrawFn) -> Sequence[dict[str, Any]]:
    every = ["p.core:**", "p.core:run", "p.core:Context", "p.other:*", "tests/**:*", "docs/api.md"]
    goal = st.lists(st.sampled_from(every), min_size=1, max_size=3, unique=True)
    return [{"select": {"symbols": one}} for one in draw(st.lists(goal, min_size=1, max_size=4))]


@settings(deadline=None, max_examples=60)
@given(selections(), st.integers(1, 5), st.randoms())
def test_every_wanted_symbol_has_one_owner_that_has_all_goals_that_want_it(
    goals: Sequence[dict[str, Any]], workers: int, chance: Any
) -> None:
    merged = {"contested": "merge"}  # taking turns: tests/planner/test_order.py
    plan = plan_of(*goals, workers=workers, step=merged)
    everything = owned(plan)
    assert len(everything) == len(set(everything))
    paths = {symbol for symbol in everything if not SymbolId.parse(symbol).name}
    assert not [s for s in everything if s not in paths and SymbolId.parse(s).path in paths]
    for number, goal in enumerate(goals):
        alone = owned(plan_of(goal))
        for symbol in alone:
            owner = next(
                b
                for b in plan.briefings
                if symbol in b.symbols_owned
                or SymbolId.parse(symbol).path in b.symbols_owned
                or (
                    not SymbolId.parse(symbol).name
                    and any(s.startswith(f"{symbol}:") for s in b.symbols_owned)
                )
            )
            assert f"steps.s.agent[{number}]" in {one.place for one in owner.task.goals}
    items = list(FILES.items())
    chance.shuffle(items)
    again = plan_of(*goals, workers=workers, files=dict(sorted(items)), step=merged)
    assert again == plan
