"""Tools that rename a symbol: each gives the changed files, or refuses with its reason."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nodes import Candidate
from places import Texts, apply
from servers import Server, ServerError

from jupiter.conductor import Threads
from jupiter.errors import JupiterError
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.run import execute

_SECONDS = 120.0
_INCLUDE = ("**/*.py", "**/*.pyi", "**/*.toml", "**/*.cfg", "**/*.md", "**/*.rst")


@dataclass(frozen=True, slots=True)
class Renamed:
    """What a tool did: the changed files, or why it refused."""

    files: Mapping[str, bytes]
    refused: str
    seconds: float


class Renamer(Protocol):
    """One tool on one package; `tree` is a git repository of its own to work in."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        ...

    def rename(self, symbol: Candidate, to: str) -> Mapping[str, bytes]:
        """The changed files; raises RefusedError."""
        ...


class RefusedError(Exception):
    """The tool does not make this rename; the text says why."""


def attempt(tool: Renamer, symbol: Candidate, to: str) -> Renamed:
    """Let a tool rename, and take the time; a rename that changes nothing is refused."""
    begun = time.monotonic()
    files: Mapping[str, bytes] = {}
    refused = ""
    try:
        files = tool.rename(symbol, to)
    except RefusedError as error:
        refused = " ".join(str(error).split())[:300] or "no reason"
    if not files and not refused:
        refused = "nothing changed"
    return Renamed(files, refused, time.monotonic() - begun)


@dataclass(slots=True)
class RegularExpression:
    """Every word that reads like the name, in every Python file."""

    texts: Texts
    name: str = "regex"

    def rename(self, symbol: Candidate, to: str) -> Mapping[str, bytes]:
        """See `Renamer.rename`."""
        word = re.compile(rb"\b%s\b" % re.escape(symbol.name.encode()))
        changed = {
            path: word.sub(to.encode(), data)
            for path, data in self.texts.files.items()
            if path.endswith(".py")
        }
        return {path: data for path, data in changed.items() if data != self.texts.files[path]}


@dataclass(slots=True)
class LanguageServer:
    """A server's rename."""

    server: Server
    texts: Texts

    @property
    def name(self) -> str:
        """The server's name."""
        return self.server.name

    def rename(self, symbol: Candidate, to: str) -> Mapping[str, bytes]:
        """See `Renamer.rename`."""
        try:
            return apply(self.texts, self.server.rename(symbol.places[0], to))
        except (ServerError, ValueError) as error:
            raise RefusedError(str(error)) from error


@dataclass(slots=True)
class Rope:
    """rope, in a process of its own: it may crash, or take for ever."""

    tree: Path
    name: str = "rope"

    def rename(self, symbol: Candidate, to: str) -> Mapping[str, bytes]:
        """See `Renamer.rename`."""
        place = symbol.places[0]
        child = Path(__file__).with_name("rope_child.py")
        position = (place.path, str(place.line), str(place.column))
        try:
            done = subprocess.run(
                [sys.executable, str(child), str(self.tree), *position, to],
                capture_output=True,
                check=False,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise RefusedError(f"no answer in {_SECONDS:.0f} s") from error
        if done.returncode:
            raise RefusedError(done.stderr.decode(errors="replace").strip().splitlines()[-1])
        return {path: text.encode() for path, text in json.loads(done.stdout).items()}


@dataclass(slots=True)
class Jupiter:
    """A recipe with one rename step, run to its branch without Prefect."""

    tree: Path
    scratch: Path
    name: str = "jupiter"

    def rename(self, symbol: Candidate, to: str) -> Mapping[str, bytes]:
        """See `Renamer.rename`."""
        recipe = self.scratch / "rename.yaml"
        recipe.write_text(_recipe(symbol.symbol, to), "utf-8")
        os.environ["JUPITER_HOME"] = str(self.scratch / "home")
        try:
            run = start(load(Request(recipe, self.tree)), lambda _notice: None)
            report = execute(run, Threads())
        except JupiterError as error:
            raise RefusedError(str(error)) from error
        if report.commit is None:
            raise RefusedError(f"{report.status}")
        return _changed(self.tree, report.base_commit, report.commit)


def _recipe(symbol: str, to: str) -> str:
    document = {
        "version": 1,
        "name": "rename",
        "codebase": {"include": list(_INCLUDE)},
        "steps": {"rename": {"codemod": "rename", "with": {"symbol": symbol, "to": to}}},
        "deliver": {"branch": "jupiter/rename"},
    }
    return json.dumps(document)  # JSON is YAML


def _changed(tree: Path, before: str, after: str) -> dict[str, bytes]:
    def git(*arguments: str) -> bytes:
        return subprocess.run(
            ["git", "-C", str(tree), *arguments], check=True, capture_output=True
        ).stdout

    names = git("diff", "--name-only", "-z", before, after).split(b"\0")
    return {name.decode(): git("show", f"{after}:{name.decode()}") for name in names if name}
