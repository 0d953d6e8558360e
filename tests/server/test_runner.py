"""Time budgets, the event feed, and the bounded queue before the workers."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest

from optimizer.monitor import Progress, SilentMonitor, SolveMonitor
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result
from server.config import ServerConfig
from server.errors import DeadlineError, QueueFullError
from server.runner import EventFeed, SolveCall, SolveRunner, Turn, budget
from tests.execution import fakes

CONFIG = ServerConfig(
    worker_count=1,
    queue_length=1,
    thread_count=2,
    default_time_limit_seconds=30.0,
    max_time_limit_seconds=600.0,
    deadline_margin_seconds=1.5,
    grace_seconds=1.0,
)


@pytest.mark.parametrize(
    ("params", "remaining", "limit"),
    [
        (SolveParams(), None, 30.0),
        (SolveParams(work_limit=5), None, 600.0),
        (SolveParams(time_limit_seconds=2.0), None, 2.0),
        (SolveParams(time_limit_seconds=86_400.0), None, 600.0),
        (SolveParams(), 10.0, 8.5),
        (SolveParams(time_limit_seconds=2.0), 10.0, 2.0),
        (SolveParams(), 3.0, 2.0),
        (SolveParams(), 0.0001, 0.001),
    ],
)
def test_the_smallest_of_all_limits_holds(params: SolveParams, remaining: float | None, limit: float) -> None:
    assert budget(params, remaining, CONFIG).limit_seconds == pytest.approx(limit)


@pytest.mark.parametrize(
    ("params", "remaining", "turn", "limit"),
    [
        (SolveParams(time_limit_seconds=10.0), None, Turn(3, 3), 10.0),
        (SolveParams(time_limit_seconds=500.0), None, Turn(3, 1), 200.0),
        (SolveParams(work_limit=5), None, Turn(3, 3), 200.0),
        (SolveParams(), 31.5, Turn(3, 3), 10.0),
        (SolveParams(), 31.5, Turn(3, 2), 15.0),
        (SolveParams(time_limit_seconds=2.0), 31.5, Turn(3, 1), 2.0),
        (SolveParams(), 0.0001, Turn(100, 100), 0.001),
    ],
)
def test_solves_of_one_call_share_what_there_is(params: SolveParams, remaining: float | None, turn: Turn, limit: float) -> None:
    assert budget(params, remaining, CONFIG, turn).limit_seconds == pytest.approx(limit)


@pytest.mark.parametrize("remaining", [0.01, 0.5, 2.0, 10.0, 1000.0])
def test_a_worker_is_killed_before_the_calls_deadline(remaining: float) -> None:
    allowed = budget(SolveParams(time_limit_seconds=86_400.0), remaining, CONFIG)
    assert allowed.limit_seconds + allowed.grace_seconds < remaining


class Gate:
    """An executor whose solves wait until it opens, and which remembers what it was asked."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.started = threading.Semaphore(0)
        self.params: list[SolveParams] = []
        self.abandoned_count = 0

    def solve(
        self,
        problem: Problem,
        params: SolveParams = SolveParams(),  # noqa: B008
        *,
        initial: Sequence[Assignment] = (),
        initial_certificate: object = None,
        monitor: SolveMonitor = SilentMonitor(),  # noqa: B008
        grace_seconds: float | None = None,
    ) -> Result:
        self.params.append(params)
        self.started.release()
        try:
            while not self.open.wait(0.005) and not monitor.cancelled():
                pass
        except Exception:
            self.abandoned_count += 1
            raise
        return fakes.result()

    def close(self) -> None:
        self.open.set()


def call(deadline: float | None = None, **params: object) -> SolveCall:
    return SolveCall(problem=fakes.problem("x"), params=SolveParams(**params), deadline=deadline)  # type: ignore[arg-type]


async def started(gate: Gate) -> None:
    await asyncio.to_thread(gate.started.acquire)


async def test_past_the_queue_calls_are_refused_and_places_come_free() -> None:
    gate = Gate()
    runner = SolveRunner(gate, CONFIG)
    running = asyncio.ensure_future(runner.solve(call()))
    await started(gate)
    waiting = asyncio.ensure_future(runner.solve(call()))
    await asyncio.sleep(0)
    with pytest.raises(QueueFullError):
        await runner.solve(call())
    waiting.cancel()
    await asyncio.wait([waiting])
    runner.require_room()
    again = asyncio.ensure_future(runner.solve(call()))
    gate.open.set()
    assert (await running).verified
    assert (await again).verified
    assert len(gate.params) == 2
    runner.close()


async def test_a_cancelled_call_abandons_its_solve_and_frees_the_worker() -> None:
    gate = Gate()
    runner = SolveRunner(gate, CONFIG)
    running = asyncio.ensure_future(runner.solve(call()))
    await started(gate)
    running.cancel()
    await asyncio.wait([running])
    after = asyncio.ensure_future(runner.solve(call()))
    await started(gate)
    assert gate.abandoned_count == 1
    gate.open.set()
    assert (await after).verified
    runner.close()


async def test_a_deadline_that_passed_in_the_queue_starts_nothing() -> None:
    gate = Gate()
    runner = SolveRunner(gate, CONFIG)
    with pytest.raises(DeadlineError):
        await runner.solve(call(deadline=time.monotonic() - 1.0))
    assert gate.params == []
    runner.close()


@pytest.mark.parametrize(("asked", "given"), [(None, 2), (1, 1), (64, 2)])
async def test_threads_are_the_servers_to_give(asked: int | None, given: int) -> None:
    gate = Gate()
    gate.open.set()
    runner = SolveRunner(gate, CONFIG)
    await runner.solve(call(thread_count=asked))
    assert gate.params[0].thread_count == given
    runner.close()


async def test_solves_of_one_call_take_one_worker_in_turn() -> None:
    gate = Gate()
    runner = SolveRunner(gate, CONFIG)
    running = asyncio.ensure_future(runner.solve_in_turn([call(seed=n, time_limit_seconds=500.0) for n in range(3)]))
    await started(gate)
    assert [params.seed for params in gate.params] == [0]
    gate.open.set()
    assert [result.verified for result in await running] == [True] * 3
    assert [(params.seed, params.time_limit_seconds) for params in gate.params] == [(0, 200.0), (1, 200.0), (2, 200.0)]
    runner.close()


async def test_cancelling_leaves_what_is_next_unsolved() -> None:
    gate = Gate()
    runner = SolveRunner(gate, CONFIG)
    running = asyncio.ensure_future(runner.solve_in_turn([call(), call()]))
    await started(gate)
    running.cancel()
    await asyncio.wait([running])
    await asyncio.to_thread(runner.close)
    assert (len(gate.params), gate.abandoned_count) == (1, 1)


async def test_stopping_asks_running_and_waiting_solves_for_what_they_have() -> None:
    gate = Gate()
    runner = SolveRunner(gate, CONFIG)
    calls = [asyncio.ensure_future(runner.solve(call())) for _ in range(2)]
    await started(gate)
    runner.stop_all()
    assert all(result.verified for result in await asyncio.gather(*calls))
    runner.close()


async def test_a_slow_reader_gets_the_latest_of_each_kind_in_order() -> None:
    feed = EventFeed()
    for number in range(5):
        feed.put(Progress(phase="search", elapsed_seconds=float(number)))
    feed.put(fakes.result(objective_micros=1))
    feed.put(fakes.result(objective_micros=2))
    feed.put(Progress(phase="verify", elapsed_seconds=9.0))
    feed.close()
    plan, progress = [event async for event in feed]
    assert isinstance(plan, Result)
    assert plan.termination.objective_micros == 2
    assert isinstance(progress, Progress)
    assert progress.phase == "verify"
