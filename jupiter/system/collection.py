"""The search for cycles, put off while a great many values that have none are made."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Generator[None]:
    """No garbage is collected in the block, unless another thread's block ends before it.

    What the scopes of a million lines are unpacked into is walked again and again otherwise: a third
    of the time that the hierarchy takes; a seventh of that of imports. A caller who has switched the
    collector off finds it so.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
