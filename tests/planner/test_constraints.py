"""A briefing is held to the codebase, to the recipe's constraints and to those of its steps."""

from jupiter.model.constraint import (
    ForbidAdded,
    ForbidImport,
    KeepInterface,
    MaxChangedLines,
    NoNewFiles,
    Readonly,
    Within,
)
from jupiter.model.recipe import Codebase, Recipe
from jupiter.model.step import Constraints, RunStep
from jupiter.planner.constraints import constraints_of

ALL = Constraints(
    readonly=("a/**",),
    keep_interface=("b.py",),
    forbid_added=("# noqa",),
    forbid_import=("requests",),
    max_changed_lines=4,
    no_new_files=True,
)


def recipe(constraints: Constraints) -> Recipe:
    return Recipe(
        version=1,
        name="r",
        codebase=Codebase(include=("src/**",)),
        steps={"check": RunStep(run="true")},
        constraints=constraints,
    )


def test_without_constraints_the_codebase_is_the_only_border() -> None:
    assert constraints_of(recipe(Constraints())) == (Within(paths=("src/**",)),)


def test_every_key_becomes_a_constraint() -> None:
    assert constraints_of(recipe(ALL)) == (
        Within(paths=("src/**",)),
        Readonly(paths=("a/**",)),
        KeepInterface(paths=("b.py",)),
        ForbidAdded(texts=("# noqa",)),
        ForbidImport(modules=("requests",)),
        MaxChangedLines(lines=4),
        NoNewFiles(),
    )


def test_those_of_a_step_come_beside_those_of_the_recipe() -> None:
    own = Constraints(readonly=("c/**",), max_changed_lines=2)
    found = constraints_of(recipe(ALL), [own])
    assert found[-2:] == (Readonly(paths=("c/**",)), MaxChangedLines(lines=2))
    assert len(found) == 9
