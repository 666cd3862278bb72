"""Child processes: what they are told, what is kept of what they say, and how they end."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from jupiter.errors import Interrupted, RequestError, SurroundingsError
from jupiter.system import process
from jupiter.system.process import child_environment, run, withheld


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-I", "-c", code, *arguments]


def test_what_a_program_says_and_its_exit_code_come_back(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd()); print('oh', file=sys.stderr); sys.exit(3)"
    done = run(python(code), cwd=tmp_path)
    assert done.stdout.decode().strip() == str(tmp_path.resolve())
    assert (done.stderr, done.exit_code, done.timed_out, done.ok) == (b"oh\n", 3, False, False)
    assert done.arguments[0] == sys.executable
    assert done.seconds > 0


def test_a_program_ended_by_a_signal_has_a_negative_exit_code(tmp_path: Path) -> None:
    done = run(python("import os; os.kill(os.getpid(), 11)"), cwd=tmp_path)
    assert done.exit_code == -11


def test_nothing_is_a_shell(tmp_path: Path) -> None:
    done = run(python("import sys; print(sys.argv[1:])", "$HOME; ls", "*"), cwd=tmp_path)
    assert done.stdout == b"['$HOME; ls', '*']\n"


def test_stderr_can_be_merged_in_the_order_it_was_written(tmp_path: Path) -> None:
    code = "import os\nfor i in range(6): os.write(1 + i % 2, b'%d' % i)"
    done = run(python(code), cwd=tmp_path, merge=True)
    assert (done.stdout, done.stderr) == (b"012345", b"")


def test_a_program_without_input_reads_an_empty_one(tmp_path: Path) -> None:
    done = run(python("import sys; print(repr(sys.stdin.read()))"), cwd=tmp_path, timeout=30)
    assert done.stdout == b"''\n"


def test_much_input_and_much_output_at_once_do_not_block_each_other(tmp_path: Path) -> None:
    text = os.urandom(3_000_000)
    code = (
        "import sys\n"
        "while data := sys.stdin.buffer.read(4096):\n"
        "    sys.stdout.buffer.write(data); sys.stderr.buffer.write(data)"
    )
    done = run(python(code), cwd=tmp_path, input=text, output_limit=None, timeout=60)
    assert done.stdout == text
    assert done.stderr == text


def test_input_that_nobody_reads_is_no_error(tmp_path: Path) -> None:
    done = run(python("pass"), cwd=tmp_path, input=b"x" * 1_000_000, timeout=30)
    assert done.ok


@pytest.mark.parametrize("limit", [0, 1, 1000], ids=["nothing", "a byte", "a thousand bytes"])
def test_of_much_output_the_tail_is_kept_and_the_rest_is_counted(
    tmp_path: Path, limit: int
) -> None:
    code = "import sys; sys.stdout.write(''.join(f'{i:07}' for i in range(200_000)))"
    done = run(python(code), cwd=tmp_path, output_limit=limit, timeout=60)
    whole = "".join(f"{i:07}" for i in range(200_000)).encode()
    assert done.exit_code == 0
    assert done.stdout == whole[len(whole) - limit :]
    assert done.dropped == len(whole) - limit


def test_lines_are_handed_out_as_they_come_without_their_ends(tmp_path: Path) -> None:
    lines: list[str] = []
    code = r"import os; os.write(1, b'one\r\ntw'); os.write(1, b'o\n\n\xff'); os.write(1, b'end')"
    run(python(code), cwd=tmp_path, on_line=lines.append)
    assert lines == ["one", "two", "", "\ufffdend"]


def test_a_line_arrives_while_the_program_still_runs(tmp_path: Path) -> None:
    stop = threading.Event()
    code = "import time; print('ready', flush=True); time.sleep(600)"
    with pytest.raises(Interrupted):
        run(python(code), cwd=tmp_path, on_line=lambda _: stop.set(), stop=stop, timeout=60)


def test_a_line_without_end_is_handed_out_in_pieces(tmp_path: Path) -> None:
    lines: list[str] = []
    code = "import sys; sys.stdout.write('x' * 1_000_000)"
    run(python(code), cwd=tmp_path, on_line=lines.append, output_limit=10)
    assert len(lines) > 1
    assert "".join(lines) == "x" * 1_000_000


# The grandchild ignores SIGTERM, and keeps the pipes open; its number is written to a file.
STUBBORN = """
import os, signal, sys, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open("grandchild.tmp", "w") as file:
        file.write(str(os.getpid()))
    os.rename("grandchild.tmp", "grandchild")
    time.sleep(600)
while not os.path.exists("grandchild"):
    time.sleep(0.01)
print("ready", flush=True)
"""
RUNS_ON = STUBBORN + "time.sleep(600)\n"


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_GRACE", 0.2)
    monkeypatch.setattr(process, "_LINGER", 0.1)


@pytest.fixture(params=["pidfd", "clock"])
def way_to_see_the_end(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "clock":
        monkeypatch.delattr(os, "pidfd_open", raising=False)


def grandchild_runs(folder: Path) -> bool:
    """Whether the grandchild lives; a zombie that its new parent has not reaped yet does not."""
    number = int((folder / "grandchild").read_text())
    with suppress(FileNotFoundError, ProcessLookupError):
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX"
    return False


def ends_soon(folder: Path) -> bool:
    deadline = time.monotonic() + 5
    while grandchild_runs(folder):
        if time.monotonic() > deadline:
            return False
    return True


@pytest.mark.usefixtures("short_grace", "way_to_see_the_end")
def test_on_a_timeout_the_whole_group_ends_and_what_was_said_is_kept(tmp_path: Path) -> None:
    done = run(python(RUNS_ON), cwd=tmp_path, timeout=3)
    assert done.timed_out
    assert not done.ok
    assert done.exit_code < 0
    assert done.stdout == b"ready\n"
    assert done.seconds < 10
    assert ends_soon(tmp_path)


@pytest.mark.usefixtures("short_grace", "way_to_see_the_end")
def test_when_asked_to_stop_the_whole_group_ends(tmp_path: Path) -> None:
    stop = threading.Event()
    with pytest.raises(Interrupted, match="stopped before"):
        run(python(RUNS_ON), cwd=tmp_path, stop=stop, on_line=lambda _: stop.set())
    assert ends_soon(tmp_path)


@pytest.mark.usefixtures("short_grace", "way_to_see_the_end")
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_exception_of_the_caller_ends_the_whole_group(
    tmp_path: Path, kind: type[BaseException]
) -> None:
    def refuse(line: str) -> None:
        raise kind(line)

    with pytest.raises(kind, match="ready"):
        run(python(RUNS_ON), cwd=tmp_path, on_line=refuse)
    assert ends_soon(tmp_path)


@pytest.mark.usefixtures("short_grace", "way_to_see_the_end")
def test_what_a_program_leaves_running_ends_with_it(tmp_path: Path) -> None:
    done = run(python(STUBBORN), cwd=tmp_path, timeout=60)
    assert (done.stdout, done.exit_code, done.timed_out) == (b"ready\n", 0, False)
    assert ends_soon(tmp_path)


@pytest.mark.usefixtures("short_grace", "way_to_see_the_end")
def test_what_is_left_running_ends_even_when_it_has_closed_its_pipes(tmp_path: Path) -> None:
    code = STUBBORN.replace("    time.sleep(600)", "    os.closerange(0, 3); time.sleep(600)")
    done = run(python(code), cwd=tmp_path, timeout=60)
    assert done.ok
    assert ends_soon(tmp_path)


@pytest.mark.usefixtures("short_grace")
def test_a_daemon_that_left_the_group_with_the_pipes_is_not_waited_for(tmp_path: Path) -> None:
    code = STUBBORN.replace("    signal.signal", "    os.setsid(); signal.signal", 1)
    done = run(python(code), cwd=tmp_path, timeout=60)
    try:
        assert done.stdout == b"ready\n"
        assert done.seconds < 30
    finally:
        os.kill(int((tmp_path / "grandchild").read_text()), 9)


def test_a_program_that_tidies_up_on_sigterm_has_the_time_for_it(tmp_path: Path) -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('tidy', flush=True), sys.exit(0)))\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)"
    )
    done = run(python(code), cwd=tmp_path, timeout=3)
    assert (done.stdout, done.exit_code, done.timed_out) == (b"ready\ntidy\n", 0, True)
    assert not done.ok


def test_a_caller_that_raised_is_given_no_more_lines(tmp_path: Path) -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('more', flush=True), sys.exit(0)))\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)"
    )
    heard: list[str] = []

    def refuse(line: str) -> None:
        heard.append(line)
        raise ValueError(line)

    with pytest.raises(ValueError, match="ready"):
        run(python(code), cwd=tmp_path, on_line=refuse)
    assert heard == ["ready"]


@pytest.mark.usefixtures("way_to_see_the_end")
def test_no_zombie_and_no_descriptor_is_left(tmp_path: Path) -> None:
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    before = len(list(Path("/proc/self/fd").iterdir())), children.read_text().split()
    pids: list[str] = []
    code = "import os; print(os.getpid(), flush=True)"
    run(python(code), cwd=tmp_path, input=b"x", on_line=pids.append)
    after = len(list(Path("/proc/self/fd").iterdir())), children.read_text().split()
    assert pids
    assert after == before  # zombies are children too; other tests may have some


def test_nothing_is_started_after_the_request_to_stop(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        run(python("open('started', 'w')"), cwd=tmp_path, stop=stop)
    assert not (tmp_path / "started").exists()


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match=r"'no-such-program' was not found; install it"):
        run(["no-such-program"], cwd=tmp_path)


def test_a_program_that_may_not_be_executed_is_named(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    with pytest.raises(SurroundingsError, match=r"'\./tool' cannot be started: Permission denied"):
        run(["./tool"], cwd=tmp_path)


def test_a_missing_folder_is_not_taken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match="there is no folder"):
        run(python("pass"), cwd=tmp_path / "gone")


def test_an_argument_with_a_nul_character_is_a_wrong_request(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="cannot run"):
        run(python("pass", "a\0b"), cwd=tmp_path)


SECRETS = [
    "ANTHROPIC_API_KEY",
    "anthropic_api_key",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "GITHUB_TOKEN",
    "CLIENT_SECRETS_FILE",
    "DB_PASSWORD",
    "PIP_TOKEN",
    "UV_INDEX_HOME_PASSWORD",
    "PREFECT_API_URL",
    "PREFECT_API_KEY",
    "SSH_AUTH_SOCK",
    "GIT_DIR",
    "GIT_CONFIG_COUNT",
    "PYTHONPATH",
    "PYTHONSTARTUP",
]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_reaches_no_child_even_when_it_is_passed(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(name, "hidden")
    assert withheld(name)
    assert name not in child_environment(passed=[name])
    done = run(python("import os; print(sorted(os.environ))"), cwd=tmp_path)
    assert f"'{name}'" not in done.stdout.decode()


@pytest.mark.parametrize(
    "name",
    ["HOME", "LC_ALL", "TZ", "PIP_INDEX_URL", "https_proxy", "SSL_CERT_FILE", "XDG_DATA_HOME"],
)
def test_what_is_on_the_list_is_passed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "value")
    assert child_environment()[name] == "value"


def test_other_variables_are_passed_only_when_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "db")
    assert "DATABASE_URL" not in child_environment()
    assert child_environment(passed=["DATABASE_URL", "UNSET_NAME"])["DATABASE_URL"] == "db"


def test_what_jupiter_itself_adds_is_added() -> None:
    assert child_environment({"GIT_DIR": "/x"})["GIT_DIR"] == "/x"


def test_relative_folders_of_the_search_path_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", ".::bin:/usr/bin:/bin")
    assert child_environment()["PATH"] == "/usr/bin:/bin"
