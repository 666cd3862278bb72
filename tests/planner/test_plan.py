"""The plan of a wave: briefings that say all that a worker needs, with disjoint write sets."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.index.index import Index, build_index
from jupiter.model.constraint import Readonly, Within
from jupiter.model.plan import Cut, LeftOut, Plan
from jupiter.model.recipe import Recipe
from jupiter.model.step import CodemodStep
from jupiter.planner.plan import A_FILE, MOST_USERS, Wave, neighbours_of, plan_wave
from jupiter.planner.selection import Selection

PACKAGE = {
    "src/p/__init__.py": b"from p.core import run\n",
    "src/p/core.py": b"from p import utils\n\n\ndef run():\n    return utils.one()\n",
    "src/p/utils.py": b"def one():\n    return 1\n\n\ndef two():\n    return 2\n",
    "tests/test_core.py": b"import p\n",
    "setup.py": b"",
}


def recipe_of(readonly: tuple[str, ...] = (), **steps: dict[str, Any]) -> Recipe:
    return Recipe.model_validate(
        {
            "version": 1,
            "name": "r",
            "steps": {name: {"codemod": f"mods.{name}"} | keys for name, keys in steps.items()},
            "constraints": {"readonly": list(readonly)},
        }
    )


def planned(
    recipe: Recipe, index: Index, *, workers: int = 2, first_id: int = 1, **paths: tuple[str, ...]
) -> Plan:
    steps = {n: s for n, s in recipe.steps.items() if isinstance(s, CodemodStep) and n in paths}
    return plan_wave(
        Wave(1, steps, later=("check",)),
        recipe,
        index,
        {name: Selection(paths[name], ()) for name in steps},
        base_commit="c0ffee",
        workers=workers,
        first_id=first_id,
    )


@settings(deadline=None, max_examples=50)
@given(
    st.dictionaries(
        st.sampled_from([f"m{number}.py" for number in range(25)]),
        st.tuples(st.integers(0, 300), st.sets(st.sampled_from(["a", "b", "c"]))),
    ),
    st.integers(1, 8),
    st.randoms(),
)
def test_briefings_are_disjoint_and_cover_what_was_selected(
    files: dict[str, tuple[int, set[str]]], workers: int, chance: Any
) -> None:
    index = build_index({p: b"#" * size + b"\n" for p, (size, _) in sorted(files.items())})
    recipe = recipe_of(a={}, b={}, c={})
    paths = {s: tuple(sorted(p for p, (_, by) in files.items() if s in by)) for s in "abc"}
    plan = planned(recipe, index, workers=workers, **paths)
    owned = [path for briefing in plan.briefings for path in briefing.symbols_owned]
    assert sorted(owned) == sorted(path for path, (_, by) in files.items() if by)
    for briefing in plan.briefings:
        assert {files[path][1] == set(briefing.task.steps) for path in briefing.symbols_owned} == {
            True
        }
        sizes = [index.files[path].size + A_FILE for path in briefing.symbols_owned]
        assert briefing.weight == len(briefing.task.steps) * sum(sizes)
    assert [briefing.id for briefing in plan.briefings] == list(range(1, len(plan.briefings) + 1))
    shuffled = {name: tuple(chance.sample(found, len(found))) for name, found in paths.items()}
    assert planned(recipe, index, workers=workers, **shuffled) == plan


def test_a_file_that_two_steps_select_is_one_briefings_and_both_run_in_recipe_order() -> None:
    index = build_index(PACKAGE)
    recipe = recipe_of(
        z={"select": {"paths": ["src/**"]}}, a={"select": {"paths": ["**/core.py", "tests/**"]}}
    )
    plan = planned(
        recipe,
        index,
        z=("src/p/core.py", "src/p/utils.py"),
        a=("src/p/core.py", "tests/test_core.py"),
    )
    owner = {path: b for b in plan.briefings for path in b.symbols_owned}
    assert plan.steps == ("z", "a")
    assert owner["src/p/core.py"].task.steps == ("z", "a")
    assert owner["src/p/core.py"].task.goal == "mods.z, then mods.a"
    assert owner["src/p/core.py"].task.select == ("src/**", "**/core.py", "tests/**")
    assert owner["src/p/utils.py"].task.steps == ("z",)
    assert owner["tests/test_core.py"].task.steps == ("a",)
    assert len(plan.briefings) == 3


def test_of_those_that_import_what_a_briefing_owns_it_names_so_many_those_of_most_first() -> None:
    users = {f"u{n:03}.py": b"import a\n" for n in range(MOST_USERS + 50)}
    both = {"z.py": b"import a\nimport b\n"}
    index = build_index({"a.py": b"import used\n", "b.py": b"", "used.py": b""} | users | both)
    near = neighbours_of(("a.py", "b.py"), index)
    assert {"z.py", "used.py", "u000.py"} <= set(near)
    assert len(near) == MOST_USERS + 1


def test_a_briefing_says_where_it_starts_what_is_around_it_and_what_it_owns() -> None:
    index = build_index(PACKAGE)
    recipe = recipe_of(("docs/**",), a={})
    plan = planned(recipe, index, first_id=7, a=("src/p/core.py",))
    (briefing,) = plan.briefings
    assert (briefing.id, briefing.wave) == (7, 1)
    assert briefing.symbols_owned == ("src/p/core.py",)
    assert briefing.context.base_commit == "c0ffee"
    assert briefing.context.neighbours == ("src/p/__init__.py", "src/p/utils.py")
    assert briefing.symbols_readable == briefing.context.neighbours
    assert briefing.context.outline == ("src/p/core.py: 5 lines, 2 symbols",)
    assert briefing.constraints == (
        Within(paths=recipe.codebase.include),
        Readonly(paths=("docs/**",)),
    )
    assert briefing.weight == len(PACKAGE["src/p/core.py"]) + A_FILE
    assert plan.later == ("check",)


def test_neighbours_are_not_what_a_briefing_owns_itself() -> None:
    index = build_index(PACKAGE)
    plan = planned(recipe_of(a={}), index, workers=1, a=tuple(PACKAGE))
    for briefing in plan.briefings:
        assert set(briefing.context.neighbours).isdisjoint(briefing.symbols_owned)


def test_a_neighbour_whose_name_cannot_be_an_id_is_not_named() -> None:
    odd = b"caf\xe9.py".decode(errors="surrogateescape")
    index = build_index({"core.py": b"x = 1\n", odd: b"import core\n"})
    (briefing,) = planned(recipe_of(a={}), index, a=("core.py",)).briefings
    assert briefing.context.neighbours == ()


def test_about_four_briefings_a_worker_and_no_more_than_files() -> None:
    index = build_index({f"m{n:02}.py": b"x = 1\n" for n in range(40)})
    for workers, expected in ((1, 4), (3, 12), (10, 40), (32, 40)):
        plan = planned(recipe_of(a={}), index, workers=workers, a=tuple(index.files))
        assert len(plan.briefings) == expected
        assert plan.workers == workers


def test_the_cut_is_counted_over_the_briefings_of_all_steps() -> None:
    index = build_index(PACKAGE)
    plan = planned(
        recipe_of(a={}, b={}),
        index,
        a=("src/p/core.py", "src/p/utils.py"),
        b=("src/p/__init__.py",),
        workers=1,
    )
    # core imports p and p.utils, p imports core: three imports, two pairs of files.
    parts = [briefing.symbols_owned for briefing in plan.briefings]
    together = ("src/p/core.py", "src/p/utils.py") in parts
    assert plan.cut == Cut(edges=2, across=1 if together else 2)


def test_what_several_steps_leave_out_is_said_once_and_in_order() -> None:
    recipe = recipe_of(a={}, b={})
    steps = {n: s for n, s in recipe.steps.items() if isinstance(s, CodemodStep)}
    odd, other = LeftOut(path="b.py", reason="a symlink"), LeftOut(path="a.py", reason="generated")
    plan = plan_wave(
        Wave(1, steps, later=()),
        recipe,
        build_index({}),
        {"a": Selection((), (odd, other)), "b": Selection((), (odd,))},
        base_commit="c",
        workers=1,
        first_id=1,
    )
    assert plan.left_out == (other, odd)
    assert plan.briefings == ()
