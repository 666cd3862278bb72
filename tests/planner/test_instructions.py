"""Which files say how to work on a path: those of its folders, and those of all of the repository."""

import pytest

from jupiter.planner.instructions import instructions_for
from jupiter.system.git import Entry

FILE = Entry("100644", "file", "0", 1)
LINK = Entry("120000", "symlink", "0", 1)
ENTRIES = dict.fromkeys(
    (
        "AGENTS.md",
        "CLAUDE.md",
        ".github/CONTRIBUTING.md",
        "docs/CONTRIBUTING.md",
        "packages/AGENTS.md",
        "packages/one/CLAUDE.md",
        "packages/one/CONTRIBUTING.rst",
        "packages/one/src/AGENTS.md",
        "packages/two/AGENTS.md",
        "README.md",
    ),
    FILE,
)
OF_ALL = ["AGENTS.md", "CLAUDE.md", ".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md"]


@pytest.mark.parametrize(
    ("paths", "nearer"),
    [
        pytest.param(["setup.py"], [], id="at the top those of all"),
        pytest.param(["docs/usage.md"], [], id="what is about all is not told twice"),
        pytest.param(
            ["packages/one/src/a.py"],
            [
                ("packages/one/src/AGENTS.md", "packages/one/src"),
                ("packages/one/CLAUDE.md", "packages/one"),
                ("packages/one/CONTRIBUTING.rst", "packages/one"),
                ("packages/AGENTS.md", "packages"),
            ],
            id="from the nearest folder upwards",
        ),
        pytest.param(
            ["packages/two/a.py", "packages/one/b.py"],
            [
                ("packages/one/CLAUDE.md", "packages/one"),
                ("packages/one/CONTRIBUTING.rst", "packages/one"),
                ("packages/two/AGENTS.md", "packages/two"),
                ("packages/AGENTS.md", "packages"),
            ],
            id="of all folders of all paths",
        ),
    ],
)
def test_what_applies(paths: list[str], nearer: list[tuple[str, str]]) -> None:
    found = instructions_for(paths, ENTRIES)
    assert list(found.items()) == [*((path, "") for path in OF_ALL), *nearer]


def test_links_are_left_out() -> None:
    assert list(instructions_for(["a.py"], {"AGENTS.md": FILE, "CLAUDE.md": LINK})) == ["AGENTS.md"]
