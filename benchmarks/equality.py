"""LibCST commands through Jupiter and through `libcst.tool`: the same bytes, and the seconds of both.

    python benchmarks/equality.py [--quick] [--json FILE] [--package NAME]

Both get the same files and the same two processes, each sample is a program of its own, from the start
of its interpreter to its end, and who goes first changes with every pair. Jupiter's seconds have all in
them that the tool does not do (index, plan, log, a branch with its commits), but for Prefect's server.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import count, groupby
from pathlib import Path
from typing import Literal

from material import copy_of, repository, texts
from table import Goal, Results, aligned, arguments, goals

from jupiter.system.git import Repository

PACKAGES = (("click", "8.1.7"), ("flask", "3.0.0"), ("httpx", "0.27.0"), ("rich", "13.7.0"))
WORKERS = (1, 3, 8)
TWO = 2
"""The processes of the tool, and the workers of Jupiter, when their seconds are compared."""

LIMIT = 1.05
ALONE = Path(__file__).with_name("alone.py")
Texts = Mapping[str, bytes]
By = Literal["libcst.tool", "jupiter"]


@dataclass(frozen=True, slots=True)
class Command:
    """A LibCST command and its arguments."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def title(self) -> str:
        """Its name as a table has room for."""
        return self.name.partition(".")[0]


COMMANDS = (
    Command(
        "ensure_import_present.EnsureImportPresentCommand",
        {"module": "__future__", "entity": "annotations"},
    ),
    Command("add_trailing_commas.AddTrailingCommas"),
    Command("strip_strings_from_types.StripStringsCommand"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One program's run; `cpu` has the seconds of all its processes, `parts` are Jupiter's wall seconds."""

    package: str
    command: str
    by: By
    workers: int
    files: int
    changed: int
    equal: bool
    wall: float
    cpu: float
    parts: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class Made:
    """What a program has made of the Python of a package, and what that took."""

    tree: Texts
    wall: float
    cpu: float
    parts: Mapping[str, float] = field(default_factory=dict[str, float])


def main() -> int:
    """Measure, print, and say whether all trees are equal."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--package", choices=[name for name, _ in PACKAGES], help="only this one")
    options = parser.parse_args()
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory() as folder:
        for sample in measured(Path(folder), options.package, quick=options.quick):
            samples.append(sample)
            print(
                f"{sample.package}, {sample.command}: {sample.by} with {sample.workers} "
                f"in {sample.wall:.1f} s",
                file=sys.stderr,
            )
    results = Results(rows=[asdict(sample) for sample in samples], goals=held(samples))
    print(f"{table(samples)}\n\n{goals(results)}")
    if options.json:
        results.write(options.json)
    return 0 if all(sample.equal for sample in samples) else 1


def measured(folder: Path, only: str | None, *, quick: bool) -> Iterator[Sample]:
    """The samples; quickly, those of one command on click."""
    packages = [pair for pair in PACKAGES if only in {None, pair[0]}][: 1 if quick else None]
    turn = count()
    for package in packages:
        material = repository(*package)
        before = texts(material)
        for command in COMMANDS[1:2] if quick else COMMANDS:
            more = () if quick else WORKERS
            for by, workers, made, expected in _runs(folder, material, command, more, next(turn)):
                yield Sample(
                    package=" ".join(package),
                    command=command.title,
                    by=by,
                    workers=workers,
                    files=len(before),
                    changed=sum(before[path] != made.tree.get(path) for path in before),
                    equal=made.tree == expected,
                    wall=made.wall,
                    cpu=made.cpu,
                    parts=made.parts,
                )


def _runs(
    folder: Path, material: Path, command: Command, more: Sequence[int], turn: int
) -> Iterator[tuple[By, int, Made, Texts]]:
    """Who, with how many workers, what it made and what the tool made; the compared pair comes first."""
    if turn % 2:
        ours = by_jupiter(copy_of(material, folder / "package"), command, TWO)
        tool = by_tool(copy_of(material, folder / "package"), command)
    else:
        tool = by_tool(copy_of(material, folder / "package"), command)
        ours = by_jupiter(copy_of(material, folder / "package"), command, TWO)
    yield "libcst.tool", TWO, tool, tool.tree
    yield "jupiter", TWO, ours, tool.tree
    for workers in more:
        copy = copy_of(material, folder / "package")
        yield "jupiter", workers, by_jupiter(copy, command, workers), tool.tree


def by_tool(root: Path, command: Command) -> Made:
    """Run `libcst.tool codemod` on all Python of a folder, in place."""
    (root / ".libcst.codemod.yaml").write_text("modules: [libcst.codemod.commands]\n")
    values = [part for key, value in command.values.items() for part in (f"--{key}", value)]
    settings = ("--no-format", "--hide-progress", "-j", str(TWO), *values)
    wall, cpu, _ = _timed(
        (sys.executable, "-m", "libcst.tool", "codemod", command.name, *settings, *texts(root)),
        root,
        root.parent / "home",
    )
    return Made(tree=texts(root), wall=wall, cpu=cpu)


def by_jupiter(root: Path, command: Command, workers: int) -> Made:
    """Run the command through Jupiter; the tree is that of the branch which it delivers."""
    recipe = root.parent / "recipe.yaml"
    arguments = ", ".join(f"{key}: {value}" for key, value in command.values.items())
    recipe.write_text(
        f"version: 1\nname: equality\nsteps:\n  change:\n    codemod: {command.name}\n"
        f"    with: {{{arguments}}}\n"
    )
    wall, cpu, printed = _timed(
        (sys.executable, str(ALONE), str(recipe), str(root), str(workers)),
        root.parent,
        root.parent / "home",
    )
    document = json.loads(printed)
    report = document["report"]
    if report["failures"] or report["status"] not in {"done", "unchanged"}:
        raise SystemExit(f"{command.name} on {root}: {report['status']} {report['failures']}")
    tree = _python(Repository.open(root), report["branch"] or "HEAD")
    return Made(tree, wall, cpu + document["pool_cpu"], report["seconds"])


def _python(repository: Repository, revision: str) -> Texts:
    entries = repository.entries(repository.commit(revision))
    found = {
        path: entry.oid
        for path, entry in entries.items()
        if path.endswith(".py") and entry.kind == "file"
    }
    blobs = repository.read(set(found.values()))
    return {path: blobs[oid] for path, oid in found.items()}


def _timed(command: Sequence[str], folder: Path, home: Path) -> tuple[float, float, str]:
    """Wall and CPU seconds of a program with all processes that were waited for, and what it printed."""
    environment = dict(os.environ, JUPITER_HOME=str(home))
    wall, cpu = time.perf_counter(), _children()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    wall, cpu = time.perf_counter() - wall, _children() - cpu
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command[:4])} failed in {folder}: {done.stderr[-2000:]}")
    return wall, cpu, done.stdout


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _pairs(samples: Sequence[Sample]) -> Iterator[tuple[Sample, Sample, bool]]:
    """The tool and Jupiter with as many workers, and whether all of Jupiter's trees are the tool's."""
    for _, group in groupby(samples, lambda sample: (sample.package, sample.command)):
        tool, ours, *more = group
        yield tool, ours, all(sample.equal for sample in (ours, *more))


def held(samples: Sequence[Sample]) -> list[Goal]:
    """The goals: over all pairs, not the best of them."""
    pairs = list(_pairs(samples))
    wall = sum(ours.wall for _, ours, _ in pairs) / sum(tool.wall for tool, _, _ in pairs)
    cpu = sum(ours.cpu for _, ours, _ in pairs) / sum(tool.cpu for tool, _, _ in pairs)
    return [
        Goal("trees that differ", sum(not sample.equal for sample in samples), "trees", 0),
        Goal(f"wall seconds beside libcst.tool -j {TWO}", wall, "times", LIMIT),
        Goal(f"CPU seconds beside libcst.tool -j {TWO}", cpu, "times", LIMIT),
    ]


def table(samples: Sequence[Sample]) -> str:
    """A row for each command on each package."""
    head = (
        *("package", "command", "files", "changed", "equal"),
        *("tool s", "jupiter s", "ratio", "tool cpu", "jupiter cpu", "ratio"),
    )
    rows = [
        (
            *(tool.package, tool.command, tool.files, tool.changed, "yes" if equal else "NO"),
            *(tool.wall, ours.wall, ours.wall / tool.wall),
            *(tool.cpu, ours.cpu, ours.cpu / tool.cpu),
        )
        for tool, ours, equal in _pairs(samples)
    ]
    return aligned([head, *rows])


if __name__ == "__main__":
    sys.exit(main())
