"""The index of a codebase: symbols, import graph, names; from one parse a file, or from the cache."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

import networkx as nx

from jupiter.code.imports import resolved
from jupiter.code.lines import split_lines
from jupiter.code.piece import Kind
from jupiter.code.tiles import is_python
from jupiter.index.build import build
from jupiter.index.cache import Cache
from jupiter.index.codebase import Codebase
from jupiter.index.facts import Facts, ending_of, key_of, unpack_outline
from jupiter.index.modules import Modules
from jupiter.index.names import FileNames

_READ = frozenset({".py", ".pyi", ".md", ".rst"})
"""The endings of the files that are cut into symbols; all others are one symbol."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the index knows of one file; `size` in bytes, `symbols` the names of its tiles.

    `module` is the dotted name that it is imported by, empty for what is no Python; `imports` are
    the names that it imports, of which not all are modules, and none when it does not parse.
    `kinds`, `gap_lines` and `text_lines` go with `symbols`: what each is, and on which lines, from 1,
    its gap and its text begin. `interfaces` are by symbol, of those that have one.
    """

    path: str
    size: int
    lines: int
    symbols: tuple[str, ...]
    module: str
    imports: frozenset[str]
    kinds: tuple[Kind, ...] = ("file",)
    gap_lines: tuple[int, ...] = (1,)
    text_lines: tuple[int, ...] = (1,)
    interfaces: Mapping[str, str] = field(default_factory=dict[str, str])

    def tile_at(self, line: int) -> str:
        """The name of the tile that a line, from 1, belongs to."""
        return self.symbols[max(0, bisect_right(self.gap_lines, line) - 1)]


@dataclass(frozen=True, slots=True)
class Index:
    """All files of a codebase, and the graph whose edges run from a file to those it imports."""

    files: Mapping[str, FileFacts]
    imports: nx.DiGraph[str]
    names: Codebase
    """What names mean; worked out as far as somebody asks."""


def build_index(texts: Mapping[str, bytes], cache: Cache | None = None) -> Index:
    """Index the given files: path to bytes, of Python and of anything else.

    What the cache knows is taken from there, what it does not is added to it.
    """
    keys = {
        path: key_of(ending, data)
        for path, data in texts.items()
        if (ending := ending_of(path)) in _READ
    }
    outlines = cache.outlines(keys.values()) if cache else {}
    fresh = _fresh(texts, keys, outlines)
    outlines |= {key: facts.outline for key, facts in fresh.items()}
    if cache and cache.add(fresh):
        fresh = {}

    def packed(path: str) -> tuple[bytes, bytes] | None:
        key = keys[path]
        if key in fresh:
            return fresh[key].scopes, fresh[key].uses
        return cache.names(key) if cache else None

    names = Codebase(texts, FileNames(texts, packed))
    files = {
        path: _facts(path, data, outlines.get(keys.get(path, b"")), names.modules)
        for path, data in texts.items()
    }
    return Index(files=files, imports=_import_graph(files, names.modules), names=names)


def _fresh(
    texts: Mapping[str, bytes], keys: Mapping[str, bytes], known: Mapping[bytes, bytes]
) -> dict[bytes, Facts]:
    """The facts of what is not known yet; files with the same content are read once."""
    wanted = {key: (ending_of(p), texts[p]) for p, key in keys.items() if key not in known}
    return dict(zip(wanted, build(list(wanted.values())), strict=True))


def _facts(path: str, data: bytes, packed: bytes | None, modules: Modules) -> FileFacts:
    if packed is None:
        lines = len(split_lines(data))
        return FileFacts(path, len(data), lines, ("",), "", frozenset())
    outline = unpack_outline(packed)
    module = modules.names[path] if is_python(path) else ""
    return FileFacts(
        path=path,
        size=len(data),
        lines=outline.lines,
        symbols=outline.symbols,
        module=module,
        imports=resolved(outline.imports, module, path in modules.packages),
        kinds=outline.kinds,
        gap_lines=outline.gap_lines,
        text_lines=outline.text_lines,
        interfaces=outline.interfaces,
    )


def _import_graph(files: Mapping[str, FileFacts], modules: Modules) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(files)
    for path, facts in files.items():
        found = (modules.find(name, path) for name in sorted(facts.imports))
        graph.add_edges_from((path, other) for other in found if other and other != path)
    return graph
