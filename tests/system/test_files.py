"""What is written whole is there, or what was there before is; nothing else is left behind."""

import os
from pathlib import Path

import pytest

from jupiter.system.files import write_whole


def test_a_file_is_written_over_an_earlier_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "a"
    write_whole(place, b"one")
    write_whole(place, b"two")
    assert place.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [place]


def test_a_disk_that_cannot_take_it_leaves_the_earlier_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    place = tmp_path / "a"
    write_whole(place, b"one")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(place, b"two")
    assert place.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [place]
