"""How the process of a command line ends: soon, whatever still hangs in it."""

from __future__ import annotations

import gc
import os
import sys
import threading
from typing import NoReturn

_is_hanging = threading.Event()


def give_up_threads() -> None:
    """Have the process end without waiting for its threads: some may never come to an end."""
    _is_hanging.set()


def end(code: int) -> NoReturn:
    """End the process. Python's last look for garbage, half a second long, is spared."""
    if _is_hanging.is_set():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # what else there is to end a process waits for all threads
    gc.freeze()
    sys.exit(code)
