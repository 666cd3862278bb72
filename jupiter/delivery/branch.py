"""The result as a git branch: one commit a change; nothing else in the repository is touched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from jupiter.errors import RequestError
from jupiter.fold.file import File
from jupiter.system.git import Entry, Repository, temporary_index
from jupiter.system.paths import safe_path

RUN_TRAILER = "Jupiter-Run"
_STRIDE = 256  # commits of a branch that are read at a time


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes one commit: its message without trailers, and whole new files by path.

    None in the place of a file deletes the path.
    """

    message: str
    trailers: tuple[tuple[str, str], ...]
    files: Mapping[str, File | None]


def check_branch(repository: Repository, branch: str) -> None:
    """Find out, before any work, whether the result can become this branch; RequestError if not."""
    _replaceable(repository, branch)


def deliver_branch(
    repository: Repository,
    base_commit: str,
    branch: str,
    changes: Sequence[Change],
    *,
    when: datetime,
) -> str:
    """Make the branch, a commit a change in their order, and return its tip's commit id.

    Both dates of every commit are `when`. The branch appears in one step, or not at all: it is
    checked again as by `check_branch`, and RequestError leaves everything as it was.
    """
    if not changes:
        raise ValueError("a branch needs at least one change")
    old = _replaceable(repository, branch)
    identity = repository.identity()
    tip = base_commit
    for change, tree in zip(changes, trees(repository, base_commit, changes), strict=True):
        tip = repository.commit_tree(
            tree, [tip], commit_message(change), identity=identity, when=when
        )
    repository.update_ref(f"refs/heads/{branch}", tip, old, identity=identity, when=when)
    return tip


def trees(repository: Repository, base_commit: str, changes: Sequence[Change]) -> Iterator[str]:
    """Store the tree after each change and yield its id.

    Raises RequestError, before anything is stored, when a change cannot be made to the base.
    """
    base = repository.entries(base_commit)
    _check_changes(base, changes)
    texts = [file.text for change in changes for file in change.files.values() if file is not None]
    blobs = iter(repository.write_blobs(texts))
    with temporary_index(repository) as index:
        index.read_tree(base_commit)
        for change in changes:
            index.update(
                {
                    path: None if file is None else (file.mode, next(blobs))
                    for path, file in change.files.items()
                }
            )
            yield index.write_tree()


def commit_message(change: Change) -> str:
    """Return a change's message with its trailers as the last paragraph."""
    trailers = "".join(f"{key}: {' '.join(value.split())}\n" for key, value in change.trailers)
    return f"{change.message.strip()}\n\n{trailers}" if trailers else f"{change.message.strip()}\n"


def _replaceable(repository: Repository, branch: str) -> str | None:
    """Return the commit that the branch may be moved away from; None when there is no branch."""
    _check_name(repository, branch)
    if place := repository.checked_out().get(branch):
        raise RequestError(
            f"branch {branch!r} is checked out in {place}; switch to another one there, "
            "or name another branch under `deliver:`"
        )
    ref = f"refs/heads/{branch}"
    found = repository.git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if not found.ok:
        return None
    tip = found.stdout.decode().strip()
    if repository.git("symbolic-ref", "--quiet", ref).ok or not _untouched(repository, tip):
        raise RequestError(
            f"branch {branch!r} exists, and not all of it is as Jupiter made it; rename it "
            f"(`git branch -m {branch} NEW`), delete it (`git branch -D {branch}`), "
            "or name another branch under `deliver:`"
        )
    return tip


def _check_name(repository: Repository, branch: str) -> None:
    """Refuse what cannot be a branch, or cannot be one beside the branches that there are."""
    printable = branch.isprintable() and not branch.startswith(("-", "refs/"))
    ref = f"refs/heads/{branch}"
    if not printable or branch == "HEAD" or not repository.git("check-ref-format", ref).ok:
        raise RequestError(
            f"{branch!r} cannot be the name of a branch; "
            "give one like jupiter/my-change, without spaces and any of ~^:?*[\\ or '..'"
        )
    folders = branch.split("/")
    above = ["/".join(folders[:count]) for count in range(1, len(folders))]
    taken = [name for name in above if _exists(repository, f"refs/heads/{name}")]
    below = repository.output("for-each-ref", "--count=1", "--format=%(refname)", f"{ref}/")
    taken += below.decode(errors="replace").replace("refs/heads/", "", 1).split()
    if taken:
        raise RequestError(
            f"branch {branch!r} cannot exist beside branch {taken[0]!r}, for git keeps branches "
            "like files in folders; rename that one, or name another branch under `deliver:`"
        )


def _exists(repository: Repository, ref: str) -> bool:
    return repository.git("show-ref", "--verify", "--quiet", ref).ok


def _untouched(repository: Repository, tip: str) -> bool:
    """Whether a branch ends in the commits of one run, and none was amended, rebased or added.

    Commits of other runs below them belong to what the run began with.
    """
    run = None
    for commit in _history(repository, tip):
        if run is None:
            run = commit.run
        if run is None or commit.run != run:
            return run is not None
        if not commit.is_as_made:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Commit:
    run: str | None
    is_as_made: bool


def _history(repository: Repository, tip: str) -> Iterator[_Commit]:
    """Yield a branch's commits from its tip down."""
    skip = 0
    options = ("rev-list", "--first-parent", f"--max-count={_STRIDE}")
    while ids := repository.output(*options, f"--skip={skip}", tip).decode().split():
        contents = repository.read(ids)
        yield from (_parsed(contents[oid]) for oid in ids)
        skip += len(ids)


def _parsed(content: bytes) -> _Commit:
    """Read of a commit object what tells whether Jupiter made it just so."""
    header, _, message = content.decode(errors="replace").partition("\n\n")
    dates = re.findall(r"^(?:author|committer) .*> (\d+ [+-]\d+)$", header, re.MULTILINE)
    last = message.strip().split("\n\n")[-1]
    found = re.search(rf"^{RUN_TRAILER}: (.+)$", last, re.MULTILINE)
    single = header.count("\nparent ") == 1
    return _Commit(found[1] if found else None, single and len(dates) == 2 and len(set(dates)) == 1)


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
