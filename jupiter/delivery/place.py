"""Where a branch can go: under which name, and in place of what; a person's commits are never lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path
from typing import assert_never

from jupiter.errors import RequestError
from jupiter.model.recipe import IfExists
from jupiter.system.git import Repository

RUN_TRAILER = "Jupiter-Run"
LOCAL = "refs/heads/"
"""The space of a repository's own branches."""
_STRIDE = 256  # commits of a branch that are read at a time


@dataclass(frozen=True, slots=True)
class Wanted:
    """A branch that a run wants to make, and what is to become of an earlier one.

    A branch that `run` itself has made, before it was resumed, is replaced in any case. `push`: a
    mirror's branch goes to its origin too.
    """

    branch: str
    if_exists: IfExists = "replace"
    run: str = ""
    push: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """The branch's name, and the commit that it is moved away from; None when there is no branch."""

    branch: str
    old: str | None


def find_place(repository: Repository, wanted: Wanted, space: str = LOCAL) -> Place:
    """Where the branch can go, among those whose names begin with `space`.

    Raises:
        RequestError: nowhere.
    """
    match wanted.if_exists:
        case "replace":
            return _free(repository, wanted, space) or _replaceable(repository, wanted, space)
        case "fail":
            place = _free(repository, wanted, space)
            if place is None:
                raise RequestError(
                    f"branch {wanted.branch!r} exists, and the recipe says `if_exists: fail`; "
                    "delete or rename it, or name another branch under `deliver:`"
                )
            return place
        case "suffix":
            more = (f"{wanted.branch}-{number}" for number in count(2))
            names = chain((wanted.branch,), more)
            tried = (_free(repository, replace(wanted, branch=name), space) for name in names)
            return next(place for place in tried if place is not None)
        case _:
            assert_never(wanted.if_exists)


def _free(repository: Repository, wanted: Wanted, space: str) -> Place | None:
    """The place if no branch is there, or one that this very run has made."""
    _check_name(repository, wanted.branch, space)
    ref = f"{space}{wanted.branch}"
    if _checked_out(repository, wanted.branch, space) or _is_link(repository, ref):
        return None
    tip = _tip(repository, ref)
    is_ours = tip is None or (wanted.run and _run_of(repository, tip) == wanted.run)
    return Place(wanted.branch, tip) if is_ours else None


def _replaceable(repository: Repository, wanted: Wanted, space: str) -> Place:
    """The place of a branch that is there."""
    branch, ref = wanted.branch, f"{space}{wanted.branch}"
    if place := _checked_out(repository, branch, space):
        raise RequestError(
            f"branch {branch!r} is checked out in {place}; switch to another one there, "
            "or name another branch under `deliver:`"
        )
    tip = _tip(repository, ref)
    if tip is not None and (_is_link(repository, ref) or not _untouched(repository, tip)):
        raise RequestError(
            f"branch {branch!r} exists, and not all of it is as Jupiter made it; rename it "
            f"(`git branch -m {branch} NEW`), delete it (`git branch -D {branch}`), "
            "or name another branch under `deliver:`"
        )
    return Place(branch, tip)


def _checked_out(repository: Repository, branch: str, space: str) -> Path | None:
    """The work tree that is on the branch."""
    return repository.checked_out().get(branch) if space == LOCAL else None


def _is_link(repository: Repository, ref: str) -> bool:
    return repository.git("symbolic-ref", "--quiet", ref).ok


def _tip(repository: Repository, ref: str) -> str | None:
    found = repository.git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    return found.stdout.decode().strip() if found.ok else None


def _run_of(repository: Repository, tip: str) -> str | None:
    """The run whose untouched commits end here."""
    return _parsed(repository.read([tip])[tip]).run if _untouched(repository, tip) else None


def _check_name(repository: Repository, branch: str, space: str) -> None:
    """Refuse what cannot be a branch, or cannot be one beside the branches that there are."""
    printable = branch.isprintable() and not branch.startswith(("-", "refs/"))
    ref = f"{space}{branch}"
    if not printable or branch == "HEAD" or not repository.git("check-ref-format", ref).ok:
        raise RequestError(
            f"{branch!r} cannot be the name of a branch; "
            "give one like jupiter/my-change, without spaces and any of ~^:?*[\\ or '..'"
        )
    folders = branch.split("/")
    above = ["/".join(folders[:count]) for count in range(1, len(folders))]
    taken = [name for name in above if _exists(repository, f"{space}{name}")]
    below = repository.output("for-each-ref", "--count=1", "--format=%(refname)", f"{ref}/")
    taken += below.decode(errors="replace").replace(space, "", 1).split()
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
