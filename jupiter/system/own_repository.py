"""A repository of somebody's own: a tree on disk, the objects of another repository, no way back to it."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from jupiter.system.git import Identity, Repository, temporary_index

BRANCH = "refs/heads/jupiter"
_IDENTITY = Identity("Jupiter", "jupiter@localhost")
_FORMATS = {40: "sha1", 64: "sha256"}


def make_repository(
    folder: Path,
    origin: Repository,
    commit: str,
    changed: Mapping[str, tuple[str, bytes] | None],
) -> Repository:
    """Make a repository in a folder whose branch has a commit, with `changed` files on top of it.

    Objects are those of `origin` by alternates; there is no remote, no hook, nothing of the user's
    settings. `changed` has modes and texts by path, None where a file is gone.
    """
    git_dir = folder / ".git"
    for part in ("objects/info", "refs/heads", "info"):
        (git_dir / part).mkdir(parents=True)
    (git_dir / "HEAD").write_text(f"ref: {BRANCH}\n", "utf-8")
    (git_dir / "config").write_text(_config(_FORMATS[len(commit)]), "utf-8")
    objects = origin.common_dir / "objects"
    (git_dir / "objects" / "info" / "alternates").write_text(f"{objects}\n", "utf-8")
    shallow = origin.common_dir / "shallow"
    if shallow.exists():
        shutil.copyfile(shallow, git_dir / "shallow")
    made = Repository(git_dir, folder, origin.name)
    _commit(made, commit, changed)
    return made


def ignored(origin: Repository, work: Path, paths: Collection[str]) -> frozenset[str]:
    """Which paths of a work tree git ignores, by the tree's `.gitignore` files and the user's settings.

    The repository that lies in the work tree is not asked: whoever works there can write its settings.
    """
    asked = "".join(f"{path}\0" for path in paths).encode(errors="surrogateescape")
    asking = replace(origin, settings=(*origin.settings, ("GIT_WORK_TREE", str(work))))
    done = asking.git("check-ignore", "-z", "--stdin", "--no-index", data=asked, cwd=work)
    found = done.stdout.decode(errors="surrogateescape").split("\0")
    return frozenset(found) - {""}


def _commit(made: Repository, commit: str, changed: Mapping[str, tuple[str, bytes] | None]) -> None:
    there = {path: file for path, file in changed.items() if file is not None}
    oids = dict(zip(there, made.write_blobs([text for _, text in there.values()]), strict=True))
    tip, now = commit, datetime.now(UTC)
    if changed:
        with temporary_index(made) as index:
            index.read_tree(commit)
            index.update({path: file and (file[0], oids[path]) for path, file in changed.items()})
            tree = index.write_tree()
        message = "The tree as it was when the work began\n"
        tip = made.commit_tree(tree, [commit], message, identity=_IDENTITY, when=now)
    made.update_ref(BRANCH, tip, None, identity=_IDENTITY, when=now)
    made.output("read-tree", tip)


def _config(object_format: str) -> str:
    version = 0 if object_format == "sha1" else 1
    extension = (
        "" if object_format == "sha1" else f"[extensions]\n\tobjectformat = {object_format}\n"
    )
    return (
        f"[core]\n\trepositoryformatversion = {version}\n\tbare = false\n\tautocrlf = false\n{extension}"
        f"[user]\n\tname = {_IDENTITY.name}\n\temail = {_IDENTITY.email}\n[gc]\n\tauto = 0\n"
    )
