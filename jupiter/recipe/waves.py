"""The order of steps: topological generations, and steps that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from jupiter.errors import RequestError
from jupiter.model.recipe import Recipe

_SHOWN = 10  # cycles, and steps of one; whoever has taken those out sees the next


def waves(recipe: Recipe) -> tuple[tuple[str, ...], ...]:
    """The steps by wave, each wave in recipe order: a step stands one after the last that it needs.

    Raises:
        RequestError: steps need unknown steps, or wait for each other.
    """
    unknown = {one for step in recipe.steps.values() for one in step.needs} - set(recipe.steps)
    if unknown:
        raise RequestError(f"steps need what is no step: {', '.join(sorted(unknown))}")
    sorter = TopologicalSorter({name: step.needs for name, step in recipe.steps.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = arrows(tuple(error.args[1][::-1]))
        raise RequestError(f"steps wait for each other: {circle}") from error
    order = {name: number for number, name in enumerate(recipe.steps)}
    generations: list[tuple[str, ...]] = []
    while sorter.is_active():
        ready = sorter.get_ready()
        generations.append(tuple(sorted(ready, key=order.__getitem__)))
        sorter.done(*ready)
    return tuple(generations)


def cycles(edges: Mapping[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """Circles of needs, each `(a, …, a)` from its first step in recipe order on."""
    order = {name: number for number, name in enumerate(edges)}
    left = {name: list(needs) for name, needs in edges.items()}
    for _ in range(_SHOWN):
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            cycle = _from_first(tuple(reversed(error.args[1][1:])), order)
            yield cycle
            left[cycle[0]].remove(cycle[1])
        else:
            return


def arrows(cycle: tuple[str, ...]) -> str:
    """`a → b → a`; of a long circle its beginning and its end."""
    shown = cycle if len(cycle) <= _SHOWN else (*cycle[: _SHOWN - 1], "…", cycle[-1])
    return " → ".join(shown)


def _from_first(cycle: tuple[str, ...], order: Mapping[str, int]) -> tuple[str, ...]:
    start = min(range(len(cycle)), key=lambda index: order[cycle[index]])
    return (*cycle[start:], *cycle[:start], cycle[start])
