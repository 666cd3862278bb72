"""What is measured: released packages by name and version, kept in the cache folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from debian import SOURCES, fetched

from jupiter.demo.material import Release, repository_of

SKIPPED = frozenset({".git", "__pycache__"})


def repository(name: str, version: str) -> Path:
    """The git repository of a release, with one commit; not to be changed, see `copy_of`.

    It comes from PyPI, or from Debian where PyPI has it without its tests.

    Raises:
        SurroundingsError: it cannot be fetched.
    """
    release = Release(name, version)
    return repository_of(release, fetched if str(release) in SOURCES else None)


def copy_of(repository: Path, target: Path) -> Path:
    """A copy of a repository for one measurement, without the branches of earlier ones."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(repository, target, symlinks=True)
    return target


def texts(root: Path, endings: Iterable[str] = (".py",)) -> dict[str, bytes]:
    """The files of a folder with one of the endings, by path."""
    wanted = tuple(endings)
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED]
        found += [os.path.join(folder, name) for name in names if name.endswith(wanted)]  # noqa: PTH118 # a quarter of a warm index's time with pathlib
    files = (Path(path) for path in sorted(found) if not os.path.islink(path))  # noqa: PTH114 # pathlib makes an object of each name first
    begin = len(str(root)) + 1
    return {str(file)[begin:].replace(os.sep, "/"): file.read_bytes() for file in files}
