"""What is measured: released packages from PyPI, by name and version, kept in the cache folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from jupiter.demo.material import Release, repository_of

SKIPPED = frozenset({".git", "__pycache__"})


def repository(name: str, version: str) -> Path:
    """The git repository of a release, with one commit; not to be changed, see `copy_of`.

    Raises:
        SurroundingsError: it cannot be fetched.
    """
    return repository_of(Release(name, version))


def copy_of(repository: Path, target: Path) -> Path:
    """A copy of a repository for one measurement, without the branches of earlier ones."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(repository, target, symlinks=True)
    return target


def texts(root: Path, endings: Iterable[str] = (".py",)) -> dict[str, bytes]:
    """The files of a folder with one of the endings, by path."""
    wanted = tuple(endings)
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.name.endswith(wanted) and path.is_file() and not path.is_symlink()
        if SKIPPED.isdisjoint(path.relative_to(root).parts)
    }
