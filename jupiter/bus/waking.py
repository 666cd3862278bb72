"""Waiting for a file to change: woken by the kernel where it can, else by a look at the file now and then."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

_STOP_SECONDS = 0.2
"""How soon a waiting follower sees that it is to stop."""
_POLL_SECONDS = 0.005


@contextmanager
def changes(path: Path, stop: threading.Event | None = None) -> Generator[Iterator[None]]:
    """Moments at which a file may have changed: one at once, then after each change, until `stop`.

    What changes from the start of the block on is not missed. Raises OSError when there is no file.
    """
    stopped = stop or threading.Event()
    if sys.platform == "linux":
        from inotify_simple import INotify, flags  # noqa: PLC0415 # there is one on Linux alone

        with INotify() as kernel:
            kernel.add_watch(os.fspath(path), flags.MODIFY)  # pyright: ignore[reportUnknownMemberType] # untyped
            yield _woken(partial(kernel.read, timeout=int(_STOP_SECONDS * 1000)), stopped)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] # untyped
    else:
        yield _polled(path, stopped)


def _woken(wait: Callable[[], Sequence[object]], stopped: threading.Event) -> Iterator[None]:
    yield None
    while not stopped.is_set():
        if wait():
            yield None


def _polled(path: Path, stopped: threading.Event) -> Iterator[None]:
    seen = None
    while not stopped.is_set():
        now = path.stat().st_mtime_ns
        if now != seen:
            seen = now
            yield None
        time.sleep(_POLL_SECONDS)
