"""Which files are tests."""

from __future__ import annotations

from pathlib import PurePosixPath

_FOLDERS = frozenset({"test", "tests"})


def is_suite(path: str) -> bool:
    """Whether pytest would collect tests from a file."""
    name = PurePosixPath(path).name
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def is_test(path: str) -> bool:
    """Whether a file is one of tests, or helps them: by its name, or by a folder that it lies in."""
    parts = PurePosixPath(path)
    in_tests = not _FOLDERS.isdisjoint(parts.parts[:-1])
    return is_suite(path) or parts.name == "conftest.py" or (in_tests and parts.suffix == ".py")
