"""Contracts: what the check finds in released packages as they are, and after seeded wrong edits.

    python benchmarks/contracts.py [--quick] [--json FILE]

Of a package as released every finding must be true; each has been looked at by a person, and one that
has not is shown as a miss. A wrong edit counts as found when a finding stands in a symbol that it breaks,
and none in another.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, cycle

from material import repository, texts
from seeds import KINDS, Seed, SeedKind, seeds
from table import Goal, Results, aligned, arguments, goals

from jupiter.code.substitute import tile_names
from jupiter.index.cache import open_cache
from jupiter.index.contracts import findings
from jupiter.index.index import Index, build_index

PACKAGES = {
    "click==8.1.7": "src/click/",
    "flask==3.0.0": "src/flask/",
    "httpx==0.27.0": "httpx/",
    "jinja2==3.1.4": "src/jinja2/",
    "marshmallow==3.21.0": "src/marshmallow/",
    "pluggy==1.5.0": "src/pluggy/",
    "prompt_toolkit==3.0.43": "src/prompt_toolkit/",
    "requests==2.32.3": "src/requests/",
    "rich==13.7.0": "rich/",
    "werkzeug==3.0.1": "src/werkzeug/",
}
"""Each with the folder of its own code."""
_EACH = 10  # edits of a kind

_DEMO = "examples/gevent-get-input.py"
TRUE: Mapping[tuple[str, str, str], str] = {
    (
        "prompt_toolkit==3.0.43",
        "examples/full-screen/text-editor.py:do_go_to",
        "show_message(): missing a required argument: 'text'",
    ): "true: it takes a title and a text, and gets one of them",
    (
        "prompt_toolkit==3.0.43",
        f"{_DEMO}:<imports>",
        "there is no module prompt_toolkit.eventloop.defaults",
    ): "true: an example of version 2",
    (
        "prompt_toolkit==3.0.43",
        f"{_DEMO}:if __name__ == '__main__'",
        "PromptSession(): got an unexpected keyword argument 'loop'",
    ): "true: an example of version 2",
    (
        "prompt_toolkit==3.0.43",
        "examples/prompts/inputhook.py:main",
        "PromptSession(): got an unexpected keyword argument 'inputhook'",
    ): "true: an example of version 2",
    (
        "werkzeug==3.0.1",
        "examples/manage-couchy.py:initdb",
        "Couchy has no attribute init_database",
    ): "true: the example's class has only dispatch and __call__",
}
"""Findings in released packages that are true, by package, symbol and message: why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One finding in a package as released, or one wrong edit."""

    part: str
    package: str
    kind: str
    what: str
    message: str
    found: bool
    judged: str
    seconds: float


def main() -> int:
    """Print the tables and the goals; 1 when a goal is missed."""
    parser = arguments("The contract check on released packages and on seeded wrong edits.")
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args()
    packages = list(PACKAGES)[1:3] if options.quick else list(PACKAGES)
    indexes = {package: _index(package) for package in packages}
    rows: list[Row] = []
    wanted = 2 if options.quick else _EACH
    released = (row for package in packages for row in _released(package, indexes[package]))
    for row in chain(released, _seeded(indexes, wanted, random.Random(options.seed))):
        rows.append(row)
        print(row.part, row.package, row.kind, row.what, row.message, row.found, flush=True)
    results = Results([asdict(row) for row in rows], _goals(rows))
    print(f"{_table(rows)}\n\n{goals(results)}")
    if options.json:
        results.write(options.json)
    return 0 if all(goal.holds for goal in results.goals) else 1


def _index(package: str) -> Index:
    name, _, version = package.partition("==")
    return build_index(texts(repository(name, version), endings=("",)), open_cache())


def _released(package: str, index: Index) -> Iterator[Row]:
    begun = time.process_time()
    found = findings(None, index)
    seconds = round(time.process_time() - begun, 2)
    for one in found:
        judged = TRUE.get((package, one.symbol, one.message), "")
        yield Row(
            "released", package, one.kind, f"{one.symbol} line {one.line}", one.message,
            found=True, judged=judged, seconds=seconds,
        )  # fmt: skip
    if not found:
        yield Row("released", package, "", "", "nothing", found=False, judged="-", seconds=seconds)


def _seeded(indexes: Mapping[str, Index], wanted: int, seeded: random.Random) -> Iterator[Row]:
    """So many edits of each kind, of one package after the other."""
    waiting = {
        package: seeds(index.names.texts, PACKAGES[package], seeded)
        for package, index in indexes.items()
    }
    for kind in KINDS:
        for package, seed in _drawn(waiting, kind, wanted):
            yield _tried(package, indexes[package], seed)


def _drawn(
    waiting: Mapping[str, Mapping[SeedKind, list[Seed]]], kind: SeedKind, wanted: int
) -> Iterator[tuple[str, Seed]]:
    having = [package for package in waiting if waiting[package][kind]]
    left = min(wanted, sum(len(waiting[package][kind]) for package in having))
    for package in cycle(having):
        if left == 0:
            return
        if waiting[package][kind]:
            left -= 1
            yield package, waiting[package][kind].pop()


def _tried(package: str, index: Index, seed: Seed) -> Row:
    changed = {**index.names.texts, seed.path: seed.text}
    begun = time.process_time()
    found = findings(index, build_index(changed, open_cache()))
    seconds = round(time.process_time() - begun, 2)
    expected = _symbols(changed, seed)
    said = {one.symbol for one in found}
    is_right = bool(said) and said <= expected
    message = found[0].message if found else "nothing is found"
    if said - expected:
        message = f"{min(said - expected)} is not broken: {message}"
    return Row(
        "seeded", package, seed.kind, seed.what, message,
        found=is_right, judged="", seconds=seconds,
    )  # fmt: skip


def _symbols(changed: Mapping[str, bytes], seed: Seed) -> set[str]:
    """The tiles that the places stand in which an edit breaks."""
    return {f"{path}:{tile_names(path, changed[path], [line])[line]}" for path, line in seed.breaks}


def _goals(rows: Sequence[Row]) -> list[Goal]:
    untrue = sum(row.part == "released" and not row.judged for row in rows)
    edits = [row for row in rows if row.part == "seeded"]
    share = sum(row.found for row in edits) / len(edits) if edits else 0.0
    return [
        Goal("findings in released packages that are not true", untrue, "findings", 0),
        Goal("wrong edits found, in the right symbol", share, "share", 0.9, "at least"),
    ]


def _table(rows: Sequence[Row]) -> str:
    heads = ("part", "package", "kind", "what", "message", "right", "judged", "CPU s")
    lines: list[Sequence[object]] = [heads]
    lines += [
        (r.part, r.package, r.kind, r.what, r.message[:90], r.found, r.judged, r.seconds)
        for r in rows
    ]
    return aligned(lines)


if __name__ == "__main__":
    raise SystemExit(main())
