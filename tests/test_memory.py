"""What is built with the collector paused is not walked the moment the pause is over."""

from __future__ import annotations

import gc

import pytest

from optimizer import memory
from optimizer.memory import collection_paused


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
