"""What is built with the collector paused is not walked the moment the pause is over."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from optimizer import memory
from optimizer.memory import collection_paused, free_later


def is_old(thing: object) -> bool:
    return any(other is thing for other in gc.get_objects(generation=2))


def test_a_fleet_built_inside_is_old_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "FLEET_OBJECT_COUNT", 100)
    with collection_paused():
        assert not gc.isenabled()
        built = [[number] for number in range(200)]
        assert not is_old(built)
    assert gc.isenabled()
    assert is_old(built)
    assert gc.get_freeze_count() == 0


def test_a_little_is_left_to_the_collector() -> None:
    with collection_paused():
        built = [[number] for number in range(200)]
    assert not is_old(built)


def test_what_was_frozen_before_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "FLEET_OBJECT_COUNT", 100)
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with collection_paused():
            built = [[number] for number in range(200)]
        assert gc.get_freeze_count() == frozen > 0
        assert not is_old(built)
    finally:
        gc.unfreeze()


def test_a_pause_within_a_pause_ends_with_the_outer() -> None:
    with collection_paused():
        with collection_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_is_freed_later_lives_until_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fleet:
        """Can be referred to weakly."""

    monkeypatch.setattr(memory, "FREED_AFTER_SECONDS", 3_600.0)
    fleet = Fleet()
    seen = weakref.ref(fleet)
    free_later(fleet)
    del fleet
    assert seen() is not None
    [keeping] = [thread for thread in threading.enumerate() if thread.name == "freeing"]
    assert isinstance(keeping, threading.Timer)
    keeping.cancel()
    keeping.join()
    del keeping
    assert seen() is None
