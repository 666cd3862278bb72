"""The same job by workers who see nothing of each other: a repository each, merged in turn by git.

A conflict costs what the oracle needs to write the conflicted symbols again, whole.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from replay_clock import Model
from replay_job import Job
from replay_recipe import recipe_of
from replay_run import Outcome, Settings, play, repository_of, tree_of

from jupiter.ahead import plans_ahead
from jupiter.code.tiles import tile
from jupiter.demo.conversation import Agent
from jupiter.demo.rules import tokens
from jupiter.fold.file import File, FoldedFile
from jupiter.index.source import Request, load
from jupiter.model.finding import Finding
from jupiter.model.symbol import SymbolId
from jupiter.planner.guessing import guess
from jupiter.planner.units import TURN

_GIT = ("-c", "user.name=A", "-c", "user.email=a@localhost", "-c", "core.autocrlf=false")


@dataclass(frozen=True, slots=True)
class Part:
    """What one worker is to do: ids of symbols, or of files with all that is in them."""

    ids: frozenset[str]

    def __contains__(self, symbol: object) -> bool:
        return symbol in self.ids or SymbolId.parse(str(symbol)).path in self.ids


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A symbol that is written again, whole: in which path, as the how-manieth, how many tokens."""

    path: str
    number: int
    tokens: int

    def seconds(self, model: Model) -> float:
        """What that takes: the symbol is read, and written."""
        return model.seconds(f"again {self.path} {self.number}", self.tokens, self.tokens)


@dataclass(frozen=True, slots=True)
class Isolated:
    """What the workers came to, and their merge; `merging` is in real seconds."""

    made: tuple[Outcome, ...]
    merging: float
    conflicted: tuple[Rewritten, ...]
    tree: Mapping[str, File]

    def total(self, model: Model) -> float:
        """The seconds until all is merged, when the first worker is as slow as the model says."""
        names = ("worker-1", *("" for _ in self.made[1:]))
        works = (one.by(model, name) for one, name in zip(self.made, names, strict=True))
        return max(one.total for one in works) + self.merging + self.rewriting(model)

    def rewriting(self, model: Model) -> float:
        """The seconds in which conflicted symbols are written again."""
        return sum(one.seconds(model) for one in self.conflicted)


def by_file(job: Job, workers: int) -> list[Part]:
    """The files, each to who has least so far, the largest change first."""
    weights: dict[str, int] = {}
    for symbol in job.steps:
        path = SymbolId.parse(symbol).path
        weights[path] = weights.get(path, 0) + _size(job, symbol) + TURN
    return _spread(((weight, (path,)) for path, weight in weights.items()), workers)


def by_plan(job: Job, workers: int, folder: Path) -> list[Part]:
    """The briefings of Jupiter's plan, each to who has least so far, in the plan's order."""
    folder.mkdir()
    repository = repository_of(job.before, folder / "repository")
    recipe = folder / "recipe.yaml"
    recipe.write_text(json.dumps(recipe_of(job)))
    planned, _ = next(plans_ahead(load(Request(recipe, repository, workers=workers))))
    briefings = planned.plan.briefings if planned else ()
    return _spread(((b.weight, b.symbols_owned) for b in briefings), workers, is_sorted=True)


def _spread(
    pieces: Iterable[tuple[int, Sequence[str]]], workers: int, *, is_sorted: bool = False
) -> list[Part]:
    free = [0] * workers
    ids: list[list[str]] = [[] for _ in range(workers)]
    for weight, symbols in pieces if is_sorted else sorted(pieces, reverse=True):
        at = free.index(min(free))
        free[at] += weight
        ids[at].extend(symbols)
    return [Part(frozenset(some)) for some in ids if some]


def _size(job: Job, symbol: str) -> int:
    """About how many tokens a symbol is, as far as one can tell before."""
    path, name = SymbolId.parse(symbol)
    before = job.before.get(path)
    if before is None:
        return guess(path, {p: len(file.text) // 4 for p, file in job.before.items()})
    if not name:
        return len(before.text) // 4
    return next((len(one.text) // 4 for one in tile(path, before.text) if one.name == name), 0)


def isolated(job: Job, parts: Sequence[Part], agent: Agent, folder: Path) -> Isolated:
    """Carry out each part alone, and merge."""
    folder.mkdir()
    made = tuple(
        play(job, agent, Settings(workers=1), folder / f"worker-{number}", part)
        for number, part in enumerate(parts, start=1)
    )
    merge = _Merge(job, repository_of(job.before, folder / "merged"))
    begun = time.monotonic()
    for number, part in enumerate(parts, start=1):
        merge.take(folder / f"worker-{number}" / "repository", part)
    seconds = time.monotonic() - begun
    return Isolated(made, seconds, tuple(merge.conflicted), tree_of(merge.repository, "HEAD"))


def mending(found: Iterable[Finding], tree: Mapping[str, File], model: Model) -> float:
    """The seconds in which one more worker writes each symbol in which something does not fit again."""
    again = dict.fromkeys(one.symbol for one in found)
    return sum(Rewritten(symbol, 0, _tokens_of(symbol, tree)).seconds(model) for symbol in again)


def _tokens_of(symbol: str, tree: Mapping[str, File]) -> int:
    path, name = SymbolId.parse(symbol)
    text = next(one.text for one in tile(path, tree[path].text) if one.name == name)
    return tokens(text.decode(errors="replace"))


class _Merge:
    """The branch into which one worker's after the other is merged."""

    def __init__(self, job: Job, repository: Path) -> None:
        self.repository = repository
        self.conflicted: list[Rewritten] = []
        self._job = job
        self._merged: list[Part] = []

    def take(self, worker: Path, part: Part) -> None:
        """Merge a worker's branch, and write anew what is in conflict."""
        self._merged.append(part)
        self._git("fetch", "-q", str(worker), "jupiter/replay")
        done = self._git("merge", "-q", "--no-edit", "FETCH_HEAD", check=False)
        if done.returncode == 0:
            return
        names = self._git("diff", "--name-only", "-z", "--diff-filter=U").stdout
        for path in filter(None, names.decode().split("\0")):
            self._resolve(path)
        self._git("add", "--all", "--force")
        self._git("commit", "-q", "--no-edit")

    def _resolve(self, path: str) -> None:
        target = self.repository / path
        marked = target.read_bytes() if target.exists() else b""
        wanted = self._intended(path)
        for text in _conflicted(path, marked, wanted.text if wanted else b""):
            size = tokens(text.decode(errors="replace"))
            self.conflicted.append(Rewritten(path, len(self.conflicted) + 1, size))
        if wanted is None:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(wanted.text)

    def _intended(self, path: str) -> File | None:
        """A file with all that the workers that are merged have done to it."""
        if path not in self._job.edits:
            is_done = any(path in part for part in self._merged)
            return (self._job.after if is_done else self._job.before).get(path)
        folded = FoldedFile(path, self._job.before[path], self._job.texts.__getitem__)
        for edit in self._job.edits[path]:
            if any(edit.symbol in part for part in self._merged):
                folded.apply(edit)
        return folded.file

    def _git(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "-C", str(self.repository), *_GIT, *arguments]
        return subprocess.run(command, check=check, capture_output=True)


def _conflicted(path: str, marked: bytes, wanted: bytes) -> list[bytes]:
    """The texts of the symbols that stand in a conflict; the whole file where nothing is marked."""
    lines, inside = set[bytes](), False
    for line in marked.splitlines():
        if line.startswith((b"<<<<<<< ", b">>>>>>> ")):
            inside = line.startswith(b"<")
        elif inside and line.strip() and line != b"=======":
            lines.add(line)
    if not lines:
        return [wanted]
    found = [one.text for one in tile(path, wanted) if lines & set(one.text.splitlines())]
    return found or [wanted]
