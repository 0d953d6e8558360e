"""Work of a few milliseconds shared among threads that stay.

A thread begun anew is often set on the core of the one that began it, and moved only after some milliseconds: a pricing on two
new threads takes as long as on one. So helpers stay for the life of the process, and the caller works as one of the threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

Item = TypeVar("Item")


def for_each(act: Callable[[Item], object], items: Sequence[Item]) -> None:
    """``act`` on each item, one thread an item where cores are free; returns, or raises what one raised, when all have ended.

    Items no helper has begun are acted on by the caller, so a call may come from any thread and never waits for a busy helper.
    """
    if not items:
        return
    others = [_helpers().submit(act, item) for item in items[1:]]
    try:
        act(items[0])
        for other, item in zip(others, items[1:], strict=True):
            if other.cancel():
                act(item)
    finally:
        for other in others:
            if not other.cancel():
                other.exception()
    for other in others:
        if not other.cancelled():
            other.result()


@cache
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="price")


os.register_at_fork(after_in_child=_helpers.cache_clear)
