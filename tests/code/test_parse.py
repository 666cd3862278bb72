"""Parsing takes turns: a thread never sees how deep another one is in its tree."""

import gc
import inspect
import sys
import threading
from collections.abc import Iterator

import pytest

from jupiter.code.parse import parse

SOURCE = inspect.getsource(inspect)


class Finalised:
    """A circle that runs Python code when it is collected: a chance to switch the thread."""

    def __init__(self) -> None:
        self.circle = self

    def __del__(self) -> None:
        sum(range(50))


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads switch and garbage is collected as often as can be."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("restless")
def test_four_threads_parse_at_once_and_none_fails() -> None:
    problems: list[BaseException] = []

    def work() -> None:
        for _ in range(8):
            Finalised()
            try:
                parse(SOURCE)
            except SystemError as error:
                problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
