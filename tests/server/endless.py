"""What stands in for a check that nobody waits for any more: it goes on until it is told to give way."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable
from typing import Any

from optimizer.interrupt import GiveWay, Interrupted


class Endless:
    """Called like ``verify`` or ``prove``, whose ``give_way`` is named or the last that is given; ends when that raises."""

    def __init__(self) -> None:
        self._begun, self._ended = threading.Event(), threading.Event()

    def __call__(self, *given: Any, give_way: GiveWay | None = None) -> None:
        asked: GiveWay = given[-1] if give_way is None else give_way
        self._begun.set()
        try:
            while True:
                asked()
                time.sleep(0.001)
        except Interrupted:
            self._ended.set()
            raise

    async def ends_with(self, call: Awaitable[Any]) -> bool:
        """Whether it ends once ``call``, in which it has begun, is cancelled."""
        running = asyncio.ensure_future(call)
        assert await asyncio.to_thread(self._begun.wait, 60)
        running.cancel()
        return await asyncio.to_thread(self._ended.wait, 60)
