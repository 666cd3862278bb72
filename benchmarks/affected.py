"""Affected tests: functions of real packages are broken one by one, and all of their tests are run.

    python benchmarks/affected.py [--quick] [--json FILE]

A seeded function gets `raise` for its first statement. What turns red then has to be among the files
that `${{ affected_tests }}` stands for; what these leave out is what is gained.
"""

from __future__ import annotations

import ast
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from material import copy_of, repository, texts
from suites import SUITES, Suite, outcome
from table import Goal, Results, aligned, arguments, goals

from jupiter.delivery.affected_tests import choose
from jupiter.delivery.pytest_settings import FILES, settings
from jupiter.index.index import build_index
from jupiter.index.reach import Reach

SEEDS = {"click==8.1.7": 20, "flask==3.0.0": 20}
"""How many functions of each package are broken."""

COMMAND = ("python", "-m", "pytest")


@dataclass(frozen=True, slots=True)
class Seed:
    """A function that is broken: the file with it, and what that file becomes."""

    symbol: str
    path: str
    text: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One broken function: files of tests that turn red, that are chosen, and red ones that are not."""

    package: str
    symbol: str
    red: int
    chosen: int
    files: int
    missed: int
    why: str
    seconds: float


def main() -> int:
    """Measure, print, and fail when a test is missed."""
    options = arguments("Affected tests, beside those that turn red.").parse_args()
    rows: list[Row] = []
    for suite in SUITES:
        count = SEEDS.get(suite.package, 0)
        if options.quick:
            count = min(count, 5) if suite.package.startswith("click") else 0
        for row in rows_of(suite, count) if count else ():
            rows.append(row)
            print(f"{row.symbol}: {row.red} red, {row.chosen} of {row.files} chosen", flush=True)
    head = tuple(Row.__slots__)
    print(aligned([head, *(tuple(asdict(row).values()) for row in rows)]))
    results = Results([asdict(row) for row in rows], list(goals_of(rows)))
    print(f"\n{goals(results)}")
    if options.json:
        results.write(options.json)
    return 0 if rows and all(goal.holds for goal in results.goals) else 1


def rows_of(suite: Suite, count: int) -> Iterator[Row]:
    """Some functions of a package, each broken by itself."""
    with tempfile.TemporaryDirectory() as scratch:
        tree = copy_of(repository(*suite.package.split("==")), Path(scratch) / "tree")
        known = texts(tree)
        before = Reach(build_index(known))
        red = files_of(outcome(suite, tree).red)
        tops = {name: (tree / name).read_bytes() for name in FILES if (tree / name).is_file()}
        for seed in seeds(known, suite.code, count):
            begun = time.process_time()
            after = Reach(build_index(known | {seed.path: seed.text}))
            made = choose(before, after, [seed.path], tops, COMMAND)
            seconds = time.process_time() - begun
            (tree / seed.path).write_bytes(seed.text)
            found = files_of(outcome(suite, tree).red) - red
            (tree / seed.path).write_bytes(known[seed.path])
            every = len(made.chosen) + len(made.left_out)
            files = every or sum(map(settings(tops).collects, known))
            missed = found & set(made.left_out)
            if "the suite did not run" in found:  # then each of them is red
                missed = set(made.left_out)
            yield Row(
                suite.package,
                seed.symbol,
                len(found),
                len(made.chosen) or files,
                files,
                len(missed),
                "" if made.left_out else made.reason.partition(": ")[2],
                round(seconds, 2),
            )


def seeds(known: Mapping[str, bytes], code: str, count: int) -> list[Seed]:
    """Functions and methods of a package, drawn always the same."""
    found = [one for path in sorted(known) if path.startswith(code) for one in broken(path, known)]
    random.Random(20261126).shuffle(found)
    return found[:count]


def broken(path: str, known: Mapping[str, bytes]) -> Iterator[Seed]:
    """Each function of a module or of its classes, with `raise` in front of its body."""
    lines = known[path].decode().splitlines(keepends=True)
    for name, node in functions(ast.parse(known[path]).body, ""):
        first = next((s for s in node.body if not is_docstring(s)), None)
        if first is None or first.lineno == node.lineno:
            continue
        at = first.lineno - 1
        raised = f"{' ' * first.col_offset}raise RuntimeError('seeded')\n"
        text = "".join([*lines[:at], raised, *lines[at:]]).encode()
        yield Seed(f"{path}:{name}", path, text)


def functions(
    body: list[ast.stmt], inside: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """The functions of a module, and of its classes, by name."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            overloaded = any("overload" in ast.unparse(one) for one in node.decorator_list)
            if not overloaded:
                yield f"{inside}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node.body, f"{inside}{node.name}.")


def is_docstring(node: ast.stmt) -> bool:
    """Whether a statement is a text."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def files_of(names: tuple[str, ...]) -> set[str]:
    """The files of tests, by the names of tests."""
    return {name.partition("::")[0] for name in names}


def goals_of(rows: list[Row]) -> Iterator[Goal]:
    """Nothing that turns red is left out; something is left out."""
    red = sum(row.red for row in rows)
    missed = sum(row.missed for row in rows)
    yield Goal(
        "recall", (red - missed) / max(1, red), "of the files that turn red", 1.0, "at least"
    )
    for package in dict.fromkeys(row.package for row in rows):
        mine = [row for row in rows if row.package == package]
        left_out = sum(row.files - row.chosen for row in mine) / sum(row.files for row in mine)
        yield Goal(f"{package}-left-out", round(left_out, 3), "of the files", 0.1, "at least")


if __name__ == "__main__":
    sys.exit(main())
