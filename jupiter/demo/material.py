"""A released package as a git repository in the user's cache folder: the material of demo and benchmarks."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jupiter.errors import SurroundingsError
from jupiter.system.process import Completed, child_environment, run
from jupiter.system.state import cache_folder

_DATE = "2023-08-17T17:29:11+00:00"  # of click's release: the same commit id everywhere
_QUIET = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.autocrlf=false",
    "-c",
    "commit.gpgsign=false",
)


@dataclass(frozen=True, slots=True)
class Release:
    """A source distribution on PyPI, and the SHA-256 of its archive; None takes what comes."""

    name: str
    version: str
    sha256: str | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


CLICK = Release(
    "click", "8.1.7", "ca9853ad459e787e2192211578cc907e7594e294c7ccc834310722b41b9ca6de"
)


Fetch = Callable[[Release, Path], Path]
"""Gets the archive of a release into a folder, and says where it lies."""


def repository_of(release: Release, fetch: Fetch | None = None) -> Path:
    """The release as a git repository with one commit; fetched, from PyPI, when it is not there yet.

    Raises:
        SurroundingsError: it cannot be fetched, or what came is not what was released.
    """
    target = cache_folder() / "demo" / f"{release.name}-{release.version}"
    if (target / ".git" / "complete").exists():
        return target
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = _unpack((fetch or _download)(release, Path(folder)), Path(folder))
        _commit(made, release)
        (made / ".git" / "complete").touch()
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
    return target


def _download(release: Release, folder: Path) -> Path:
    done = _run(
        folder,
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-binary", release.name, "--dest", str(folder)),
        f"{release.name}=={release.version}",
    )
    archive = next(folder.glob("*.tar.gz"), None)
    if not done.ok or archive is None:
        raise SurroundingsError(f"cannot fetch {release} from PyPI (offline?): {_last_line(done)}")
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if release.sha256 not in {None, found}:
        raise SurroundingsError(
            f"{archive.name} is not what was released as {release}: its SHA-256 is {found}, "
            f"expected {release.sha256}; look at the package index that pip is set to"
        )
    return archive


def _unpack(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as content:
        content.extractall(folder / "source", filter="data")
    return next((folder / "source").iterdir())


def _commit(folder: Path, release: Release) -> None:
    for arguments in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all", "--force"),
        ("commit", "--quiet", "--message", f"{release}, as released"),
    ):
        done = _run(folder, "git", *_QUIET, *arguments)
        if not done.ok:
            raise SurroundingsError(f"git {arguments[0]} failed in {folder}: {_last_line(done)}")


def _run(folder: Path, *arguments: str) -> Completed:
    who = {f"GIT_{role}_{what}": text for role in ("AUTHOR", "COMMITTER") for what, text in _WHO}
    return run(arguments, cwd=folder, env=child_environment() | who, merge=True)


_WHO = (("NAME", "Jupiter demo"), ("EMAIL", "demo@localhost"), ("DATE", _DATE))


def _last_line(done: Completed) -> str:
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {done.exit_code}"
