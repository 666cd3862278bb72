"""A coarser graph weighs the same and is cut the same; refining never makes a cut worse."""

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.planner.graph import Weighted, coarser, weighted
from jupiter.planner.refine import refined


@st.composite
def graphs(draw: st.DrawFn) -> Weighted:
    names = [f"m{number:02}" for number in range(draw(st.integers(1, 25)))]
    weights = {name: draw(st.integers(1, 50)) for name in names}
    node = st.sampled_from(names)
    graph: nx.Graph[str] = nx.Graph()
    for a, b, times in draw(st.lists(st.tuples(node, node, st.integers(1, 9)), max_size=60)):
        graph.add_edge(a, b, weight=times)
    return weighted(weights, graph, names)


@settings(deadline=None)
@given(graphs(), st.integers(1, 120), st.data())
def test_what_a_coarser_graph_cuts_the_finer_one_cuts(
    graph: Weighted, most: int, data: st.DataObject
) -> None:
    smaller, number = coarser(graph, most)
    assert sum(smaller.weights) == sum(graph.weights)
    assert max(smaller.weights) <= max(most, *graph.weights)
    part = st.lists(st.integers(0, 2), min_size=len(smaller.weights), max_size=len(smaller.weights))
    where = data.draw(part)
    assert smaller.cut(where) == graph.cut([where[one] for one in number])


@settings(deadline=None)
@given(graphs(), st.integers(1, 4), st.data())
def test_refined_parts_are_no_fuller_and_cut_no_more(
    graph: Weighted, parts: int, data: st.DataObject
) -> None:
    count = len(graph.weights)
    where = data.draw(st.lists(st.integers(0, parts - 1), min_size=count, max_size=count))
    loads = loads_of(graph, where, parts)
    fits = max(loads)
    found = refined(graph, where, parts, fits)
    assert max(loads_of(graph, found, parts)) <= fits
    assert graph.cut(found) <= graph.cut(where)


@settings(deadline=None)
@given(graphs(), st.integers(2, 4))
def test_what_is_over_capacity_is_relieved(graph: Weighted, parts: int) -> None:
    where = [0] * len(graph.weights)
    capacity = sum(graph.weights) // parts + max(graph.weights)
    assert max(loads_of(graph, refined(graph, where, parts, capacity), parts)) <= capacity


def loads_of(graph: Weighted, where: list[int], parts: int) -> list[int]:
    loads = [0] * parts
    for node, part in enumerate(where):
        loads[part] += graph.weights[node]
    return loads


def test_edges_count_as_often_as_they_are() -> None:
    names = ["a", "b", "c", "d"]
    graph: nx.Graph[str] = nx.Graph()
    graph.add_weighted_edges_from([("a", "b", 1), ("b", "c", 9), ("c", "d", 1), ("d", "a", 9)])
    found = weighted(dict.fromkeys(names, 10), graph, names)
    assert refined(found, [0, 0, 1, 1], 2, 30) == [1, 0, 0, 1]
