"""Renames: seeded symbols of real packages by several tools, and the packages' own suites after it.

Green alone proves little, so each edit is also held to what two language servers say of its place.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from material import copy_of, repository
from nodes import Candidate
from places import Place
from references import KINDS
from renamers import (
    Jupiter,
    LanguageServer,
    RegularExpression,
    Renamed,
    Renamer,
    Rope,
    attempt,
)
from suites import SUITES, Outcome, Suite, baseline, is_green
from table import Goal, Results, aligned, arguments
from table import goals as goals_of
from truth import SymbolTruth, Truth, started, truth_of

TOOLS = ("jupiter", "pyright", "ty", "rope", "regex")
_ASKED = 120  # symbols of the truth, of which those with three references are drawn from
_REFERENCES = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One rename of one symbol by one tool."""

    tool: str
    package: str
    kind: str
    symbol: str
    to: str
    green: bool
    refused: str
    edited: int
    missed: int
    wrong: int
    wrong_places: tuple[str, ...]
    missed_places: tuple[str, ...]
    red: tuple[str, ...]
    seconds: float
    suite_seconds: float


def main() -> int:
    """Print the table and the goals; 1 when a goal is missed."""
    parser = arguments("Renames by several tools, judged by the packages' own suites.")
    parser.add_argument("--package", action="append", metavar="NAME==VERSION")
    parser.add_argument("--tool", action="append", choices=TOOLS)
    parser.add_argument("--symbols", type=int, default=20, help="of each package")
    parser.add_argument("--seed", type=int, default=9)
    options = parser.parse_args()
    wanted = options.package or [one.package for one in SUITES]
    count = options.symbols
    if options.quick:
        wanted, count = ["click==8.1.7"], 2
    tools = options.tool or (("jupiter", "regex") if options.quick else TOOLS)
    rows: list[Row] = []
    for suite in SUITES:
        if suite.package in wanted:
            for row in _package(suite, tools, count=count, seed=options.seed):
                rows.append(row)
                print(_line(row), flush=True)
    results = Results([asdict(row) for row in rows])
    results.goals += _goals([row for row in rows if row.tool == "jupiter"])
    print(f"\n{_table(rows)}\n\n{_notes(wanted)}{goals_of(results)}")
    if options.json:
        results.write(options.json)
    return 0 if all(goal.holds for goal in results.goals) else 1


def _package(suite: Suite, tools: Sequence[str], *, count: int, seed: int) -> Iterator[Row]:
    truth = truth_of(suite.package, count=_ASKED, seed=seed)
    name, _, version = suite.package.partition("==")
    released = repository(name, version)
    with tempfile.TemporaryDirectory(prefix="jupiter-renames-") as scratch:
        folder = Path(scratch).resolve()
        before = baseline(suite, copy_of(released, folder / "released"))
        print(f"{suite.package}: {before.passed} tests pass, {len(before.red)} left out")
        judge = _Judge(suite, truth, released, folder / "tree", before, {})
        with _renamers(truth, released, folder, tools) as renamers:
            for symbol in _drawn(truth, suite.code, count):
                for tool in renamers:
                    to = _new_name(symbol.candidate)
                    yield judge.row(tool.name, symbol, to, attempt(tool, symbol.candidate, to))


@contextlib.contextmanager
def _renamers(
    truth: Truth, released: Path, folder: Path, tools: Sequence[str]
) -> Generator[list[Renamer]]:
    servers = [name for name in tools if name in {"pyright", "ty"}]
    with started(truth.texts, servers) as running:
        made: list[Renamer] = []
        for tool in tools:
            if tool in running:
                running[tool].unreachable([p for p in truth.texts.files if p.endswith(".py")])
                made.append(LanguageServer(running[tool], truth.texts))
            elif tool == "rope":
                made.append(Rope(copy_of(released, folder / "rope")))
            elif tool == "regex":
                made.append(RegularExpression(truth.texts))
            else:
                made.append(Jupiter(copy_of(released, folder / "jupiter"), folder))
        yield made


def _drawn(truth: Truth, code: str, count: int) -> list[SymbolTruth]:
    """Symbols with enough references, of each kind in turn, in the order of the seed."""
    waiting = {
        kind: [
            one
            for one in truth.symbols
            if one.candidate.kind == kind
            and one.candidate.symbol.startswith(code)
            and len(one.permitted.difference(one.candidate.places)) >= _REFERENCES
        ]
        for kind in KINDS
    }
    drawn: list[SymbolTruth] = []
    while len(drawn) < count and any(waiting.values()):
        for kind in KINDS:
            if waiting[kind] and len(drawn) < count:
                drawn.append(waiting[kind].pop(0))
    return drawn


def _new_name(symbol: Candidate) -> str:
    name = symbol.name.lstrip("_")
    return "_" * (len(symbol.name) - len(name)) + ("Zq" if name[:1].isupper() else "zq_") + name


@dataclass(slots=True)
class _Judge:
    suite: Suite
    truth: Truth
    released: Path
    tree: Path
    before: Outcome
    known: dict[str, tuple[bool, Outcome]]
    """By what was changed: tools often agree."""

    def row(self, tool: str, symbol: SymbolTruth, to: str, done: Renamed) -> Row:
        """What came of one rename."""
        green, outcome = (False, Outcome(0, (), 0.0)) if done.refused else self._suite(done.files)
        edited = frozenset(self._edited(symbol.candidate.name, to, done.files))
        wanted = symbol.required | frozenset(symbol.candidate.places)
        missed = frozenset[Place]() if done.refused else wanted - edited
        wrong = [place for place in edited if self._is_wrong(symbol, place)]
        return Row(
            tool=tool,
            package=self.suite.package,
            kind=symbol.candidate.kind,
            symbol=symbol.candidate.symbol,
            to=to,
            green=green,
            refused=done.refused,
            edited=len(edited),
            missed=len(missed),
            wrong=len(wrong),
            wrong_places=tuple(map(str, sorted(wrong))),
            missed_places=tuple(map(str, sorted(missed))),
            red=outcome.red[:3],
            seconds=round(done.seconds, 3),
            suite_seconds=round(outcome.seconds, 1),
        )

    def _suite(self, files: Mapping[str, bytes]) -> tuple[bool, Outcome]:
        digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
        if digest not in self.known:
            tree = copy_of(self.released, self.tree)
            for path, data in files.items():
                (tree / path).write_bytes(data)
            self.known[digest] = is_green(self.suite, tree, self.before)
        return self.known[digest]

    def _edited(self, old: str, new: str, files: Mapping[str, bytes]) -> Iterator[Place]:
        """Where `new` stands now and `old` stood before."""
        word = re.compile(rb"\b%s\b" % re.escape(old.encode()))
        for path, after in files.items():
            at = 0  # in the new text, behind what has been compared
            start = 0
            before = self.truth.texts.files.get(path, b"")
            for found in word.finditer(before):
                at += found.start() - start
                start = found.start()
                if after.startswith(new.encode(), at):
                    yield _place(path, before, start)
                    at += len(new.encode()) - len(old.encode())

    def _is_wrong(self, symbol: SymbolTruth, place: Place) -> bool:
        """A name that both servers leave alone, and at least one of them takes for something else."""
        if self.truth.apart(place, symbol.candidate.name) or place in symbol.permitted:
            return False
        if place in symbol.candidate.places or any(place in p for p in symbol.family.values()):
            return False
        said = set(symbol.verdicts.get(place, {}).values())
        return "elsewhere" in said and not said & {"here", "family"}


def _place(path: str, data: bytes, offset: int) -> Place:
    data, offset = (data[3:], offset - 3) if data.startswith(b"\xef\xbb\xbf") else (data, offset)
    head = data[:offset]
    ends = list(re.finditer(rb"\r\n|\r|\n", head))
    return Place(path, len(ends) + 1, offset - (ends[-1].end() if ends else 0))


def _goals(rows: Sequence[Row]) -> list[Goal]:
    accepted = [row for row in rows if not row.refused]
    green = sum(row.green for row in accepted) / len(accepted) if accepted else 0.0
    refused = 1 - len(accepted) / len(rows) if rows else 1.0
    return [
        Goal("accepted renames that are green", green, "share", 1.0, "at least"),
        Goal("refused", refused, "share", 0.1),
        Goal("places wrong", sum(row.wrong for row in rows), "places", 0),
    ]


def _table(rows: Sequence[Row]) -> str:
    heads = ("tool", "of", "symbols", "green", "red", "refused", "missed", "wrong", "seconds each")
    lines: list[Sequence[object]] = [heads]
    groups = [("kind", kind) for kind in KINDS]
    groups += [("package", one) for one in dict.fromkeys(row.package for row in rows)]
    groups.append(("", "all"))
    for tool in dict.fromkeys(row.tool for row in rows):
        for key, value in groups:
            mine = [r for r in rows if r.tool == tool and (not key or getattr(r, key) == value)]
            if mine:
                lines.append(_sums(tool, value, mine))
    return aligned(lines)


def _sums(tool: str, group: str, rows: Sequence[Row]) -> Sequence[object]:
    refused = sum(bool(row.refused) for row in rows)
    green = sum(row.green for row in rows)
    return (
        tool,
        group,
        len(rows),
        green,
        len(rows) - green - refused,
        refused,
        sum(row.missed for row in rows),
        sum(row.wrong for row in rows),
        sum(row.seconds for row in rows) / len(rows),
    )


def _line(row: Row) -> str:
    what = f"refused: {row.refused}" if row.refused else "green" if row.green else "RED"
    red = f" {row.red[0]}" if row.red else ""
    return (
        f"{row.tool:8} {row.kind:9} {row.symbol}: {what}, edited {row.edited}, "
        f"missed {row.missed}, wrong {row.wrong}{red}"
    )


def _notes(packages: Sequence[str]) -> str:
    notes = [f"{one.package}: {one.note}" for one in SUITES if one.note and one.package in packages]
    return "".join(f"{note}\n" for note in notes) + ("\n" if notes else "")


if __name__ == "__main__":
    raise SystemExit(main())
