"""The index of a codebase: its symbols and its import graph, from one parse a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx

from jupiter.code.imports import imports_of
from jupiter.code.lines import split_lines
from jupiter.code.tiles import tile
from jupiter.index.modules import Modules


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the index knows of one file; `size` in bytes, `symbols` the names of its tiles.

    `module` is the dotted name that it is imported by, empty for what is no Python; `imports` are
    the names that it imports, of which not all are modules, and none when it does not parse.
    """

    path: str
    size: int
    lines: int
    symbols: tuple[str, ...]
    module: str
    imports: frozenset[str]


@dataclass(frozen=True, slots=True)
class Index:
    """All files of a codebase, and the graph whose edges run from a file to those it imports."""

    files: Mapping[str, FileFacts]
    imports: nx.DiGraph[str]


def build_index(texts: Mapping[str, bytes]) -> Index:
    """Index the given files: path to bytes, of Python and of anything else."""
    modules = Modules(texts)
    files = {path: _facts(path, data, modules) for path, data in texts.items()}
    return Index(files=files, imports=_import_graph(files, modules))


def _facts(path: str, data: bytes, modules: Modules) -> FileFacts:
    module = modules.names.get(path, "")
    return FileFacts(
        path=path,
        size=len(data),
        lines=len(split_lines(data)),
        symbols=tuple(symbol.name for symbol in tile(path, data)),
        module=module,
        imports=imports_of(module, path in modules.packages, data) if module else frozenset(),
    )


def _import_graph(files: Mapping[str, FileFacts], modules: Modules) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(files)
    for path, facts in files.items():
        found = (modules.find(name, path) for name in sorted(facts.imports))
        graph.add_edges_from((path, other) for other in found if other and other != path)
    return graph
