"""Who may solve when, and for how long: bounded workers, a bounded queue, one time budget a call."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from optimizer.certificates import Certificate
from optimizer.execution.base import Executor
from optimizer.monitor import Progress
from optimizer.params import TIME_LIMIT_SECONDS, SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result
from server.config import ServerConfig
from server.errors import DeadlineError, QueueFullError

#: Of a call's remaining time, at most this share is kept back from the solve.
_MARGIN_SHARE = 1 / 3
#: Of what is kept back, the share a worker gets to stop in; the rest is for the answer's way home.
_GRACE_SHARE = 2 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveCall:
    """What one call asks to be solved; ``deadline`` is an instant of ``time.monotonic()``, None without one."""

    problem: Problem
    params: SolveParams
    initial: tuple[Assignment, ...] = ()
    initial_certificate: Certificate | None = None
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a call stands that takes some solves: how many in all, and how many are left, the present one included."""

    solve_count: int
    left_count: int


#: What a solve tells on the way.
News = Progress | Result | Certificate

ALONE = Turn(solve_count=1, left_count=1)


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a solve may take, and how long after that until its worker is killed."""

    limit_seconds: float
    grace_seconds: float


def budget(params: SolveParams, remaining_seconds: float | None, config: ServerConfig, turn: Turn = ALONE) -> Budget:
    """The smallest of what is asked, what the service allows, and what the call's deadline leaves; of both an equal share."""
    most_seconds = max(TIME_LIMIT_SECONDS[0], config.max_time_limit_seconds / turn.solve_count)
    default_seconds = config.default_time_limit_seconds if params.work_limit is None else most_seconds
    asked_seconds = default_seconds if params.time_limit_seconds is None else params.time_limit_seconds
    limit_seconds = min(asked_seconds, most_seconds)
    if remaining_seconds is None:
        return Budget(limit_seconds, config.grace_seconds)
    margin_seconds = min(config.deadline_margin_seconds, remaining_seconds * _MARGIN_SHARE)
    limit_seconds = max(TIME_LIMIT_SECONDS[0], min(limit_seconds, (remaining_seconds - margin_seconds) / turn.left_count))
    spare_seconds = max(0.0, remaining_seconds - limit_seconds)
    return Budget(limit_seconds, min(config.grace_seconds, spare_seconds * _GRACE_SHARE))


class EventFeed:
    """A solve's news for one reader, certificates where ``certificates`` asks for them.

    A slow reader misses what a later event of the same kind has replaced.
    """

    def __init__(self, *, certificates: bool = False) -> None:
        self._certificates = certificates
        self._pending: dict[type, News] = {}
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, event: News) -> None:
        if isinstance(event, Certificate) and not self._certificates:
            return
        self._pending.pop(type(event), None)
        self._pending[type(event)] = event
        self._changed.set()

    def close(self) -> None:
        self._closed = True
        self._changed.set()

    async def __aiter__(self) -> AsyncIterator[News]:
        while True:
            while self._pending:
                yield self._pending.pop(next(iter(self._pending)))
            if self._closed:
                return
            self._changed.clear()
            await self._changed.wait()


class SolveRunner:
    """Runs solves on an executor: at most ``worker_count`` at once, at most ``queue_length`` waiting."""

    def __init__(self, executor: Executor, config: ServerConfig) -> None:
        self._executor = executor
        self._config = config
        self._slots = asyncio.Semaphore(config.worker_count)
        self._waiting_count = 0
        self._threads = ThreadPoolExecutor(config.worker_count, thread_name_prefix="solve")
        self._running: set[_CallMonitor] = set()
        self._stop = threading.Event()

    def require_room(self) -> None:
        """Raises QueueFullError where a call would not even be let into the queue."""
        if self._slots.locked() and self._waiting_count >= self._config.queue_length:
            raise QueueFullError(self._config.retry_after_seconds)

    async def solve(self, call: SolveCall, feed: EventFeed | None = None) -> Result:
        """``solve_in_turn`` of one."""
        (result,) = await self.solve_in_turn((call,), feed)
        return result

    async def solve_in_turn(self, calls: Sequence[SolveCall], feed: EventFeed | None = None) -> list[Result]:
        """Wait for a worker, then solve one after the other; each gets an equal share of what service and deadline allow.

        Cancelling this coroutine leaves the queue, or kills the worker and solves no more.

        Raises:
            QueueFullError: there is no room to wait in.
            DeadlineError: the call's deadline passed in the queue.
            LoadstoneError: whatever the executor raises.
        """
        await self._take_slot()
        loop = asyncio.get_running_loop()
        monitor = _CallMonitor(loop, feed, self._stop)
        try:
            future = self._threads.submit(self._solve_all, calls, monitor)
        except BaseException:
            self._slots.release()
            raise
        self._running.add(monitor)
        future.add_done_callback(lambda _: call_soon(loop, self._release, monitor))
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            monitor.abandon()
            raise

    def stop_all(self) -> None:
        """Ask every solve, also those still waiting, to return the best plan it has."""
        self._stop.set()

    def close(self) -> None:
        for monitor in self._running:
            monitor.abandon()
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._executor.close()

    async def _take_slot(self) -> None:
        self.require_room()
        self._waiting_count += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting_count -= 1

    def _release(self, monitor: _CallMonitor) -> None:
        self._running.discard(monitor)
        self._slots.release()

    def _solve_all(self, calls: Sequence[SolveCall], monitor: _CallMonitor) -> list[Result]:
        return [self._solve_now(call, Turn(len(calls), len(calls) - number), monitor) for number, call in enumerate(calls)]

    def _solve_now(self, call: SolveCall, turn: Turn, monitor: _CallMonitor) -> Result:
        remaining_seconds = None if call.deadline is None else call.deadline - time.monotonic()
        if remaining_seconds is not None and remaining_seconds <= 0:
            raise DeadlineError("the call's deadline passed while it waited for a worker")
        allowed = budget(call.params, remaining_seconds, self._config, turn)
        asked_threads = call.params.thread_count or self._config.thread_count
        params = replace(
            call.params,
            time_limit_seconds=allowed.limit_seconds,
            thread_count=min(asked_threads, self._config.thread_count),
        )
        return self._executor.solve(
            call.problem,
            params,
            initial=call.initial,
            initial_certificate=call.initial_certificate,
            monitor=monitor,
            grace_seconds=allowed.grace_seconds,
        )


class _AbandonedError(Exception):
    """Nobody waits for this solve any more."""


class _CallMonitor:
    """Carries events from the executor's thread to the event loop, and the wish to stop the other way."""

    def __init__(self, loop: asyncio.AbstractEventLoop, feed: EventFeed | None, stop: threading.Event) -> None:
        self._loop = loop
        self._feed = feed
        self._stop = stop
        self._abandoned = threading.Event()

    def abandon(self) -> None:
        self._abandoned.set()

    def cancelled(self) -> bool:
        if self._abandoned.is_set():
            raise _AbandonedError
        return self._stop.is_set()

    def progress(self, progress: Progress) -> None:
        self._publish(progress)

    def plan(self, result: Result) -> None:
        self._publish(result)

    def proof(self, certificate: Certificate) -> None:
        self._publish(certificate)

    def _publish(self, event: News) -> None:
        if self._feed is not None:
            call_soon(self._loop, self._feed.put, event)


def call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], argument: Any) -> None:
    """From another thread; where the loop has ended, nobody is left to tell."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback, argument)
