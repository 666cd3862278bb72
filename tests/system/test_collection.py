"""The pause of the garbage collector ends as it began."""

import gc

import pytest

from jupiter.system.collection import collection_paused


def test_the_collector_rests_inside_of_the_block_and_goes_on_behind_it() -> None:
    with collection_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_goes_on_when_the_block_fails() -> None:
    with pytest.raises(ValueError, match="no"), collection_paused():
        raise ValueError("no")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collection_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
