"""Waiting for a file to change."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupiter.bus import waking


@pytest.fixture(params=["kernel", "poll"])
def file(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param == "poll":
        monkeypatch.setattr(sys, "platform", "elsewhere")
    path = tmp_path / "file"
    path.write_bytes(b"0")
    return path


def soon(moments: Iterator[None]) -> bool:
    """Whether a moment comes within ten seconds."""
    came = threading.Event()

    def wait() -> None:
        if next(moments, "none") is None:
            came.set()

    threading.Thread(target=wait, daemon=True).start()
    return came.wait(10)


def test_there_is_a_moment_at_once_and_one_after_each_change(file: Path) -> None:
    with waking.changes(file) as moments:
        next(moments)
        for text in (b"1", b"2"):
            file.write_bytes(text)
            assert soon(moments)


def test_what_changes_before_the_first_wait_is_not_missed(file: Path) -> None:
    with waking.changes(file) as moments:
        next(moments)
        file.write_bytes(b"1")
        assert soon(moments)


def test_the_moments_end_when_they_are_told_to(file: Path) -> None:
    stop = threading.Event()
    with waking.changes(file, stop) as moments:
        next(moments)
        stop.set()
        assert next(moments, "ended") == "ended"


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"), waking.changes(tmp_path / "x") as moments:
        next(moments)
