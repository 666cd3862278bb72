"""A repository of somebody's own: the tree and the history are there, the way back is not."""

from pathlib import Path

import pytest

from jupiter.system.git import Repository
from jupiter.system.own_repository import ignored, make_repository
from repositories import git


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    folder = tmp_path / "origin"
    folder.mkdir()
    (folder / "a.py").write_text("a = 1\n")
    (folder / "b.py").write_text("b = 1\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "base")
    git(folder, "remote", "add", "upstream", "https://example.org/x.git")
    return Repository.open(folder)


def test_it_has_the_changed_tree_on_top_of_the_history_and_no_remote(
    origin: Repository, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "a.py").write_text("a = 2\n")
    make_repository(work, origin, origin.commit(), {"a.py": ("100644", b"a = 2\n"), "b.py": None})
    assert git(work, "status", "--porcelain") == ""
    assert git(work, "log", "--format=%s").splitlines()[-1] == "base"
    assert git(work, "ls-files").split() == ["a.py"]
    assert git(work, "remote") == ""
    assert git(work, "branch", "--show-current") == "jupiter\n"


def test_what_is_committed_there_is_not_in_the_origin(origin: Repository, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    make_repository(work, origin, origin.commit(), {})
    (work / "a.py").write_text("a = 3\n")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "mine")
    tip = git(work, "rev-parse", "HEAD").strip()
    assert not origin.git("cat-file", "-e", tip).ok
    assert git(origin.git_dir, "branch", "--list", "jupiter") == ""


def test_what_is_ignored_follows_the_trees_own_files_not_the_settings_that_lie_in_it(
    origin: Repository, tmp_path: Path
) -> None:
    work, marker = tmp_path / "work", tmp_path / "marker"
    (work / "cache").mkdir(parents=True)
    make_repository(work, origin, origin.commit(), {})
    (work / ".git" / "config").write_text(f"[core]\n\tfsmonitor = touch {marker}\n")
    (work / ".gitignore").write_text("*.log\n")
    (work / "cache" / ".gitignore").write_text("*\n")
    asked = ["x.log", "cache/x", "x.py", "\udcff.log"]
    assert ignored(origin, work, asked) == {"x.log", "cache/x", "\udcff.log"}
    assert not marker.exists()
