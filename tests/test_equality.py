"""What a LibCST command does to click 8.1.7 is the same through Jupiter as through `libcst.tool`."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupiter.conductor import Threads
from jupiter.demo.material import CLICK, Release
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.run import execute
from jupiter.system.git import Repository

# Each with its arguments, and the globs of the files that it is run on. Two of them take LibCST half a
# minute of CPU on all of click, and are run on a part; benchmarks/equality.py runs them on everything.
COMMANDS = {
    "edits headers": (
        "ensure_import_present.EnsureImportPresentCommand",
        {"module": "__future__", "entity": "annotations"},
        ("examples/**/*.py", "src/click/_*.py", "src/click/testing.py"),
    ),
    "edits nearly everything": (
        "add_trailing_commas.AddTrailingCommas",
        {},
        ("src/**/*.py", "tests/**/*.py"),
    ),
    "edits annotations": (
        "strip_strings_from_types.StripStringsCommand",
        {},
        ("src/click/_*.py", "src/click/[d-g]*.py", "src/click/utils.py"),
    ),
}


@pytest.fixture(scope="module")
def click(fetched: Callable[[Release], Path]) -> Path:
    return fetched(CLICK)


def python_of(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*.py")
        if ".git" not in path.parts
    }


@pytest.fixture(scope="module", params=COMMANDS)
def expected(
    request: pytest.FixtureRequest, click: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, bytes]]:
    """The name of a command, and the tree that `libcst.tool` makes with it."""
    name, values, globs = COMMANDS[request.param]
    root = tmp_path_factory.mktemp("tool") / "click"
    shutil.copytree(click, root)
    before = python_of(root)
    (root / ".libcst.codemod.yaml").write_text("modules: [libcst.codemod.commands]\n")
    options = [part for key, value in values.items() for part in (f"--{key}", value)]
    paths = sorted({str(path.relative_to(root)) for glob in globs for path in root.glob(glob)})
    subprocess.run(
        (
            *(sys.executable, "-m", "libcst.tool", "codemod", name),
            *("--no-format", "--hide-progress", "-j", "2", *options, *paths),
        ),
        cwd=root,
        check=True,
        capture_output=True,
    )
    after = python_of(root)
    assert after != before
    return request.param, after


@pytest.mark.parametrize("workers", [1, 8])
def test_any_number_of_workers_gives_the_tree_of_libcst_tool(
    click: Path, expected: tuple[str, dict[str, bytes]], workers: int, tmp_path: Path
) -> None:
    kind, tree = expected
    name, values, globs = COMMANDS[kind]
    root = tmp_path / "click"
    shutil.copytree(click, root)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        f"version: 1\nname: equality\nsteps:\n  change:\n    codemod: {name}\n"
        f"    select: {{paths: {json.dumps(globs)}}}\n"
        f"    with: {{{', '.join(f'{key}: {value}' for key, value in values.items())}}}\n"
    )
    report = execute(start(load(Request(recipe, root, workers=workers)), lambda _: None), Threads())
    assert (report.status, report.conflicts, report.refused_edits) == ("done", 0, 0)
    assert delivered(Repository.open(root), report.branch or "") == tree


def delivered(repository: Repository, branch: str) -> dict[str, bytes]:
    """The Python of a branch."""
    entries = repository.entries(repository.commit(branch))
    oids = {path: entry.oid for path, entry in entries.items() if path.endswith(".py")}
    blobs = repository.read(set(oids.values()))
    return {path: blobs[oid] for path, oid in oids.items()}
