"""Repair: agents make wrong edits of real packages; one scripted round puts right what is given back.

    python benchmarks/mended.py [--quick] [--package NAME] [--json FILE]

A run for each batch of edits of a package, over HTTP, as `jupiter run` makes it. Its agents make the wrong
edits of what they own; the contract check must then find what is broken, and name the owners that the
plan has. In the one round who is given a call adapts it, and who took something away puts it back. At
last the package's own tests must be as green as they were.

An edit that the check does not find is a miss, and the run is made again without it: nobody would be given
it back. Not drawn are those that break what no check of texts can see, or is to see: calls that unpack
their arguments, lines that are marked for other checkers.
"""

from __future__ import annotations

import ast
import os
import random
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from material import copy_of, repository, texts
from mended_script import Script, Wrong
from seeds import KINDS, Seed, is_open, seeds
from suites import SUITES, Outcome, Suite, baseline, is_green
from table import Goal, Results, aligned, arguments, goals

from jupiter.bus.file import FileLog
from jupiter.code.substitute import tile_names
from jupiter.code.tiles import tile
from jupiter.conductor import Threads
from jupiter.demo.server import MessagesServer
from jupiter.execution import start
from jupiter.index.cache import open_cache
from jupiter.index.index import Index, build_index
from jupiter.index.source import Request, load
from jupiter.model.repair import Attributed, ContractsChecked
from jupiter.model.report import Report
from jupiter.model.run_events import WavePlanned
from jupiter.model.symbol import SymbolId
from jupiter.run import execute
from jupiter.system.process import child_environment, run

PACKAGES = ("click==8.1.7", "flask==3.0.0", "httpx==0.27.0", "rich==13.3.1")
"""Those whose releases have their tests."""
_EACH = 4  # edits of a kind, of one package
_BATCH = 4  # edits of one run
_MARKED = re.compile(r"# (type: ignore|noqa)")
_RECIPE = """\
version: 1
name: mended
repair: {rounds: 1}
codebase: {include: ["**/*.py"]}
steps:
  break: {agent: Make your edits., select: {paths: [PATHS]}, workers: 4}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One wrong edit: whether it was found, and given to whom it belongs; and the package's tests at last."""

    package: str
    kind: str
    what: str
    found: bool
    owner: bool
    green: bool


def main() -> int:
    """Print the table and the goals; 1 when a goal is missed."""
    parser = arguments("Wrong edits of real packages by agents, and one round of repair.")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--package", action="append", choices=PACKAGES, help="only this one")
    options = parser.parse_args()
    packages = options.package or (PACKAGES[1:2] if options.quick else PACKAGES)
    rows: list[Row] = []
    for suite in SUITES:
        if suite.package in packages:
            each = 1 if options.quick else _EACH
            for row in _mended(suite, each, random.Random(options.seed)):
                rows.append(row)
                print(*asdict(row).values(), flush=True)
    results = Results([asdict(row) for row in rows], _goals(rows))
    heads = ("package", "kind", "what", "found", "owner", "green")
    table: list[Sequence[object]] = [heads, *(list(asdict(row).values()) for row in rows)]
    print(f"\n{aligned(table)}\n\n{goals(results)}")
    if options.json:
        results.write(options.json)
    return 0 if all(goal.holds for goal in results.goals) else 1


def _mended(suite: Suite, each: int, seeded: random.Random) -> Iterator[Row]:
    name, _, version = suite.package.partition("==")
    released = repository(name, version)
    index = build_index(texts(released), open_cache())
    wrong = list(_drawn(index, suite.code, each, seeded))
    with tempfile.TemporaryDirectory() as folder:
        before = baseline(suite, copy_of(released, Path(folder) / "tree"))
        for begin in range(0, len(wrong), _BATCH):
            batch = _Batch(suite, released, Path(folder), index, before)
            yield from batch.rows(wrong[begin : begin + _BATCH])


@dataclass(frozen=True, slots=True)
class _Batch:
    """A run with some wrong edits, and the package's tests before."""

    suite: Suite
    released: Path
    folder: Path
    index: Index
    before: Outcome

    def rows(self, wrong: Sequence[Wrong]) -> Iterator[Row]:
        """What became of each; a run with one that is not found is made again without it."""
        tree = copy_of(self.released, self.folder / "tree")
        found, owners, report = _run(tree, self.folder, wrong, self.index)
        of = {id(one): [f for f in found if one.is_about(f)] for one in wrong}
        missed = [one for one in wrong if not one.is_found(of[id(one)])]
        if missed:
            yield from (self._row(one, found=False, owner=False, green=False) for one in missed)
            rest = [one for one in wrong if one not in missed]
            yield from self.rows(rest) if rest else ()
            return
        green = self._is_green(tree, report)
        for one in wrong:
            whose = owners(one.by)  # what nobody owns is given to who broke it
            owner = all(f.briefing == (owners(f.symbol) or whose) for f in of[id(one)])
            yield self._row(one, found=True, owner=owner, green=green)

    def _is_green(self, tree: Path, report: Report) -> bool:
        if report.branch is not None:  # else all is as it was
            checkout = ("git", "checkout", "-q", report.branch)
            run(checkout, cwd=tree, env=child_environment())
        green, after = is_green(self.suite, tree, self.before)
        tests = f"{self.before.passed} passed, now {after.passed}, red {after.red[:5]}"
        print(f"{self.suite.package}: {tests}; left: {report.findings}", flush=True)
        return green and not report.findings

    def _row(self, one: Wrong, *, found: bool, owner: bool, green: bool) -> Row:
        seed = one.seed
        return Row(self.suite.package, seed.kind, seed.what, found, owner, green)


def _drawn(index: Index, code: str, each: int, seeded: random.Random) -> Iterator[Wrong]:
    """Wrong edits, of which none touches what another has to do with."""
    waiting = seeds(index.names.texts, code, seeded)
    open_calls, marked = _unseen(index.names.texts)
    taken: set[str] = set()
    for kind in KINDS:
        left = each
        for seed in waiting[kind]:
            one = _wrong(index.names.texts, seed)
            if left == 0 or one is None or taken & {one.symbol, *one.broken}:
                continue
            if one.word in open_calls or one.word in marked:
                continue
            taken |= {one.symbol, *one.broken}
            left -= 1
            yield one


def _unseen(known: Mapping[str, bytes]) -> tuple[set[str], set[str]]:
    """What is called with arguments that are unpacked; the words of lines that are marked."""
    opened: set[str] = set()
    marked: set[str] = set()
    for text in known.values():
        for line in text.decode(errors="replace").splitlines():
            if _MARKED.search(line):
                marked.update(re.findall(r"\w+", line))
        opened.update(_opened(text))
    return opened, marked


def _opened(text: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if is_open(node):
                yield name
            case _:
                pass


def _wrong(known: Mapping[str, bytes], seed: Seed) -> Wrong | None:
    """A seed as an edit of one symbol; None when it is not one."""
    before = {one.name: one.text for one in tile(seed.path, known[seed.path])}
    after = {one.name: one.text for one in tile(seed.path, seed.text)}
    differing = [name for name, text in before.items() if after.get(name) != text]
    if len(differing) != 1 or after.keys() - before.keys():
        return None
    (name,) = differing
    names = list(before)
    behind = names[names.index(name) - 1] if names.index(name) else ""
    text = after.get(name)
    return Wrong(
        seed,
        str(SymbolId(seed.path, name)),
        before[name].decode(),
        None if text is None else text.decode(),
        str(SymbolId(seed.path, behind)) if behind else "",
        frozenset(_broken({**known, seed.path: seed.text}, seed)),
    )


def _broken(changed: Mapping[str, bytes], seed: Seed) -> Iterator[str]:
    for path, line in seed.breaks:
        yield f"{path}:{tile_names(path, changed[path], [line])[line]}"


def _run(
    tree: Path, folder: Path, wrong: Sequence[Wrong], index: Index
) -> tuple[Sequence[Attributed], Owners, Report]:
    """One run of agents: what the first check found, who owns what by the plan, the report."""
    symbols = {
        str(SymbolId(path, one.name)): one.text.decode(errors="replace")
        for path, text in index.names.texts.items()
        for one in tile(path, text)
    }
    files = {SymbolId.parse(s).path for one in wrong for s in (one.symbol, *one.broken)}
    recipe = folder / "recipe.yaml"
    recipe.write_text(_RECIPE.replace("PATHS", ", ".join(f"{one!r}" for one in sorted(files))))
    with MessagesServer({"Make your edits.": Script(wrong, symbols)}) as server:
        os.environ |= {"ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": server.url}
        report = execute(start(load(Request(recipe, tree)), lambda _: None), Threads())
    events = [event.data for event in FileLog.open(Path(report.log)).events()]
    planned = {
        symbol: one.briefing
        for event in events
        if isinstance(event, WavePlanned)
        for one in event.owned
        for symbol in one.symbols
    }
    first = next(event for event in events if isinstance(event, ContractsChecked))
    return first.findings, Owners(planned), report


@dataclass(frozen=True, slots=True)
class Owners:
    """Who owns what by the plan."""

    planned: Mapping[str, int]

    def __call__(self, symbol: str) -> int | None:
        """The briefing that owns a symbol, or all of its file."""
        return self.planned.get(symbol, self.planned.get(SymbolId.parse(symbol).path))


def _goals(rows: Iterable[Row]) -> list[Goal]:
    rows = list(rows)
    of = max(1, len(rows))
    found = [row for row in rows if row.found]
    green = sum(row.green for row in found) / max(1, len(found))
    return [
        Goal("wrong edits found", sum(r.found for r in rows) / of, "share", 0.9, "at least"),
        Goal("given to their owners", sum(r.owner for r in rows) / of, "share", 0.9, "at least"),
        Goal("of those found, in packages green after the round", green, "share", 1, "at least"),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
