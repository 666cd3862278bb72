"""A confined command: what it can write, what it does not see."""

import socket
from pathlib import Path

import pytest

from jupiter.system.process import Completed, run
from jupiter.system.sandbox import can_confine, confined


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_text("a private key")
    (home / ".netrc").write_text("a password")
    (home / "notes").write_text("for everybody")
    monkeypatch.setenv("HOME", str(home))
    return home


def test_what_is_private_in_the_users_home_is_hidden_and_only_what_is_given_can_be_written(
    home: Path, tmp_path: Path
) -> None:
    found = confined(["true"], [tmp_path, tmp_path / "gone"], network=False)
    assert found[0] == "bwrap"
    assert found[-2:] == ["--", "true"]
    given = " ".join(found)
    assert f"--tmpfs {home}/.ssh " in given
    assert f"--ro-bind /dev/null {home}/.netrc " in given
    assert f"--bind {tmp_path} {tmp_path} " in given
    assert "gone" not in given
    assert "--unshare-net" in found
    assert "--unshare-net" not in confined(["true"], [], network=True)


def confine(script: str, *writable: Path) -> Completed:
    return run(confined(["sh", "-c", script], writable, network=False), cwd=Path("/"), timeout=60)


@pytest.mark.skipif(not can_confine(), reason="bubblewrap, or a kernel that allows it")
def test_a_confined_command_can_do_no_more_than_that(home: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    assert confine(f"cat {home}/notes").stdout == b"for everybody"
    assert confine(f"cat {home}/.ssh/id_ed25519 {home}/.netrc").stdout == b""
    assert confine(f"echo a > {mine}/a", mine).ok
    assert (mine / "a").read_text() == "a\n"
    assert not confine(f"echo a > {home}/a", mine).ok
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        asked = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        assert not confine(f'python3 -c "{asked}"').ok
