"""One measurement of `index.py` in a process of its own: prints what was found as a JSON document.

An action imports what it measures by name, and nothing else: imports are a part of what it costs.
"""

from __future__ import annotations

import ast
import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from material import texts
from places import Place, Texts
from servers import Server, installed

Answer = dict[str, Any]


def main() -> None:
    """Arguments: what to do, a folder, and what that needs."""
    what, root, *more = sys.argv[1:]
    print(json.dumps(_ACTIONS[what](Path(root), *more)))


def parsed(root: Path) -> Answer:
    """The limit: `ast.parse` of every Python file, and nothing else."""
    warnings.simplefilter("ignore")
    found = texts(root)
    lines = failed = 0
    for data in found.values():
        lines += data.count(b"\n")
        try:
            ast.parse(data)
        except (SyntaxError, ValueError, RecursionError):
            failed += 1
    return {"files": len(found), "lines": lines, "unparsable": failed}


def indexed(root: Path, cache: str, changed: str = "") -> Answer:
    """The index through a cache; with `changed`, one file, the first, has another line."""
    cache_of: Any = import_module("jupiter.index.cache").Cache
    build_index: Any = import_module("jupiter.index.index").build_index
    begun = time.monotonic()
    found = texts(root)
    if changed:
        found[next(iter(found))] += b"\nCHANGED = 1\n"
    index = build_index(found, cache_of(Path(cache)))
    ready = time.monotonic()
    answer = {"seconds": ready - begun, "imports": len(index.imports.edges)}
    answer["symbols"] = sum(len(facts.symbols) for facts in index.files.values())
    if not changed:
        answer["definitions"] = len(index.names.definitions)
        answer["hierarchy"] = sum(map(len, index.names.subclasses.values()))
    return answer


def one_symbol(root: Path, symbol: str) -> Answer:
    """The references of one symbol, from nothing but the texts."""
    codebase: Any = import_module("jupiter.index.codebase").Codebase
    references: Any = import_module("jupiter.index.references").references
    found = references(codebase(texts(root)), symbol)
    return {"references": len(found), "files": len({one.path for one in found})}


def one_symbol_by_server(root: Path, symbol: str, name: str) -> Answer:
    """The same from a language server that has just been started; CPU is the server's alone."""
    path, _, defined = symbol.partition(":")
    files = Texts(texts(root))
    leaf = defined.rpartition(".")[2].encode()
    heads = (b"def " + leaf + b"(", b"class " + leaf, leaf + b" =")
    line, column = next(
        (n, text.find(leaf))
        for n, text in enumerate(files.lines(path), start=1)
        if text.lstrip().startswith(heads)
    )
    begun = time.monotonic()
    with Server(installed(name, Path(sys.executable)), root, files) as server:
        found = server.references(Place(path, line, column))
        seconds = time.monotonic() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    return {"references": len(found), "files": len({p.path for p in found})} | {
        "cpu": cpu,
        "seconds": seconds,
    }


def grimp_graph(root: Path, package: str) -> Answer:
    """The import graph that grimp makes."""
    grimp: Any = import_module("grimp")
    sys.path.insert(0, str(root))
    graph = grimp.build_graph(package, cache_dir=None)
    return {"modules": len(graph.modules), "imports": graph.count_imports()}


def griffe_objects(root: Path, package: str) -> Answer:
    """The definitions that griffe finds."""
    griffe: Any = import_module("griffe")
    loader = griffe.GriffeLoader(search_paths=[str(root)], allow_inspection=False)
    loader.load(package)
    modules: list[Any] = list(loader.modules_collection.members.values())
    count = 0
    while modules:
        here = modules.pop()
        inner = [one for one in here.members.values() if not one.is_alias]
        count += len(inner)
        modules += [one for one in inner if one.is_module or one.is_class]
    return {"definitions": count}


_ACTIONS: dict[str, Callable[..., Answer]] = {
    "parse": parsed,
    "index": indexed,
    "one": one_symbol,
    "server": one_symbol_by_server,
    "grimp": grimp_graph,
    "griffe": griffe_objects,
}

if __name__ == "__main__":
    main()
