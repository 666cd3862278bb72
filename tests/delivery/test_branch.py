"""Branches: a commit a change, byte for byte, and nothing else in the repository is touched."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupiter.delivery import place as place_module
from jupiter.delivery.branch import Change, commit_message, deliver_branch
from jupiter.delivery.place import Place, Wanted, find_place
from jupiter.errors import RequestError
from jupiter.fold.file import File
from jupiter.model.recipe import IfExists
from jupiter.system.git import Repository

WHEN = datetime(2026, 11, 23, 14, 12, tzinfo=timezone(timedelta(hours=1)))


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
    )
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(folder / ".gitconfig"))
    return folder


BASE = {"a.py": b"a = 1\n", "pkg/b.py": b"b = 1\r\n", "pkg/c.py": b"c = 1"}


def new_repository(top: Path, *options: str, files: Mapping[str, bytes] = BASE) -> Repository:
    top.mkdir(parents=True)
    git(top, "init", "-q", *options)
    for name, text in files.items():
        (top / name).parent.mkdir(exist_ok=True, parents=True)
        (top / name).write_bytes(text)
    git(top, "add", ".")
    git(top, "commit", "-qm", "first")
    return Repository.open(top)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "project")


def change(
    files: Mapping[str, bytes | None], run: str = "r1", number: int = 1, mode: str = "100644"
) -> Change:
    trailers = (("Jupiter-Run", run), ("Jupiter-Briefing", str(number)))
    made = {path: None if text is None else File(text, mode) for path, text in files.items()}
    return Change(f"step: briefing {number}", trailers, made)


ONE = (change({"a.py": b"a = 2\n"}),)


def deliver(
    repository: Repository, changes: tuple[Change, ...] = ONE, *, branch: str = "jupiter/x"
) -> str:
    """Deliver on HEAD, as a run does: checked before and after the work."""
    find_place(repository, Wanted(branch))
    tip = deliver_branch(repository, repository.commit(), Wanted(branch), changes, when=WHEN).commit
    assert repository.commit(branch) == tip
    fsck(repository)
    return tip


def fsck(repository: Repository) -> None:
    assert git(repository.git_dir, "fsck", "--strict", "--full", "--no-dangling") == ""


def texts(repository: Repository, commit: str) -> dict[str, bytes]:
    entries = {p: e for p, e in repository.entries(commit).items() if e.kind != "submodule"}
    found = repository.read(entry.oid for entry in entries.values())
    return {path: found[entry.oid] for path, entry in entries.items()}


def modes(repository: Repository, commit: str) -> dict[str, str]:
    return {path: entry.mode for path, entry in repository.entries(commit).items()}


def seen(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of a repository but its objects and Jupiter's branches: text and time."""
    return {
        name: (path.read_bytes(), path.lstat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
        for name in [str(path.relative_to(folder))]
        if ".git/objects" not in name and "heads/jupiter" not in name
    }


# What is delivered


def test_each_change_becomes_a_commit_in_order(repository: Repository) -> None:
    base = repository.commit()
    first = change({"a.py": b"a = 2\n", "new/d.py": b"d\n"}, number=1)
    second = change({"pkg/b.py": None, "a.py": b"a = 3\n"}, number=2)
    tip = deliver(repository, (first, second))
    parent = repository.commit(f"{tip}~1")
    assert repository.commit(f"{tip}~2") == base
    assert texts(repository, parent) == BASE | {"a.py": b"a = 2\n", "new/d.py": b"d\n"}
    assert texts(repository, tip) == {
        "a.py": b"a = 3\n",
        "new/d.py": b"d\n",
        "pkg/c.py": b"c = 1",
    }


def test_a_commit_names_the_user_the_date_and_the_trailers(repository: Repository) -> None:
    tip = deliver(repository)
    shown = git(repository.git_dir, "show", "-s", "--format=%an|%ae|%aI|%cn|%ce|%cI|%B", tip)
    date = "2026-11-23T14:12:00+01:00"
    who = f"Ada|ada@example.org|{date}"
    message = "step: briefing 1\n\nJupiter-Run: r1\nJupiter-Briefing: 1\n"
    assert shown == f"{who}|{who}|{message}"
    trailers = git(repository.git_dir, "show", "-s", "--format=%(trailers:key=Jupiter-Run)", tip)
    assert trailers.strip() == "Jupiter-Run: r1"


def test_the_same_changes_on_the_same_base_give_the_same_commit(repository: Repository) -> None:
    assert deliver(repository) == deliver(repository, branch="jupiter/y")


def test_a_trailer_stays_one_line(repository: Repository) -> None:
    made = commit_message(Change(" subject\n\nbody\n\n", (("Key", "a\nSigned-off-by: b"),), {}))
    assert made == "subject\n\nbody\n\nKey: a Signed-off-by: b\n"
    assert commit_message(Change("subject", (), {})) == "subject\n"


def test_modes_and_all_other_entries_stay(tmp_path: Path) -> None:
    lib = new_repository(tmp_path / "lib")
    top = tmp_path / "project"
    repository = new_repository(top)
    git(top, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(lib.top), "lib")
    (top / "tool.py").write_text("#!/usr/bin/env python\n")
    (top / "tool.py").chmod(0o755)
    (top / "other.sh").write_text("x")
    (top / "other.sh").chmod(0o755)
    (top / "link").symlink_to("a.py")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize 1\n" % (b"0" * 64)
    (top / "big.bin").write_bytes(pointer)
    git(top, "add", ".")
    git(top, "commit", "-qm", "kinds")
    before = repository.entries("HEAD")
    tip = deliver(
        repository, (change({"tool.py": b"#!/x\n"}, mode="100755"), change({"new.py": b""}))
    )
    after = repository.entries(tip)
    assert after["tool.py"].mode == "100755"
    assert after["new.py"].mode == "100644"
    changed = {"tool.py", "new.py"}
    assert {p: e for p, e in after.items() if p not in changed} == {
        p: e for p, e in before.items() if p not in changed
    }


def test_an_executable_file_that_is_deleted_and_made_again_stays_executable(
    repository: Repository,
) -> None:
    git(repository.git_dir.parent, "update-index", "--chmod=+x", "a.py")
    git(repository.git_dir.parent, "commit", "-qm", "mode")
    tip = deliver(
        repository, (change({"a.py": None}), change({"a.py": b"x"}, number=2, mode="100755"))
    )
    assert modes(repository, tip)["a.py"] == "100755"


def test_bytes_stay_whatever_git_would_convert(repository: Repository) -> None:
    top = repository.git_dir.parent
    (top / ".gitattributes").write_text("*.py text eol=crlf filter=shout ident\n*.txt -text\n")
    git(top, "add", ".gitattributes")
    git(top, "commit", "-qm", "attributes")
    git(top, "config", "core.autocrlf", "true")
    git(top, "config", "filter.shout.clean", "tr a-z A-Z")
    files = {"a.py": b"x\r\ny\n$Id$", "n.py": b"\xff\xfe\0\r\r\n", "e.txt": b"", "u.py": b"\r\n"}
    tip = deliver(repository, (change(files),))
    delivered = texts(repository, tip)
    assert {name: delivered[name] for name in files} == files
    assert delivered["pkg/b.py"] == BASE["pkg/b.py"]


NAMES = ["a b.py", "ü.py", "u\u0308.py", "q\"u'o.py", "-x", "[x].py", "é/日 本.py", "$HOME;.py"]


def test_every_safe_name_is_delivered_and_strange_ones_stay(repository: Repository) -> None:
    top = repository.git_dir.parent
    strange = {"new\nline.py": b"1", "tab\t.py": b"2", "back\\slash": b"3", "\udcff.py": b"4"}
    for name, text in strange.items():
        (top / name).write_bytes(text)
    git(top, "-c", "core.protectNTFS=false", "add", ".")
    git(top, "commit", "-qm", "strange")
    tip = deliver(repository, (change({name: name.encode() for name in NAMES}),))
    assert texts(repository, tip) == BASE | strange | {name: name.encode() for name in NAMES}


def test_a_file_becomes_a_folder_and_a_folder_a_file(repository: Repository) -> None:
    files = {"a.py/x.py": b"x", "a.py": None, "pkg/b.py": None, "pkg/c.py": None}
    tip = deliver(repository, (change(files), change({"pkg": b"file"}, number=2)))
    assert texts(repository, tip) == {"a.py/x.py": b"x", "pkg": b"file"}


def test_a_repository_of_sha256_ids_gets_its_branch(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "project", "--object-format=sha256")
    tip = deliver(repository, (change({"a.py": None, "b.py": b"b"}),))
    assert len(tip) == 64
    kept = {path: text for path, text in BASE.items() if path != "a.py"}
    assert texts(repository, tip) == kept | {"b.py": b"b"}
    assert deliver(repository, (change({"b.py": b"b"}),)) != tip


edits = st.dictionaries(
    st.sampled_from(["a.py", "pkg/b.py", "pkg/c.py", "n.py", "pkg/n.py", "deep/er/n.py"]),
    st.none() | st.binary(max_size=20),
    min_size=1,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wanted=st.lists(edits, min_size=1, max_size=4))
def test_the_tip_is_the_base_with_all_changes_in_order(
    repository: Repository, wanted: list[dict[str, bytes | None]]
) -> None:
    expected = dict(BASE)
    changes: list[Change] = []
    for number, wish in enumerate(wanted):
        files = {path: text for path, text in wish.items() if text is not None or path in expected}
        changes.append(change(files, number=number))
        expected |= {path: text for path, text in files.items() if text is not None}
        expected = {
            path: text for path, text in expected.items() if files.get(path, b"") is not None
        }
    tip = deliver_branch(
        repository, repository.commit(), Wanted("jupiter/x"), changes, when=WHEN
    ).commit
    assert texts(repository, tip) == expected


# What is touched


def test_work_tree_index_head_and_configuration_stay_as_they_were(repository: Repository) -> None:
    top = repository.git_dir.parent
    (top / "a.py").write_text("dirty")
    (top / "staged.py").write_text("staged")
    git(top, "add", "staged.py")
    (top / "untracked.py").write_text("untracked")
    git(top, "config", "core.splitIndex", "true")
    before = seen(top)
    deliver(repository)
    deliver(repository, (change({"a.py": b"3"}, run="r2"),))
    assert seen(top) == before


def test_no_hook_monitor_filter_or_signature_program_runs(
    repository: Repository, tmp_path: Path
) -> None:
    top = repository.git_dir.parent
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {shlex.quote(str(tmp_path / 'ran'))}\n")
    trap.chmod(0o755)
    (top / ".gitattributes").write_text("* filter=bad\n")
    git(top, "add", ".")
    git(top, "commit", "-qm", "attributes")
    for hook in ("reference-transaction", "post-commit", "pre-commit", "commit-msg"):
        (top / ".git" / "hooks").mkdir(exist_ok=True)
        (top / ".git" / "hooks" / hook).symlink_to(trap)
    for name in ("core.fsmonitor", "filter.bad.clean", "filter.bad.process", "gpg.program"):
        git(top, "config", name, str(trap))
    git(top, "config", "commit.gpgSign", "true")
    tip = deliver_branch(
        repository, repository.commit(), Wanted("jupiter/x"), ONE, when=WHEN
    ).commit
    find_place(repository, Wanted("jupiter/x"))
    assert not (tmp_path / "ran").exists()
    subprocess.run(["git", "branch", "y", tip], cwd=top, capture_output=True, check=False)
    assert (tmp_path / "ran").exists(), "the trap works for a git without guards"


def test_the_callers_git_variables_do_not_count(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_repository(tmp_path / "other")
    before = seen(other.git_dir.parent)
    monkeypatch.setenv("GIT_DIR", str(other.git_dir))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Mallory")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "objects"))
    tip = deliver_branch(
        repository, repository.commit(), Wanted("jupiter/x"), ONE, when=WHEN
    ).commit
    assert repository.commit("jupiter/x") == tip
    assert seen(other.git_dir.parent) == before
    assert b"Mallory" not in repository.read([tip])[tip]


@pytest.mark.parametrize("kind", ["bare", "shallow", "detached", "linked", "without identity"])
def test_every_kind_of_repository_gets_its_branch(
    repository: Repository, tmp_path: Path, home: Path, kind: str
) -> None:
    top = repository.git_dir.parent
    git(top, "commit", "-q", "--allow-empty", "-m", "second")
    place = tmp_path / "place"
    match kind:
        case "bare":
            git(tmp_path, "clone", "-q", "--bare", str(top), str(place))
        case "shallow":
            git(tmp_path, "clone", "-q", "--depth=1", f"file://{top}", str(place))
        case "detached":
            git(top, "checkout", "-q", "--detach", "HEAD~1")
            place = top
        case "linked":
            git(top, "worktree", "add", "-q", "-b", "side", str(place))
        case _:
            (home / ".gitconfig").write_text("[user]\nuseConfigOnly = true\n")
            place = top
    tip = deliver(Repository.open(place))
    assert texts(Repository.open(place), tip) == BASE | {"a.py": b"a = 2\n"}


# What is refused


@pytest.mark.parametrize(
    "branch",
    ["", "-x", "a b", "a..b", "a~1", "x.lock", "a/", "/a", "@{-1}", "a\nb", "HEAD", "refs/heads/x"],
)
def test_what_cannot_be_a_branch_is_refused(repository: Repository, branch: str) -> None:
    with pytest.raises(RequestError, match="cannot be the name of a branch; give one like"):
        find_place(repository, Wanted(branch))


@pytest.mark.parametrize(
    ("there", "wanted"), [("jupiter", "jupiter/x"), ("jupiter/x/y", "jupiter/x")]
)
def test_a_branch_that_git_has_no_room_for_is_refused(
    repository: Repository, there: str, wanted: str
) -> None:
    git(repository.git_dir, "branch", there)
    with pytest.raises(RequestError, match=f"cannot exist beside branch '{there}'"):
        find_place(repository, Wanted(wanted))


def test_a_branch_that_is_checked_out_anywhere_is_refused(
    repository: Repository, tmp_path: Path
) -> None:
    deliver(repository)
    git(repository.git_dir, "worktree", "add", "-q", str(tmp_path / "linked"), "jupiter/x")
    with pytest.raises(RequestError, match=r"'main' is checked out in .*project; switch"):
        find_place(repository, Wanted("main"))
    with pytest.raises(RequestError, match=r"'jupiter/x' is checked out in .*linked; switch"):
        find_place(repository, Wanted("jupiter/x"))


def test_an_untouched_branch_is_replaced(repository: Repository) -> None:
    two = (change({"a.py": b"2"}), change({"a.py": b"3"}, number=2))
    first = deliver(repository, two)
    again = deliver(repository, (change({"a.py": b"4"}, run="r2"),))
    assert again != first
    assert repository.commit(f"{again}~1") == repository.commit("HEAD")


def test_a_long_branch_is_looked_through_to_its_end(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place_module, "_STRIDE", 3)
    top = repository.git_dir.parent
    many = tuple(change({"a.py": str(number).encode()}, number=number) for number in range(10))
    deliver(repository, many)
    find_place(repository, Wanted("jupiter/x"))
    # The lowest commit is amended, and those above it made anew: their dates are equal.
    git(top, "checkout", "-q", "--detach", "jupiter/x~9")
    git(top, "commit", "-q", "--amend", "--no-edit")
    tip = deliver_branch(
        repository, repository.commit(), Wanted("jupiter/x"), many[1:], when=WHEN
    ).commit
    git(top, "checkout", "-q", "main")
    assert repository.commit("jupiter/x") == tip
    with pytest.raises(RequestError, match="not all of it is as Jupiter made it"):
        find_place(repository, Wanted("jupiter/x"))


def test_commits_of_an_earlier_run_below_the_base_do_not_count(repository: Repository) -> None:
    top = repository.git_dir.parent
    deliver(repository)
    git(top, "merge", "-q", "jupiter/x")
    git(top, "commit", "-q", "--amend", "--no-edit", "--date=2020-01-01T00:00:00Z")
    deliver(repository, (change({"a.py": b"3"}, run="r2"),), branch="jupiter/y")
    find_place(repository, Wanted("jupiter/y"))


def amend(top: Path) -> None:
    git(top, "commit", "-q", "--amend", "--no-edit")


def add(top: Path) -> None:
    (top / "a.py").write_text("mine\n")
    git(top, "commit", "-qam", "mine")


def add_below(top: Path) -> None:
    git(top, "checkout", "-q", "--detach", "main")
    git(top, "commit", "-q", "--allow-empty", "-m", "mine")
    git(top, "cherry-pick", "main..jupiter/x")
    git(top, "checkout", "-q", "-B", "jupiter/x")


def merge(top: Path) -> None:
    git(top, "checkout", "-q", "-b", "other", "main")
    git(top, "commit", "-q", "--allow-empty", "-m", "other")
    git(top, "checkout", "-q", "jupiter/x")
    git(top, "merge", "-q", "--no-ff", "-m", "merge\n\nJupiter-Run: r1", "other")


def reset(top: Path) -> None:
    git(top, "reset", "-q", "--hard", "main")


@pytest.mark.parametrize("touch", [amend, add, add_below, merge, reset])
def test_a_branch_that_somebody_touched_is_refused_and_stays(
    repository: Repository, touch: object
) -> None:
    assert callable(touch)
    top = repository.git_dir.parent
    deliver(repository)
    git(top, "checkout", "-q", "jupiter/x")
    touch(top)
    git(top, "checkout", "-q", "main")
    before = repository.commit("jupiter/x")
    with pytest.raises(RequestError, match=r"exists, and not all .*git branch -m jupiter/x NEW"):
        find_place(repository, Wanted("jupiter/x"))
    with pytest.raises(RequestError, match="exists, and not all"):
        deliver_branch(repository, repository.commit(), Wanted("jupiter/x"), ONE, when=WHEN)
    assert repository.commit("jupiter/x") == before


def test_fail_refuses_even_a_branch_that_jupiter_made(repository: Repository) -> None:
    find_place(repository, Wanted("jupiter/x", "fail"))
    before = deliver(repository)
    with pytest.raises(RequestError, match=r"'jupiter/x' exists, .*if_exists: fail"):
        find_place(repository, Wanted("jupiter/x", "fail"))
    assert repository.commit("jupiter/x") == before


def test_suffix_takes_the_first_number_that_is_free_and_touches_no_branch(
    repository: Repository,
) -> None:
    git(repository.git_dir.parent, "branch", "jupiter/x-2")
    first, base = deliver(repository), repository.commit()
    wanted = Wanted("jupiter/x", "suffix")
    done = deliver_branch(repository, base, wanted, ONE, when=WHEN)
    assert done.branch == "jupiter/x-3"
    assert repository.commit("jupiter/x-3") == done.commit
    assert (repository.commit("jupiter/x"), repository.commit("jupiter/x-2")) == (first, base)


def test_suffix_goes_beside_a_branch_that_is_checked_out(repository: Repository) -> None:
    assert find_place(repository, Wanted("main", "suffix")) == Place("main-2", None)


@pytest.mark.parametrize("if_exists", ["replace", "fail", "suffix"])
def test_what_the_same_run_has_made_before_it_was_resumed_is_replaced(
    repository: Repository, if_exists: IfExists
) -> None:
    tip = deliver(repository)
    assert find_place(repository, Wanted("jupiter/x", if_exists, "r1")) == Place("jupiter/x", tip)


def test_what_the_same_run_has_made_is_not_replaced_once_somebody_added_to_it(
    repository: Repository,
) -> None:
    top = repository.git_dir.parent
    deliver(repository)
    git(top, "checkout", "-q", "jupiter/x")
    add(top)
    git(top, "checkout", "-q", "main")
    assert find_place(repository, Wanted("jupiter/x", "suffix", "r1")).branch == "jupiter/x-2"


def test_a_branch_that_stands_for_another_is_refused(repository: Repository) -> None:
    deliver(repository)
    git(repository.git_dir, "symbolic-ref", "refs/heads/alias", "refs/heads/jupiter/x")
    with pytest.raises(RequestError, match="'alias' exists"):
        find_place(repository, Wanted("alias"))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"../x.py": b""}, "not a path that a change may write"),
        ({"/etc/x": b""}, "not a path that a change may write"),
        ({".git/hooks/pre-commit": b""}, "not a path that a change may write"),
        ({"pkg/.GIT/config": b""}, "not a path that a change may write"),
        ({"link": b"x"}, "is a symlink, which a change may not write"),
        ({"link": None}, "is a symlink, which a change may not write"),
        ({"link/x.py": b"x"}, "link is not a folder"),
        ({"a.py/x.py": b"x"}, "a.py is not a folder"),
        ({"pkg": b"x"}, "pkg: cannot be written, it is a folder"),
        ({"gone.py": None}, "gone.py: cannot be deleted, it does not exist"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_change_that_cannot_be_made_is_refused_before_anything_is_stored(
    repository: Repository, files: dict[str, bytes | None], message: str
) -> None:
    top = repository.git_dir.parent
    (top / "link").symlink_to("pkg")
    git(top, "add", "link")
    git(top, "commit", "-qm", "link")
    before = sorted((top / ".git").rglob("*"))
    with pytest.raises(RequestError, match=message):
        deliver_branch(
            repository, repository.commit(), Wanted("x"), (*ONE, change(files)), when=WHEN
        )
    assert sorted((top / ".git").rglob("*")) == before


def test_no_changes_make_no_branch(repository: Repository) -> None:
    with pytest.raises(ValueError, match="at least one change"):
        deliver_branch(repository, repository.commit(), Wanted("x"), (), when=WHEN)
