"""Git by its plumbing alone: no hook, filter, monitor or fetch runs, no file changes."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from jupiter.errors import RequestError, SurroundingsError
from jupiter.system.process import Completed, child_environment, run

_GUARDS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false"),
    *("protocol.allow=never", "gc.auto=0", "maintenance.auto=false", "submodule.recurse=false"),
    *("i18n.commitEncoding=UTF-8",),
)
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # the same for a git that does not know the line above
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
# A split index writes into the repository; a tree may hold names that only some systems can have.
_INDEX_GUARDS = (
    *("core.splitIndex=false", "core.sparseCheckout=false", "index.sparse=false"),
    *("core.protectNTFS=false", "core.protectHFS=false"),
)
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LFS_POINTER = re.compile(
    rb"version https://(?:git-lfs|hawser)\.github\.com/spec/v\d+\n(?:ext-.*\n)*oid sha256:"
)

Kind = Literal["file", "symlink", "submodule"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A path of a commit's tree; `size` in bytes, 0 for a submodule."""

    mode: str
    kind: Kind
    oid: str
    size: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom commits name; `is_fallback` says that the user has configured nobody."""

    name: str
    email: str
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository; `top` is the folder of its work tree, None when it is bare.

    Every method raises SurroundingsError when git itself fails (missing, damaged objects, no disk).
    """

    git_dir: Path
    top: Path | None
    name: str
    settings: tuple[tuple[str, str], ...] = ()
    """More variables of git's environment: where new objects go, another index."""

    @staticmethod
    def open(path: Path) -> Repository:
        """Return the repository that `path` lies in; RequestError says why there is none."""
        if not path.is_dir():
            raise RequestError(f"{path}: there is no such folder; give that of a git repository")
        git_dir = Path(_discover(path, "--absolute-git-dir"))
        if _discover(path, "--is-bare-repository") == "true":
            return Repository(git_dir, None, git_dir.name.removesuffix(".git") or "repository")
        if _discover(path, "--is-inside-work-tree") != "true":
            raise RequestError(f"{path}: is inside a .git folder; give the folder above it")
        top = Path(_discover(path, "--show-toplevel"))
        return Repository(git_dir, top, top.name or "repository")

    def commit(self, ref: str = "HEAD") -> str:
        """Return the full id of the commit that `ref` names; RequestError when it names none."""
        if not ref or ref.startswith("-") or not ref.isprintable():
            raise RequestError(f"{self._place}: {ref!r} is not the name of a commit")
        done = self.git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        if done.ok:
            return _line(done.stdout)
        if ref == "HEAD":
            raise RequestError(f"{self._place}: has no commit yet; commit what there is, then run")
        depth = " (the clone is shallow: `git fetch --unshallow` may help)"
        raise RequestError(
            f"{self._place}: no commit is called {ref!r}{depth if self.is_shallow else ''}"
        )

    def entries(self, commit: str) -> dict[str, Entry]:
        """Return all paths of a commit, sorted as git sorts them.

        Bytes of a path that are not UTF-8 come as lone surrogates (`surrogateescape`).
        """
        listing = self.output("ls-tree", "-r", "-z", "-l", "--full-tree", commit)
        return dict(_entry(record) for record in listing.split(b"\0") if record)

    def read(self, oids: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of objects, by their ids, through one process."""
        wanted = list(dict.fromkeys(oids))
        if not wanted:
            return {}
        for oid in wanted:
            _check_object_id(oid)
        found = self.output("cat-file", "--batch", "--buffer", data="\n".join(wanted).encode())
        return dict(self._objects(found))

    def changed_files(self) -> int:
        """Return how many files of the work tree are not as in HEAD, ignored ones left out."""
        if self.top is None:
            return 0
        found = replace(
            self, settings=(*self.settings, ("GIT_WORK_TREE", str(self.top)), *self._no_filters())
        ).output(
            *("status", "--porcelain=v1", "-z", "--no-renames"),
            *("--untracked-files=all", "--ignore-submodules=dirty"),
        )
        return found.count(b"\0")

    def current_branch(self) -> str | None:
        """Return the branch that HEAD is on, born or not; None when it is detached."""
        done = self.git("symbolic-ref", "--quiet", "HEAD")
        return _line(done.stdout).removeprefix("refs/heads/") if done.ok else None

    def checked_out(self) -> dict[str, Path]:
        """Return the branches that work trees are on, and where; a rebase of one counts."""
        found: dict[str, Path] = {}
        place = self.git_dir
        for line in (
            self.output("worktree", "list", "--porcelain").decode(errors="replace").split("\n")
        ):
            key, _, value = line.partition(" ")
            if key == "worktree":
                place = Path(value)
            elif key == "branch":
                found[value.removeprefix("refs/heads/")] = place
        common = self.common_dir
        for folder in (common, *sorted((common / "worktrees").glob("*"))):
            for name in ("rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"):
                if (folder / name).is_file():
                    branch = (folder / name).read_text(errors="replace").strip()
                    found.setdefault(branch.removeprefix("refs/heads/"), folder)
        return found

    def identity(self) -> Identity:
        """Return the name and address that the user's git configuration gives."""
        name, email = self._config("user.name"), self._config("user.email")
        if name and email:
            return Identity(name, email)
        return Identity("Jupiter", "jupiter@localhost", is_fallback=True)

    def write_blobs(self, texts: Sequence[bytes]) -> list[str]:
        """Store texts as they are, and return their ids in the same order."""
        if not texts:
            return []
        with tempfile.TemporaryDirectory(prefix="jupiter-blobs-") as folder:
            for number, text in enumerate(texts):
                Path(folder, str(number)).write_bytes(text)
            names = "".join(f"{number}\n" for number in range(len(texts)))
            written = self.output(
                *("hash-object", "-w", "--no-filters", "--stdin-paths"),
                data=names.encode(),
                cwd=Path(folder),
            )
        return written.decode().split()

    def commit_tree(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        *,
        identity: Identity,
        when: datetime,
    ) -> str:
        """Store a commit of a tree, return its id; `when`, with a time zone, is both its dates."""
        options = [option for parent in parents for option in ("-p", parent)]
        written = replace(self, settings=(*self.settings, *_signature(identity, when))).output(
            *("commit-tree", tree, *options, "-F", "-"),
            data=message.replace("\0", "").encode(errors="replace"),
        )
        return _line(written)

    def update_ref(
        self, ref: str, new: str, old: str | None, *, identity: Identity, when: datetime
    ) -> None:
        """Let `ref` name `new`, in one step, if it still names `old` (None: nothing)."""
        replace(self, settings=(*self.settings, *_signature(identity, when))).output(
            *("update-ref", "--no-deref", "-m", "jupiter: delivered"),
            *(ref, new, old or "0" * len(new)),
        )

    def quarantined(self, folder: Path) -> Repository:
        """Return the same repository, but with new objects written into `folder` alone."""
        own = str(self.common_dir / "objects").replace("\\", "\\\\").replace('"', '\\"')
        objects = (
            ("GIT_OBJECT_DIRECTORY", str(folder)),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", f'"{own}"'),
        )
        return replace(self, settings=(*self.settings, *objects))

    @property
    def common_dir(self) -> Path:
        """The folder that all work trees share: objects, branches, configuration."""
        return self.git_dir / _line(self.output("rev-parse", "--git-common-dir"))

    @property
    def is_shallow(self) -> bool:
        """Whether the history is cut off."""
        return _line(self.output("rev-parse", "--is-shallow-repository")) == "true"

    @property
    def null_id(self) -> str:
        """The id that names no object: zeros, as many as this repository's ids have digits."""
        kind = _line(self.output("rev-parse", "--show-object-format"))
        return "0" * (64 if kind == "sha256" else 40)

    @property
    def is_partial(self) -> bool:
        """Whether git left objects at the remote, to fetch them when it needs them."""
        return self.git("config", "--get-regexp", r"^remote\..*\.promisor$", "true").ok

    def git(self, *arguments: str, data: bytes | None = None, cwd: Path | None = None) -> Completed:
        """Run one git command on this repository and return what came of it, good or bad."""
        environment = {"GIT_DIR": str(self.git_dir), **dict(self.settings)}
        return _git(arguments, cwd=cwd or self.git_dir, extra=environment, data=data)

    def output(self, *arguments: str, data: bytes | None = None, cwd: Path | None = None) -> bytes:
        """Run one git command that has no reason to fail, and return what it prints."""
        done = self.git(*arguments, data=data, cwd=cwd)
        if done.ok:
            return done.stdout
        said = done.stderr.decode(errors="replace").strip()
        if "lazy fetch" in said or "promisor remote" in said:
            raise self._absent()
        raise SurroundingsError(f"{self._place}: git {arguments[0]} failed: {said or 'no reason'}")

    @property
    def _place(self) -> Path:
        return self.top or self.git_dir

    def _objects(self, found: bytes) -> Iterator[tuple[str, bytes]]:
        start = 0
        while start < len(found):
            end = found.index(b"\n", start)
            oid, *kind = found[start:end].decode().split(" ")
            if len(kind) != 2:
                raise self._absent() if self.is_partial else self._damaged(oid)
            start = end + 1 + int(kind[1])
            yield oid, found[end + 1 : start]
            start += 1

    def _absent(self) -> SurroundingsError:
        return SurroundingsError(
            f"{self._place}: is a partial clone, and not all of its files are here; "
            "fetch them once with `git fetch --refetch --no-filter`, or clone without --filter"
        )

    def _damaged(self, oid: str) -> SurroundingsError:
        return SurroundingsError(f"{self._place}: object {oid} is missing; see `git fsck`")

    def _config(self, name: str) -> str:
        done = self.git("config", "--get", name)
        return _line(done.stdout).strip() if done.ok else ""

    def _no_filters(self) -> Iterator[tuple[str, str]]:
        """Settings that make the configured filters do nothing: comparing files would run them."""
        listing = self.git(
            "config", "--includes", "-z", "--name-only", "--get-regexp", r"^filter\."
        )
        names = sorted(set(listing.stdout.decode(errors="replace").split("\0")) - {""})
        yield "GIT_CONFIG_COUNT", str(len(names))
        for number, name in enumerate(names):
            yield f"GIT_CONFIG_KEY_{number}", name
            yield f"GIT_CONFIG_VALUE_{number}", "false" if name.endswith(".required") else ""


@dataclass(frozen=True, slots=True)
class Index:
    """An index of its own, in which trees are put together; the user's stays as it is."""

    repository: Repository

    def read_tree(self, tree: str) -> None:
        """Begin with all that a tree or commit holds."""
        self._output("read-tree", tree)

    def update(self, entries: Mapping[str, tuple[str, str] | None]) -> None:
        """Let paths hold `(mode, object id)`; None takes a path away."""
        gone = [path for path, entry in entries.items() if entry is None]
        nothing = self.repository.null_id if gone else ""
        held = [f"{entry[0]} {entry[1]}\t{path}" for path, entry in entries.items() if entry]
        # Away first: a file may become a folder.
        records = "".join(f"{record}\0" for record in (*(f"0 {nothing}\t{p}" for p in gone), *held))
        self._output(
            *("update-index", "-z", "--index-info"), data=records.encode(errors="surrogateescape")
        )

    def write_tree(self) -> str:
        """Store the tree and return its id."""
        return _line(self._output("write-tree", "--missing-ok"))

    def _output(self, *arguments: str, data: bytes | None = None) -> bytes:
        guards = [option for guard in _INDEX_GUARDS for option in ("-c", guard)]
        return self.repository.output(*guards, *arguments, data=data)


@contextmanager
def temporary_index(repository: Repository) -> Generator[Index]:
    """Give an empty index that lies in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="jupiter-index-") as folder:
        own = ("GIT_INDEX_FILE", str(Path(folder, "index")))
        yield Index(replace(repository, settings=(*repository.settings, own)))


def is_lfs_pointer(data: bytes) -> bool:
    """Whether a file's bytes only say where Git LFS keeps the real ones."""
    return len(data) < 1024 and _LFS_POINTER.match(data) is not None


def _git(
    arguments: Sequence[str], *, cwd: Path, extra: Mapping[str, str], data: bytes | None = None
) -> Completed:
    guards = [option for guard in _GUARDS for option in ("-c", guard)]
    return run(
        ["git", *guards, *arguments],
        cwd=cwd,
        env=child_environment({**_ENVIRONMENT, **extra}),
        input=data,
        output_limit=None,
    )


def _discover(path: Path, question: str) -> str:
    """Ask git what it finds at a folder, and translate its refusals."""
    done = _git(["rev-parse", question], cwd=path, extra={})
    if done.ok:
        return _line(done.stdout)
    said = done.stderr.decode(errors="replace").strip()
    if "dubious ownership" in said:
        remedy = next((line.strip() for line in said.splitlines() if "--add" in line), "")
        raise RequestError(
            f"{path}: git does not trust this repository, because its owner is somebody else "
            f"(dubious ownership); if you do: {remedy}"
        )
    if "not a git repository" in said:
        raise RequestError(
            f"{path}: is not in a git repository; give the folder of one, or make it one "
            "(`git init`, `git add .`, `git commit`)"
        )
    raise RequestError(f"{path}: git cannot read this repository: {said}")


def _entry(record: bytes) -> tuple[str, Entry]:
    facts, _, path = record.partition(b"\t")
    mode, _, oid, size = facts.decode().split()
    entry = Entry(mode, _kind(mode), oid, 0 if size == "-" else int(size))
    return path.decode(errors="surrogateescape"), entry


def _kind(mode: str) -> Kind:
    match mode:
        case "120000":
            return "symlink"
        case "160000":
            return "submodule"
        case _:
            return "file"


def _signature(identity: Identity, when: datetime) -> Iterator[tuple[str, str]]:
    if when.tzinfo is None:
        raise ValueError("a commit's date needs a time zone")
    for role in ("AUTHOR", "COMMITTER"):
        yield f"GIT_{role}_NAME", identity.name
        yield f"GIT_{role}_EMAIL", identity.email
        yield f"GIT_{role}_DATE", f"@{int(when.timestamp())} {when:%z}"


def _check_object_id(oid: str) -> None:
    if not _OBJECT_ID.fullmatch(oid):
        raise ValueError(f"{oid!r} is not an object id")


def _line(output: bytes) -> str:
    return output.decode(errors="surrogateescape").removesuffix("\n")
