"""The own test suites of the packages that are replayed, each in an environment that fits their age."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from suites import Suite, has_python, run_suite

from jupiter.fold.file import File

_PYTEST = "pytest<8"

SUITES: Mapping[str, Suite] = {
    "flask": Suite(
        "flask==3.0.0",
        (
            *("flask==3.0.0", "werkzeug==3.0.1", "jinja2==3.1.2", "click==8.1.7"),
            *("python-dotenv", "asgiref", _PYTEST),
        ),
        "src",
        "src/flask/",
    ),
    "jinja2": Suite(
        "jinja2==3.1.0",
        ("jinja2==3.1.0", "markupsafe==2.1.1", "pytest<7.3"),
        "src",
        "src/jinja2/",
        python="3.10",
    ),
    "marshmallow": Suite(
        "marshmallow==3.26.0",
        ("marshmallow==3.26.0", "pytest<9", "simplejson"),
        "src",
        "src/marshmallow/",
    ),
    "structlog": Suite(
        "structlog==23.2.0",
        (
            *("structlog==23.2.0", _PYTEST, "pytest-asyncio<0.22", "freezegun", "pretend"),
            *("simplejson", "rich", "typing-extensions"),
        ),
        "src",
        "src/structlog/",
    ),
    "cachetools": Suite(
        "cachetools==6.0.0", ("cachetools==6.0.0", _PYTEST), "src", "src/cachetools/"
    ),
    "blinker": Suite(
        "blinker==1.8.0",
        ("blinker==1.8.0", _PYTEST, "pytest-asyncio<0.22", "typing-extensions"),
        "src",
        "src/blinker/",
    ),
    "pluggy": Suite(
        "pluggy==1.3.0", ("pluggy==1.3.0", _PYTEST), "src", "src/pluggy/", tests="testing"
    ),
    "arrow": Suite(
        "arrow==1.0",
        (
            *("arrow==1.0", "python-dateutil==2.8.2", "pytz==2021.1", "simplejson"),
            *(
                "dateparser==1.0.0",
                "pytest<7",
                "pytest-mock<3.7",
                "pytest-cov<4",
                "typing-extensions",
            ),
        ),
        ".",
        "arrow/",
        python="3.9",
    ),
    "click": Suite(
        "click==8.1.0", ("click==8.1.0", "pytest<7.3"), "src", "src/click/", python="3.10"
    ),
}
"""By the name of a package; what is installed of the package itself is there for its metadata alone."""


@dataclass(slots=True)
class Suites:
    """Runs suites on trees, each tree once."""

    _known: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def told(self, case: str, tree: Mapping[str, File]) -> str:
        """How many tests of a package pass on a tree, and how many do not; or why that is not known."""
        name = case.partition("==")[0]
        suite = SUITES.get(name)
        if suite is None:
            return "no suite"
        if not has_python(suite):
            return f"no Python {suite.python}"
        key = name, _digest(tree)
        if key not in self._known:
            self._known[key] = _run(suite, tree)
        return self._known[key]


def _run(suite: Suite, tree: Mapping[str, File]) -> str:
    with tempfile.TemporaryDirectory(prefix="jupiter-suite-") as folder:
        for path, file in tree.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.text)
        outcome = run_suite(suite, Path(folder))
    red = len(outcome.red)
    return f"{outcome.passed} passed" + (f", {red} red" if red else "")


def _digest(tree: Mapping[str, File]) -> str:
    found = sha256()
    for path in sorted(tree):
        found.update(f"{path}\0{tree[path].mode}\0{len(tree[path].text)}\0".encode())
        found.update(tree[path].text)
    return found.hexdigest()
