"""Two releases of a package as edits of symbols: folded in any order they give the second, byte for byte.

    python benchmarks/releases.py [--quick] [--json FILE] [--case NAME==BEFORE..AFTER]…

Every file that both source distributions have and that differs is written as edits, which are folded in
random orders. Beside it stands what applying the same edits one by one, as they come, would give: "behind
what it names if that is there, else at the end".
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from archives import archive_of, members
from operations import operations
from table import Goal, Results, aligned, arguments, goals

from jupiter.code.tiles import Tile, join, tile
from jupiter.fold.file import File, FoldedFile
from jupiter.model.edit import AnyEdit, Create, Delete, FileText, Gap, Move, Replace
from jupiter.model.symbol import SymbolId

CASES = (
    "flask==2.3.3..3.0.0",
    "jinja2==3.0.3..3.1.0",
    "marshmallow==3.25.1..3.26.0",
    "structlog==23.1.0..23.2.0",
    "cachetools==5.5.2..6.0.0",
    "blinker==1.5..1.6",
    "blinker==1.7.0..1.8.0",
    "pluggy==1.2.0..1.3.0",
    "arrow==0.17.0..1.0",
    "click==8.0.4..8.1.0",
)
QUICK = CASES[2:5]
ORDERS = 20
ENDINGS = (".py", ".pyi", ".md", ".rst")


def main() -> int:
    """Measure, print, and fail when a goal is missed."""
    parser = arguments("Two releases as edits of symbols.")
    parser.add_argument("--case", action="append", metavar="NAME==BEFORE..AFTER")
    options = parser.parse_args()
    results = Results()
    for case in options.case or (QUICK if options.quick else CASES):
        results.rows.append(row(case))
    print(table(results.rows))
    orders = sum(one["orders"] for one in results.rows)
    equal = sum(one["equal"] for one in results.rows)
    results.goals.append(Goal("equal", equal / orders, "of orders", 1.0, "at least"))
    print(goals(results))
    if options.json:
        results.write(options.json)
    return 0 if all(goal.holds for goal in results.goals) else 1


def row(case: str) -> dict[str, Any]:
    """One pair of releases: how many files and edits, and in how many orders all came out right."""
    before, after = pair(case)
    texts: dict[str, bytes] = {}
    job = {
        path: edits_of(path, before[path], after[path], texts) for path in changed(before, after)
    }
    kinds = Counter(edit.op for edits in job.values() for edit in edits)
    found = {"case": case, "files": len(job), "edits": kinds.total(), **kinds}
    equal = naive = 0
    for seed in range(ORDERS):
        chance = random.Random(f"{case}-{seed}")
        shuffled = {path: chance.sample(edits, len(edits)) for path, edits in job.items()}
        equal += all(
            folded(p, before[p], edits, texts) == after[p] for p, edits in shuffled.items()
        )
        naive += all(
            applied(p, before[p], edits, texts) == after[p] for p, edits in shuffled.items()
        )
    return found | {"orders": ORDERS, "equal": equal, "as they come": naive}


def pair(case: str) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files of both releases; raises SystemExit when one cannot be had."""
    name, _, versions = case.partition("==")
    first, _, second = versions.partition("..")
    return _files(f"{name}=={first}"), _files(f"{name}=={second}")


def _files(package: str) -> dict[str, bytes]:
    archive = archive_of(package)
    if archive is None:
        raise SystemExit(f"{package} cannot be fetched")
    return {path.partition("/")[2]: content for path, content in members(archive)}


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    """The paths of files with symbols that both have, and that differ."""
    both = sorted(before.keys() & after.keys())
    return [path for path in both if path.endswith(ENDINGS) and before[path] != after[path]]


def edits_of(path: str, before: bytes, after: bytes, texts: dict[str, bytes]) -> Sequence[AnyEdit]:
    """The edits of one file; their texts go to `texts`."""

    def put(text: bytes) -> str:
        name = hashlib.sha256(text).hexdigest()
        texts[name] = text
        return name

    return operations(path, before, after, put)


def folded(
    path: str, before: bytes, edits: Sequence[AnyEdit], texts: Mapping[str, bytes]
) -> bytes | None:
    """The file when its edits are folded."""
    file = FoldedFile(path, File(before), texts.__getitem__)
    for edit in edits:
        file.apply(edit)
    return file.file and file.file.text


def applied(
    path: str, before: bytes, edits: Sequence[AnyEdit], texts: Mapping[str, bytes]
) -> bytes:
    """The file when each edit is applied to what the earlier ones have left."""
    tiles = list(tile(path, before))
    for edit in edits:
        match edit:
            case FileText():
                return texts[edit.text or ""]
            case Create() | Move():
                _put(tiles, edit, texts)
            case Replace() | Delete() | Gap():
                _change(tiles, edit, texts)
            case _:
                raise AssertionError(edit)
    return join(tiles)


def _put(tiles: list[Tile], edit: Create | Move, texts: Mapping[str, bytes]) -> None:
    name = SymbolId.parse(edit.symbol).name
    gap = b"\n" * (edit.gap or 0)
    if isinstance(edit, Create):
        new = Tile(name, "statement", edit.container, gap, texts[edit.text])
    else:
        at = next((i for i, one in enumerate(tiles) if one.name == name), None)
        if at is None:
            return
        new = tiles.pop(at)
    behind = next((i + 1 for i, one in enumerate(tiles) if one.name == edit.slot), len(tiles))
    tiles.insert(behind if edit.slot else 0, new)


def _change(tiles: list[Tile], edit: Replace | Delete | Gap, texts: Mapping[str, bytes]) -> None:
    name = SymbolId.parse(edit.symbol).name
    for i, one in enumerate(tiles):
        if one.name == name:
            match edit:
                case Replace():
                    tiles[i] = Tile(name, one.kind, one.container, one.gap, texts[edit.text])
                case Gap():
                    tiles[i] = Tile(name, one.kind, one.container, b"\n" * edit.gap, one.text)
                case Delete():
                    del tiles[i]
            return


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows for a person."""
    head = ("case", "files", "edits", "replace", "create", "delete", "move", "gap", "file")
    ends = ("orders", "equal", "as they come")
    return aligned([[*head, *ends], *([one.get(key, 0) for key in (*head, *ends)] for one in rows)])


if __name__ == "__main__":
    sys.exit(main())
