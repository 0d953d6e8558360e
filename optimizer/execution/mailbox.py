"""What lies between a solve on a cluster and whoever asked for it: events one way, the wish to stop the other way.

A process of its own, so that an event the worker has put survives the worker. It also keeps each solve's time: machines of a
cluster share no clock.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Box:
    deadline: float | None
    events: list[bytes] = field(default_factory=list)
    filled: asyncio.Event = field(default_factory=asyncio.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    finished: bool = False


class Mailbox:
    """A box for each solve under way, by its token. For one event loop; a closed box takes and gives nothing."""

    def __init__(self) -> None:
        self._boxes: dict[str, _Box] = {}

    async def open(self, token: str, limit_seconds: float | None) -> None:
        """The time limit counts from now."""
        self._boxes[token] = _Box(None if limit_seconds is None else time.monotonic() + limit_seconds)

    async def left_seconds(self, token: str) -> float | None:
        """What is left of the limit, possibly below 0; None without one."""
        deadline = self._boxes[token].deadline
        return None if deadline is None else deadline - time.monotonic()

    async def put(self, token: str, event: bytes) -> None:
        box = self._boxes.get(token)
        if box is not None:
            box.events.append(event)
            box.filled.set()

    async def take(self, token: str) -> list[bytes]:
        """All events not yet taken, in order; waits for one, and is empty only once the box is finished."""
        box = self._boxes[token]
        if not box.finished:
            await box.filled.wait()
        events, box.events = box.events, []
        box.filled.clear()
        return events

    async def finish(self, token: str) -> None:
        """No more events will come: ``take`` waits no longer."""
        box = self._boxes[token]
        box.finished = True
        box.filled.set()

    async def ask_to_stop(self, token: str) -> None:
        self._boxes[token].stop.set()

    async def stop_asked(self, token: str) -> None:
        """Returns once the solve should stop."""
        await self._boxes[token].stop.wait()

    async def close(self, token: str) -> None:
        box = self._boxes.pop(token, None)
        if box is not None:
            box.filled.set()
            box.stop.set()
