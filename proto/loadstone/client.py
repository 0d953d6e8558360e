"""A client of the placement service, in domain terms: problems in, results out, errors as exceptions.

    with PlacementClient("localhost:50051") as client:
        result = client.solve("instance.json", time_limit_seconds=10)

``AsyncPlacementClient`` has the same methods for asyncio. Calls are tried again only where the service was not reached.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import grpc

from loadstone.admissions import AdmissionBook, AsyncAdmissionBook
from loadstone.service_errors import ServiceError, raise_as_here
from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import placement_service_pb2_grpc as service_grpc
from loadstone.v1 import solution_pb2
from optimizer.admission import PricedPlan
from optimizer.certificates import Certificate
from optimizer.changes.change import Difference
from optimizer.engines.base import EngineInfo
from optimizer.io.files import read_problem
from optimizer.monitor import Progress
from optimizer.node_numbers import Binding
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, HallSchedule, Result, SiteOperation
from optimizer.verify.plan import Verification
from server import convert, mapping, proposals

__all__ = ["AsyncPlacementClient", "EngineInfo", "Incumbent", "PlacementClient", "ServiceError"]

#: A problem, or the path of an instance file.
ProblemSource = Problem | str | os.PathLike[str]
T = TypeVar("T")

_MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Incumbent:
    """A verified plan found on the way; jobs without an assignment are left out."""

    objective_micros: int
    assignments: tuple[Assignment, ...]
    hall_schedules: tuple[HallSchedule, ...] = ()
    operations: tuple[SiteOperation, ...] = ()


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
        request = _solve_request(service_pb2.SolvePlacementRequest, problem, params, initial, initial_certificate, parameters)
        return convert.result_from_proto(_call(self._stub.SolvePlacement, request, timeout_seconds).result)

    def stream(
        self,
        problem: ProblemSource,
        params: SolveParams | None = None,
        *,
        initial: Sequence[Assignment] = (),
        initial_certificate: Certificate | None = None,
        timeout_seconds: float | None = None,
        **parameters: Any,
    ) -> Iterator[Progress | Incumbent | Result]:
        """Place the jobs, with news on the way; the Result comes last. Closing the iterator ends the solve."""
        request = _solve_request(
            service_pb2.StreamSolvePlacementRequest, problem, params, initial, initial_certificate, parameters
        )
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
        request = _solve_request(service_pb2.SolvePlacementRequest, problem, None, (), None, {})
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
        request = _check_request(problem, assignments, certificate, operations, hall_schedules, binding)
        response = _call(self._stub.CheckPlacement, request, timeout_seconds)
        return mapping.from_proto(Verification, response)

    def diff(
        self,
        problem: ProblemSource,
        after: Sequence[Assignment],
        before: Sequence[Assignment] | None = None,
        *,
        earlier_problem: ProblemSource | None = None,
        timeout_seconds: float | None = None,
    ) -> Difference:
        """What changes from plan ``before`` (None: what runs already) to plan ``after`` of ``problem``."""
        request = _diff_request(problem, after, before, earlier_problem)
        return mapping.from_proto(Difference, _call(self._stub.DiffPlacements, request, timeout_seconds))

    def admission(
        self, problem: ProblemSource, plan: Result | PricedPlan, *, timeout_seconds: float | None = None
    ) -> AdmissionBook:
        """Open a book at the service: ``with client.admission(problem, result) as book`` places jobs beside the plan.

        Raises NoPricesError where ``plan`` is a result without a certificate. ``timeout_seconds`` is for the whole call.
        """
        return AdmissionBook(self._stub, _problem(problem), plan, timeout_seconds)

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
        request = _solve_request(service_pb2.SolvePlacementRequest, problem, params, initial, initial_certificate, parameters)
        response = await _await(self._stub.SolvePlacement(request, timeout=timeout_seconds))
        return convert.result_from_proto(response.result)

    async def stream(
        self,
        problem: ProblemSource,
        params: SolveParams | None = None,
        *,
        initial: Sequence[Assignment] = (),
        initial_certificate: Certificate | None = None,
        timeout_seconds: float | None = None,
        **parameters: Any,
    ) -> AsyncIterator[Progress | Incumbent | Result]:
        request = _solve_request(
            service_pb2.StreamSolvePlacementRequest, problem, params, initial, initial_certificate, parameters
        )
        call = self._stub.StreamSolvePlacement(request, timeout=timeout_seconds)
        try:
            async for response in call:
                yield _event(response)
        except grpc.RpcError as error:
            raise_as_here(error)
        finally:
            call.cancel()

    async def validate(self, problem: ProblemSource, *, timeout_seconds: float | None = None) -> None:
        request = _solve_request(service_pb2.SolvePlacementRequest, problem, None, (), None, {})
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
        request = _check_request(problem, assignments, certificate, operations, hall_schedules, binding)
        return mapping.from_proto(Verification, await _await(self._stub.CheckPlacement(request, timeout=timeout_seconds)))

    async def diff(
        self,
        problem: ProblemSource,
        after: Sequence[Assignment],
        before: Sequence[Assignment] | None = None,
        *,
        earlier_problem: ProblemSource | None = None,
        timeout_seconds: float | None = None,
    ) -> Difference:
        request = _diff_request(problem, after, before, earlier_problem)
        return mapping.from_proto(Difference, await _await(self._stub.DiffPlacements(request, timeout=timeout_seconds)))

    def admission(
        self, problem: ProblemSource, plan: Result | PricedPlan, *, timeout_seconds: float | None = None
    ) -> AsyncAdmissionBook:
        """To be entered: ``async with client.admission(problem, result) as book``."""
        return AsyncAdmissionBook(self._stub, _problem(problem), plan, timeout_seconds)

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


def _problem(source: ProblemSource) -> Problem:
    return source if isinstance(source, Problem) else read_problem(source)


def _problem_message(source: ProblemSource) -> Any:
    return convert.problem_to_proto(_problem(source))


def _solve_request(
    kind: type[T],
    problem: ProblemSource,
    params: SolveParams | None,
    initial: Sequence[Assignment],
    initial_certificate: Certificate | None,
    parameters: dict[str, Any],
) -> T:
    if params is not None and parameters:
        raise TypeError("give params or single parameters, not both")
    message: Any = kind
    request: T = message(
        problem=_problem_message(problem),
        parameters=convert.params_to_proto(params or SolveParams(**parameters)),
        initial_assignments=_proposed(initial),
        initial_certificate=None if initial_certificate is None else convert.certificate_to_proto(initial_certificate),
    )
    return request


def _check_request(
    problem: ProblemSource,
    assignments: Sequence[Assignment],
    certificate: Certificate | None,
    operations: Sequence[SiteOperation],
    hall_schedules: Sequence[HallSchedule],
    binding: Binding | None,
) -> service_pb2.CheckPlacementRequest:
    return service_pb2.CheckPlacementRequest(
        problem=_problem_message(problem),
        assignments=_proposed(assignments),
        certificate=None if certificate is None else convert.certificate_to_proto(certificate),
        operations=[mapping.to_proto(operation, solution_pb2.SiteOperation()) for operation in operations],
        hall_schedules=[mapping.to_proto(schedule, solution_pb2.HallSchedule()) for schedule in hall_schedules],
        binding=None if binding is None else convert.binding_to_proto(binding),
    )


def _diff_request(
    problem: ProblemSource,
    after: Sequence[Assignment],
    before: Sequence[Assignment] | None,
    earlier_problem: ProblemSource | None,
) -> service_pb2.DiffPlacementsRequest:
    return service_pb2.DiffPlacementsRequest(
        problem=_problem_message(problem),
        after=_proposed(after),
        before=_proposed(before or ()),
        earlier_problem=None if earlier_problem is None else _problem_message(earlier_problem),
        before_is_running=before is None,
    )


def _proposed(assignments: Sequence[Assignment]) -> list[service_pb2.ProposedAssignment]:
    return [proposals.assignment_to_proto(each) for each in assignments]


def _event(response: service_pb2.StreamSolvePlacementResponse) -> Progress | Incumbent | Result:
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
