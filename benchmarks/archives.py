"""Released packages by name and version, read from their archives without unpacking anything."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

_PATIENCE = 240
"""Seconds for one download: pip asks a source distribution's build system for its metadata."""


def listed(path: Path) -> list[str]:
    """The packages, as `NAME==VERSION`, that a list names, one a line; `#` starts a comment."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line]


def archive_of(package: str) -> Path | None:
    """The source distribution of `NAME==VERSION`, else its wheel, from the cache or by pip.

    None when neither can be had.
    """
    folder = _cache() / package.replace("==", "-")
    if not folder.exists():
        name = package.partition("==")[0]
        for kind in (["--no-binary", name], ["--only-binary", ":all:", "--ignore-requires-python"]):
            if _download(package, kind, folder):
                break
    return next(iter(sorted(folder.glob("*"))), None) if folder.exists() else None


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Path and content of every plain file in an archive."""
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                if not info.is_dir():
                    yield info.filename, opened.read(info)
        return
    with tarfile.open(archive) as opened:
        for member in opened:
            if member.isfile() and (content := opened.extractfile(member)):
                yield member.name, content.read()


def _download(package: str, kind: list[str], folder: Path) -> bool:
    fetch = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        command = [*fetch, "--no-deps", *kind, "-d", scratch, package]
        try:
            done = subprocess.run(
                command,
                check=False,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=_PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return False
        if done.returncode or not any(Path(scratch).iterdir()):
            return False
        folder.mkdir(exist_ok=True)
        for path in Path(scratch).iterdir():
            path.rename(folder / path.name)
    return True


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "jupiter" / "benchmarks" / "archives"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
