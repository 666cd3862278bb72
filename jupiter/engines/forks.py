"""The program that pool processes are forked from: it imports once what they all need.

It gets the descriptor of a socket and its settings as arguments. Each descriptor that arrives over
the socket is a fresh process's connection: it receives `(function, args, kwargs)` and answers
`(True, result)` or `(False, exception)`. When the socket ends, so does the whole process group.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.abc
import json
import os
import pickle
import signal
import socket
import sys
import sysconfig
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import NoReturn, TypedDict

PRELOADED = "jupiter.engines.transform"

# LibCST makes millions of small objects and few cycles: looking for them less often saves 4%.
_COLLECT = (50_000, 20, 100)


class Settings(TypedDict):
    """What the program is told: its module search path, and what nothing may be imported from."""

    path: list[str]
    closed: str | None
    home: str
    """Where the package `jupiter` lies, which may be below `closed`."""


def main(descriptor: int, settings: Settings) -> NoReturn:
    """Fork a process for each descriptor that arrives; ends with all of them."""
    sys.path[:] = settings["path"]
    if settings["closed"] is not None:
        sys.meta_path.insert(0, _Closed(settings["closed"], settings["home"]))
    importlib.import_module(PRELOADED).warm()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
    with socket.socket(fileno=descriptor) as control:
        while connection := _next(control):
            if os.fork() == 0:
                control.close()
                _serve(connection)
            connection.close()
    os.killpg(0, signal.SIGKILL)
    raise SystemExit


class _Closed(importlib.abc.MetaPathFinder):
    """Hides what lies below a folder, whatever search path or hook has led there.

    Environments that lie in it stay open, and so does Jupiter: the most specific folder counts.
    """

    def __init__(self, closed: str, home: str) -> None:
        paths = sysconfig.get_paths()
        kept = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
        self._open = [Path(place).resolve() for place in (*kept, f"{home}/jupiter")]
        self._closed = Path(closed)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders have; raises ModuleNotFoundError when it is hidden."""
        others = (finder.find_spec for finder in sys.meta_path if finder is not self)
        spec = next((s for find in others if (s := find(fullname, path, target))), None)
        if spec is not None and any(map(self._hidden, _places(spec))):
            raise ModuleNotFoundError(
                f"{fullname} lies in the repository that is worked on, from which nothing is imported",
                name=fullname,
            )
        return spec

    def _hidden(self, place: str) -> bool:
        file = Path(place).resolve()
        if not file.is_relative_to(self._closed):
            return False
        return not any(
            file.is_relative_to(kept) and kept.is_relative_to(self._closed) for kept in self._open
        )


def _places(spec: ModuleSpec) -> list[str]:
    if spec.has_location and spec.origin is not None:
        return [spec.origin]
    return list(spec.submodule_search_locations or ())


def _next(control: socket.socket) -> Connection | None:
    _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    return Connection(descriptors[0]) if descriptors else None


def _serve(connection: Connection) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.set_threshold(*_COLLECT)
    with contextlib.suppress(EOFError, OSError):  # nobody is there any more to ask or to answer
        while True:
            connection.send_bytes(_answer(connection.recv_bytes()))
    os._exit(0)


def _answer(question: bytes) -> bytes:
    try:
        function, args, kwargs = pickle.loads(question)  # noqa: S301 # from Jupiter itself
        return pickle.dumps((True, function(*args, **kwargs)))
    except BaseException as error:  # noqa: BLE001 # whatever it is, the caller is who must know
        return pickle.dumps((False, _portable(error)))


def _portable(error: BaseException) -> Exception:
    """The error as one that arrives as it was, and that ends no more than the call."""
    with contextlib.suppress(Exception):  # foreign classes fail at this in every way there is
        arrived: object = pickle.loads(pickle.dumps(error))  # noqa: S301 # our own bytes
        if isinstance(error, Exception) and isinstance(arrived, Exception):
            return error
    return RuntimeError(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
