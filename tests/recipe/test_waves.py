"""Waves: every step after all that it needs, as early as that allows, in recipe order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.errors import RequestError
from jupiter.model.recipe import Recipe
from jupiter.model.step import RunStep
from jupiter.recipe.waves import waves


def recipe(needs: dict[str, tuple[str, ...]]) -> Recipe:
    steps = {name: RunStep(run="a", needs=wanted) for name, wanted in needs.items()}
    return Recipe(version=1, name="x", steps=steps)


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({"a": ()}, (("a",),)),
        ({"z": (), "a": ()}, (("z", "a"),)),
        ({"c": ("b",), "b": ("a",), "a": ()}, (("a",), ("b",), ("c",))),
        (
            {"d": ("b", "c"), "c": ("a",), "b": ("a",), "a": (), "e": ()},
            (("a", "e"), ("c", "b"), ("d",)),
        ),
    ],
    ids=["one", "side by side", "a chain", "a diamond"],
)
def test_waves_are_the_generations_of_the_graph_in_recipe_order(
    needs: dict[str, tuple[str, ...]], expected: tuple[tuple[str, ...], ...]
):
    assert waves(recipe(needs)) == expected


@pytest.mark.parametrize(
    ("needs", "message"),
    [
        ({"a": ("b",)}, "steps need what is no step: b"),
        ({"a": ("b",), "b": ("c",), "c": ("a",)}, "steps wait for each other: "),
    ],
)
def test_a_recipe_made_in_code_that_has_no_order_is_refused(
    needs: dict[str, tuple[str, ...]], message: str
):
    with pytest.raises(RequestError, match=message):
        waves(recipe(needs))


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    names = [f"s{number}" for number in draw(st.permutations(range(draw(st.integers(1, 9)))))]
    order = draw(st.permutations(names))
    return {
        name: tuple(draw(st.sets(st.sampled_from(before))))
        if (before := order[: order.index(name)])
        else ()
        for name in names
    }


@given(graphs())
def test_a_step_stands_one_wave_after_the_last_that_it_needs(needs: dict[str, tuple[str, ...]]):
    found = waves(recipe(needs))
    number = {name: at for at, wave in enumerate(found) for name in wave}
    assert all(
        number[name] == 1 + max((number[need] for need in wanted), default=-1)
        for name, wanted in needs.items()
    )
    names = list(needs)
    assert all(sorted(wave, key=names.index) == list(wave) for wave in found)
    assert sorted(number) == sorted(needs)
