"""``loadstone.v1.PlacementService``: each method reads, works, answers; errors become statuses at the border."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import grpc
from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import placement_service_pb2_grpc as service_grpc

from optimizer.certificates import Certificate
from optimizer.interrupt import GiveWay, giving_way, never
from optimizer.monitor import Progress
from optimizer.solution import Result
from server import convert, requests, whatif
from server.admission import AdmissionDesk
from server.config import ServerConfig
from server.interceptors import INLINE_BYTES
from server.runner import EventFeed, News, SolveCall, SolveRunner

#: Larger plans are turned into messages off the event loop.
INLINE_PLACEMENT_COUNT = 500

Context = grpc.aio.ServicerContext[Any, Any]
Engines = Callable[[], Sequence[service_pb2.Engine]]
T = TypeVar("T")


class PlacementServicer(service_grpc.PlacementServiceServicer):
    """Stateless; ``engines`` lists what this server knows (it may be slow: it is asked off the event loop)."""

    def __init__(self, runner: SolveRunner, desk: AdmissionDesk, config: ServerConfig, engines: Engines) -> None:
        self._runner = runner
        self._desk = desk
        self._config = config
        self._engines = engines
        self._checks = asyncio.Semaphore(config.worker_count)

    async def SolvePlacement(  # noqa: N802
        self, request: service_pb2.SolvePlacementRequest, context: Context
    ) -> service_pb2.SolvePlacementResponse:
        call = await self._read(request, context)
        if request.validate_only:
            return service_pb2.SolvePlacementResponse()
        result = await self._runner.solve(call)
        return await _off_loop_if(
            _is_large(result), lambda: service_pb2.SolvePlacementResponse(result=convert.result_to_proto(result))
        )

    async def StreamSolvePlacement(  # noqa: N802
        self, request: service_pb2.StreamSolvePlacementRequest, context: Context
    ) -> AsyncIterator[service_pb2.StreamSolvePlacementResponse]:
        call = await self._read(request, context)
        if request.validate_only:
            return
        feed = EventFeed(certificates=request.tell_certificates)
        solving = asyncio.ensure_future(self._runner.solve(call, feed))
        solving.add_done_callback(lambda _: feed.close())
        try:
            async for event in feed:
                yield await _told(event)
            result = await solving
            yield await _off_loop_if(
                _is_large(result),
                lambda: service_pb2.StreamSolvePlacementResponse(result=convert.result_to_proto(result)),
            )
        finally:
            solving.cancel()

    async def CheckPlacement(  # noqa: N802
        self, request: service_pb2.CheckPlacementRequest, context: Context
    ) -> service_pb2.CheckPlacementResponse:
        async with self._checks:
            return await _as_long_as_awaited(partial(requests.check, request, self._config.size_limits))

    async def DiffPlacements(  # noqa: N802
        self, request: service_pb2.DiffPlacementsRequest, context: Context
    ) -> service_pb2.DiffPlacementsResponse:
        async with self._checks:
            return await _as_long_as_awaited(partial(requests.diff, request, self._config.size_limits))

    async def StreamAdmitJobs(  # noqa: N802
        self, requests: AsyncIterator[service_pb2.StreamAdmitJobsRequest], context: Context
    ) -> None:
        await self._desk.serve(requests, context.write)

    async def EvaluateLimitChange(  # noqa: N802
        self, request: service_pb2.EvaluateLimitChangeRequest, context: Context
    ) -> service_pb2.EvaluateLimitChangeResponse:
        deadline = _deadline(context)
        self._runner.require_room()
        async with self._checks:
            asked = await _as_long_as_awaited(partial(whatif.read, request, self._config.size_limits, deadline))
        results = await self._runner.solve_in_turn(asked.calls)
        return await asyncio.to_thread(whatif.answer, asked, results)

    async def ListEngines(  # noqa: N802
        self, request: service_pb2.ListEnginesRequest, context: Context
    ) -> service_pb2.ListEnginesResponse:
        return service_pb2.ListEnginesResponse(engines=await asyncio.to_thread(self._engines))

    async def _read(self, request: requests.SolveRequest, context: Context) -> SolveCall:
        """The solve that is asked for; refused before any work where the queue is full."""
        deadline = _deadline(context)
        if not request.validate_only:
            self._runner.require_room()
        return await _off_loop_if(
            request.ByteSize() > INLINE_BYTES,
            lambda: requests.read_solve(request, self._config.size_limits, deadline),
        )


def _deadline(context: Context) -> float | None:
    """An instant of ``time.monotonic()``; None where the call has none."""
    remaining_seconds = context.time_remaining()
    return None if remaining_seconds is None else time.monotonic() + remaining_seconds


async def _as_long_as_awaited(work: Callable[[GiveWay], T]) -> T:
    """What ``work`` gives, on a thread, where it gives way once the call is over."""
    over = threading.Event()
    try:
        return await asyncio.to_thread(work, giving_way(over.is_set))
    finally:
        over.set()


async def _off_loop_if(large: bool, work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work) if large else work()


def _is_large(event: News) -> bool:
    if isinstance(event, Result):
        return len(event.placements) + len(event.unplaced) > INLINE_PLACEMENT_COUNT
    return isinstance(event, Certificate)


async def _told(event: News) -> service_pb2.StreamSolvePlacementResponse:
    tell = partial(_event_message, event)
    return await _as_long_as_awaited(tell) if _is_large(event) else tell(never)


def _event_message(event: News, give_way: GiveWay) -> service_pb2.StreamSolvePlacementResponse:
    if isinstance(event, Progress):
        return service_pb2.StreamSolvePlacementResponse(progress=convert.progress_to_proto(event))
    if isinstance(event, Certificate):
        return service_pb2.StreamSolvePlacementResponse(certificate=convert.certificate_to_proto(event))
    return service_pb2.StreamSolvePlacementResponse(incumbent=convert.incumbent_to_proto(event, give_way))
