"""`jupiter select`: what a selection finds in a repository; nothing is changed."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupiter.cli import console
from jupiter.errors import RequestError
from jupiter.index.snapshot import Snapshot
from jupiter.index.source import index_of
from jupiter.model.plan import Found, FoundSymbol
from jupiter.model.select import Select
from jupiter.model.symbol import SymbolId, counted
from jupiter.planner.evidence import evidence_for
from jupiter.planner.finding import find
from jupiter.planner.nearest import why_nothing
from jupiter.recipe.load import parse_select
from jupiter.system.git import Repository

INCLUDE = ("**/*.py", "**/*.pyi", "**/*.md", "**/*.rst")
"""The files that are looked at when nothing is said: those that are cut into symbols."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "select", metavar="SELECT", help="as behind `select:` in a recipe: '{imports: pydantic}'"
    )
    parser.add_argument(
        "--repo",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the git repository (default: here)",
    )
    parser.add_argument(
        "--ref", default="HEAD", metavar="REV", help="the revision to look at (default: HEAD)"
    )
    parser.add_argument(
        "--include",
        action="append",
        metavar="GLOB",
        help=f"the files to look at; can be given several times (default: {', '.join(INCLUDE)})",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(options: argparse.Namespace) -> int:
    """Print what is found, a line a symbol; a file that is found whole is one line."""
    wanted = parse_select(options.select, "SELECT")
    repository = Repository.open(options.repo)
    commit = repository.commit(options.ref)
    found = _found(wanted, repository, commit, tuple(options.include or INCLUDE))
    if options.json:
        console.result_json(found)
    else:
        rows = [(one.symbol, one.kind, f"{one.path}:{one.line}") for one in found.symbols]
        console.result(console.columns(rows))
        console.say(counted(one.symbol for one in found.symbols))
    return 0


def _found(wanted: Select, repository: Repository, commit: str, include: tuple[str, ...]) -> Found:
    index = index_of(repository, commit, include)
    evidence = evidence_for([wanted], index, Snapshot(repository, commit))
    symbols: list[FoundSymbol] = []
    for path, names in find(wanted, index, evidence).items():
        facts = index.files[path]
        if len(names) == len(facts.symbols):
            symbols.append(FoundSymbol(symbol=path, path=path, line=1, kind="file"))
            continue
        for name, kind, line in zip(facts.symbols, facts.kinds, facts.text_lines, strict=True):
            if name in names:
                symbol = str(SymbolId(path, name))
                symbols.append(FoundSymbol(symbol=symbol, path=path, line=line, kind=kind))
    if not symbols:
        raise RequestError(f"{why_nothing(wanted, index, evidence)}; correct the selection")
    return Found(base_commit=commit, symbols=tuple(symbols))
