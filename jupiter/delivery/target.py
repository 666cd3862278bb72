"""Where a result goes: into the repository itself, or from a mirror to where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jupiter.delivery.place import LOCAL, Place, Wanted, find_place
from jupiter.system.git import Repository
from jupiter.system.origin import REMOTE, Origin, fetch, origin_of, push


@dataclass(frozen=True, slots=True)
class Target:
    """The repository whose branches decide, and the space that these have there.

    `origin` is set where the branch has to leave the repository in which it is made.
    """

    repository: Repository
    space: str = LOCAL
    origin: Origin | None = None


def target_of(repository: Repository, wanted: Wanted) -> Target:
    """A folder gets the branch itself; a URL keeps it in the mirror, and with `push` gets it too."""
    origin = origin_of(repository)
    if origin is None:
        return Target(repository)
    if origin.path is not None:
        return Target(Repository.open(origin.path), LOCAL, origin)
    return Target(repository, REMOTE, origin) if wanted.push else Target(repository)


def check_target(repository: Repository, wanted: Wanted) -> None:
    """Find out, before any work, whether there is a place for the branch; RequestError if not."""
    target = target_of(repository, wanted)
    find_place(target.repository, wanted, target.space)


def publish(
    repository: Repository, target: Target, place: Place, tip: str, *, when: datetime
) -> None:
    """Let the branch name `tip`, in one step, if it still is where it was.

    A mirror has it first, so that nothing is lost when its origin does not answer.
    """
    ref, identity = f"{LOCAL}{place.branch}", repository.identity()
    if target.origin is None:
        repository.update_ref(ref, tip, place.old, identity=identity, when=when)
        return
    repository.update_ref(ref, tip, _own(repository, ref), identity=identity, when=when)
    if target.space == REMOTE:
        push(repository, target.origin, tip, place.branch, place.old)
        return
    fetch(target.repository, Origin(str(repository.git_dir), repository.git_dir), ref)
    identity = target.repository.identity()
    target.repository.update_ref(ref, tip, place.old, identity=identity, when=when)


def _own(mirror: Repository, ref: str) -> str | None:
    """What a mirror's own branch names: nobody but Jupiter writes there."""
    found = mirror.git("rev-parse", "--verify", "--quiet", ref)
    return found.stdout.decode().strip() if found.ok else None
