"""Where a result goes from a mirror: to the folder itself, into the mirror, or to the URL."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupiter.delivery.branch import Change, Delivered, deliver_branch
from jupiter.delivery.place import Wanted
from jupiter.delivery.target import check_target
from jupiter.errors import RequestError
from jupiter.fold.file import File
from jupiter.system.git import Repository
from jupiter.system.origin import Origin, commit_of, mirror_of
from repositories import git_line

WHEN = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPITER_HOME", str(tmp_path / "state"))
    folder = tmp_path / "mine"
    folder.mkdir()
    git_line(folder, "init", "-q", "-b", "main")
    (folder / "a.py").write_text("a = 1\n")
    git_line(folder, "add", "-A")
    git_line(folder, "commit", "-qm", "one")
    git_line(folder, "config", "user.name", "Ada")
    git_line(folder, "config", "user.email", "ada@localhost")
    return folder


def deliver(mirror: Repository, wanted: Wanted, text: bytes = b"a = 2\n") -> Delivered:
    change = Change("made", (("Jupiter-Run", wanted.run),), {"a.py": File(text, "100644")})
    return deliver_branch(mirror, commit_of(mirror, ""), wanted, [change], when=WHEN)


def branches(folder: Path) -> list[str]:
    return git_line(folder, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()


def test_a_folder_gets_the_branch_itself_in_the_name_of_its_user(repository: Path) -> None:
    mirror = mirror_of(Origin(str(repository), repository))
    done = deliver(mirror, Wanted("jupiter/x", run="r1"))
    assert git_line(repository, "rev-parse", "jupiter/x") == done.commit
    assert git_line(repository, "log", "-1", "--format=%an", "jupiter/x") == "Ada"
    assert git_line(repository, "status", "--porcelain") == ""


def test_hooks_of_the_folder_do_not_run(repository: Path, tmp_path: Path) -> None:
    for name in ("reference-transaction", "post-receive", "update"):
        hook = repository / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        hook.chmod(0o755)
    deliver(mirror_of(Origin(str(repository), repository)), Wanted("jupiter/x", run="r1"))
    assert "jupiter/x" in branches(repository)
    assert not (tmp_path / "ran").exists()


def test_a_branch_of_the_folder_that_a_person_added_to_is_kept(repository: Path) -> None:
    mirror = mirror_of(Origin(str(repository), repository))
    deliver(mirror, Wanted("jupiter/x", run="r1"))
    git_line(repository, "checkout", "-q", "jupiter/x")
    git_line(repository, "commit", "-q", "--allow-empty", "-m", "mine")
    git_line(repository, "checkout", "-q", "main")
    mine = git_line(repository, "rev-parse", "jupiter/x")
    with pytest.raises(RequestError, match="not all of it is as Jupiter made it"):
        check_target(mirror, Wanted("jupiter/x", run="r2"))
    done = deliver(mirror, Wanted("jupiter/x", "suffix", "r2"))
    assert (done.branch, git_line(repository, "rev-parse", "jupiter/x")) == ("jupiter/x-2", mine)


def test_a_url_keeps_the_branch_in_the_mirror(repository: Path) -> None:
    mirror = mirror_of(Origin(f"file://{repository}"))
    done = deliver(mirror, Wanted("jupiter/x", run="r1"))
    assert mirror.commit("refs/heads/jupiter/x") == done.commit
    assert branches(repository) == ["main"]


def test_with_push_a_url_gets_it_too_and_what_jupiter_made_there_is_replaced(
    repository: Path,
) -> None:
    mirror = mirror_of(Origin(f"file://{repository}"))
    first = deliver(mirror, Wanted("jupiter/x", run="r1", push=True))
    assert git_line(repository, "rev-parse", "jupiter/x") == first.commit
    mirror = mirror_of(Origin(f"file://{repository}"))
    second = deliver(mirror, Wanted("jupiter/x", run="r2", push=True), b"a = 3\n")
    assert git_line(repository, "rev-parse", "jupiter/x") == second.commit
    assert second.commit != first.commit


def test_what_a_person_has_pushed_decides_where_a_result_goes(repository: Path) -> None:
    git_line(repository, "branch", "jupiter/x")
    mirror = mirror_of(Origin(f"file://{repository}"))
    with pytest.raises(RequestError, match="'jupiter/x' exists"):
        check_target(mirror, Wanted("jupiter/x", "fail", push=True))
    done = deliver(mirror, Wanted("jupiter/x", "suffix", "r1", push=True))
    assert done.branch == "jupiter/x-2"
    assert branches(repository) == ["jupiter/x", "jupiter/x-2", "main"]
