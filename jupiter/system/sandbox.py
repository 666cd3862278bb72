"""A sandbox around a command, by bubblewrap where there is one that works."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from jupiter.errors import SurroundingsError
from jupiter.system.process import run

_BARE = (
    *("--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
    *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
)
_PRIVATE = (".ssh", ".aws", ".gnupg", ".netrc", ".config/gh", ".config/gcloud", ".kube", ".pypirc")
"""What of a home no command has to see."""


@cache
def can_confine() -> bool:
    """Whether there is a bubblewrap here, and the system lets it work."""
    program = shutil.which("bwrap")
    if program is None:
        return False
    try:
        done = run([program, *_BARE, "--unshare-net", "true"], cwd=Path("/"), timeout=10)
    except SurroundingsError:
        return False
    return done.ok


def confined(arguments: Sequence[str], writable: Iterable[Path], *, network: bool) -> list[str]:
    """The arguments within the sandbox: all is read-only but what is `writable`.

    It sees no other process, nothing of the user's home that is private, and no network unless it is to.
    """
    hidden = [Path.home() / name for name in _PRIVATE]
    return [
        *("bwrap", *_BARE),
        *(() if network else ("--unshare-net",)),
        *(o for p in hidden if p.is_dir() for o in ("--tmpfs", str(p))),
        *(o for p in hidden if p.is_file() for o in ("--ro-bind", "/dev/null", str(p))),
        *(o for p in writable if p.exists() for o in ("--bind", str(p), str(p))),
        "--",
        *arguments,
    ]
