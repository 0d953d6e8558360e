"""A client of the placement service, in domain terms: problems in, results out, errors as exceptions.

    with PlacementClient("localhost:50051") as client:
        result = client.solve("instance.json", time_limit_seconds=10)

``AsyncPlacementClient`` has the same methods for asyncio. Calls are tried again only where the service was not reached.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import grpc

from loadstone import client_requests
from loadstone.admissions import AdmissionBook, AsyncAdmissionBook
from loadstone.client_requests import ProblemSource
from loadstone.service_errors import ServiceError, raise_as_here
from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import placement_service_pb2_grpc as service_grpc
from optimizer.admission import PricedPlan
from optimizer.certificates import Certificate
from optimizer.changes.change import Difference
from optimizer.engines.base import EngineInfo
from optimizer.explain.limit_change import LimitChange
from optimizer.explain.sensitivity import LimitEffects
from optimizer.monitor import Progress
from optimizer.node_numbers import Binding
from optimizer.params import SolveParams
from optimizer.solution import Assignment, HallSchedule, Result, SiteOperation
from optimizer.stated_plan import PlanSource
from optimizer.verify.plan import Verification
from server import convert, mapping

__all__ = ["AsyncPlacementClient", "EngineInfo", "Event", "Incumbent", "PlacementClient", "ServiceError"]

T = TypeVar("T")

_MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Incumbent:
    """A verified plan found on the way; jobs without an assignment are left out."""

    objective_micros: int
    assignments: tuple[Assignment, ...]
    hall_schedules: tuple[HallSchedule, ...] = ()
    operations: tuple[SiteOperation, ...] = ()


#: What a stream tells.
Event = Progress | Incumbent | Certificate | Result


class PlacementClient:
    """Blocking calls; safe to use from several threads. ``credentials``: for TLS; unset: none.

    Every method takes ``timeout_seconds``, the call's deadline (unset: none), and raises InvalidProblemError,
    EngineUnavailableError, VerificationError, WorkerError or ServiceError.
    """

    def __init__(
        self,
        address: str = "localhost:50051",
        *,
        credentials: grpc.ChannelCredentials | None = None,
        max_message_mib: int = 64,
    ) -> None:
        options = _channel_options(max_message_mib)
        self._channel = (
            grpc.insecure_channel(address, options)
            if credentials is None
            else grpc.secure_channel(address, credentials, options)
        )
        self._stub = service_grpc.PlacementServiceStub(self._channel)  # type: ignore[no-untyped-call]

    def solve(
        self,
        problem: ProblemSource,
        params: SolveParams | None = None,
        *,
        initial: Sequence[Assignment] = (),
        initial_certificate: Certificate | None = None,
        timeout_seconds: float | None = None,
        **parameters: Any,
    ) -> Result:
        """Place the jobs. Parameters come as ``params`` or by name, as in ``SolveParams``.

        ``initial`` and ``initial_certificate``: an earlier result's assignments and certificate, to start from.
        """
        request = client_requests.solve_request(
            service_pb2.SolvePlacementRequest, problem, params, initial, initial_certificate, parameters
        )
        return convert.result_from_proto(_call(self._stub.SolvePlacement, request, timeout_seconds).result)

    def stream(
        self,
        problem: ProblemSource,
        params: SolveParams | None = None,
        *,
        initial: Sequence[Assignment] = (),
        initial_certificate: Certificate | None = None,
        certificates: bool = False,
        timeout_seconds: float | None = None,
        **parameters: Any,
    ) -> Iterator[Event]:
        """Place the jobs, with news on the way; the Result comes last. Closing the iterator ends the solve.

        ``certificates``: the proofs of bounds are among the news, for whoever may leave before the Result.
        """
        request = client_requests.solve_request(
            service_pb2.StreamSolvePlacementRequest, problem, params, initial, initial_certificate, parameters
        )
        request.tell_certificates = certificates
        call = self._stub.StreamSolvePlacement(request, timeout=timeout_seconds)
        try:
            for response in call:
                yield _event(response)
        except grpc.RpcError as error:
            raise_as_here(error)
        finally:
            call.cancel()

    def validate(self, problem: ProblemSource, *, timeout_seconds: float | None = None) -> None:
        """Have the problem checked without solving it; raises InvalidProblemError with every violation."""
        request = client_requests.solve_request(service_pb2.SolvePlacementRequest, problem, None, (), None, {})
        request.validate_only = True
        _call(self._stub.SolvePlacement, request, timeout_seconds)

    def check(
        self,
        problem: ProblemSource,
        assignments: Sequence[Assignment],
        *,
        certificate: Certificate | None = None,
        operations: Sequence[SiteOperation] = (),
        hall_schedules: Sequence[HallSchedule] = (),
        binding: Binding | None = None,
        timeout_seconds: float | None = None,
    ) -> Verification:
        """Hold a plan, and its ``binding``, against every rule; recompute its cost and the bound that a certificate proves.

        ``operations`` state what sites run beside their jobs; without any, the plant runs as pays best. ``hall_schedules`` say
        when halls are on; one that is not stated gets the cheapest schedule for its runs.
        """
        request = client_requests.check_request(problem, assignments, certificate, operations, hall_schedules, binding)
        response = _call(self._stub.CheckPlacement, request, timeout_seconds)
        return mapping.from_proto(Verification, response)

    def diff(
        self,
        problem: ProblemSource,
        after: PlanSource,
        before: PlanSource | None = None,
        *,
        earlier_problem: ProblemSource | None = None,
        timeout_seconds: float | None = None,
    ) -> Difference:
        """What changes from plan ``before`` (None: what runs already) to plan ``after`` of ``problem``.

        A result is compared with all it states; assignments alone run plants as pays best, with batteries at rest.
        """
        request = client_requests.diff_request(problem, after, before, earlier_problem)
        return mapping.from_proto(Difference, _call(self._stub.DiffPlacements, request, timeout_seconds))

    def admission(
        self, problem: ProblemSource, plan: Result | PricedPlan, *, timeout_seconds: float | None = None
    ) -> AdmissionBook:
        """Open a book at the service: ``with client.admission(problem, result) as book`` places jobs beside the plan.

        Raises NoPricesError where ``plan`` is a result without a certificate. ``timeout_seconds`` is for the whole call.
        """
        return AdmissionBook(self._stub, client_requests.as_problem(problem), plan, timeout_seconds)

    def what_if(
        self,
        problem: ProblemSource,
        plan: Result,
        change: LimitChange,
        multiples: Sequence[int] = (1,),
        params: SolveParams | None = None,
        *,
        timeout_seconds: float | None = None,
        **parameters: Any,
    ) -> LimitEffects:
        """What each multiple of ``change`` is worth, solved again from ``plan``, an earlier result for ``problem``.

        Parameters come as in ``solve``; the limits on time and work are for each multiple.
        """
        request = client_requests.what_if_request(problem, plan, change, multiples, params, parameters)
        return mapping.from_proto(LimitEffects, _call(self._stub.EvaluateLimitChange, request, timeout_seconds))

    def engines(self, *, timeout_seconds: float | None = None) -> tuple[EngineInfo, ...]:
        """The engines of the server, by name."""
        response = _call(self._stub.ListEngines, service_pb2.ListEnginesRequest(), timeout_seconds)
        return tuple(convert.engine_from_proto(engine) for engine in response.engines)

    def close(self) -> None:
        self._channel.close()

    def __enter__(self) -> PlacementClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class AsyncPlacementClient:
    """As ``PlacementClient``, for asyncio."""

    def __init__(
        self,
        address: str = "localhost:50051",
        *,
        credentials: grpc.ChannelCredentials | None = None,
        max_message_mib: int = 64,
    ) -> None:
        options = _channel_options(max_message_mib)
        self._channel = (
            grpc.aio.insecure_channel(address, options)
            if credentials is None
            else grpc.aio.secure_channel(address, credentials, options)
        )
        self._stub: Any = service_grpc.PlacementServiceStub(self._channel)  # type: ignore[no-untyped-call]

    async def solve(
        self,
        problem: ProblemSource,
        params: SolveParams | None = None,
        *,
        initial: Sequence[Assignment] = (),
        initial_certificate: Certificate | None = None,
        timeout_seconds: float | None = None,
        **parameters: Any,
    ) -> Result:
        request = client_requests.solve_request(
            service_pb2.SolvePlacementRequest, problem, params, initial, initial_certificate, parameters
        )
        response = await _await(self._stub.SolvePlacement(request, timeout=timeout_seconds))
        return convert.result_from_proto(response.result)

    async def stream(
        self,
        problem: ProblemSource,
        params: SolveParams | None = None,
        *,
        initial: Sequence[Assignment] = (),
        initial_certificate: Certificate | None = None,
        certificates: bool = False,
        timeout_seconds: float | None = None,
        **parameters: Any,
    ) -> AsyncIterator[Event]:
        request = client_requests.solve_request(
            service_pb2.StreamSolvePlacementRequest, problem, params, initial, initial_certificate, parameters
        )
        request.tell_certificates = certificates
        call = self._stub.StreamSolvePlacement(request, timeout=timeout_seconds)
        try:
            async for response in call:
                yield _event(response)
        except grpc.RpcError as error:
            raise_as_here(error)
        finally:
            call.cancel()

    async def validate(self, problem: ProblemSource, *, timeout_seconds: float | None = None) -> None:
        request = client_requests.solve_request(service_pb2.SolvePlacementRequest, problem, None, (), None, {})
        request.validate_only = True
        await _await(self._stub.SolvePlacement(request, timeout=timeout_seconds))

    async def check(
        self,
        problem: ProblemSource,
        assignments: Sequence[Assignment],
        *,
        certificate: Certificate | None = None,
        operations: Sequence[SiteOperation] = (),
        hall_schedules: Sequence[HallSchedule] = (),
        binding: Binding | None = None,
        timeout_seconds: float | None = None,
    ) -> Verification:
        request = client_requests.check_request(problem, assignments, certificate, operations, hall_schedules, binding)
        return mapping.from_proto(Verification, await _await(self._stub.CheckPlacement(request, timeout=timeout_seconds)))

    async def diff(
        self,
        problem: ProblemSource,
        after: PlanSource,
        before: PlanSource | None = None,
        *,
        earlier_problem: ProblemSource | None = None,
        timeout_seconds: float | None = None,
    ) -> Difference:
        request = client_requests.diff_request(problem, after, before, earlier_problem)
        return mapping.from_proto(Difference, await _await(self._stub.DiffPlacements(request, timeout=timeout_seconds)))

    def admission(
        self, problem: ProblemSource, plan: Result | PricedPlan, *, timeout_seconds: float | None = None
    ) -> AsyncAdmissionBook:
        """To be entered: ``async with client.admission(problem, result) as book``."""
        return AsyncAdmissionBook(self._stub, client_requests.as_problem(problem), plan, timeout_seconds)

    async def what_if(
        self,
        problem: ProblemSource,
        plan: Result,
        change: LimitChange,
        multiples: Sequence[int] = (1,),
        params: SolveParams | None = None,
        *,
        timeout_seconds: float | None = None,
        **parameters: Any,
    ) -> LimitEffects:
        request = client_requests.what_if_request(problem, plan, change, multiples, params, parameters)
        response = await _await(self._stub.EvaluateLimitChange(request, timeout=timeout_seconds))
        return mapping.from_proto(LimitEffects, response)

    async def engines(self, *, timeout_seconds: float | None = None) -> tuple[EngineInfo, ...]:
        response = await _await(self._stub.ListEngines(service_pb2.ListEnginesRequest(), timeout=timeout_seconds))
        return tuple(convert.engine_from_proto(engine) for engine in response.engines)

    async def close(self) -> None:
        await self._channel.close(None)

    async def __aenter__(self) -> AsyncPlacementClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _channel_options(max_message_mib: int) -> list[tuple[str, Any]]:
    retry = {
        "maxAttempts": 4,
        "initialBackoff": "0.2s",
        "maxBackoff": "2s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    services = {"methodConfig": [{"name": [{"service": "loadstone.v1.PlacementService"}], "retryPolicy": retry}]}
    return [
        ("grpc.max_receive_message_length", max_message_mib * _MEBIBYTE),
        ("grpc.max_send_message_length", max_message_mib * _MEBIBYTE),
        ("grpc.service_config", json.dumps(services)),
    ]


def _event(response: service_pb2.StreamSolvePlacementResponse) -> Event:
    match response.WhichOneof("event"):
        case "progress":
            return mapping.from_proto(Progress, response.progress)
        case "incumbent":
            message = response.incumbent
            return Incumbent(
                objective_micros=message.objective_micros,
                assignments=tuple(mapping.from_proto(Assignment, each) for each in message.assignments),
                hall_schedules=tuple(mapping.from_proto(HallSchedule, each) for each in message.hall_schedules),
                operations=convert.operations_from_proto(message.operations),
            )
        case "certificate":
            return convert.certificate_from_proto(response.certificate)
        case _:
            return convert.result_from_proto(response.result)


def _call(method: Any, request: object, timeout_seconds: float | None) -> Any:
    try:
        return method(request, timeout=timeout_seconds)
    except grpc.RpcError as error:
        raise_as_here(error)


async def _await(call: Awaitable[T]) -> T:
    try:
        return await call
    except grpc.RpcError as error:
        raise_as_here(error)
