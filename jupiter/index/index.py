"""The index of a codebase: its symbols and its import graph, from one parse a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx

from jupiter.code.imports import imports_of, module_name
from jupiter.code.lines import split_lines
from jupiter.code.tiles import tile


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the index knows of one file; `size` in bytes, `symbols` the names of its tiles."""

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
    packages = frozenset(texts)
    files = {path: _facts(path, data, packages) for path, data in texts.items()}
    return Index(files=files, imports=_import_graph(files))


def _facts(path: str, data: bytes, paths: frozenset[str]) -> FileFacts:
    module, is_package = module_name(path, paths) if path.endswith(".py") else ("", False)
    return FileFacts(
        path=path,
        size=len(data),
        lines=len(split_lines(data)),
        symbols=tuple(symbol.name for symbol in tile(path, data)),
        module=module,
        imports=imports_of(module, is_package, data) if module else frozenset(),
    )


def _import_graph(files: Mapping[str, FileFacts]) -> nx.DiGraph[str]:
    # Two files of one name (`conftest.py` in two folders): the first path stands for the name.
    paths = {files[path].module: path for path in sorted(files, reverse=True)}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(files)
    graph.add_edges_from(
        (path, paths[name])
        for path, facts in files.items()
        for name in sorted(facts.imports)
        if name and name in paths and paths[name] != path
    )
    return graph
