"""Which files of a repository say how to work on a path: AGENTS.md, CLAUDE.md, CONTRIBUTING."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from jupiter.system.git import Entry

_EVERYWHERE = ("AGENTS.md", "CLAUDE.md")
_AT_THE_TOP = (
    *("CONTRIBUTING.md", "CONTRIBUTING.rst", "CONTRIBUTING"),
    *(".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md"),
)


def instructions_for(paths: Iterable[str], entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """The paths of the files that apply: of each folder above, the topmost first; links are left out."""
    folders = {folder.as_posix() for path in paths for folder in PurePosixPath(path).parents}
    wanted = [
        *_EVERYWHERE,
        *_AT_THE_TOP,
        *(f"{f}/{name}" for f in sorted(folders - {"."}) for name in _EVERYWHERE),
    ]
    return tuple(path for path in wanted if path in entries and entries[path].kind == "file")
