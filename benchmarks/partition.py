"""Files into 3, 8, 32 and 128 briefings: how even, how much is cut, how long it takes, beside the peers.

    python benchmarks/partition.py [--quick] [--json FILE]

On Django 5.2 and on Home Assistant 2025.1.4, a million lines; files stay whole. Weights are bytes, edges
are how often symbols of one file name symbols of another. The run is simulated with a worker a
briefing; its bound is an even share, or the largest file. METIS is left out by name where it is not
installed.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import networkx as nx

sys.path.insert(0, str(Path(__file__).parent.parent))

from archives import archive_of, members
from table import Goal, Results, aligned, arguments, goals

from jupiter.index.edges import edges
from jupiter.index.index import build_index
from jupiter.planner.partition import partition

TREES = (("Django==5.2", "django"), ("homeassistant==2025.1.4", "homeassistant"))
COUNTS = (3, 8, 32, 128)
MOST_CUT = {3: 0.65, 8: 0.65, 32: 0.75}
"""Of what a contiguous split cuts."""

Parts = Sequence[Sequence[str]]
Split = Callable[["Tree", int], Parts]


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a release: their weights, and the graph of their references."""

    name: str
    weights: Mapping[str, int]
    edges: Mapping[tuple[str, str], int]
    graph: nx.Graph[str]
    symbols: int


@dataclass(frozen=True, slots=True)
class Row:
    """One way to split one tree: shares of all edges, multiples of the bound and of an even share."""

    tree: str
    way: str
    briefings: int
    cut: float
    makespan: float
    imbalance: float
    cpu: float


def main() -> int:
    """Measure, print, and fail when a goal is missed."""
    options = arguments("Files into briefings, beside the peers.").parse_args()
    rows: list[Row] = []
    found: list[Goal] = []
    for release, folder in TREES[:1] if options.quick else TREES:
        tree = tree_of(release, folder)
        if tree is None:
            print(f"left out: {release} cannot be fetched")
            continue
        print(f"{release}: {len(tree.weights)} files, {tree.symbols} symbols", flush=True)
        mine = [row_of(tree, *way, count) for count in COUNTS for way in WAYS]
        rows += mine
        found += goals_of(tree, mine)
    print(aligned([tuple(Row.__slots__), *(tuple(asdict(row).values()) for row in rows)]))
    results = Results([asdict(row) for row in rows], found)
    missing = "nothing" if find_spec("pymetis") else "METIS, for pymetis is not installed"
    print(f"\nleft out: {missing}\n{goals(results)}")
    if options.json:
        results.write(options.json)
    return 0 if found and all(goal.holds for goal in found) else 1


def tree_of(release: str, folder: str) -> Tree | None:
    """The Python files below a folder of a release, indexed."""
    archive = archive_of(release)
    if archive is None:
        return None
    inside = ((name.partition("/")[2], data) for name, data in members(archive))
    wanted = {p: d for p, d in inside if p.startswith(f"{folder}/") and p.endswith(".py")}
    texts = dict(sorted(wanted.items()))
    index = build_index(texts)
    count: Counter[tuple[str, str]] = Counter()
    for (user, used), times in edges(index, texts).items():
        if user[0] != used[0]:
            count[min(user[0], used[0]), max(user[0], used[0])] += times
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(texts)
    graph.add_weighted_edges_from((a, b, times) for (a, b), times in count.items())
    symbols = sum(len(facts.symbols) for facts in index.files.values())
    return Tree(release, {path: max(1, len(d)) for path, d in texts.items()}, count, graph, symbols)


def row_of(tree: Tree, way: str, split: Split, count: int) -> Row:
    """One way to split a tree, measured."""
    begun = time.process_time()
    parts = split(tree, count)
    cpu = time.process_time() - begun
    where = {path: number for number, part in enumerate(parts) for path in part}
    cut = sum(tree.edges[a, b] for a, b in tree.edges if where[a] != where[b])
    most = max(sum(tree.weights[path] for path in part) for part in parts)
    even = sum(tree.weights.values()) / count
    bound = max(even, *tree.weights.values())
    total = sum(tree.edges.values())
    figures = (cut / total, most / bound, most / even, cpu)
    return Row(tree.name, way, count, *(round(figure, 3) for figure in figures))


def contiguous(tree: Tree, count: int) -> Parts:
    """Files in the order of their paths, cut where a share is full."""
    parts: list[list[str]] = [[] for _ in range(count)]
    total, filled = sum(tree.weights.values()), 0
    for path in sorted(tree.weights):
        weight = tree.weights[path]
        parts[min(count - 1, (2 * filled + weight) * count // (2 * total))].append(path)
        filled += weight
    return parts


def round_robin(tree: Tree, count: int) -> Parts:
    """One file after another."""
    paths = sorted(tree.weights)
    return [paths[number::count] for number in range(count)]


def heaviest_first(tree: Tree, count: int) -> Parts:
    """Each file, the heaviest first, to the lightest part; what uses what does not matter."""
    return partition(tree.weights, nx.Graph(), count)


def jupiter(tree: Tree, count: int) -> Parts:
    """What plans are made by."""
    return partition(tree.weights, tree.graph, count)


def metis(tree: Tree, count: int) -> Parts:
    """METIS on whole files, k-way, with an imbalance of 2%."""
    pymetis: Any = import_module("pymetis")  # a peer that need not be installed
    paths = sorted(tree.weights)
    number = {path: n for n, path in enumerate(paths)}
    starts, near, times = [0], list[int](), list[int]()
    for path in paths:
        for other, data in sorted(tree.graph.adj[path].items()):
            near.append(number[other])
            times.append(data["weight"])
        starts.append(len(near))
    _, where = pymetis.part_graph(
        count,
        pymetis.CSRAdjacency(starts, near),
        vweights=[tree.weights[path] for path in paths],
        eweights=times,
        options=pymetis.Options(ufactor=20, seed=1),
    )
    return [[path for path in paths if where[number[path]] == part] for part in range(count)]


WAYS: tuple[tuple[str, Split], ...] = (
    ("contiguous", contiguous),
    ("round robin", round_robin),
    ("heaviest first", heaviest_first),
    ("jupiter", jupiter),
    *((("METIS", metis),) if find_spec("pymetis") else ()),
)


def goals_of(tree: Tree, rows: Sequence[Row]) -> Iterator[Goal]:
    """What a partition of a tree is held to."""
    by_way = {(row.way, row.briefings): row for row in rows}
    for count in COUNTS:
        own, plain = by_way["jupiter", count], by_way["contiguous", count]
        name = f"{tree.name}-{count}"
        yield Goal(f"{name}-makespan", own.makespan, "of the bound", 1.03)
        if max(tree.weights.values()) <= sum(tree.weights.values()) / count:
            yield Goal(f"{name}-imbalance", own.imbalance, "of an even share", 1.05)
        if count in MOST_CUT:
            share = round(own.cut / plain.cut, 3)
            yield Goal(f"{name}-cut", share, "of the contiguous cut", MOST_CUT[count])
        yield Goal(f"{name}-cpu", own.cpu, "CPU s", 3.0)


if __name__ == "__main__":
    sys.exit(main())
