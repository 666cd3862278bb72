"""The result as a patch that `git apply` takes; the repository is only read."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from jupiter.delivery.branch import Change, last_tree
from jupiter.errors import RequestError, SurroundingsError
from jupiter.system.files import write_whole
from jupiter.system.git import Repository
from jupiter.system.paths import is_git_folder


def patch(repository: Repository, base_commit: str, changes: Sequence[Change]) -> bytes:
    """Return what all the changes together do to the base, empty when that is nothing.

    Raises RequestError when a change cannot be made to the base.
    """
    with tempfile.TemporaryDirectory(prefix="jupiter-objects-") as folder:
        scratch = repository.quarantined(Path(folder))
        tree = last_tree(scratch, base_commit, changes)
        return scratch.output(
            *("diff-tree", "-r", "-p", "--binary", "--full-index", "--no-renames", "--no-color"),
            *("--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/"),
            *(base_commit, tree),
        )


def check_patch(path: Path) -> None:
    """Find out, before any work, whether a patch can become this file; RequestError if not."""
    if path.is_dir():
        raise RequestError(f"{path}: is a folder; name a file for the patch")
    if any(is_git_folder(part) for part in path.resolve().parts):
        raise RequestError(f"{path}: lies in a .git folder; name another file for the patch")
    if _is_tracked(path):
        raise RequestError(f"{path}: is a file of the repository; name another for the patch")


def write_patch(path: Path, data: bytes) -> None:
    """Write a patch, whole or not at all, over an earlier one; folders above it are made.

    Raises RequestError as `check_patch` does, SurroundingsError when the file cannot be written.
    """
    check_patch(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        raise SurroundingsError(f"{path}: cannot be written: {error.strerror}") from error


def _is_tracked(path: Path) -> bool:
    """Whether the repository that the path lies in, if any, has a file there."""
    folder = path.absolute().parent
    while not folder.is_dir():
        folder = folder.parent
    try:
        repository = Repository.open(folder)
    except RequestError:  # not in a repository: nobody tracks it
        return False
    if repository.top is None:
        return False
    inside = path.parent.resolve() / path.name
    if not inside.is_relative_to(repository.top.resolve()):
        return False
    name = inside.relative_to(repository.top.resolve()).as_posix()
    listing = repository.output("ls-files", "-z", "--cached", "--", f":(top,literal){name}")
    return bool(listing)
