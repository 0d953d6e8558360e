"""Work shared among threads that stay: all of it is done, and what goes wrong in any of it is told."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future

import pytest

from optimizer.engines.price import threads
from optimizer.engines.price.threads import for_each


class BusyHelpers:
    """Helpers that never come round to anything."""

    def submit(self, act: object, item: object) -> Future[object]:
        return Future()


def test_every_item_is_acted_on_once() -> None:
    for count in (0, 1, 2, 3 + (os.cpu_count() or 1)):
        done: list[int] = []
        for_each(done.append, range(count))
        assert sorted(done) == list(range(count))


def test_the_caller_takes_the_first_item_and_a_helper_that_is_kept_the_next() -> None:
    met, names = threading.Barrier(2, timeout=30.0), []

    def act(item: int) -> None:
        names.append((item, threading.get_ident()))
        met.wait()

    for_each(act, (0, 1))
    for_each(act, (0, 1))
    caller = {ident for item, ident in names if item == 0}
    helpers = {ident for item, ident in names if item == 1}
    assert caller == {threading.get_ident()}
    assert threading.get_ident() not in helpers
    assert len(helpers) <= max(1, (os.cpu_count() or 1) - 1)


def test_busy_helpers_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_helpers", BusyHelpers)
    done: list[int] = []
    for_each(done.append, (0, 1, 2))
    assert done == [0, 1, 2]


@pytest.mark.parametrize("wrong", [0, 1])
def test_what_one_raises_is_raised_once_all_have_ended(wrong: int) -> None:
    met, ended = threading.Barrier(2, timeout=30.0), []

    def act(item: int) -> None:
        met.wait()
        if item == wrong:
            raise ValueError(f"item {item}")
        ended.append(item)

    with pytest.raises(ValueError, match=f"item {wrong}"):
        for_each(act, (0, 1))
    assert ended == [1 - wrong]
