"""Which files of a repository say how to work on a path: AGENTS.md, CLAUDE.md, CONTRIBUTING."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from jupiter.system.git import Entry

_NAMES = ("AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md", "CONTRIBUTING.rst", "CONTRIBUTING")
_OF_ALL = (".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md")


def instructions_for(paths: Iterable[str], entries: Mapping[str, Entry]) -> Mapping[str, str]:
    """The files that apply, each with the folder that it is about, empty for all of the repository.

    First come those that are about all of it, whatever the paths, then those of the folders above the
    paths, the deepest first. Links are left out.
    """
    folders = {folder.as_posix() for path in paths for folder in PurePosixPath(path).parents}
    deepest_first = sorted(folders - {"."}, key=lambda folder: (-folder.count("/"), folder))
    wanted: dict[str, str] = dict.fromkeys((*_NAMES, *_OF_ALL), "")
    for folder in deepest_first:
        for name in _NAMES:
            wanted.setdefault(f"{folder}/{name}", folder)
    return {
        path: folder
        for path, folder in wanted.items()
        if path in entries and entries[path].kind == "file"
    }
