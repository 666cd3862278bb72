"""The whole index, cold and warm, and one symbol's references: seconds and memory beside the peers.

    python benchmarks/index.py [--quick] [--json FILE]

On Django 5.2 (its package, and all of its source distribution) and on Home Assistant 2025.1.4, over a
million lines. Each tool runs in a process of its own; CPU counts its children; the limit is
`ast.parse` of the same files. A peer that is not installed is left out by name, and one that fails is
shown with its last words.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from archives import archive_of, members
from processes import Cost, as_installed, cost_of
from table import Goal, Results, aligned, arguments, goals

CHILD = str(Path(__file__).with_name("index_child.py"))
ROUNDS = 3
_COUNT = re.compile(r"\d+ (errors|diagnostics|tags)\b")
PARSE, COLD, WARM, ONE = "ast.parse (limit)", "jupiter cold", "jupiter warm", "jupiter references"


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder of a release: `folder` of its archive, and `package` is below it; one symbol."""

    name: str
    release: str
    folder: str
    package: str
    symbol: str


DJANGO = Tree("django/", "Django==5.2", "django", "django", "django/utils/encoding.py:force_str")
TREES = (
    DJANGO,
    Tree("Django 5.2", "Django==5.2", "", "django", "django/utils/encoding.py:force_str"),
    Tree(
        "Home Assistant",
        "homeassistant==2025.1.4",
        "homeassistant",
        "homeassistant",
        "homeassistant/helpers/update_coordinator.py:UpdateFailed",
    ),
)


@dataclass(slots=True)
class Measured:
    """All rounds of one tool on one tree."""

    tree: str
    tool: str
    cpu: list[float] = field(default_factory=list[float])
    wall: list[float] = field(default_factory=list[float])
    memory: list[float] = field(default_factory=list[float])
    exit_code: int = 0
    answer: Mapping[str, Any] = field(default_factory=dict[str, Any])
    said: str = ""

    def add(self, cost: Cost) -> None:
        """One more round."""
        try:
            self.answer = json.loads(cost.said)
        except ValueError:
            lines = cost.said.strip().splitlines() or [""]
            counted = [line for line in lines if _COUNT.search(line)]
            self.said = (counted or lines)[-1].strip()[:100]
        # a language server is driven by Python, whose own time is not the server's
        self.cpu.append(self.answer.get("cpu", cost.cpu))
        self.wall.append(cost.wall)
        self.memory.append(cost.memory)
        self.exit_code = cost.exit_code

    def row(self) -> tuple[object, ...]:
        """As a line of the table."""
        middle = (statistics.median(values) for values in (self.cpu, self.wall, self.memory))
        cpu, wall, memory = middle
        answer = " ".join(f"{k} {_short(v)}" for k, v in self.answer.items()) or self.said
        return self.tree, self.tool, cpu, wall, round(memory), self.exit_code, answer


def main() -> int:
    """Measure, print, and fail when a goal is missed."""
    options = arguments("The index, cold and warm, beside its peers.").parse_args()
    trees = (DJANGO,) if options.quick else TREES
    found: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="jupiter-index-") as scratch:
        for tree in trees:
            root = _unpacked(tree, Path(scratch))
            if root is None:
                print(f"left out: {tree.release} cannot be fetched")
                continue
            found += _rounds(tree, root, Path(scratch), 1 if options.quick else ROUNDS)
    results = Results(
        [
            {"tree": one.tree, "tool": one.tool, "cpu": one.cpu, "wall": one.wall}
            | {"memory": one.memory, "exit_code": one.exit_code, "answer": one.answer}
            | {"said": one.said}
            for one in found
        ],
        list(_goals(found)),
    )
    heads = ("tree", "tool", "CPU s", "wall s", "MiB", "exit", "answer")
    print(aligned([heads, *(one.row() for one in found)]))
    print(f"\nleft out: {', '.join(_missing()) or 'nothing'}\n{goals(results)}")
    if options.json:
        results.write(options.json)
    return 0 if all(goal.holds for goal in results.goals) else 1


def _rounds(tree: Tree, root: Path, scratch: Path, rounds: int) -> list[Measured]:
    """Every tool once, then every tool again: what else the machine does meets all of them."""
    cache = scratch / "cache" / "index.sqlite"
    cache.parent.mkdir(exist_ok=True)
    found: dict[str, Measured] = {}
    for _ in range(rounds):
        cache.unlink(missing_ok=True)
        for tool, command in _commands(tree, root, cache).items():
            print(f"{tree.name}: {tool}", file=sys.stderr, flush=True)
            measured = found.setdefault(tool, Measured(tree.name, tool))
            measured.add(cost_of(command, root, _environment(scratch)))
    return list(found.values())


def _commands(tree: Tree, root: Path, cache: Path) -> dict[str, Sequence[str]]:
    """What is run, in this order; a warm index needs the cold one before it."""
    child = [sys.executable, CHILD]
    commands: dict[str, Sequence[str]] = {
        PARSE: [*child, "parse", str(root)],
        COLD: [*child, "index", str(root), str(cache)],
        WARM: [*child, "index", str(root), str(cache), "changed"],
        ONE: [*child, "one", str(root), tree.symbol],
    }
    if ty := _program("ty"):
        # what it cannot import is asked of nobody, so that its result depends on the tree alone
        commands["ty check"] = [ty, "check", "--exit-zero", "--output-format=concise", "."]
        commands["ty references"] = [*child, "server", str(root), tree.symbol, "ty"]
    if pyrefly := _program("pyrefly"):
        commands["pyrefly check"] = [pyrefly, "check", "--output-format=omit-errors", "."]
    if _has("grimp"):
        commands["grimp (imports)"] = [*child, "grimp", str(root), tree.package]
    if _has("griffe"):
        commands["griffe (definitions)"] = [*child, "griffe", str(root), tree.package]
    if ctags := shutil.which("ctags"):
        commands["ctags (definitions)"] = [
            *(ctags, "-R", "--languages=Python", "--totals=yes", "-f", os.devnull, ".")
        ]
    return commands


def _goals(found: Sequence[Measured]) -> Iterator[Goal]:
    known = {(one.tree, one.tool): one for one in found}
    for (tree, tool), one in known.items():
        if tool != COLD:
            continue
        cpu = statistics.median(one.cpu)
        if (tree, "ty check") in known:
            peer = statistics.median(known[tree, "ty check"].cpu)
            yield Goal(f"whole index, {tree}", cpu / peer, "of the CPU of ty check", 1)
        limit = statistics.median(known[tree, PARSE].cpu)
        yield Goal(f"whole index beside the limit, {tree}", cpu / limit, "times ast.parse", 4)
        if (tree, "ty references") in known:
            ours = statistics.median(known[tree, ONE].cpu)
            peer = statistics.median(known[tree, "ty references"].cpu)
            yield Goal(f"one symbol, {tree}", ours / peer, "of the CPU of ty's server", 1)
        if tree == "Home Assistant":
            yield Goal("memory at a million lines", max(one.memory), "MiB", 1024)
        else:
            warm = statistics.median(known[tree, WARM].wall)
            yield Goal(f"one file changed, {tree}", warm, "s, with the start of Python", 0.5)


def _unpacked(tree: Tree, scratch: Path) -> Path | None:
    """A folder with the tree's Python files alone, so that all tools see the same."""
    archive = archive_of(tree.release)
    if archive is None:
        return None
    is_wheel = archive.suffix == ".whl"
    root = scratch / tree.name.replace("/", "").replace(" ", "-")
    for name, data in members(archive):
        path = name if is_wheel else name.partition("/")[2]
        if path.endswith((".py", ".pyi")) and path.startswith(tree.folder):
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    return root


def _environment(scratch: Path) -> dict[str, str]:
    """The caller's, but for a home and a cache of our own: nothing is warm that should be cold."""
    return as_installed() | {"HOME": str(scratch), "XDG_CACHE_HOME": str(scratch / "cache")}


def _program(name: str) -> str | None:
    path = Path(sys.executable).with_name(name)
    return str(path) if path.exists() else None


def _has(module: str) -> bool:
    return find_spec(module) is not None


def _missing() -> list[str]:
    absent = [name for name in ("ty", "pyrefly") if _program(name) is None]
    absent += [name for name in ("grimp", "griffe") if not _has(name)]
    return absent + ([] if shutil.which("ctags") else ["universal-ctags"])


def _short(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
