"""`findings`: where a checker complains, from its JSON output over a copy of the codebase.

The checkers are a closed list. Each reads the code and its own settings there, and runs none of it.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import NamedTuple

from jupiter.errors import RequestError, SurroundingsError
from jupiter.index.snapshot import Snapshot
from jupiter.recipe.places import listing, mapping
from jupiter.system.process import Completed, child_environment, run
from jupiter.system.scratch import ScratchTree
from jupiter.system.state import cache_folder

SETTINGS = frozenset({"pyproject.toml", "ruff.toml", ".ruff.toml", "pyrightconfig.json"})
"""The names of the files that checkers read beside the code."""

_SECONDS = 300.0


class Complaint(NamedTuple):
    """One finding of a checker: a file as the checker names it, a line from 1, and the rule."""

    file: str
    line: int
    rule: str


def lines_of(checker: str, texts: Mapping[str, bytes], snapshot: Snapshot) -> dict[str, set[int]]:
    """The lines, from 1, that a checker complains of, by path; `ruff:UP006` asks for one rule.

    Raises:
        RequestError: the checker does not know the rule.
        SurroundingsError: the checker is not installed, fails, or takes too long.
    """
    name, _, rule = checker.partition(":")
    settings = [
        path
        for path, entry in snapshot.entries.items()
        if entry.kind == "file" and PurePosixPath(path).name in SETTINGS
    ]
    found: defaultdict[str, set[int]] = defaultdict(set)
    with ScratchTree(cache_folder() / "checkers") as tree:
        tree.write(snapshot.texts(settings) | dict(texts))
        for one in _COMPLAINTS[name](name, rule, tree.root):
            path = Path(one.file)
            if rule in {"", one.rule} or (name == "ruff" and one.rule.startswith(rule)):
                found[path.relative_to(tree.root).as_posix()].add(one.line)
    return dict(found)


def _ruff(name: str, rule: str, root: Path) -> Iterator[Complaint]:
    chosen = ["--select", rule] if rule else []
    quiet = ["--no-fix", "--no-cache", "--exit-zero", "--output-format", "json"]
    done = _run(name, ["check", *quiet, *chosen, "."], root)
    if rule and done.exit_code == 2 and b"Unknown rule" in done.stderr:
        raise RequestError(f"findings: ruff knows no rule {rule!r}; `ruff rule --all` lists them")
    for one in listing(_read(name, done, {0})):
        line = mapping(one, "location").get("row")
        yield Complaint(str(mapping(one)["filename"]), _number(line), str(mapping(one)["code"]))


def _pyright(name: str, _rule: str, root: Path) -> Iterator[Complaint]:
    done = _run(name, ["--outputjson", "-p", str(root)], root)
    for one in listing(mapping(_read(name, done, {0, 1})).get("generalDiagnostics")):
        if mapping(one).get("severity") in {"error", "warning"}:
            line = _number(mapping(one, "range", "start").get("line")) + 1
            rule = str(mapping(one).get("rule", ""))
            yield Complaint(str(mapping(one)["file"]), line, rule)


_COMPLAINTS: Mapping[str, Callable[[str, str, Path], Iterator[Complaint]]] = MappingProxyType(
    {"basedpyright": _pyright, "pyright": _pyright, "ruff": _ruff}
)


def _run(name: str, arguments: list[str], root: Path) -> Completed:
    environment = child_environment()
    beside = str(Path(sys.executable).parent)
    program = shutil.which(name, path=beside) or shutil.which(name, path=environment["PATH"])
    if program is None:
        raise SurroundingsError(
            f"findings: {name} is not installed; install it beside Jupiter: pip install {name}"
        )
    done = run(
        [program, *arguments], cwd=root, env=environment, timeout=_SECONDS, output_limit=None
    )
    if done.timed_out:
        raise SurroundingsError(f"findings: {name} has not ended within {_SECONDS:.0f} seconds")
    return done


def _read(name: str, done: Completed, fine: set[int]) -> object:
    with suppress(ValueError):
        if done.exit_code in fine:
            return json.loads(done.stdout)
    said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
    why = said[-1] if said else "it printed no JSON"
    raise SurroundingsError(f"findings: {name} ended with {done.exit_code}: {why}")


def _number(value: object) -> int:
    """A line; what has none is about the file, of which that is the first."""
    return value if isinstance(value, int) else 1
