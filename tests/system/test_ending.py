"""A process ends when its work is done, whatever threads hang in it."""

import subprocess
import sys

import pytest

HANGS = """\
import threading
from jupiter.system import ending

threading.Thread(target=threading.Event().wait).start()
if {given_up}:
    ending.give_up_threads()
print("said", end="")
ending.end(5)
"""


def run(*, given_up: bool, seconds: float) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-c", HANGS.format(given_up=given_up)]
    return subprocess.run(program, capture_output=True, text=True, check=False, timeout=seconds)


def test_what_was_given_up_is_not_waited_for_and_nothing_that_was_said_is_lost() -> None:
    done = run(given_up=True, seconds=60)
    assert (done.returncode, done.stdout, done.stderr) == (5, "said", "")


def test_other_threads_are_waited_for() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run(given_up=False, seconds=2)
