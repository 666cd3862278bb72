"""A process pool for work that holds the GIL: it outlives a crash of a process, and never us."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import ParamSpec, TypeVar

from jupiter.errors import CodemodError, Interrupted

P = ParamSpec("P")
T = TypeVar("T")

# Imported once, in the process that all others are forked from.
PRELOAD = ["jupiter.engines.transform"]


class Pool:
    """Runs functions in processes; safe to use from many threads."""

    def __init__(self, processes: int) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOAD)
        self._processes = processes
        self._mutex = threading.Lock()
        self._executor = self._start(processes)
        self._killed = False

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result; what it raises is raised here.

        Raises:
            CodemodError: the process died, twice: once among others, once alone.
            Interrupted: the pool was killed.
        """
        executor = self._executor
        try:
            return executor.submit(function, *args, **kwargs).result()
        except BrokenProcessPool:
            self._replace(executor)
        return self._alone(function, *args, **kwargs)

    def close(self) -> None:
        """Wait for what is running, then end the processes."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def kill(self) -> None:
        """End the processes at once; whoever waits for a result gets `Interrupted`."""
        self._killed = True
        for child in multiprocessing.active_children():
            child.terminate()

    def _start(self, processes: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(processes, mp_context=self._context, initializer=_initialise)

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        if self._killed:
            raise Interrupted("the run was stopped")
        with self._mutex:
            if self._executor is broken:
                self._executor = self._start(self._processes)

    def _alone(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._start(1) as executor:
            try:
                return executor.submit(function, *args, **kwargs).result()
            except BrokenProcessPool as error:
                if self._killed:
                    raise Interrupted("the run was stopped") from error
                raise CodemodError(
                    "the process that ran it died (out of memory, or a crash)"
                ) from error


def _initialise() -> None:
    """In each process: leave Ctrl-C to the parent, and end when the parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
