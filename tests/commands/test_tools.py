"""Real tools as commands on a real package: the bytes are those that they give alone."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from jupiter.conductor import Threads
from jupiter.demo.material import Release
from jupiter.execution import start
from jupiter.index.source import Request, load
from jupiter.recipe.catalogue import find_recipe
from jupiter.run import execute

CLICK = Release("click", "8.1.7")


def program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def alone(folder: Path) -> dict[str, bytes]:
    """The Python files as the tools leave them when each is called once, on all of them."""
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.py"))
    upgrade = [program("pyupgrade"), "--py39-plus", "--exit-zero-even-if-changed", *files]
    subprocess.run(upgrade, cwd=folder, check=True, capture_output=True)
    fix = ("check", "--fix", "--exit-zero", "--quiet", "--no-cache", "--target-version=py39")
    lint = [program("ruff"), *fix, "--select=UP,F401,I", *files]
    subprocess.run(lint, cwd=folder, check=True, capture_output=True)
    return {path: (folder / path).read_bytes() for path in files}


def test_pyupgrade_and_ruff_give_the_bytes_that_they_give_alone(
    fetched: Callable[[Release], Path], tmp_path: Path
) -> None:
    repository = fetched(CLICK)
    recipe = find_recipe("modernise")
    # The programs beside this interpreter, in place of those that the recipe's environment installs.
    text = re.sub(r"  setup: .*\n", "", recipe.read_text())
    source = load(Request(recipe, repository), text.encode())
    report = execute(start(source, lambda _: None), Threads())
    assert (report.status, report.conflicts, report.refused_edits) == ("done", 0, 0)

    folder = tmp_path / "alone"
    shutil.copytree(repository, folder)
    wanted = alone(folder)
    git = ["git", "-C", str(repository)]
    made = {
        path: subprocess.run(
            [*git, "show", f"{report.commit}:{path}"], capture_output=True, check=True
        )
        for path in wanted
    }
    assert {path: done.stdout for path, done in made.items()} == wanted
    assert report.files_changed > 5
