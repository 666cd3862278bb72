"""Patches: `git apply` takes them, the repository is only read, no file is overwritten by mistake."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from jupiter.delivery.branch import Change, deliver_branch
from jupiter.delivery.patch import check_patch, patch, write_patch
from jupiter.delivery.place import Wanted
from jupiter.errors import RequestError, SurroundingsError
from jupiter.fold.file import File
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


BASE = {
    "a.py": b"a = 1\nb = 2\nc = 3\n",
    "crlf.py": b"a = 1\r\nb = 2\r\n",
    "end.py": b"no end",
    "binary": b"\0\1\2" * 100,
    "gone.py": b"gone\n",
    'a b/ü "q".py': b"x\n",
    "new\nline": b"y\n",
}
FILES: Mapping[str, bytes | None] = {
    "a.py": b"a = 1\nb = 'two'\nc = 3\n",
    "crlf.py": b"a = 1\r\nb = 'two'\r\n",
    "end.py": b"still no end",
    "binary": b"\2\1\0" * 100,
    "gone.py": None,
    'a b/ü "q".py': b"z\n",
    "new/file.py": b"",
    "new/latin.py": b"\xe9\r\n",
}
NEW = {
    path: None if text is None else File(text, "100755" if path == "a.py" else "100644")
    for path, text in FILES.items()
}
EXPECTED = {p: t for p, t in {**BASE, **FILES}.items() if t is not None}
CHANGES = (
    Change("first", (), {path: file for path, file in NEW.items() if path < "c"}),
    Change("second", (), {path: file for path, file in NEW.items() if path >= "c"}),
)


@pytest.fixture(params=["sha1", "sha256"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    top = tmp_path / 'pro "j":ect'
    for name, text in BASE.items():
        (top / name).parent.mkdir(exist_ok=True, parents=True)
        (top / name).write_bytes(text)
    git(top, "init", "-q", f"--object-format={request.param}")
    (top / "a.py").chmod(0o755)
    git(top, "add", ".")
    git(top, "commit", "-qm", "first")
    return Repository.open(top)


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_git_apply_takes_it_byte_for_byte(repository: Repository) -> None:
    top = repository.git_dir.parent
    data = patch(repository, repository.commit(), CHANGES)
    git(top, "apply", "--index", "-", data=data)
    found = {str(p.relative_to(top)): p.read_bytes() for p in top.rglob("*") if p.is_file()}
    assert {p: t for p, t in found.items() if not p.startswith(".git/")} == EXPECTED
    assert os.access(top / "a.py", os.X_OK)


def test_it_gives_the_tree_that_the_branch_has(repository: Repository) -> None:
    top = repository.git_dir.parent
    base = repository.commit()
    tip = deliver_branch(repository, base, Wanted("x"), CHANGES, when=WHEN).commit
    git(top, "apply", "--index", "-", data=patch(repository, base, CHANGES))
    assert git(top, "write-tree") == git(top, "rev-parse", f"{tip}^{{tree}}")


def test_what_one_change_makes_and_a_later_one_undoes_is_not_in_it(repository: Repository) -> None:
    steps: list[dict[str, File | None]] = [
        {"new.py": File(b"new\n"), "gone.py": None},
        {"new.py": None, "gone.py/inside.py": File(b"inside\n")},
        {"gone.py/inside.py": None, "gone.py": File(b"gone\n")},
        {"a.py": File(b"a = 2\n")},
    ]
    changes = [Change("step", (), files) for files in steps]
    base = repository.commit()
    whole = patch(repository, base, changes)
    assert whole == patch(repository, base, changes[-1:])


def test_the_repository_is_only_read(repository: Repository) -> None:
    before = everything(repository.git_dir.parent)
    assert patch(repository, repository.commit(), CHANGES)
    assert everything(repository.git_dir.parent) == before


def test_a_bare_repository_gives_the_same_patch(repository: Repository, tmp_path: Path) -> None:
    top = repository.git_dir.parent
    (top / "a.py").write_text("dirty")
    git(tmp_path, "clone", "-q", "--bare", str(top), "bare.git")
    bare = Repository.open(tmp_path / "bare.git")
    assert patch(bare, bare.commit(), CHANGES) == patch(repository, bare.commit(), CHANGES)


def test_the_users_taste_in_diffs_does_not_change_it(repository: Repository, home: Path) -> None:
    plain = patch(repository, repository.commit(), CHANGES)
    top = repository.git_dir.parent
    marker = home / "ran"
    (top / ".gitattributes").write_text("*.py diff=loud filter=loud\n")
    settings = {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.renames": "copies",
        "diff.context": "0",
        "diff.external": f"touch {marker}; true",
        "diff.loud.command": f"touch {marker}; true",
        "diff.loud.textconv": f"touch {marker}; true",
        "filter.loud.clean": f"touch {marker}; cat",
        "color.ui": "always",
        "core.pager": f"touch {marker}; cat",
        "core.fsmonitor": f"touch {marker}; true",
        "core.autocrlf": "true",
    }
    for name, value in settings.items():
        git(top, "config", name, value)
    assert patch(repository, repository.commit(), CHANGES) == plain
    assert not marker.exists()


def test_the_callers_git_variables_do_not_count(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = patch(repository, repository.commit(), CHANGES)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_DIFF_OPTS", "-u0")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    assert patch(repository, repository.commit(), CHANGES) == plain


def test_nothing_that_changes_is_an_empty_patch(repository: Repository) -> None:
    same = Change("same", (), {"a.py": File(BASE["a.py"], "100755")})
    assert patch(repository, repository.commit(), (same,)) == b""
    assert patch(repository, repository.commit(), ()) == b""


def test_a_change_that_cannot_be_made_is_refused(repository: Repository) -> None:
    with pytest.raises(RequestError, match="not a path that a change may write"):
        patch(repository, repository.commit(), (Change("x", (), {"../x": File(b"")}),))


# The file


def test_a_patch_is_written_over_an_earlier_one_and_folders_are_made(tmp_path: Path) -> None:
    place = tmp_path / "out" / "deep" / "x.patch"
    for data in (b"first", b"second\r\n"):
        write_patch(place, data)
        assert place.read_bytes() == data
    assert list(place.parent.iterdir()) == [place]


def test_a_patch_may_lie_in_the_work_tree(repository: Repository) -> None:
    place = repository.git_dir.parent / "new" / "x.patch"
    write_patch(place, b"data")
    assert place.read_bytes() == b"data"


@pytest.mark.parametrize("name", ["a.py", 'a b/ü "q".py', "new\nline", "a b/../a.py"])
def test_a_file_of_the_repository_is_not_overwritten(repository: Repository, name: str) -> None:
    place = repository.git_dir.parent / name
    before = place.read_bytes()
    with pytest.raises(RequestError, match="is a file of the repository; name another"):
        write_patch(place, b"data")
    assert place.read_bytes() == before


def test_a_tracked_file_that_was_deleted_or_is_reached_by_a_link_counts(
    repository: Repository, tmp_path: Path
) -> None:
    top = repository.git_dir.parent
    (top / "gone.py").unlink()
    (tmp_path / "link").symlink_to(top)
    for place in (top / "gone.py", tmp_path / "link" / "a.py"):
        with pytest.raises(RequestError, match="is a file of the repository"):
            check_patch(place)


def test_a_folder_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="is a folder; name a file"):
        write_patch(tmp_path, b"data")


@pytest.mark.parametrize("name", [".git/hooks/pre-commit", ".GIT/x", "sub/../.git/config"])
def test_nothing_is_written_into_a_git_folder(repository: Repository, name: str) -> None:
    with pytest.raises(RequestError, match=r"lies in a \.git folder"):
        write_patch(repository.git_dir.parent / name, b"data")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SurroundingsError, match=r"file/x\.patch: cannot be written"):
        write_patch(tmp_path / "file" / "x.patch", b"data")
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["file"]
