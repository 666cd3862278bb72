"""Parts of a codebase: disjoint, complete, balanced, and no matter of chance."""

import random

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.planner.partition import SLACK, cut, partition

PATHS = st.from_regex(r"[a-z]{1,3}/[a-z]{1,2}\.py", fullmatch=True)
WEIGHTS = st.dictionaries(PATHS, st.integers(0, 100_000), max_size=30)
Edges = list[tuple[int, int]]
EDGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=60)
COUNTS = st.integers(1, 40)


def graph_of(weights: dict[str, int], edges: Edges, seed: int = 0) -> "nx.Graph[str]":
    """A graph of imports; edges that point past the last file lead to files that nobody changes."""
    names = [*sorted(weights), *(f"other/{n}.py" for n in range(41))]
    pairs = [(names[a], names[b]) for a, b in edges]
    random.Random(seed).shuffle(pairs)
    graph: nx.Graph[str] = nx.Graph()
    graph.add_edges_from(pairs)
    return graph


def paths_in_a_chain(count: int, seed: int) -> list[str]:
    names = [f"m{number:03}.py" for number in range(count)]
    random.Random(seed).shuffle(names)
    return names


@settings(deadline=None)
@given(WEIGHTS, EDGES, COUNTS)
def test_parts_are_disjoint_cover_everything_and_are_no_more_than_asked_for(
    weights: dict[str, int], edges: Edges, count: int
) -> None:
    parts = partition(weights, graph_of(weights, edges), count)
    assert sorted(path for part in parts for path in part) == sorted(weights)
    assert len(parts) <= count
    assert all(parts)


@settings(deadline=None)
@given(WEIGHTS, EDGES, COUNTS, st.randoms())
def test_parts_do_not_depend_on_the_order_of_what_is_given(
    weights: dict[str, int], edges: Edges, count: int, chance: random.Random
) -> None:
    shuffled = list(weights.items())
    chance.shuffle(shuffled)
    one = partition(weights, graph_of(weights, edges, seed=1), count)
    assert partition(dict(shuffled), graph_of(weights, edges, seed=2), count) == one
    assert all(list(part) == sorted(part) for part in one)
    loads = [sum(weights[path] for path in part) for part in one]
    assert loads == sorted(loads, reverse=True), "the heaviest is taken first"


@settings(deadline=None)
@given(WEIGHTS.filter(bool), EDGES, COUNTS)
def test_a_part_is_at_most_its_share_or_the_heaviest_file_and_one_light_file_more(
    weights: dict[str, int], edges: Edges, count: int
) -> None:
    parts = partition(weights, graph_of(weights, edges), count)
    share = SLACK * sum(weights.values()) / min(count, len(weights))
    capacity = max(1, share, *weights.values())
    for part in parts:
        load = sum(weights[path] for path in part)
        assert load <= capacity or load - min(weights[path] for path in part) < capacity


def test_files_without_imports_are_spread_evenly() -> None:
    weights = {f"m{number:03}.py": 100 + number for number in range(120)}
    parts = partition(weights, nx.Graph(), 12)
    loads = [sum(weights[path] for path in part) for part in parts]
    assert len(parts) == 12
    assert max(loads) <= 1.05 * min(loads)


def test_one_heavy_file_stays_whole_and_keeps_its_part_for_itself() -> None:
    weights = {"core.py": 100_000} | {f"m{number}.py": 100 for number in range(30)}
    parts = partition(weights, nx.star_graph(["core.py", *sorted(weights)[1:]]), 4)
    assert parts[0] == ("core.py",)


@pytest.mark.parametrize("seed", range(5))
def test_a_chain_of_files_that_import_each_other_stays_mostly_together(seed: int) -> None:
    chain = paths_in_a_chain(60, seed)
    graph = nx.path_graph(chain)
    weights = dict.fromkeys(chain, 1000)
    edges, across = cut(partition(weights, graph, 4), graph)
    assert edges == 59
    assert across <= edges // 3, "by chance three in four would run between parts"


@pytest.mark.parametrize("seed", range(5))
def test_packages_that_import_only_themselves_are_not_torn_apart(seed: int) -> None:
    chance = random.Random(seed)
    graph: nx.Graph[str] = nx.Graph()
    for package in "abcd":
        graph.update(nx.complete_graph([f"{package}/{number}.py" for number in range(8)]))
    weights = {path: chance.randint(900, 1100) for path in graph}
    edges, across = cut(partition(weights, graph, 4), graph)
    assert edges == 4 * 28
    assert across <= edges // 4


def test_the_cut_counts_each_edge_among_the_files_once_and_no_other() -> None:
    imports: nx.DiGraph[str] = nx.DiGraph()
    imports.add_edges_from(
        [
            ("a.py", "b.py"),
            ("b.py", "a.py"),  # they import each other
            ("b.py", "c.py"),
            ("c.py", "d.py"),
            ("c.py", "elsewhere.py"),
        ]
    )
    parts = (("a.py", "b.py"), ("c.py",), ("d.py",))
    assert cut(parts, imports.to_undirected(as_view=True)) == (3, 2)


def test_no_files_make_no_parts() -> None:
    assert partition({}, nx.Graph(), 4) == ()
    assert cut((), nx.Graph()) == (0, 0)
