"""The own test suites of released packages: their environments, what is green, what it is after a change."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jupiter.system.process import child_environment, run
from jupiter.system.state import cache_folder

_SECONDS = 600.0  # for one suite
_PASSED = re.compile(rb"(\d+) passed")
_RED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
# No source distribution of rich has tests: each of its modules that can be run is, and must exit 0.
_DEMOS = """
import json, pathlib, subprocess, sys
skipped, left = set(json.loads(sys.argv[1])), []
paths = sorted(pathlib.Path("rich").glob("*.py"))
names = ["rich." + p.stem for p in paths if "__main__" in p.read_text("utf-8") or p.stem == "__main__"]
done = 0
for name in names:
    if name in skipped:
        continue
    try:
        code = subprocess.run([sys.executable, "-m", name], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=4).returncode
    except subprocess.TimeoutExpired:
        code = -1
    done += code == 0
    if code:
        print("FAILED", name)
        if skipped:
            break
for path in paths:
    subprocess.run([sys.executable, "-c", f"import rich.{path.stem}"], check=True,
        stdin=subprocess.DEVNULL) if path.stem not in {"_windows", "_win32_console",
        "_windows_renderer", "__main__"} and not skipped else None
print(f"{done} passed")
"""


@dataclass(frozen=True, slots=True)
class Suite:
    """How a package's tests are run: what is installed beside it, and where its code is."""

    package: str
    requirements: tuple[str, ...]
    source: str
    """What is put on Python's path."""
    code: str
    """The folder of the package itself, of which symbols are drawn."""
    note: str = ""
    python: str = ""
    """The version of Python that it needs, as `3.9`; empty for that which runs."""
    tests: str = "tests"
    """The folder of its tests."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many tests passed, and which did not."""

    passed: int
    red: tuple[str, ...]
    seconds: float


SUITES = (
    Suite("click==8.1.7", ("click==8.1.7", "pytest<9"), "src", "src/click/"),
    Suite(
        "flask==3.0.0",
        (
            "flask==3.0.0",
            "werkzeug==3.0.1",
            "jinja2==3.1.2",
            "click==8.1.7",
            "python-dotenv",
            "asgiref",
            "pytest<9",
        ),
        "src",
        "src/flask/",
    ),
    Suite(
        "httpx==0.27.0",
        (
            "httpx[http2,socks,cli,brotli]==0.27.0",
            "anyio==4.3.0",
            "chardet==5.2.0",
            "click==8.1.7",
            "pytest==8.1.1",
            "trio==0.25.0",
            "trustme",
            "uvicorn==0.29.0",
        ),
        ".",
        "httpx/",
        "without the tests that need a name server",
    ),
    Suite(
        "rich==13.3.1",
        (
            "attrs==21.4.0",
            "markdown-it-py==2.1.0",
            "pygments==2.14.0",
            "pytest==7.2.1",
        ),
        ".",
        "rich/",
        "from Debian's archive: no release on PyPI has tests",
    ),
    Suite(
        "rich==13.7.0",
        ("rich==13.7.0",),
        ".",
        "rich/",
        "no tests are released: `python -m` of its modules",
    ),
)


def environment(suite: Suite) -> Path:
    """The interpreter of the suite's own virtual environment, made where it is not there yet."""
    folder = cache_folder() / "benchmarks" / "suites" / suite.package
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([_interpreter(suite), "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", *suite.requirements]
        subprocess.run(install, check=True, stdin=subprocess.DEVNULL)
        (folder / "complete").touch()
    return python


def has_python(suite: Suite) -> bool:
    """Whether the Python that a suite needs is here."""
    return bool(_interpreter(suite))


def _interpreter(suite: Suite) -> str:
    """The program that makes a suite's environment; empty where there is none of its version."""
    if not suite.python:
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = sorted(pyenv.glob(f"{suite.python}.*/bin/python"))
    return str(found[-1]) if found else shutil.which(f"python{suite.python}") or ""


def run_suite(suite: Suite, tree: Path) -> Outcome:
    """The suite on a tree, all of it."""
    return _run(suite, tree, ())


def baseline(suite: Suite, tree: Path) -> Outcome:
    """The suite on the package as released; what is red there is left out from then on."""
    first = outcome(suite, tree)
    again = _run(suite, tree, first.red)
    return Outcome(again.passed, first.red, again.seconds)


def outcome(suite: Suite, tree: Path) -> Outcome:
    """The whole suite on a tree."""
    return _run(suite, tree, ())


def is_green(suite: Suite, tree: Path, before: Outcome) -> tuple[bool, Outcome]:
    """Whether as many tests pass as before the change."""
    after = _run(suite, tree, before.red)
    return not after.red and after.passed >= before.passed, after


def _run(suite: Suite, tree: Path, left_out: tuple[str, ...]) -> Outcome:
    begun = time.monotonic()
    python = str(environment(suite))
    if suite.package == "rich==13.7.0":
        command = [python, "-c", _DEMOS, json.dumps(left_out)]
    else:
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["--rootdir=.", "--tb=no", "-rfE"]  # names of tests begin where they are run
        command += [f"--deselect={name}" for name in left_out]
        command += ["-x", suite.tests] if left_out else [suite.tests]
    done = run(command, cwd=tree, env=_variables(suite, tree), merge=True, timeout=_SECONDS)
    passed = _PASSED.search(done.stdout)
    red = tuple(_RED.findall(done.stdout.decode(errors="replace")))
    if not done.ok and not red:
        red = ("the suite did not run",)
    return Outcome(int(passed[1]) if passed else 0, red, time.monotonic() - begun)


def _variables(suite: Suite, tree: Path) -> Mapping[str, str]:
    return child_environment() | {
        "PYTHONPATH": os.pathsep.join(map(os.fspath, (tree / suite.source, tree))),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
