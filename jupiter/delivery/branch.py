"""The result as a git branch: one commit a change; nothing else in the repository is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from jupiter.delivery.place import Wanted, find_place
from jupiter.delivery.target import publish, target_of
from jupiter.errors import RequestError
from jupiter.fold.file import File
from jupiter.system.git import Entry, Identity, Repository, temporary_index
from jupiter.system.paths import safe_path


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes one commit: its message without trailers, and whole new files by path.

    None in the place of a file deletes the path.
    """

    message: str
    trailers: tuple[tuple[str, str], ...]
    files: Mapping[str, File | None]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The branch that was made, and its tip."""

    branch: str
    commit: str


def deliver_branch(
    repository: Repository,
    base_commit: str,
    wanted: Wanted,
    changes: Sequence[Change],
    *,
    when: datetime,
) -> Delivered:
    """Make the branch, a commit a change in their order.

    Both dates of every commit are `when`. The branch appears in one step, or not at all: it is
    looked for a place again as by `find_place`, and RequestError leaves everything as it was.
    """
    if not changes:
        raise ValueError("a branch needs at least one change")
    target = target_of(repository, wanted)
    place = find_place(target.repository, wanted, target.space)
    identity = target.repository.identity()
    tip = commits(repository, base_commit, changes, identity=identity, when=when)
    publish(repository, target, place, tip, when=when)
    return Delivered(place.branch, tip)


def commits(
    repository: Repository,
    base_commit: str,
    changes: Sequence[Change],
    *,
    identity: Identity,
    when: datetime,
) -> str:
    """Store a commit a change, each on top of the one before, and return the last one's id."""
    tip = base_commit
    for change, tree in zip(changes, trees(repository, base_commit, changes), strict=True):
        tip = repository.commit_tree(
            tree, [tip], commit_message(change), identity=identity, when=when
        )
    return tip


def trees(repository: Repository, base_commit: str, changes: Sequence[Change]) -> Iterator[str]:
    """Store the tree after each change and yield its id.

    Raises RequestError, before anything is stored, when a change cannot be made to the base.
    """
    _check_changes(repository.entries(base_commit), changes)
    yield from _stored(repository, base_commit, [change.files for change in changes])


def last_tree(repository: Repository, base_commit: str, changes: Sequence[Change]) -> str:
    """Store the tree after all the changes, and none before it; raises as `trees` does."""
    base = repository.entries(base_commit)
    _check_changes(base, changes)
    last = {path: file for change in changes for path, file in change.files.items()}
    files = {path: file for path, file in last.items() if file is not None or path in base}
    [tree] = _stored(repository, base_commit, [files])
    return tree


def _stored(
    repository: Repository, base_commit: str, each: Sequence[Mapping[str, File | None]]
) -> Iterator[str]:
    texts = [file.text for files in each for file in files.values() if file is not None]
    blobs = iter(repository.write_blobs(texts))
    with temporary_index(repository) as index:
        index.read_tree(base_commit)
        for files in each:
            index.update(
                {
                    path: None if file is None else (file.mode, next(blobs))
                    for path, file in files.items()
                }
            )
            yield index.write_tree()


def commit_message(change: Change) -> str:
    """Return a change's message with its trailers as the last paragraph."""
    trailers = "".join(f"{key}: {' '.join(value.split())}\n" for key, value in change.trailers)
    return f"{change.message.strip()}\n\n{trailers}" if trailers else f"{change.message.strip()}\n"


def _check_changes(base: Mapping[str, Entry], changes: Sequence[Change]) -> None:
    present = set(base)
    for change in changes:
        for path, file in change.files.items():
            if file is None and path not in present:
                raise RequestError(f"{path}: cannot be deleted, it does not exist")
            _check_path(base, path)
        gone = {path for path, file in change.files.items() if file is None}
        present = (present | set(change.files)) - gone
        for path in set(change.files) - gone:
            if above := present.intersection(_folders(path)):
                raise RequestError(f"{path}: cannot be written, {above.pop()} is not a folder")
            if path not in base and any(other.startswith(f"{path}/") for other in present):
                raise RequestError(f"{path}: cannot be written, it is a folder")


def _check_path(base: Mapping[str, Entry], path: str) -> None:
    if not safe_path(path):
        raise RequestError(f"{path!r}: is not a path that a change may write")
    if path in base and base[path].kind != "file":
        raise RequestError(f"{path}: is a {base[path].kind}, which a change may not write")


def _folders(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))
