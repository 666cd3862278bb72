"""Which files pytest takes for tests, by its settings in a repository."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Any

FILES = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
"""Where pytest looks for its settings, in its order."""

_NOT_SEARCHED = (".*", "build", "dist", "node_modules", "venv", "*.egg", "_darcs", "CVS", "{arch}")


@dataclass(frozen=True, slots=True)
class Settings:
    """The folders that are searched, all if there are none, and what files of tests are called."""

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ("test_*.py", "*_test.py")

    def collects(self, path: str) -> bool:
        """Whether pytest finds tests in a file by itself."""
        *folders, name = PurePosixPath(path).parts
        is_skipped = any(fnmatch(one, pattern) for one in folders for pattern in _NOT_SEARCHED)
        is_inside = not self.folders or any(_is_in(path, one) for one in self.folders)
        return is_inside and not is_skipped and any(fnmatch(name, one) for one in self.files)


def settings(texts: Mapping[str, bytes]) -> Settings:
    """The settings in the files at the top of a repository, by name.

    Raises:
        ValueError: a file cannot be read, or has settings of which it is not known what they collect.
    """
    for name in FILES:
        if name in texts and (found := table(name, texts[name])) is not None:
            return _read(name, found)
    return Settings()


def table(name: str, data: bytes) -> Mapping[str, Any] | None:
    """The part of a file that is about pytest; None where it has none."""
    if name.endswith(".toml"):
        tools: Mapping[str, Any] = tomllib.loads(data.decode()).get("tool", {})
        found: Mapping[str, Any] = tools.get("pytest", {})
        return found.get("ini_options", found or None)
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(data.decode())
    except configparser.Error as error:
        raise ValueError(str(error).splitlines()[0]) from error
    section = "tool:pytest" if name == "setup.cfg" else "pytest"
    is_own = name.endswith("pytest.ini")
    return dict(parser.items(section)) if parser.has_section(section) else ({} if is_own else None)


def _read(name: str, table: Mapping[str, Any]) -> Settings:
    if any("doctest" in str(value) for value in table.values()):
        raise ValueError(f"{name} makes pytest collect doctests, which any file may have")
    if "-p " in str(table.get("addopts", "")) or "--pyargs" in str(table.get("addopts", "")):
        raise ValueError(f"{name} loads plugins by name")
    files = tuple(_words(table.get("python_files", ())))
    folders = tuple(_words(table.get("testpaths", ())))
    return Settings(folders, files or Settings().files)


def _words(value: str | Sequence[str]) -> Iterator[str]:
    yield from value.split() if isinstance(value, str) else value


def _is_in(path: str, folder: str) -> bool:
    """Whether a path is one of `testpaths`, or below it; these may have wildcards."""
    wanted = folder.removeprefix("./").rstrip("/")
    parts = PurePosixPath(path).parts
    heads = ("/".join(parts[:n]) for n in range(1, len(parts) + 1))
    return wanted in {"", "."} or any(fnmatch(head, wanted) for head in heads)
