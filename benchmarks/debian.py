"""Sources of packages that Debian keeps whole, with the tests that are not in what PyPI has."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from jupiter.demo.material import Release
from jupiter.errors import SurroundingsError

SOURCES = {
    "rich 13.3.1": (
        "rich=13.3.1-1",
        "728e0ad25de9448fedee56acaa3219207e7c98d9d56fda5cfd5daa5d254acaac",
    ),
}
"""By release: what `apt-get source` is asked for, and the SHA-256 of the upstream archive."""
_SUITE = "deb-src http://deb.debian.org/debian bookworm main\n"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def fetched(release: Release, folder: Path) -> Path:
    """The upstream archive of a release in `SOURCES`, by an `apt-get` whose lists are its own.

    Raises:
        SurroundingsError: it cannot be fetched, or is not what was expected.
    """
    wanted, digest = SOURCES[str(release)]
    if shutil.which("apt-get") is None:
        raise SurroundingsError(f"{release} is in Debian's archive alone, and there is no apt-get")
    apt = ["apt-get", "--quiet=2", *_options(folder)]
    for arguments in (["update"], ["source", "--download-only", wanted]):
        done = subprocess.run(
            [*apt, *arguments],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason"])[-1]
            raise SurroundingsError(f"cannot fetch {release} from Debian (offline?): {last}")
    archive = next(folder.glob("*.orig.tar.*"))
    if hashlib.sha256(archive.read_bytes()).hexdigest() != digest:
        raise SurroundingsError(f"{archive.name} is not what was released as {release}")
    return archive


def _options(folder: Path) -> list[str]:
    """What keeps apt away from the machine's own lists and settings."""
    sources = folder / "sources.list"
    sources.write_text(_SUITE.replace("deb-src ", f"deb-src [signed-by={_KEYRING}] "), "utf-8")
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "cache").mkdir()
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": os.devnull,
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
    }
    return [f"--option={key}={value}" for key, value in settings.items()]
