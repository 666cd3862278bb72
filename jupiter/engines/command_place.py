"""The place of a command: a repository of its own, a home, and the files that tell it what to do."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jupiter.engines.setting import Grounds
from jupiter.errors import SurroundingsError
from jupiter.fold.file import File
from jupiter.recipe.presets import Preset
from jupiter.system.own_repository import make_repository
from jupiter.system.process import child_environment
from jupiter.system.scratch import ScratchTree

_OF_A_HOME = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one briefing's commands work; all of it is theirs to write."""

    folder: Path
    tree: ScratchTree
    files: Mapping[str, File]
    """The regular files that are in the tree at the start."""
    links: Mapping[str, bytes]
    """The symbolic links, with their targets."""

    @property
    def prompt(self) -> Path:
        """The file with the prompt."""
        return self.folder / "prompt.md"

    @property
    def briefing(self) -> Path:
        """The file with the briefing, JSON."""
        return self.folder / "briefing.json"

    @property
    def updates(self) -> Path:
        """The file that grows by what the command is told while it works."""
        return self.folder / "updates.md"

    @property
    def mcp_config(self) -> Path:
        """The file that tells an MCP client of `jupiter mcp`."""
        return self.folder / "mcp.json"

    def expressions(self, door: Path, paths: list[str]) -> dict[str, str | list[str]]:
        """What `briefing.` stands for in a command."""
        return {
            "prompt_file": str(self.prompt),
            "file": str(self.briefing),
            "updates": str(self.updates),
            "mcp_config": str(self.mcp_config),
            "workdir": str(self.tree.root),
            "paths": paths,
            "door": str(door),
            "python": sys.executable,
        }

    def write_mcp_config(self, door: Path) -> None:
        """Tell MCP clients how the run is reached; `alwaysLoad` has Claude Code wait for the tools."""
        server = {
            "command": sys.executable,
            "args": ["-m", "jupiter", "mcp", str(door)],
            "alwaysLoad": True,
        }
        text = json.dumps({"mcpServers": {"jupiter": server}}, indent=2)
        self.mcp_config.write_text(f"{text}\n", "utf-8")

    def remove(self) -> None:
        """Remove all of it."""
        self.tree.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def make_place(scratch: Path, prefix: str, grounds: Grounds) -> Place:
    """Make the place with the tree as it was when the wave began, in a folder that nothing else has had.

    A command whose run was killed may still write in its own.

    Raises:
        SurroundingsError: the disk refuses.
    """
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=scratch))
        for part in ("home", "tmp", "made"):
            (folder / part).mkdir(mode=0o700)
    except OSError as error:
        raise SurroundingsError(f"no folder can be made in {scratch}: {error.strerror}") from error
    snapshot, changed = grounds.snapshot, grounds.changed
    entries = {p: e for p, e in snapshot.entries.items() if e.kind != "submodule"}
    texts = snapshot.texts(entries)
    links = {p: texts[p] for p, e in entries.items() if e.kind == "symlink" and p not in changed}
    files = {p: File(texts[p], e.mode) for p, e in entries.items() if e.kind == "file"}
    files |= {path: file for path, file in changed.items() if file is not None}
    for path in [path for path, file in changed.items() if file is None]:
        files.pop(path, None)
    tree = ScratchTree(folder)
    modes = {path: file.mode for path, file in files.items()} | dict.fromkeys(links, "120000")
    tree.write({path: file.text for path, file in files.items()} | links, modes)
    make_repository(
        tree.root,
        snapshot.repository,
        snapshot.commit,
        {path: file and (file.mode, file.text) for path, file in changed.items()},
    )
    return Place(folder, tree, files, links)


def variables(
    place: Place, preset: Preset | None, passed: tuple[str, ...], path: str
) -> dict[str, str]:
    """The environment of a command: the allow-list, what its step passes on, and a home of its own.

    A preset has the user's home, where it keeps its login, and of the secrets those of its own that
    the step names.
    """
    keys = {name for name in passed if preset is not None and name in preset.keys}
    secrets = {name: os.environ[name] for name in keys if name in os.environ}
    found = child_environment(passed=passed)
    if preset is None:
        found = {name: value for name, value in found.items() if name not in _OF_A_HOME}
        found["HOME"] = str(place.folder / "home")
    own = {
        "TMPDIR": str(place.folder / "tmp"),
        "PATH": path or found["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "GIT_CEILING_DIRECTORIES": str(place.folder),
        "GIT_TERMINAL_PROMPT": "0",
    }
    return found | own | secrets
