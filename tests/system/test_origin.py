"""Origins and their mirrors, with real git: what may be worked on, and what a mirror holds of it."""

from pathlib import Path

import pytest

from jupiter.errors import RequestError, SurroundingsError
from jupiter.system.origin import Origin, commit_of, mirror_of, origin, origin_of, push
from repositories import git_line


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPITER_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def repository(home: Path) -> Path:
    folder = home / "projects" / "mine"
    folder.mkdir(parents=True)
    git_line(folder, "init", "-q", "-b", "trunk")
    git_line(folder, "commit", "-q", "--allow-empty", "-m", "one")
    git_line(folder, "tag", "v1")
    git_line(folder, "branch", "other")
    git_line(folder, "commit", "-q", "--allow-empty", "-m", "two")
    return folder


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "neither a folder nor a URL"),
        ("--upload-pack=x", "neither a folder nor a URL"),
        ("a\nb", "neither a folder nor a URL"),
        ("relative/path", "is relative"),
        ("/etc", "below no folder"),
        ("{allowed}/../elsewhere", "below no folder"),
        ("{allowed}/link", "below no folder"),
        ("file:///etc", "below no folder"),
        ("file://{allowed}/%2e%2e/elsewhere", "below no folder"),
        ("ext::sh -c id", "is relative"),
        ("ext://x", "ext:// is not used"),
        ("https://token@example.org/x.git", "carries a name or password"),
        ("https://a:b@example.org/x.git", "carries a name or password"),
        ("ssh://git:secret@example.org/x.git", "carries a name or password"),
    ],
)
def test_what_is_not_allowed_is_refused(home: Path, text: str, said: str) -> None:
    allowed = home / "allowed"
    allowed.mkdir()
    (home / "elsewhere").mkdir()
    (allowed / "link").symlink_to(home / "elsewhere")
    with pytest.raises(RequestError, match=said):
        origin(text.format(allowed=allowed), [allowed])


@pytest.mark.parametrize(
    ("text", "name", "protocol"),
    [
        ("https://example.org/team/click.git", "click", "https"),
        ("ssh://git@example.org:22/team/click", "click", "ssh"),
        ("git@example.org:team/click.git", "click", "ssh"),
    ],
)
def test_a_url_has_a_name_and_one_protocol(text: str, name: str, protocol: str) -> None:
    found = origin(text, [])
    assert (found.address, found.path, found.name, found.protocol) == (text, None, name, protocol)


def test_a_mirror_knows_where_it_comes_from_and_follows(home: Path, repository: Path) -> None:
    place = origin(str(repository), [home / "projects"])
    mirror = mirror_of(place)
    assert origin_of(mirror) == place
    assert (mirror.name, mirror.top) == ("mine", None)
    assert mirror.git_dir.is_relative_to(home / "state")
    git_line(repository, "commit", "-q", "--allow-empty", "-m", "three")
    git_line(repository, "branch", "-q", "-D", "other")
    again = mirror_of(place)
    assert again.git_dir == mirror.git_dir
    assert commit_of(again, "") == git_line(repository, "rev-parse", "HEAD")
    with pytest.raises(RequestError, match="no branch and no tag 'other'"):
        commit_of(again, "other")


def test_a_ref_is_one_of_the_origins(home: Path, repository: Path) -> None:
    mirror = mirror_of(Origin(f"file://{repository}"))
    one, two = git_line(repository, "rev-parse", "v1"), git_line(repository, "rev-parse", "trunk")
    assert [commit_of(mirror, ref) for ref in ("", "HEAD", "trunk", "v1", "other", one[:12])] == [
        *(two, two, two, one, one, one),
    ]


def test_the_head_of_an_origin_that_is_on_no_branch_is_its_default(
    home: Path, repository: Path
) -> None:
    git_line(repository, "checkout", "-q", "--detach")
    git_line(repository, "commit", "-q", "--allow-empty", "-m", "on no branch")
    assert commit_of(mirror_of(Origin(str(repository), repository)), "") == git_line(
        repository, "rev-parse", "HEAD"
    )


def test_an_origin_without_a_commit_or_without_a_repository_is_said_to_be_so(home: Path) -> None:
    (home / "empty").mkdir()
    git_line(home / "empty", "init", "-q")
    with pytest.raises(RequestError, match="no commit yet"):
        mirror_of(Origin(str(home / "empty"), home / "empty"))
    with pytest.raises(RequestError, match="git cannot fetch from it"):
        mirror_of(Origin(f"file://{home}/nowhere"))


def test_git_uses_no_protocol_but_that_of_the_origin(home: Path, repository: Path) -> None:
    mirror = mirror_of(Origin(str(repository), repository))
    done = mirror.git("ls-remote", f"file://{repository}")
    assert b"transport 'file' not allowed" in done.stderr


def test_hooks_of_an_origin_that_is_fetched_from_do_not_run(home: Path, repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {home}/ran\n")
    hook.chmod(0o755)
    mirror_of(Origin(str(repository), repository))
    assert not (home / "ran").exists()


def test_a_push_is_refused_when_the_branch_has_moved(home: Path, repository: Path) -> None:
    place = Origin(f"file://{repository}")
    mirror = mirror_of(place)
    tip = commit_of(mirror, "")
    push(mirror, place, tip, "jupiter/x", None)
    assert git_line(repository, "rev-parse", "jupiter/x") == tip
    git_line(repository, "branch", "-q", "-f", "jupiter/x", "v1")
    with pytest.raises(SurroundingsError, match=r"(?s)cannot be pushed.*jupiter resume"):
        push(mirror, place, tip, "jupiter/x", tip)
    assert git_line(repository, "rev-parse", "jupiter/x") == git_line(repository, "rev-parse", "v1")


def test_a_repository_that_is_no_mirror_has_no_origin(home: Path, repository: Path) -> None:
    mirror = mirror_of(Origin(str(repository), repository))
    git_line(home, "clone", "-q", "--bare", str(mirror.git_dir), "bare.git")
    assert origin_of(type(mirror).open(repository)) is None
    assert origin_of(type(mirror).open(home / "bare.git")) is None
