"""How the process of a command line ends: soon, whatever still hangs in it."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

_given_up: list[str] = []


def give_up(what: str) -> None:
    """Have the process end without waiting for threads that may never come to an end: `what` they do."""
    _given_up.append(what)


def end(code: int) -> NoReturn:
    """End the process. Python's last look for garbage, half a second long, is spared."""
    if _given_up:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # what else there is to end a process waits for all threads
    gc.freeze()
    sys.exit(code)
