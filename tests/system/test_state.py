"""The state folder: where it lies, who may look into it, and how a run is named and found."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupiter.errors import RequestError, SurroundingsError
from jupiter.system.state import (
    cache_folder,
    find_run,
    new_run_id,
    run_ids,
    runs_folder,
    state_folder,
)

NOW = datetime(2026, 11, 23, 14, 12, 59, tzinfo=UTC)
FOLDERS = (state_folder, runs_folder, cache_folder)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder in which nobody has set anything."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("JUPITER_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("settings", "state", "cache"),
    [
        pytest.param({}, ".local/state/jupiter", ".cache/jupiter", id="nothing is set"),
        pytest.param({"XDG_STATE_HOME": "s"}, "s/jupiter", ".cache/jupiter", id="the state is"),
        pytest.param(
            {"XDG_CACHE_HOME": "c"}, ".local/state/jupiter", "c/jupiter", id="the cache is"
        ),
        pytest.param({"JUPITER_HOME": "j"}, "j", "j/cache", id="jupiter's own is"),
        pytest.param(
            {"JUPITER_HOME": "j", "XDG_STATE_HOME": "s", "XDG_CACHE_HOME": "c"},
            *("j", "j/cache"),
            id="jupiter's own goes first",
        ),
    ],
)
def test_the_folders_lie_where_the_environment_says(
    home: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], state: str, cache: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, str(home / value))
    assert state_folder() == home / state
    assert runs_folder() == home / state / "runs"
    assert cache_folder() == home / cache
    assert all(folder().is_dir() for folder in FOLDERS)


@pytest.mark.parametrize("value", ["", "relative/folder"], ids=["empty", "relative"])
def test_an_xdg_folder_that_is_not_absolute_is_passed_over_as_its_standard_says(
    home: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", value)
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert state_folder() == home / ".local/state/jupiter"
    assert cache_folder() == home / ".cache/jupiter"


def test_an_empty_home_of_jupiter_is_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPITER_HOME", "")
    assert state_folder() == home / ".local/state/jupiter"


def test_a_relative_home_of_jupiter_counts_from_the_current_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("JUPITER_HOME", "mine")
    assert runs_folder() == home / "mine" / "runs"
    assert cache_folder() == home / "mine" / "cache"


@pytest.mark.parametrize("own", [True, False], ids=["in jupiter's own", "in the user's"])
@pytest.mark.parametrize("umask", [0o000, 0o022], ids=oct)
def test_nobody_else_may_look_into_a_folder_that_was_made(
    home: Path, monkeypatch: pytest.MonkeyPatch, umask: int, *, own: bool
) -> None:
    if own:
        monkeypatch.setenv("JUPITER_HOME", str(home / "deep" / "mine"))
    old = os.umask(umask)
    try:
        modes = [folder().stat().st_mode & 0o777 for folder in FOLDERS]
    finally:
        os.umask(old)
    assert modes == [0o700, 0o700, 0o700]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_place_that_cannot_be_written_is_named_with_a_remedy(
    home: Path, monkeypatch: pytest.MonkeyPatch, folder: Callable[[], Path]
) -> None:
    (home / "file").write_text("in the way")
    monkeypatch.setenv("JUPITER_HOME", str(home / "file"))
    with pytest.raises(SurroundingsError, match=r"cannot make the folder .*file.*JUPITER_HOME"):
        folder()


# Names of runs


@pytest.mark.parametrize(
    ("repository", "name"),
    [
        ("click", "click"),
        ("My Project", "my-project"),
        ("a.b_c", "a-b-c"),
        ("--odd--", "odd"),
        ("../../etc", "etc"),
        ("日本", "run"),
        ("", "run"),
        ("a" * 30, "a" * 24),
        ("a" * 23 + "-b", "a" * 23),
    ],
)
def test_a_run_is_called_by_its_minute_and_its_repository(repository: str, name: str) -> None:
    assert re.fullmatch(f"20261123-1412-{name}-[0-9a-f]{{4}}", new_run_id(repository, NOW))


@given(st.text())
def test_whatever_a_repository_is_called_the_id_is_a_plain_name_of_a_folder(name: str) -> None:
    found = new_run_id(name, NOW)
    assert re.fullmatch(r"\d{8}-\d{4}(-[a-z0-9]+)+-[0-9a-f]{4}", found)
    assert len(found) <= len("20261123-1412") + 1 + 24 + 5


def test_two_runs_of_one_minute_have_two_names() -> None:
    assert len({new_run_id("click", NOW) for _ in range(20)}) > 1


# Finding runs

LATE = "20261124-0900-click-0001"
EARLY = "20261123-1412-click-ffff"
OTHER = "20261123-1412-attrs-00aa"


@pytest.fixture
def runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs; of the two that began in one minute, the folder of `EARLY` is the older one."""
    monkeypatch.setenv("JUPITER_HOME", str(home / "j"))
    for second, run in enumerate((LATE, EARLY, OTHER)):
        (runs_folder() / run).mkdir()
        os.utime(runs_folder() / run, (1000 + second, 1000 + second))
    (runs_folder() / "note.txt").write_text("no run")
    return runs_folder()


def test_runs_are_listed_by_when_they_began_and_the_latest_is_the_last(runs: Path) -> None:
    assert run_ids() == [EARLY, OTHER, LATE]
    assert find_run("last") == runs / LATE


@pytest.mark.parametrize(
    ("name", "run"),
    [(EARLY, EARLY), (EARLY[:15], EARLY), (OTHER[:15], OTHER), ("20261124", LATE)],
    ids=["all of it", "a beginning", "another beginning", "a day"],
)
def test_a_run_is_found_by_a_beginning_that_is_its_alone(runs: Path, name: str, run: str) -> None:
    assert find_run(name) == runs / run


def test_an_id_that_is_the_beginning_of_another_means_itself(runs: Path) -> None:
    (runs / f"{LATE}-more").mkdir()
    assert find_run(LATE) == runs / LATE


@pytest.mark.parametrize(
    "name", ["20261125", "", "click", "..", ".", "note.txt", f"../runs/{LATE}"]
)
def test_what_names_no_run_is_refused_and_what_lists_them_is_named(runs: Path, name: str) -> None:
    with pytest.raises(RequestError, match=r"there is no run .*`jupiter runs` lists 3"):
        find_run(name)


def test_a_beginning_of_several_runs_is_refused_and_they_are_named(runs: Path) -> None:
    with pytest.raises(RequestError, match=f"2 runs: {EARLY}, {OTHER}"):
        find_run("20261123")


def test_without_a_run_there_is_no_last_one(home: Path) -> None:
    assert run_ids() == []
    with pytest.raises(RequestError, match="there is no run 'last'"):
        find_run("last")
