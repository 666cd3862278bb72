"""Renames in a plan: every place has one owner, and what cannot be planned is said before anything runs."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.errors import RequestError
from jupiter.index.codebase import Codebase
from jupiter.index.index import build_index
from jupiter.model.plan import Plan
from jupiter.model.recipe import Recipe
from jupiter.model.step import CodemodStep
from jupiter.planner.plan import Wave, plan_wave, with_renames
from jupiter.planner.renames import RenameShare, renamings, shares
from jupiter.planner.selection import Selection
from jupiter.system.git import Entry

PACKAGE = {
    "p/__init__.py": b"from .say import one, two\n",
    "p/say.py": b"def one():\n    return two()\n\n\ndef two():\n    return 2\n\n\nX = one() + two()\n",
    "p/use.py": (
        b"from p import one, two\n\n\ndef a():\n    one()\n\n\ndef b():\n    two()\n\n\n"
        b"def c(x):\n    x.one()\n"
    ),
    "docs/a.md": b"# One\n\nCall `p.one()`.\n\n# Two\n\nCall `p.two()`.\n",
}
ONE = {"symbol": "p/say.py:one", "to": "first"}
TWO = {"symbol": "p/say.py:two", "to": "second"}


def recipe_of(readonly: tuple[str, ...] = (), **steps: Mapping[str, object]) -> Recipe:
    written: dict[str, Any] = {
        name: {"codemod": "rename", "with": dict(given)} for name, given in steps.items()
    }
    return Recipe.model_validate(
        {
            "version": 1,
            "name": "r",
            "steps": written,
            "constraints": {"readonly": list(readonly)},
        }
    )


def steps_of(recipe: Recipe) -> dict[str, CodemodStep]:
    return {n: s for n, s in recipe.steps.items() if isinstance(s, CodemodStep)}


def entries(texts: Mapping[str, bytes]) -> dict[str, Entry]:
    return {path: Entry("100644", "file", "0" * 40, len(texts[path])) for path in texts}


def shared(
    recipe: Recipe, texts: Mapping[str, bytes] = PACKAGE, workers: int = 3
) -> tuple[RenameShare, ...]:
    codebase = Codebase(texts)
    return shares(renamings(codebase, steps_of(recipe), recipe, entries(texts)), codebase, workers)


@settings(deadline=None, max_examples=12)
@given(st.integers(1, 9), st.integers(1, 30))
def test_every_place_is_in_the_briefing_of_its_symbols_owner_and_in_no_other(
    workers: int, uses: int
) -> None:
    texts = dict(PACKAGE) | {
        f"p/m{n}.py": b"import p\n\n\ndef f():\n    p.one()\n    p.two()\n" for n in range(uses)
    }
    recipe = recipe_of(one=ONE, two=TWO)
    found = renamings(Codebase(texts), steps_of(recipe), recipe, entries(texts))
    made = shared(recipe, texts, workers)
    owned = [symbol for share in made for symbol in share.symbols]
    assert len(owned) == len(set(owned))
    for name, one in found.items():
        given = [s for share in made for c in share.renames if c.step == name for s in c.sites]
        assert sorted(given, key=str) == sorted(one.sites, key=str)
    for share in made:
        paths = {symbol.partition(":")[0].partition("#")[0] for symbol in share.symbols}
        assert {site.path for change in share.renames for site in change.sites} == paths


def test_a_symbol_that_two_renames_touch_has_one_owner_who_makes_both() -> None:
    made = shared(recipe_of(one=ONE, two=TWO))
    (owner,) = [share for share in made if "p/say.py:one" in share.symbols]
    assert {change.step for change in owner.renames} == {"one", "two"}


def test_the_shares_do_not_depend_on_the_order_of_the_files() -> None:
    recipe = recipe_of(one=ONE, two=TWO)
    assert shared(recipe) == shared(recipe, dict(reversed(PACKAGE.items())))


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        pytest.param(
            {"one": ONE, "two": TWO | {"to": "first"}},
            "steps.two and steps.one give the name first",
            id="two symbols get one name",
        ),
        pytest.param(
            {"one": ONE, "same": ONE | {"to": "other"}},
            "steps.same and steps.one rename the same one",
            id="one symbol gets two names",
        ),
        pytest.param(
            {"one": {"symbol": "p/say.py:oen", "to": "x"}},
            "steps.one: the codebase defines no symbol p/say.py:oen (nearest: p/say.py:one)",
            id="a symbol that does not exist",
        ),
    ],
)
def test_renames_that_contradict_are_refused(steps: dict[str, Any], says: str) -> None:
    with pytest.raises(RequestError) as caught:
        shared(recipe_of(**steps))
    assert says in str(caught.value)


def test_a_use_in_code_that_nobody_may_write_makes_the_rename_impossible() -> None:
    with pytest.raises(
        RequestError, match=r"p/use.py:1 uses it and may not be written \(.*readonly"
    ):
        shared(recipe_of(("p/use.py",), one=ONE))


def test_a_use_in_prose_that_nobody_may_write_is_a_hazard() -> None:
    recipe = recipe_of(("docs/**",), one=ONE)
    found = renamings(Codebase(PACKAGE), steps_of(recipe), recipe, entries(PACKAGE))["one"]
    assert [(h.path, h.line) for h in found.hazards] == [("docs/a.md", 3)]
    assert all(site.path != "docs/a.md" for site in found.sites)


HAZARD = {
    "m.py": b"class A:\n    def one(self): ...\nclass B:\n    def one(self): ...\ndef f(x):\n    x.one()\n"
}


def test_a_hazard_is_an_error_where_the_step_is_strict() -> None:
    given = {"symbol": "m.py:A.one", "to": "first"}
    assert shared(recipe_of(one=given), HAZARD)
    with pytest.raises(RequestError, match=r"steps\.one: 1 place may mean .* m\.py:6: x\.one\(\)"):
        shared(recipe_of(one=given | {"strict": True}), HAZARD)


def planned(recipe: Recipe, whole: tuple[str, ...] = ()) -> Plan:
    """The plan of a wave of renames beside a codemod on these paths."""
    codebase, index = Codebase(PACKAGE), build_index(PACKAGE)
    steps = steps_of(recipe)
    others = {"commas": CodemodStep(codemod="mods.Commas")} if whole else {}
    wave = Wave(1, others | steps, later=())
    made = plan_wave(
        Wave(1, others, later=()),
        recipe,
        index,
        {name: Selection(whole, ()) for name in others},
        base_commit="c0ffee",
        workers=3,
        first_id=1,
    )
    wanted = renamings(codebase, steps, recipe, entries(PACKAGE))
    return with_renames(
        made,
        wave,
        wanted,
        shares(wanted, codebase, 3),
        recipe=recipe,
        base_commit="c0ffee",
        first_id=1,
    )


def test_a_briefing_says_what_is_renamed_and_where_and_may_read_the_definition() -> None:
    plan = planned(recipe_of(one=ONE))
    assert [b.id for b in plan.briefings] == list(range(1, len(plan.briefings) + 1))
    for briefing in plan.briefings:
        assert briefing.task.goal == "rename p/say.py:one to first"
        assert briefing.weight == sum(len(change.sites) for change in briefing.task.renames)
        here = "p/say.py:one" in briefing.symbols_owned
        assert briefing.symbols_readable == (() if here else ("p/say.py:one",))


def test_a_codemod_beside_a_rename_works_on_other_files() -> None:
    plan = planned(recipe_of(one={"symbol": "p/use.py:a", "to": "first"}), ("p/say.py",))
    assert [briefing.task.steps for briefing in plan.briefings] == [("commas",), ("one",)]


def test_a_file_that_a_codemod_of_the_same_wave_owns_whole_is_contested() -> None:
    with pytest.raises(RequestError, match=r"let one need the other: needs: \[commas\]"):
        planned(recipe_of(one=ONE), ("p/use.py",))
