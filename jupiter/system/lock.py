"""One process at a time: a lock that ends with its holder, however that ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from jupiter.errors import RequestError, SurroundingsError

_NAME = "run.lock"


def is_carried_out(folder: Path) -> bool:
    """Whether a process carries out the run of this folder."""
    try:
        RunLock(folder).release()
    except RequestError:
        return True
    return False


class RunLock:
    """The right to carry a run out, from its making to `release`."""

    def __init__(self, folder: Path) -> None:
        """Take the lock of a run's folder.

        Raises:
            RequestError: another process has it.
            SurroundingsError: there can be no lock.
        """
        try:
            self._file = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SurroundingsError(f"cannot lock {folder}: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise RequestError(
                f"run {folder.name} is under way in another process; "
                f"`jupiter bus follow {folder.name}` shows it"
            ) from None

    def release(self) -> None:
        """Let others carry the run on."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
