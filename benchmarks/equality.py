"""LibCST commands through Jupiter and through `libcst.tool`: the same bytes, and the seconds of both.

Jupiter's seconds are those of its plan and its work, on plain threads; what the tool does not do (make
commits, keep a log) is shown beside them. The order of the two changes with every package.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from material import copy_of, repository, texts
from table import Goal, Results, aligned, arguments, goals

from jupiter.index.source import Request, load
from jupiter.run import Threads, execute, start
from jupiter.system.git import Repository

PACKAGES = (("click", "8.1.7"), ("flask", "3.0.0"), ("httpx", "0.27.0"), ("rich", "13.7.0"))
WORKERS = (1, 3, 8)
_TWO = 2

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Command:
    """A LibCST command, with its arguments as the recipe and as the tool have them."""

    name: str
    values: Mapping[str, str]
    options: tuple[str, ...]


COMMANDS = (
    Command(
        "ensure_import_present.EnsureImportPresentCommand",
        {"module": "__future__", "entity": "annotations"},
        ("--module", "__future__", "--entity", "annotations"),
    ),
    Command("add_trailing_commas.AddTrailingCommas", {}, ()),
    Command("strip_strings_from_types.StripStringsCommand", {}, ()),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """Wall seconds, and CPU seconds with those of the children."""

    wall: float
    cpu: float


def main() -> int:
    """Measure, print, and say whether all trees are equal."""
    options = arguments(__doc__ or "").parse_args()
    packages, workers = (PACKAGES[:1], (3,)) if options.quick else (PACKAGES, WORKERS)
    commands = COMMANDS[1:2] if options.quick else COMMANDS
    results = Results()
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, version) in enumerate(packages):
            material = repository(name, version)
            for command in commands:
                row = _compare(Path(folder), material, command, workers, tool_first=number % 2 == 0)
                results.rows.append({"package": f"{name} {version}", **row})
                print(f"{name} {command.name.partition('.')[0]}: done", file=sys.stderr)
    _goals(results)
    print(_table(results))
    print(f"\n{goals(results)}")
    if options.json:
        results.write(options.json)
    return 0 if all(row["equal"] for row in results.rows) else 1


def by_tool(root: Path, command: Command, jobs: int = _TWO) -> None:
    """Run `libcst.tool codemod` on all Python of a folder, in place."""
    (root / ".libcst.codemod.yaml").write_text("modules: [libcst.codemod.commands]\n")
    arguments = ("--no-format", "--hide-progress", "-j", str(jobs), *command.options)
    done = subprocess.run(
        (sys.executable, "-m", "libcst.tool", "codemod", command.name, *arguments, *texts(root)),
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    (root / ".libcst.codemod.yaml").unlink()
    if done.returncode != 0:
        raise SystemExit(f"libcst.tool failed on {root}: {done.stderr[-2000:]}")


def by_jupiter(root: Path, command: Command, workers: int) -> dict[str, bytes]:
    """Run the command through Jupiter; the Python of the branch that it delivers."""
    recipe = root.parent / "recipe.yaml"
    values = "".join(f"      {key}: {value}\n" for key, value in command.values.items())
    recipe.write_text(
        f"version: 1\nname: equality\nsteps:\n  change:\n    codemod: {command.name}\n"
        + (f"    with:\n{values}" if values else "")
    )
    report = execute(start(load(Request(recipe, root, workers=workers)), lambda _: None), Threads())
    if report.status not in {"done", "unchanged"}:
        raise SystemExit(f"Jupiter ended with {report.status}: {report.reason}")
    repo = Repository.open(root)
    entries = repo.entries(repo.commit(report.branch or "HEAD"))
    wanted = {
        path: entry.oid
        for path, entry in entries.items()
        if path.endswith(".py") and entry.kind == "file"
    }
    blobs = repo.read(set(wanted.values()))
    return {path: blobs[oid] for path, oid in wanted.items()}


def _compare(
    folder: Path, material: Path, command: Command, workers: Sequence[int], *, tool_first: bool
) -> dict[str, object]:
    tool, ours = copy_of(material, folder / "tool"), copy_of(material, folder / "jupiter")
    spent: dict[str, Spent] = {}

    def measure_tool() -> None:
        spent["tool"], _ = _measured(lambda: by_tool(tool, command))

    def measure_jupiter() -> None:
        spent["jupiter"], trees[_TWO] = _measured(lambda: by_jupiter(ours, command, _TWO))

    trees: dict[int, dict[str, bytes]] = {}
    first, second = (
        (measure_tool, measure_jupiter) if tool_first else (measure_jupiter, measure_tool)
    )
    first()
    second()
    for count in workers:
        trees[count] = by_jupiter(ours, command, count)
    expected = texts(tool)
    return {
        "command": command.name,
        "files": len(expected),
        "workers": sorted(trees),
        "equal": all(tree == expected for tree in trees.values()),
        "changed": sum(expected[path] != data for path, data in texts(material).items()),
        "tool_wall": spent["tool"].wall,
        "tool_cpu": spent["tool"].cpu,
        "jupiter_wall": spent["jupiter"].wall,
        "jupiter_cpu": spent["jupiter"].cpu,
    }


def _measured(work: Callable[[], T]) -> tuple[Spent, T]:
    wall, cpu = time.perf_counter(), _cpu()
    result = work()
    return Spent(time.perf_counter() - wall, _cpu() - cpu), result


def _cpu() -> float:
    parts = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in parts)


def _goals(results: Results) -> None:
    total = {key: sum(row[key] for row in results.rows) for key in ("tool_wall", "jupiter_wall")}
    ratio = total["jupiter_wall"] / total["tool_wall"]
    results.goals.append(Goal("seconds, of libcst.tool -j 2", ratio, "times", 1.05))
    differing = sum(not row["equal"] for row in results.rows)
    results.goals.append(Goal("trees that differ", differing, "trees", 0))


def _table(results: Results) -> str:
    head = (
        *("package", "command", "files", "changed", "equal"),
        *("tool s", "cpu s", "jupiter s", "cpu s", "ratio"),
    )
    return aligned(
        [
            head,
            *(
                (
                    *(row["package"], row["command"].partition(".")[0], row["files"]),
                    *(row["changed"], "yes" if row["equal"] else "NO"),
                    *(row["tool_wall"], row["tool_cpu"], row["jupiter_wall"], row["jupiter_cpu"]),
                    row["jupiter_wall"] / row["tool_wall"],
                )
                for row in results.rows
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
