"""The search for cycles, spared where it finds nothing: in imports, in an index, at the end."""

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


def spare_last_collection() -> None:
    """For a process that ends now: Python looks through all there is once more, half a second long."""
    gc.freeze()
