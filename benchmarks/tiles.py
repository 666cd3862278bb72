"""Every byte has one owner, on the files of 200 released packages; what that costs beside the parse.

    python benchmarks/tiles.py [--quick] [--json FILE]

Of every .py, .pyi, .md and .rst file of every package: the tiles joined are the file; each tile
replaced by itself gives the same file and is not refused by the check of the gate; the interfaces
are found without an exception. Seconds are of CPU, in one process a package.
"""

from __future__ import annotations

import ast
import random
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from archives import archive_of, listed, members
from table import Goal, Results, aligned, arguments, goals

from jupiter.code.check import defines
from jupiter.code.interfaces import interfaces
from jupiter.code.outline import outline
from jupiter.code.tiles import Tile, is_python, join, replace, tile

PACKAGES = Path(__file__).with_name("packages.txt")
QUICK = 10
"""How many packages, the first of the list, stand for all with `--quick`."""

MOST_REPLACED = 1000
"""In files with more tiles than this, so many, drawn with a fixed seed, are replaced by themselves."""

LIMIT, OURS, PEER = "ast.parse", "tiles and interfaces", "tree-sitter parse"
HEADS = ("package", "files", "lines", "tiles", "one tile", "wrong", LIMIT, OURS, PEER)
WRONG = ("not joined", "not replaced", "refused", "raised")
SUFFIXES = (".py", ".pyi", ".md", ".rst")

Parse = Callable[[bytes], object]


def main() -> int:
    """Measure, print, and fail when a goal is missed."""
    options = arguments("Tiles of the files of 200 released packages.").parse_args()
    packages = listed(PACKAGES)[: QUICK if options.quick else None]
    with ThreadPoolExecutor(4) as fetching:
        archives = dict(zip(packages, fetching.map(archive_of, packages), strict=True))
    absent = [package for package, archive in archives.items() if archive is None]
    with ProcessPoolExecutor() as measuring:
        there = [(package, archive) for package, archive in archives.items() if archive]
        rows = list(measuring.map(measured, there))
    total = summed(rows)
    results = Results([*rows], goals_of(total, absent))
    print(aligned([HEADS, *(cells(row) for row in (*rows, total))]))
    print(goals(results))
    for problem in [*(f"{package} cannot be had" for package in absent), *total["problems"]]:
        print(problem, file=sys.stderr)
    if options.json:
        results.write(options.json)
    return 0 if all(goal.holds for goal in results.goals) else 1


def measured(given: tuple[str, Path]) -> dict[str, Any]:
    """One row: what was found in the files of one package, and what it cost."""
    warnings.simplefilter("ignore")
    package, archive = given
    counts: Counter[str] = Counter()
    seconds: dict[str, float] = defaultdict(float)
    problems: list[str] = []
    tree_sitter = tree_sitter_parse()
    for path, data in members(archive):
        if path.endswith(SUFFIXES):
            where = f"{archive.name}/{path}"
            check(where, data, counts, problems)
            if is_python(path):
                cost(where, data, seconds, tree_sitter)
    return {"package": package, **counts, "seconds": dict(seconds), "problems": problems}


def check(path: str, data: bytes, counts: Counter[str], problems: list[str]) -> None:
    """Hold one file to the rules; what fails is counted and told."""
    tiles = tile(path, data)
    counts["files"] += 1
    counts["lines"] += len(data.splitlines())
    counts["tiles"] += len(tiles)
    counts["one tile"] += is_python(path) and tiles[0].kind == "file" and bool(data.strip())
    if join(tiles) != data:
        counts["not joined"] += 1
        problems.append(f"{path}: joined, the tiles are another file")
    for each in drawn(tiles):
        if join(replace(tiles, each.name, each.text)) != data:
            counts["not replaced"] += 1
            problems.append(f"{path}: {each.name} replaced by itself changes the file")
        if refusal := defines(each, each.text):
            counts["refused"] += 1
            problems.append(f"{path}: {each.name} may not replace itself: {refusal}")
    try:
        counts["interfaces"] += len(interfaces(path, data))
    except Exception as error:  # noqa: BLE001 # that none is raised is what is measured
        counts["raised"] += 1
        problems.append(f"{path}: {error!r}")


def drawn(tiles: tuple[Tile, ...]) -> list[Tile]:
    """All tiles, or as many as a file may have without taking too long."""
    if len(tiles) <= MOST_REPLACED:
        return list(tiles)
    return random.Random(0).sample(tiles, MOST_REPLACED)


def cost(path: str, data: bytes, seconds: dict[str, float], tree_sitter: Parse | None) -> None:
    """Add the CPU seconds of one file: its parse, what comes on top, and the peer's parse."""
    start = time.process_time()
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    parsed = time.process_time()
    outline(path, data, tree)
    outlined = time.process_time()
    seconds[LIMIT] += parsed - start
    seconds[OURS] += outlined - parsed
    if tree_sitter:
        tree_sitter(data)
        seconds[PEER] += time.process_time() - outlined


def tree_sitter_parse() -> Parse | None:
    """The peer's parse without a walk, None when it is not installed."""
    if not (find_spec("tree_sitter") and find_spec("tree_sitter_python")):
        return None
    binding: Any = import_module("tree_sitter")
    grammar: Any = import_module("tree_sitter_python")
    parse: Parse = binding.Parser(binding.Language(grammar.language())).parse
    return parse


def summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The row of all packages."""
    counts: Counter[str] = Counter()
    seconds: dict[str, float] = defaultdict(float)
    for row in rows:
        for name, value in row["seconds"].items():
            seconds[name] += value
        counts.update({key: value for key, value in row.items() if isinstance(value, int)})
    problems = [problem for row in rows for problem in row["problems"]]
    packages = f"{len(rows)} packages"
    return {"package": packages, **counts, "seconds": dict(seconds), "problems": problems}


def cells(row: dict[str, Any]) -> list[object]:
    """A row of the table; ratios are to `ast.parse` of the same files, the limit."""
    seconds = row["seconds"]
    return [
        row["package"],
        *(row.get(key, 0) for key in ("files", "lines", "tiles", "one tile")),
        sum(row.get(key, 0) for key in WRONG),
        *(measure(seconds, key) for key in (LIMIT, OURS, PEER)),
    ]


def measure(seconds: dict[str, float], key: str) -> str:
    """Seconds with their ratio to the limit, a dash for what was not measured."""
    if key not in seconds:
        return "-"
    limit = seconds.get(LIMIT) or 1e-9
    return f"{seconds[key]:.2f} s" + ("" if key == LIMIT else f" ({seconds[key] / limit:.2f})")


def goals_of(total: dict[str, Any], absent: list[str]) -> list[Goal]:
    """What must hold of the row of all packages."""
    ratio = total["seconds"][OURS] / total["seconds"][LIMIT]
    return [
        *(Goal(key, total.get(key, 0), "places", 0) for key in WRONG),
        Goal(f"{OURS} on top of {LIMIT}", ratio, "times", 1),
        Goal("packages that cannot be had", len(absent), "packages", 0),
    ]


if __name__ == "__main__":
    sys.exit(main())
