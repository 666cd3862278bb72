"""Facts of many files: in child processes when there is much to do, here when there is little."""

from __future__ import annotations

import marshal
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from jupiter.errors import SurroundingsError
from jupiter.index import facts_child
from jupiter.index.facts import Facts, File, facts_of_all
from jupiter.system.process import child_environment, run

_HOME = Path(__file__).parents[2]
"""Where the package `jupiter` lies."""

_WORTH_IT = 2 << 20  # bytes of source: half a second here, against a tenth to start a process
_SHARE = 8 << 20  # bytes of source that one child is given; bounds what lies in memory at once
_SECONDS = 600.0


def build(files: Sequence[File], processes: int | None = None) -> list[Facts]:
    """The facts of all files, in their order; the same, however many processes make them.

    `processes` is by default as many as there are cores to run on, for what is worth it.
    """
    size = sum(len(data) for _, data in files)
    if processes is None:
        processes = _cores() if size >= _WORTH_IT else 1
    if processes <= 1:
        return facts_of_all(files)
    shares = list(_shares(files, max(_WORTH_IT // 2, min(_SHARE, size // processes + 1))))
    stop = threading.Event()
    with ThreadPoolExecutor(processes) as threads:
        try:
            found = list(threads.map(partial(_computed, stop), shares))
        except BaseException:
            stop.set()
            raise
    return [one for some in found for one in some]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _shares(files: Sequence[File], size: int) -> Iterator[Sequence[File]]:
    begin = filled = 0
    for end, (_, data) in enumerate(files, start=1):
        filled += len(data)
        if filled >= size:
            yield files[begin:end]
            begin, filled = end, 0
    if begin < len(files):
        yield files[begin:]


def _computed(stop: threading.Event, share: Sequence[File]) -> list[Facts]:
    """What a child says of its share; when it dies, or cannot be started, the share is done here."""
    try:
        done = run(
            [sys.executable, "-I", "-S", facts_child.__file__, str(_HOME)],
            cwd=Path("/"),
            env=child_environment(),
            input=marshal.dumps(list(share)),
            timeout=_SECONDS,
            output_limit=None,
            stop=stop,
        )
    except SurroundingsError:
        return facts_of_all(share)
    found = _unpacked(done.stdout) if done.ok else []
    return found if len(found) == len(share) else facts_of_all(share)


def _unpacked(answer: bytes) -> list[Facts]:
    try:
        return [Facts(*one) for one in marshal.loads(answer)]  # noqa: S302 # from our own child
    except (EOFError, TypeError, ValueError):
        return []
