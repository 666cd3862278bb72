"""Repositories for tests: git as a person with a name runs it, and files in a first commit."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

WHO = ("-c", "user.name=A", "-c", "user.email=a@localhost")
NO_FILES: Mapping[str, str] = MappingProxyType({})


def git(folder: Path, *arguments: str) -> str:
    """What git prints; an error when it fails."""
    return subprocess.run(
        ["git", *WHO, *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def git_line(folder: Path, *arguments: str) -> str:
    """The same without what is blank around it."""
    return git(folder, *arguments).strip()


def committed(folder: Path, files: Mapping[str, str] = NO_FILES) -> Path:
    """Make a folder a repository: these files and all that lie there, in one commit on `main`."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "base")
    return folder
