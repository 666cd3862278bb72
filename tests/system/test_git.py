"""Git by its plumbing: what is read of a repository, and that reading runs and changes nothing."""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupiter.errors import RequestError, SurroundingsError
from jupiter.system.git import Identity, Repository, is_lfs_pointer, temporary_index

WHEN = datetime(2026, 11, 23, 14, 12, tzinfo=UTC)
ME = Identity("Ada", "ada@example.org")


def git(folder: Path, *arguments: str, data: bytes | None = None) -> str:
    """Run git as a user would, and return its output without the last newline."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=data, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode(errors="surrogateescape").removesuffix("\n")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with an identity, and no variable of git's."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / ".gitconfig").write_text(
        "[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n"
        '[protocol "file"]\nallow = always\n'
    )
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(folder / ".gitconfig"))
    return folder


def new_repository(top: Path, *options: str) -> Path:
    top.mkdir(parents=True)
    git(top, "init", "-q", *options)
    (top / "a.py").write_bytes(b"a = 1\n")
    git(top, "add", ".")
    git(top, "commit", "-qm", "first")
    return top


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "project")


def fingerprint(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file's content and time of change."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.lstat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def read_all(repository: Repository) -> dict[str, bytes]:
    """Each file's text at HEAD, by path."""
    entries = repository.entries(repository.commit())
    texts = repository.read(e.oid for e in entries.values() if e.kind != "submodule")
    return {path: texts[e.oid] for path, e in entries.items() if e.kind != "submodule"}


# Opening


def test_a_repository_is_found_from_any_of_its_folders(top: Path) -> None:
    (top / "deep" / "er").mkdir(parents=True)
    repository = Repository.open(top / "deep" / "er")
    assert (repository.top, repository.git_dir) == (top, top / ".git")
    assert repository.name == "project"


def test_a_bare_repository_has_no_top(top: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(top), "project.git")
    repository = Repository.open(tmp_path / "project.git")
    assert (repository.top, repository.name) == (None, "project")
    assert read_all(repository) == {"a.py": b"a = 1\n"}
    assert repository.changed_files() == 0


def test_a_linked_work_tree_is_a_repository_of_its_own_branch(top: Path, tmp_path: Path) -> None:
    git(top, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    repository = Repository.open(tmp_path / "linked")
    assert repository.top == tmp_path / "linked"
    assert repository.current_branch() == "side"
    assert repository.common_dir.resolve() == top / ".git"
    assert repository.checked_out() == {"main": top, "side": tmp_path / "linked"}
    assert read_all(repository) == {"a.py": b"a = 1\n"}


def test_what_git_is_told_by_the_callers_environment_does_not_count(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nothing"))
    repository = Repository.open(top)
    assert repository.top == top
    assert repository.changed_files() == 0


def test_names_with_strange_characters_are_found(tmp_path: Path) -> None:
    top = new_repository(tmp_path / "a \"b\" 'c' ü\nd:e")
    repository = Repository.open(top)
    assert repository.top == top
    assert repository.quarantined(tmp_path).read([repository.commit()])


def test_a_folder_that_does_not_exist_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"gone: there is no such folder"):
        Repository.open(tmp_path / "gone")


def test_a_file_is_not_a_repository(top: Path) -> None:
    with pytest.raises(RequestError, match=r"a\.py: there is no such folder"):
        Repository.open(top / "a.py")


def test_a_folder_outside_of_any_repository_is_said_to_be_outside(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"is not in a git repository; .*git init"):
        Repository.open(tmp_path)


def test_the_git_folder_itself_is_refused(top: Path) -> None:
    with pytest.raises(RequestError, match=r"inside a \.git folder; give the folder above"):
        Repository.open(top / ".git")


def test_a_repository_that_git_cannot_read_is_refused_with_its_words(top: Path) -> None:
    git(top, "config", "core.repositoryFormatVersion", "99")
    with pytest.raises(RequestError, match=r"git cannot read this repository: .*99"):
        Repository.open(top)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_dubious_ownership_comes_with_the_command_that_ends_it(top: Path) -> None:
    os.chown(top, 12345, 12345)
    os.chown(top / ".git", 12345, 12345)
    with pytest.raises(RequestError, match="dubious ownership") as caught:
        Repository.open(top)
    command = str(caught.value).rpartition(": ")[2]
    git(top.parent, *shlex.split(command)[1:])
    assert Repository.open(top).top == top


def test_a_missing_git_is_named(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(top))
    with pytest.raises(SurroundingsError, match="'git' was not found"):
        Repository.open(top)


# Commits


@pytest.mark.parametrize("ref", ["HEAD", "main", "refs/heads/main", "annotated", "HEAD^{/first}"])
def test_a_ref_becomes_the_full_id_of_its_commit(top: Path, ref: str) -> None:
    git(top, "tag", "-a", "-m", "x", "annotated")
    assert Repository.open(top).commit(ref) == git(top, "rev-parse", "HEAD")


def test_a_detached_head_is_a_commit_on_no_branch(top: Path) -> None:
    git(top, "checkout", "-q", "--detach")
    repository = Repository.open(top)
    assert repository.commit() == git(top, "rev-parse", "main")
    assert repository.current_branch() is None
    assert repository.checked_out() == {}


def test_an_unborn_head_is_said_to_be_unborn(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "new")
    repository = Repository.open(tmp_path / "new")
    assert repository.current_branch() == "main"
    with pytest.raises(RequestError, match="has no commit yet; commit"):
        repository.commit()


@pytest.mark.parametrize("ref", ["", "-h", "--all", "a\nb", "no/such", "HEAD:a.py", "HEAD~9"])
def test_a_ref_that_names_no_commit_is_refused(top: Path, ref: str) -> None:
    with pytest.raises(RequestError, match="commit"):
        Repository.open(top).commit(ref)


def test_a_shallow_clone_is_read_and_says_so_of_what_it_lacks(top: Path, tmp_path: Path) -> None:
    git(top, "commit", "-q", "--allow-empty", "-m", "second")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{top}", "shallow")
    repository = Repository.open(tmp_path / "shallow")
    assert repository.is_shallow
    assert not Repository.open(top).is_shallow
    assert read_all(repository) == {"a.py": b"a = 1\n"}
    with pytest.raises(RequestError, match="shallow: `git fetch --unshallow`"):
        repository.commit("HEAD~1")


# Trees and texts


def test_all_kinds_of_entries_are_told_apart(top: Path, tmp_path: Path) -> None:
    lib = new_repository(tmp_path / "lib")
    git(top, "submodule", "--quiet", "add", str(lib), "lib")
    (top / "link").symlink_to("a.py")
    (top / "tool").write_text("#!/bin/sh\n")
    (top / "tool").chmod(0o755)
    git(top, "add", ".")
    git(top, "commit", "-qm", "kinds")
    repository = Repository.open(top)
    entries = repository.entries(repository.commit())
    assert {path: (e.mode, e.kind, e.size) for path, e in entries.items()} == {
        ".gitmodules": ("100644", "file", len((top / ".gitmodules").read_bytes())),
        "a.py": ("100644", "file", 6),
        "lib": ("160000", "submodule", 0),
        "link": ("120000", "symlink", 4),
        "tool": ("100755", "file", 10),
    }
    assert entries["lib"].oid == git(lib, "rev-parse", "HEAD")
    assert repository.read([entries["link"].oid]) == {entries["link"].oid: b"a.py"}


def test_every_name_that_a_file_can_have_is_read(top: Path) -> None:
    names = [
        "a b",
        "ü\u0308",
        "q\"u'o",
        "new\nline",
        "tab\t",
        "back\\slash",
        "-x",
        ":(top)",
        "é/日",
    ]
    for name in names:
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_text(name)
    bare = os.fsencode(top) + b"/\xff\xfe"
    Path(os.fsdecode(bare)).write_text("bytes")
    git(top, "add", ".")
    git(top, "commit", "-qm", "names")
    expected = {name: name.encode() for name in names} | {"a.py": b"a = 1\n"}
    assert read_all(Repository.open(top)) == expected | {"\udcff\udcfe": b"bytes"}


def test_texts_come_as_they_are_stored_whatever_git_would_convert(top: Path) -> None:
    git(top, "config", "core.autocrlf", "true")
    git(top, "config", "filter.shout.clean", "tr a-z A-Z")
    git(top, "config", "filter.shout.smudge", "touch smudged; cat")
    texts = {"crlf.py": b"a\r\nb\r\n", "none.py": b"", "nul.bin": b"\0\n\0", "end.py": b"\xff"}
    for name, text in texts.items():
        oid = git(top, "hash-object", "-w", "--no-filters", "--stdin", data=text)
        git(top, "update-index", "--add", "--cacheinfo", f"100644,{oid},{name}")
    (top / ".gitattributes").write_text("*.py filter=shout text eol=lf\n")
    git(top, "add", ".gitattributes")
    git(top, "commit", "-qm", "texts")
    found = read_all(Repository.open(top))
    assert {name: found[name] for name in texts} == texts
    assert not list(top.rglob("smudged"))


def test_many_thousand_objects_are_read_by_one_process(top: Path) -> None:
    texts = [f"{number}\n".encode() * 20 for number in range(5000)]
    repository = Repository.open(top)
    oids = repository.write_blobs(texts)
    found = repository.read([*oids, *oids])
    assert [found[oid] for oid in oids] == texts
    assert repository.read([]) == {}
    assert repository.write_blobs([]) == []


def test_an_object_that_is_not_there_is_named(top: Path) -> None:
    missing = "1234567890" * 4
    with pytest.raises(SurroundingsError, match=rf"{missing} is missing; see `git fsck`"):
        Repository.open(top).read([missing])


@pytest.mark.parametrize("oid", ["HEAD", "", "a\nb", "--help"])
def test_only_ids_are_read(top: Path, oid: str) -> None:
    with pytest.raises(ValueError, match="not an object id"):
        Repository.open(top).read([oid])


def test_a_partial_clone_fetches_nothing_and_says_what_to_do(top: Path, tmp_path: Path) -> None:
    git(top, "config", "uploadpack.allowFilter", "true")
    oid = git(top, "rev-parse", "HEAD:a.py")
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{top}", "part")
    repository = Repository.open(tmp_path / "part")
    assert repository.is_partial
    assert not Repository.open(top).is_partial
    for read in (lambda: repository.entries("HEAD"), lambda: repository.read([oid])):
        with pytest.raises(SurroundingsError, match=r"partial clone.*git fetch --refetch"):
            read()


def test_a_repository_of_sha256_ids_is_read_and_written(tmp_path: Path) -> None:
    top = new_repository(tmp_path / "project", "--object-format=sha256")
    repository = Repository.open(top)
    assert len(repository.commit()) == 64
    assert repository.null_id == "0" * 64
    assert read_all(repository) == {"a.py": b"a = 1\n"}
    with temporary_index(repository) as index:
        index.read_tree("HEAD")
        index.update({"a.py": None, "b": ("100644", repository.write_blobs([b"b"])[0])})
        assert git(top, "ls-tree", "--name-only", index.write_tree()) == "b"


# The work tree


def test_a_clean_work_tree_has_no_changed_files(top: Path) -> None:
    assert Repository.open(top).changed_files() == 0


def test_changed_and_new_files_are_counted_and_ignored_ones_are_not(top: Path) -> None:
    (top / ".gitignore").write_text("*.log\n")
    (top / "x.log").write_text("")
    (top / "a.py").write_text("a = 2\n")
    (top / "new").mkdir()
    (top / "new" / "one").write_text("")
    (top / "new" / "two").write_text("")
    git(top, "add", "new/one")
    assert Repository.open(top).changed_files() == 4


def test_a_moved_file_counts_as_two(top: Path) -> None:
    git(top, "mv", "a.py", "b.py")
    assert Repository.open(top).changed_files() == 2


# What must not run, and what must not change


def touch(marker: Path, name: str) -> str:
    return f"touch {shlex.quote(str(marker / name))}"


@pytest.fixture
def traps(top: Path, tmp_path: Path) -> Path:
    """A folder in which a file appears when git runs anything that the repository names."""
    marker = tmp_path / "ran"
    marker.mkdir()
    hooks = top / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    (top / ".gitattributes").write_text("* filter=bad diff=bad\n")
    git(top, "add", ".")
    git(top, "commit", "-qm", "attributes")
    for hook in ("reference-transaction", "post-index-change", "pre-commit", "post-commit"):
        (hooks / hook).write_text(f"#!/bin/sh\n{touch(marker, hook)}\n")
        (hooks / hook).chmod(0o755)
    settings = {
        "core.fsmonitor": f"{touch(marker, 'fsmonitor')}; true",
        "filter.bad.clean": f"{touch(marker, 'clean')}; cat",
        "filter.bad.smudge": f"{touch(marker, 'smudge')}; cat",
        "filter.bad.process": f"{touch(marker, 'process')}; false",
        "filter.bad.required": "true",
        "diff.bad.command": f"{touch(marker, 'diff')}; true",
        "diff.bad.textconv": f"{touch(marker, 'textconv')}; true",
        "core.sshCommand": touch(marker, "ssh"),
        "core.pager": touch(marker, "pager"),
        "core.editor": touch(marker, "editor"),
        "gpg.program": str(hooks / "pre-commit"),
        "commit.gpgSign": "true",
        "core.splitIndex": "true",
    }
    for name, value in settings.items():
        git(top, "config", name, value)
    return marker


def use_all(repository: Repository) -> str:
    """Call everything that works on a repository; return a commit that was made."""
    read_all(repository)
    repository.changed_files()
    repository.checked_out()
    with temporary_index(repository) as index:
        index.read_tree("HEAD")
        index.update({"a.py": ("100644", repository.write_blobs([b"a = 3\n"])[0])})
        tree = index.write_tree()
    return repository.commit_tree(tree, [repository.commit()], "x", identity=ME, when=WHEN)


def test_nothing_that_a_repository_names_is_run(top: Path, traps: Path) -> None:
    os.utime(top / "a.py", (1, 1))  # git must look into the file, through its filter
    repository = Repository.open(top)
    made = use_all(repository)
    repository.update_ref("refs/heads/x", made, None, identity=ME, when=WHEN)
    assert list(traps.iterdir()) == []
    subprocess.run(["git", "status"], cwd=top, capture_output=True, check=False)
    assert {"fsmonitor", "process"} <= {path.name for path in traps.iterdir()}, "a git unguarded"


def test_index_and_work_tree_and_refs_stay_as_they_were(top: Path, traps: Path) -> None:
    (top / "a.py").write_text("a = 2\n")
    before = {path: seen for path, seen in fingerprint(top).items() if "objects" not in path}
    use_all(Repository.open(top))
    after = {path: seen for path, seen in fingerprint(top).items() if "objects" not in path}
    assert after == before
    assert list(traps.iterdir()) == []


def test_a_quarantined_repository_writes_no_object(top: Path, tmp_path: Path) -> None:
    before = fingerprint(top)
    scratch = Repository.open(top).quarantined(tmp_path / "objects")
    (tmp_path / "objects").mkdir()
    made = use_all(scratch)
    assert fingerprint(top) == before
    assert scratch.read([made])


# Writing


def test_a_commit_names_its_author_its_dates_and_its_parents(top: Path) -> None:
    repository = Repository.open(top)
    git(top, "config", "i18n.commitEncoding", "latin1")
    tree = git(top, "rev-parse", "HEAD^{tree}")
    made = repository.commit_tree(
        tree, [repository.commit()], "Über\0\n\nbody\n", identity=ME, when=WHEN
    )
    date = f"{int(WHEN.timestamp())} +0000"
    assert git(top, "cat-file", "commit", made).split("\n") == [
        f"tree {tree}",
        f"parent {repository.commit()}",
        f"author Ada <ada@example.org> {date}",
        f"committer Ada <ada@example.org> {date}",
        "",
        "Über",
        "",
        "body",
    ]


def test_a_date_needs_a_time_zone(top: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        Repository.open(top).commit_tree(
            "HEAD^{tree}", [], "x", identity=ME, when=WHEN.replace(tzinfo=None)
        )


def test_a_ref_moves_only_from_where_it_is_believed_to_be(top: Path) -> None:
    repository = Repository.open(top)
    first = repository.commit()
    git(top, "commit", "-q", "--allow-empty", "-m", "second")
    second = repository.commit()
    repository.update_ref("refs/heads/x", first, None, identity=ME, when=WHEN)
    for old in (None, second):
        with pytest.raises(SurroundingsError, match="update-ref failed"):
            repository.update_ref("refs/heads/x", second, old, identity=ME, when=WHEN)
    assert repository.commit("x") == first
    repository.update_ref("refs/heads/x", second, first, identity=ME, when=WHEN)
    assert repository.commit("x") == second


def test_an_index_makes_a_file_a_folder_and_keeps_names_of_other_systems(top: Path) -> None:
    for name in ("back\\slash", "git~1"):
        (top / name).write_text("x")
    git(top, "-c", "core.protectNTFS=false", "add", ".")
    git(top, "commit", "-qm", "backslash")
    repository = Repository.open(top)
    [oid] = repository.write_blobs([b"x"])
    with temporary_index(repository) as index:
        index.read_tree("HEAD")
        index.update({"a.py/b": ("100755", oid), "a.py": None})
        tree = index.write_tree()
    modes = {path: entry.mode for path, entry in repository.entries(tree).items()}
    assert modes == {"a.py/b": "100755", "back\\slash": "100644", "git~1": "100644"}


def test_a_branch_in_the_middle_of_a_rebase_counts_as_checked_out(top: Path) -> None:
    git(top, "checkout", "-q", "-b", "side")
    (top / "a.py").write_text("a = 'side'\n")
    git(top, "commit", "-qam", "side")
    git(top, "checkout", "-q", "main")
    (top / "a.py").write_text("a = 'main'\n")
    git(top, "commit", "-qam", "main")
    subprocess.run(["git", "rebase", "main", "side"], cwd=top, capture_output=True, check=False)
    repository = Repository.open(top)
    assert repository.current_branch() is None
    assert set(repository.checked_out()) == {"side"}


# Identity, and LFS


def test_the_identity_is_the_users(top: Path) -> None:
    assert Repository.open(top).identity() == ME
    git(top, "config", "user.name", "Grace Hopper")
    assert Repository.open(top).identity().name == "Grace Hopper"


@pytest.mark.parametrize("config", ["", "[user]\nname = Ada\n", "[user]\nname = Ada\nemail =\n"])
def test_without_an_identity_there_is_one_to_fall_back_to(
    top: Path, home: Path, config: str
) -> None:
    (home / ".gitconfig").write_text(config + "[user]\nuseConfigOnly = true\n")
    repository = Repository.open(top)
    identity = repository.identity()
    assert identity == Identity("Jupiter", "jupiter@localhost", is_fallback=True)
    tree = git(top, "rev-parse", "HEAD^{tree}")
    made = repository.commit_tree(tree, [], "x", identity=identity, when=WHEN)
    repository.update_ref("refs/heads/x", made, None, identity=identity, when=WHEN)
    assert "Jupiter <jupiter@localhost>" in git(top, "reflog", "--format=%an <%ae>", "x")


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize 12345\n" % (b"a" * 64)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (POINTER, True),
        (POINTER.replace(b"git-lfs", b"hawser"), True),
        (POINTER.replace(b"oid", b"ext-0-foo sha256:abc\noid"), True),
        (b"", False),
        (b"# " + POINTER, False),
        (POINTER + b"x" * 2000, False),
        (b"version https://git-lfs.github.com/spec/v1\nx = 1\n", False),
    ],
    ids=["pointer", "old pointer", "with extension", "empty", "comment", "long", "no id"],
)
def test_an_lfs_pointer_is_known_by_its_first_lines(data: bytes, *, expected: bool) -> None:
    assert is_lfs_pointer(data) is expected
