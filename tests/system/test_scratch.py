"""The scratch tree: exact bytes and modes, and nothing ever written outside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupiter.errors import RequestError, SurroundingsError
from jupiter.system.scratch import ScratchTree

LINK = "120000"


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[ScratchTree]:
    with ScratchTree(tmp_path / "scratch") as scratch:
        yield scratch


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "kept.py").write_bytes(b"kept")
    return folder


def test_the_folder_is_only_for_its_owner_and_is_removed_at_the_end(tmp_path: Path):
    with ScratchTree(tmp_path / "scratch") as tree:
        assert stat.S_IMODE(tree.root.stat().st_mode) == 0o700
        tree.write({"a/b.py": b"x"})
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_folder_that_a_command_has_closed_is_removed_too(tmp_path: Path, outside: Path):
    with ScratchTree(tmp_path / "scratch") as tree:
        tree.write({"a/b/c.py": b"x"})
        (tree.root / "link").symlink_to(outside)
        (tree.root / "a/b").chmod(0o000)
        (tree.root / "a").chmod(0o500)
    assert list((tmp_path / "scratch").iterdir()) == []
    assert (outside / "kept.py").read_bytes() == b"kept"


def test_bytes_executable_bits_and_links_are_those_of_the_tree(tree: ScratchTree):
    tree.write(
        {
            "run.sh": b"#!/bin/sh\r\n",
            "latin-\udce9.txt": b"\xff\x00",
            "link": b"no/where",
            "sub": b"",
        },
        {"run.sh": "100755", "link": LINK, "sub": "160000"},
    )
    assert (tree.root / "run.sh").read_bytes() == b"#!/bin/sh\r\n"
    assert os.access(tree.root / "run.sh", os.X_OK)
    assert (tree.root / "latin-\udce9.txt").read_bytes() == b"\xff\x00"
    assert not os.access(tree.root / "latin-\udce9.txt", os.X_OK)
    assert (tree.root / "link").readlink() == Path("no/where")
    assert list((tree.root / "sub").iterdir()) == []
    assert tree.paths == {"run.sh", "latin-\udce9.txt", "link", "sub"}


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/x", "a/../../x", "a//b", "", ".", "a/.git/hooks/x", ".GIT/config", "a\0b"],
)
def test_a_path_that_leaves_the_tree_is_refused(tree: ScratchTree, path: str):
    with pytest.raises(RequestError, match="refused"):
        tree.write({path: b"x"})
    with pytest.raises(RequestError, match="refused"):
        tree.update({path: None})


def test_a_link_in_the_place_of_a_folder_is_replaced_and_not_followed(
    tree: ScratchTree, outside: Path
):
    tree.write({"pkg": os.fsencode(outside)}, {"pkg": LINK})
    tree.write({"pkg/kept.py": b"new"})
    assert (outside / "kept.py").read_bytes() == b"kept"
    assert (tree.root / "pkg/kept.py").read_bytes() == b"new"


def test_a_link_that_a_command_made_is_replaced_and_not_followed(tree: ScratchTree, outside: Path):
    tree.write({"a.py": b"old", "b.py": b"old"})
    for name in ("a.py", "b.py"):
        (tree.root / name).unlink()
        (tree.root / name).symlink_to(outside / "kept.py")
    tree.update({"a.py": b"new", "b.py": None})
    assert (outside / "kept.py").read_bytes() == b"kept"
    assert (tree.root / "a.py").read_bytes() == b"new"
    assert not (tree.root / "b.py").is_symlink()


def test_a_deletion_under_a_link_deletes_nothing_elsewhere(tree: ScratchTree, outside: Path):
    tree.write({"pkg": os.fsencode(outside)}, {"pkg": LINK})
    tree.update({"pkg/kept.py": None})
    assert (outside / "kept.py").exists()


def test_an_update_rewrites_only_what_differs_on_disk(tree: ScratchTree):
    tree.write({"same.py": b"1", "touched.py": b"1", "run": b"1"}, {"run": "100755"})
    before = (tree.root / "same.py").stat()
    (tree.root / "touched.py").write_bytes(b"by a command")
    tree.update({"same.py": b"1", "touched.py": b"1", "run": b"2"})
    after = (tree.root / "same.py").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert (tree.root / "touched.py").read_bytes() == b"1"
    assert os.access(tree.root / "run", os.X_OK)


def test_the_tree_remembers_what_it_was_given(tree: ScratchTree):
    tree.write({"a.py": b"1"})
    (tree.root / "a.py").write_bytes(b"by a command")
    assert tree.holds("a.py", b"1")
    assert not tree.holds("a.py", b"by a command")
    tree.update({"a.py": b"2"})
    assert tree.holds("a.py", b"2")
    tree.update({"a.py": None})
    assert not tree.holds("a.py", b"2")


def test_a_deleted_file_takes_the_folders_that_are_empty_then_along(tree: ScratchTree):
    tree.write({"a/b/c.py": b"", "a/d.py": b""})
    (tree.root / "a/b/__pycache__").mkdir()
    tree.update({"a/b/c.py": None, "never/was.py": None})
    assert not (tree.root / "a/b").exists()
    assert (tree.root / "a/d.py").exists()
    assert tree.paths == {"a/d.py"}


def test_a_file_and_a_folder_can_change_places(tree: ScratchTree):
    tree.write({"a": b"file", "b/c": b"in folder"})
    tree.update({"a": None, "a/x": b"1", "b/c": None, "b": b"2"})
    assert (tree.root / "a/x").read_bytes() == b"1"
    assert (tree.root / "b").read_bytes() == b"2"


def test_a_disk_that_refuses_is_named(tree: ScratchTree):
    with pytest.raises(SurroundingsError, match=r"a{300} cannot be written"):
        tree.write({"a" * 300: b"x"})


class TestCopy:
    @pytest.fixture
    def repository(self, tmp_path: Path, outside: Path) -> Path:
        top = tmp_path / "repo"
        (top / "data/deep/.git").mkdir(parents=True)
        (top / ".env").write_bytes(b"A=1")
        (top / "data/one").write_bytes(b"1")
        (top / "data/deep/two").write_bytes(b"2")
        (top / "data/deep/.git/config").write_bytes(b"url")
        (top / "data/out").symlink_to(outside / "kept.py")
        (top / "data/in").symlink_to("one")
        (top / "data/loop").symlink_to(".")
        (top / "data/one").chmod(0o755)
        os.mkfifo(top / "data/pipe")
        (top / "leaving").symlink_to(outside)
        return top

    def test_files_and_folders_are_copied_without_what_leaves_the_repository(
        self, tree: ScratchTree, repository: Path
    ):
        copied = tree.copy(repository, [".env", "./data/", "missing"])
        assert sorted(copied) == [".env", "data/deep/two", "data/in", "data/one"]
        assert (tree.root / "data/in").read_bytes() == b"1"
        assert not (tree.root / "data/in").is_symlink()
        assert os.access(tree.root / "data/one", os.X_OK)
        assert (tree.root / ".env").read_bytes() == b"A=1"
        assert tree.paths == frozenset()

    def test_what_the_tree_has_is_kept(self, tree: ScratchTree, repository: Path):
        tree.write({".env": b"of the result"})
        assert tree.copy(repository, [".env"]) == ()
        assert (tree.root / ".env").read_bytes() == b"of the result"

    @pytest.mark.parametrize(
        "entry",
        ["../outside", "/etc/passwd", "data/../../outside", ".git/config", "leaving", "data/out"],
    )
    def test_an_entry_that_leaves_the_repository_is_refused(
        self, tree: ScratchTree, repository: Path, entry: str
    ):
        with pytest.raises(RequestError):
            tree.copy(repository, [entry])


names = st.sampled_from(["a", "b", "c.py", "__init__.py"])
trees = st.dictionaries(
    st.lists(names, min_size=1, max_size=3).map("/".join), st.binary(max_size=8), max_size=6
).filter(lambda files: not any(a.startswith(b + "/") for a in files for b in files))


@settings(max_examples=60, deadline=None)
@given(st.lists(trees, min_size=2, max_size=3))
def test_after_any_updates_the_disk_holds_exactly_the_last_tree(
    tmp_path_factory: pytest.TempPathFactory, versions: list[dict[str, bytes]]
):
    with ScratchTree(tmp_path_factory.mktemp("scratch")) as tree:
        for version in versions:
            tree.update({path: version.get(path) for path in tree.paths | version.keys()})
        on_disk = {
            file.relative_to(tree.root).as_posix(): file.read_bytes()
            for file in tree.root.rglob("*")
            if file.is_file()
        }
        assert on_disk == versions[-1]
        assert tree.paths == versions[-1].keys()
