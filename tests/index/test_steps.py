"""Questions that lead to others: each found once, whatever goes round in circles."""

import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.index.steps import Steps

GRAPHS = st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=10, max_size=10)


class Reach:
    """Asks which nodes can be reached from a node, and counts how often it is worked out."""

    def __init__(self, graph: Mapping[int, list[int]], most: int) -> None:
        self.graph = graph
        self.steps = Steps(most)
        self.found = 0

    def ask(self, node: int) -> frozenset[int]:
        return self.steps.ask(node, lambda: self._find(node), frozenset())

    def _find(self, node: int) -> frozenset[int]:
        self.found += 1
        return frozenset({node}.union(*(self.ask(other) for other in self.graph[node])))


def within(graph: Mapping[int, list[int]], node: int, steps: int) -> frozenset[int]:
    found, last = {node}, {node}
    for _ in range(steps - 1):
        last = {other for one in last for other in graph[one]}
        found |= last
    return frozenset(found)


@given(GRAPHS, st.integers(1, 12), st.randoms(use_true_random=False))
def test_an_answer_is_what_the_steps_reach_in_whatever_order_it_is_asked(
    rows: list[list[int]], most: int, chance: random.Random
) -> None:
    graph = dict(enumerate(rows))
    reach = Reach(graph, most)
    nodes = [*graph, *graph]
    chance.shuffle(nodes)
    for node in nodes:
        assert reach.ask(node) == within(graph, node, most)


def test_what_does_not_go_in_circles_is_found_once() -> None:
    reach = Reach({n: list(range(n)) for n in range(15)}, 20)
    for node in range(14, -1, -1):
        reach.ask(node)
    assert reach.found == 15


def test_circles_cost_no_more_than_their_size_times_the_steps() -> None:
    reach = Reach({n: list(range(20)) for n in range(20)}, 30)
    for node in range(20):
        assert len(reach.ask(node)) == 20
    assert reach.found <= 20 * 30


def test_an_error_leaves_the_steps_as_they_were() -> None:
    steps = Steps(2)

    def fails() -> int:
        raise ValueError

    for _ in range(3):
        with pytest.raises(ValueError, match=r"^$"):
            steps.ask("a", fails, 0)
    assert steps.ask("b", lambda: steps.ask("c", lambda: 1, 0), 0) == 1
