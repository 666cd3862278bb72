"""No test can touch the user's folders."""

from pathlib import Path

from jupiter.system.state import cache_folder, runs_folder


def test_state_and_cache_lie_in_the_home_of_the_tests(foreign_home: Path) -> None:
    assert runs_folder().is_relative_to(foreign_home)
    assert cache_folder().is_relative_to(foreign_home)
    assert Path.home() == foreign_home
