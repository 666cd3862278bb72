"""Where a deployed run's repository comes from, and its bare mirror in the state folder.

A mirror holds what its origin has below `refs/remotes/origin/` and `refs/tags/`, what the origin's HEAD
names as `refs/jupiter/head`, and as branches of its own what runs have delivered.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jupiter.errors import RequestError, SurroundingsError
from jupiter.system.git import Repository
from jupiter.system.process import child_environment, run
from jupiter.system.state import made, state_folder

REMOTE = "refs/remotes/origin/"
"""The space of the origin's branches."""
HEAD = "refs/jupiter/head"
_ORIGIN = "jupiter.origin"  # the setting by which a mirror knows where it comes from
_SCHEMES = ("https", "http", "ssh", "git", "file")
_SCP = re.compile(r"[\w.-]+@([\w.-]+:[^:\s][^\s]*)", re.ASCII)
_REFSPECS = (f"+HEAD:{HEAD}", f"+refs/heads/*:{REMOTE}*", "+refs/tags/*:refs/tags/*")


@dataclass(frozen=True, slots=True)
class Origin:
    """A repository elsewhere: `address` is what git fetches from, `path` its folder if it is one."""

    address: str
    path: Path | None = None

    @property
    def name(self) -> str:
        """What people call it: the last part without `.git`."""
        last = re.split(r"[/:]", self.address.rstrip("/"))[-1].removesuffix(".git")
        return re.sub(r"[^\w.-]", "-", last).strip(".-") or "repository"

    @property
    def protocol(self) -> str:
        """The only one that git may use for it."""
        if "://" in self.address:
            return urlsplit(self.address).scheme
        return "ssh" if self.path is None else "file"


def origin(text: str, allowed: Sequence[Path]) -> Origin:
    """What the parameter `repo` names: a folder below one of `allowed`, or a URL.

    Raises:
        RequestError: neither, or a folder that is not allowed.
    """
    if not text or not text.isprintable() or text.startswith("-"):
        raise RequestError(f"repo: {text!r} is neither a folder nor a URL of git's")
    if "://" not in text and _SCP.fullmatch(text):
        return Origin(text)
    if "://" not in text:
        folder = _allowed(Path(text), allowed)
        return Origin(str(folder), folder)
    parts = urlsplit(text)
    if parts.scheme not in _SCHEMES:
        raise RequestError(f"repo: {parts.scheme}:// is not used; expected {', '.join(_SCHEMES)}")
    if parts.password or (parts.username and parts.scheme in {"http", "https"}):
        raise RequestError(
            "repo: the URL carries a name or password, which would be recorded; leave it out, and let "
            "git ask its credential helper"
        )
    if parts.scheme == "file":
        _allowed(Path(unquote(parts.path)), allowed)
    return Origin(text)


def mirror_of(origin: Origin) -> Repository:
    """The mirror of a repository, brought up to date.

    Raises:
        RequestError: there is no such repository, or it has no commit.
        SurroundingsError: git fails otherwise.
    """
    key = hashlib.sha256(origin.address.encode()).hexdigest()[:16]
    folder = made(made(state_folder() / "mirrors") / key)
    place = folder / f"{origin.name}.git"
    with held(folder / "fetch.lock"):
        if not (place / "HEAD").exists():
            _init(place)
        mirror = Repository.open(place)
        mirror.output("config", _ORIGIN, origin.address)
        mirror.output("config", f"{_ORIGIN}-is-path", str(origin.path is not None).lower())
        fetch(mirror, origin, *_REFSPECS)
    return mirror


def origin_of(repository: Repository) -> Origin | None:
    """Where a mirror comes from; None of a repository that is none."""
    if repository.top is not None:
        return None
    found = repository.git("config", "--get", _ORIGIN)
    if not found.ok:
        return None
    address = found.stdout.decode().removesuffix("\n")
    is_path = repository.git("config", "--get", f"{_ORIGIN}-is-path").stdout.strip() == b"true"
    return Origin(address, Path(address) if is_path else None)


def commit_of(mirror: Repository, ref: str) -> str:
    """The commit of a branch, a tag or an id at the origin; without a `ref`, of its default branch.

    Raises:
        RequestError: there is none.
    """
    if not ref or ref == "HEAD":
        return mirror.commit(HEAD)
    for space in (REMOTE, "refs/tags/"):
        if mirror.git("show-ref", "--verify", "--quiet", f"{space}{ref}").ok:
            return mirror.commit(f"{space}{ref}")
    if re.fullmatch(r"[0-9a-f]{7,64}", ref):
        return mirror.commit(ref)
    origin = origin_of(mirror)
    place = origin.address if origin else mirror.git_dir
    raise RequestError(f"{place}: has no branch and no tag {ref!r}")


def fetch(repository: Repository, origin: Origin, *refspecs: str) -> None:
    """Bring objects and refs of an origin into a repository; nothing else of it is touched.

    Raises:
        RequestError: the origin cannot be read, or has no commit.
    """
    done = _reaching(repository, origin).git(
        *("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head"),
        *("--no-recurse-submodules", "--end-of-options", origin.address, *refspecs),
    )
    if done.ok:
        return
    said = done.stderr.decode(errors="replace").strip()
    if "couldn't find remote ref HEAD" in said:
        raise RequestError(f"{origin.address}: has no commit yet; commit what there is, then run")
    raise RequestError(f"{origin.address}: git cannot fetch from it: {said}")


def push(mirror: Repository, origin: Origin, commit: str, branch: str, old: str | None) -> None:
    """Let a branch of the origin name a commit, in one step, if it still names `old`.

    Raises:
        SurroundingsError: the origin refuses, or the branch has moved.
    """
    ref = f"refs/heads/{branch}"
    done = _reaching(mirror, origin).git(
        *("push", "--quiet", "--no-verify", f"--force-with-lease={ref}:{old or ''}"),
        *("--end-of-options", origin.address, f"{commit}:{ref}"),
    )
    if not done.ok:
        said = done.stderr.decode(errors="replace").strip()
        raise SurroundingsError(
            f"{origin.address}: the branch {branch!r} cannot be pushed: {said}; `jupiter resume` tries again"
        )


@contextmanager
def held(path: Path) -> Generator[None]:
    """Hold the lock of a file, once nobody else does; it ends with its holder, however that ends."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SurroundingsError(f"cannot lock {path}: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _allowed(folder: Path, allowed: Sequence[Path]) -> Path:
    if not folder.is_absolute():
        raise RequestError(f"repo: {str(folder)!r} is relative; give the whole path, or a URL")
    real = folder.resolve()
    if any(real.is_relative_to(root.resolve()) for root in allowed):
        return real
    roots = ", ".join(map(str, allowed)) or "none"
    raise RequestError(
        f"repo: {folder} is below no folder that deployed runs may work on ({roots}); "
        "allow one with --allow-repo, or by JUPITER_ALLOW_REPO where the run's process starts"
    )


def _init(place: Path) -> None:
    git = ["git", "init", "--quiet", "--bare", "--template=", str(place)]
    done = run(git, cwd=place.parent, env=child_environment({"LC_ALL": "C"}))
    if not done.ok:
        said = done.stderr.decode(errors="replace").strip()
        raise SurroundingsError(f"{place}: git cannot make a repository: {said}")


def _reaching(repository: Repository, origin: Origin) -> Repository:
    """The same repository, whose git may talk to this origin, and asks nobody for a password."""
    reach = (
        ("GIT_ALLOW_PROTOCOL", origin.protocol),
        ("GIT_SSH_COMMAND", "ssh -o BatchMode=yes"),
    )
    return replace(repository, settings=(*repository.settings, *reach))
