"""How large new files are taken to be: as what has their name, else as what is like them."""

import pytest

from jupiter.planner.guessing import MOST, UNKNOWN, guess

SIZES = {
    "pkg/base.py": 4000,
    "pkg/a.py": 10,
    "pkg/b.py": 30,
    "pkg/c.py": 20,
    "docs/index.rst": 7,
    "old/base.py": 90,
    "large/a.md": 90_000,
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("src/pkg/base.py", 4000, id="the largest of those that have its name"),
        pytest.param("pkg/new.py", 25, id="the median of those beside it"),
        pytest.param("tests/new.py", 30, id="the median of its kind, where none is beside it"),
        pytest.param("large/b.md", MOST, id="not very large, for being beside a large one"),
        pytest.param("new.toml", UNKNOWN, id="none is like it"),
    ],
)
def test_a_new_file_is_taken_to_be_as_large_as(path: str, expected: int) -> None:
    assert guess(path, SIZES) == expected
