"""Which files pytest collects: its settings are read where it reads them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from jupiter.delivery.pytest_settings import Settings, settings

READ: dict[str, tuple[Mapping[str, str], Settings]] = {
    "none": ({}, Settings()),
    "pyproject": (
        {"pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests', 'more']"},
        Settings(("tests", "more")),
    ),
    "pyproject as one text": (
        {"pyproject.toml": "[tool.pytest.ini_options]\npython_files = 'check_*.py'"},
        Settings((), ("check_*.py",)),
    ),
    "pyproject of pytest 9": (
        {"pyproject.toml": "[tool.pytest]\ntestpaths = ['tests']"},
        Settings(("tests",)),
    ),
    "setup.cfg": ({"setup.cfg": "[tool:pytest]\ntestpaths = tests"}, Settings(("tests",))),
    "the first that has any": (
        {"pyproject.toml": "[tool.ruff]", "tox.ini": "[pytest]\ntestpaths =\n  a\n  b"},
        Settings(("a", "b")),
    ),
    "an empty pytest.ini is the first": (
        {"pytest.ini": "", "setup.cfg": "[tool:pytest]\ntestpaths = tests"},
        Settings(),
    ),
}


@pytest.mark.parametrize(("files", "expected"), READ.values(), ids=READ)
def test_the_settings_are_those_of_the_first_file_that_has_any(
    files: Mapping[str, str], expected: Settings
) -> None:
    assert settings({name: text.encode() for name, text in files.items()}) == expected


COLLECTED = [
    ("tests/test_a.py", Settings()),
    ("a_test.py", Settings()),
    ("tests/deep/test_a.py", Settings(("tests",))),
    ("a/tests/test_a.py", Settings(("*/tests",))),
    ("check_a.py", Settings((), ("check_*.py",))),
    ("test_a.py", Settings((".",))),
]
LEFT_ALONE = [
    ("tests/conftest.py", Settings()),
    ("tests/helper.py", Settings()),
    (".venv/lib/test_a.py", Settings()),
    ("build/tests/test_a.py", Settings()),
    ("src/test_a.py", Settings(("tests",))),
    ("test_a.py", Settings((), ("check_*.py",))),
]


@pytest.mark.parametrize(("path", "read"), COLLECTED)
def test_a_file_is_collected_by_its_name_and_its_folder(path: str, read: Settings) -> None:
    assert read.collects(path)


@pytest.mark.parametrize(("path", "read"), LEFT_ALONE)
def test_other_files_are_not_collected(path: str, read: Settings) -> None:
    assert not read.collects(path)
