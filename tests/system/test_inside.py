"""Files below a folder that somebody hostile writes to: nothing is read, written or removed beyond it."""

from pathlib import Path

import pytest

from jupiter.system import inside


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.py").write_text("secret")
    made = tmp_path / "root"
    (made / "pkg").mkdir(parents=True)
    (made / "pkg" / "a.py").write_text("a")
    (made / "link").symlink_to(tmp_path / "outside")
    (made / "x.py").symlink_to(tmp_path / "outside" / "x.py")
    return made


def made(root: Path, text: str = "new") -> Path:
    place = root.parent / "made"
    place.write_text(text)
    return place


def test_links_are_seen_and_not_followed(root: Path) -> None:
    found = dict(inside.walk(root, 100))
    assert sorted(found) == ["link", "pkg/a.py", "x.py"]
    assert [path for path, one in sorted(found.items()) if one.is_file] == ["pkg/a.py"]


@pytest.mark.parametrize("path", ["link/x.py", "x.py"])
def test_nothing_is_read_through_a_link(root: Path, path: str) -> None:
    assert inside.read(root, path, 100) is None
    assert inside.read(root, "pkg/a.py", 100) == b"a"


def test_nothing_is_written_through_a_link_which_is_replaced(root: Path) -> None:
    assert inside.put(root, "link/x.py", made(root), None)
    assert (root.parent / "outside" / "x.py").read_text() == "secret"
    assert (root / "link" / "x.py").read_text() == "new"
    assert not (root / "link").is_symlink()


def test_nothing_is_removed_through_a_link(root: Path) -> None:
    inside.remove(root, "link/x.py")
    inside.remove(root, "x.py")
    assert (root.parent / "outside" / "x.py").exists()
    assert not (root / "x.py").is_symlink()


def test_what_has_changed_meanwhile_is_not_overwritten(root: Path) -> None:
    before = inside.stamp(root, "pkg/a.py")
    (root / "pkg" / "a.py").write_text("somebody else's")
    assert not inside.put(root, "pkg/a.py", made(root), before)
    assert (root / "pkg" / "a.py").read_text() == "somebody else's"
    assert inside.put(root, "pkg/a.py", made(root), inside.stamp(root, "pkg/a.py"))
    assert (root / "pkg" / "a.py").read_text() == "new"


def test_empty_folders_go_with_their_last_file(root: Path) -> None:
    inside.remove(root, "pkg/a.py")
    assert not (root / "pkg").exists()


@pytest.mark.parametrize(
    "path", ["../outside/x.py", "/etc/passwd", "pkg/../../outside/x.py", "", "a//b"]
)
def test_a_path_that_is_none_below_the_folder_is_a_mistake_of_ours(root: Path, path: str) -> None:
    with pytest.raises(ValueError, match="no path below"):
        inside.stamp(root, path)


def test_the_walk_ends_where_it_is_told_to(root: Path) -> None:
    for number in range(20):
        (root / f"{number}.txt").write_text("x")
    assert len(list(inside.walk(root, 5))) == 5
