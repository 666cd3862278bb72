"""The process pool: what a process may know, what its death costs, and that none outlives us."""

import operator
import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from jupiter.engines import remote
from jupiter.engines.codemod_command import Command
from jupiter.engines.pool import HOME, Pool
from jupiter.errors import CodemodError, Interrupted, RequestError, SurroundingsError

SECONDS = 30.0
"""For what takes milliseconds, on a machine that is busy."""


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """One for all tests whose harm, if they do any, must concern themselves alone."""
    made = Pool(2)
    yield made
    made.close()


class Caller:
    """Whoever a process has called: `smtplib.SMTP` waits for a greeting that never comes."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.address = ("127.0.0.1", listener.getsockname()[1])

    @contextmanager
    def called(self) -> Iterator[Callable[[], bool]]:
        """Wait for the call; what is yielded waits for the end of whoever made it."""
        line, _ = self._listener.accept()
        with line:
            line.settimeout(SECONDS)
            yield lambda: line.recv(1) == b""


@pytest.fixture
def caller() -> Iterator[Caller]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        yield Caller(listener)


def test_results_and_errors_come_back_as_they_are(pool: Pool) -> None:
    assert pool.run(operator.add, "a", "b") == "ab"
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        pool.run(operator.truediv, 1, 0)


def test_work_happens_in_as_many_other_processes_as_were_asked_for(pool: Pool) -> None:
    with ThreadPoolExecutor(8) as threads:
        pids = set(threads.map(lambda _: pool.run(os.getpid), range(40)))
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2


def test_a_process_that_dies_takes_only_its_own_work_with_it(pool: Pool, caller: Caller) -> None:
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(pool.run, smtplib.SMTP, *caller.address)
        with caller.called():
            for _ in range(3):
                with pytest.raises(CodemodError, match="the process that ran it died"):
                    pool.run(os._exit, 1)
            assert pool.run(operator.add, 1, 1) == 2
            assert not other.done()
        # The line is cut, which that process reports as any error.
        assert isinstance(other.exception(SECONDS), smtplib.SMTPServerDisconnected)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_process_ended_by_a_signal_is_replaced(pool: Pool, number: int) -> None:
    with pytest.raises(CodemodError, match="out of memory, or a crash"):
        pool.run(signal.raise_signal, number)
    assert pool.run(operator.add, 1, 1) == 2


def test_exiting_is_an_error_of_the_call_and_never_of_the_caller(pool: Pool) -> None:
    with pytest.raises(RuntimeError, match="SystemExit: 3"):
        pool.run(sys.exit, 3)
    with pytest.raises(RuntimeError, match="KeyboardInterrupt"):
        pool.run(signal.raise_signal, signal.SIGINT)


def test_what_cannot_be_sent_or_answered_harms_nobody_else(pool: Pool) -> None:
    for _ in range(3):
        with pytest.raises((TypeError, AttributeError)):
            pool.run(operator.not_, threading.Lock())
        with pytest.raises(TypeError, match="cannot pickle"):
            pool.run(threading.Lock)
    assert pool.run(operator.add, 1, 1) == 2


def test_killing_ends_what_never_ends_and_says_interrupted(caller: Caller) -> None:
    pool = Pool(1)
    with ThreadPoolExecutor(3) as threads:
        running = [threads.submit(pool.run, smtplib.SMTP, *caller.address) for _ in range(3)]
        with caller.called() as ended:
            pool.kill()
            assert all(isinstance(one.exception(SECONDS), Interrupted) for one in running)
            assert ended()
    with pytest.raises(Interrupted):
        pool.run(os.getpid)
    pool.close()
    pool.close()


def test_closing_waits_for_what_is_running(caller: Caller) -> None:
    pool = Pool(1)
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(pool.run, smtplib.SMTP, *caller.address)
        with caller.called():
            closing = threads.submit(pool.close)
            assert not closing.done()
        assert isinstance(running.exception(SECONDS), smtplib.SMTPServerDisconnected)
        closing.result(SECONDS)
    with pytest.raises(Interrupted):
        pool.run(os.getpid)


PROGRAM = """
import smtplib, sys
from jupiter.engines.pool import Pool

print("once", flush=True)
Pool(1).run(smtplib.SMTP, "127.0.0.1", int(sys.argv[1]))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_a_program_that_is_ended(
    caller: Caller, tmp_path: Path, number: int
) -> None:
    program = tmp_path / "program.py"  # without a main guard: no process may import it again
    program.write_text(PROGRAM)
    with subprocess.Popen(
        [sys.executable, program, str(caller.address[1])],
        env={**os.environ, "PYTHONPATH": str(HOME)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            with caller.called() as ended:
                running.send_signal(number)
                assert ended()
        finally:
            running.kill()
        assert running.communicate(timeout=SECONDS)[0] == b"once\n"


def test_a_process_knows_no_secret_and_has_one_order_of_sets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1")
    first, second = Pool(1), Pool(1)
    assert first.run(os.getenv, "ANTHROPIC_API_KEY") is None
    assert first.run(os.getenv, "PREFECT_API_URL") is None
    assert first.run(hash, "a text") == second.run(hash, "a text")
    first.close()
    second.close()


COMMAND = """
import libcst
from libcst.codemod import CodemodCommand


class Same(CodemodCommand):
    def transform_module_impl(self, tree: libcst.Module) -> libcst.Module:
        return tree
"""


def named(name: str) -> Command:
    return Command("step", name, (), "/")


def test_what_lies_on_the_search_path_is_found_but_for_the_repository_and_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("beside", "current", "repository/src"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "beside/mods_beside.py").write_text(COMMAND)
    (tmp_path / "current/mods_current.py").write_text(COMMAND)
    (tmp_path / "repository/src/mods_inside.py").write_text(COMMAND)
    monkeypatch.syspath_prepend(tmp_path / "beside")
    monkeypatch.syspath_prepend(tmp_path / "current")
    monkeypatch.syspath_prepend(tmp_path / "repository/src")
    monkeypatch.syspath_prepend("")
    monkeypatch.chdir(tmp_path / "current")
    pool = Pool(1, closed=tmp_path / "repository")
    pool.run(remote.check_command, named("mods_beside.Same"))
    with pytest.raises(RequestError, match="No module named 'mods_current'; install the package"):
        pool.run(remote.check_command, named("mods_current.Same"))
    with pytest.raises(RequestError, match="mods_inside lies in the repository that is worked on"):
        pool.run(remote.check_command, named("mods_inside.Same"))
    pool.close()


def test_an_environment_inside_the_repository_stays_importable() -> None:
    pool = Pool(1, closed=Path(sys.prefix).parent)
    pool.run(remote.check_command, named("add_trailing_commas.AddTrailingCommas"))
    pool.close()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("/nowhere/python", "cannot be started: No such file"),
        ("/bin/false", "ended by itself with 1"),
    ],
)
def test_a_pool_that_cannot_start_says_so(
    monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(SurroundingsError, match=message):
        Pool(1).run(os.getpid)


def test_the_work_of_a_process_that_was_killed_once_is_done_by_another(
    pool: Pool, tmp_path: Path
) -> None:
    tried = tmp_path / "tried"
    once = "tried.exists() or (tried.touch(), os._exit(9))"
    pool.run(exec, f"import os, pathlib; tried = pathlib.Path({str(tried)!r}); {once}")
    assert tried.exists()
