"""A snapshot is one commit: what the work tree does meanwhile does not matter to it."""

import subprocess
from pathlib import Path

import pytest

from jupiter.errors import RequestError
from jupiter.index.snapshot import Snapshot
from jupiter.system.git import Repository

FILES = {
    "a.py": b"a = 1\r\n",
    "b/c.py": b"\xef\xbb\xbfc = '\xe9'",
    "same.py": b"a = 1\r\n",
    "empty.py": b"",
}


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with files of several encodings, and a link."""
    folder = tmp_path / "project"
    (folder / "b").mkdir(parents=True)
    for path, text in FILES.items():
        (folder / path).write_bytes(text)
    (folder / "link.py").symlink_to("a.py")
    git(folder, "init", "-q")
    git(folder, "-c", "core.autocrlf=false", "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


def snapshot(top: Path) -> Snapshot:
    repository = Repository.open(top)
    return Snapshot(repository, repository.commit())


def test_texts_are_the_bytes_of_the_commit(top: Path) -> None:
    assert snapshot(top).texts(FILES) == FILES
    assert snapshot(top).texts([]) == {}


def test_a_link_has_its_target_for_a_text(top: Path) -> None:
    assert snapshot(top).read("link.py") == b"a.py"


def test_paths_stand_as_git_sorts_them(top: Path) -> None:
    assert list(snapshot(top).entries) == ["a.py", "b/c.py", "empty.py", "link.py", "same.py"]


def test_texts_come_in_the_order_that_was_asked_for(top: Path) -> None:
    assert list(snapshot(top).texts(["same.py", "a.py"])) == ["same.py", "a.py"]


def test_later_changes_are_not_in_it(top: Path) -> None:
    before = snapshot(top)
    (top / "a.py").write_bytes(b"a = 2\n")
    (top / "new.py").write_bytes(b"")
    git(top, "add", ".")
    git(top, "commit", "-qm", "second")
    (top / "b" / "c.py").unlink()
    assert before.texts(FILES) == FILES
    assert "new.py" not in before.entries
    assert snapshot(top).read("a.py") == b"a = 2\n"


def test_a_text_is_fetched_once(top: Path) -> None:
    found = snapshot(top)
    first = found.texts(FILES)
    (top / ".git").rename(top / "elsewhere")
    assert found.texts(FILES) == first


@pytest.mark.parametrize("path", ["no.py", "b", "../project/a.py", "./a.py", ""])
def test_a_path_that_the_commit_does_not_have_is_refused_with_both_names(
    top: Path, path: str
) -> None:
    (top / "no.py").write_bytes(b"not committed\n")
    found = snapshot(top)
    with pytest.raises(RequestError, match=f"is not in commit {found.commit[:12]}"):
        found.read(path)
