"""Books open at a placement service: jobs quoted and placed one by one beside a plan, by ``PlacementClient.admission``."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any

import grpc

from loadstone.service_errors import ServiceError, raise_as_here
from loadstone.v1 import placement_service_pb2 as service_pb2
from optimizer.admission import Admission, AdmissionOutcome, AdmissionPolicy, BookOpened, PricedPlan
from optimizer.problem import Job, Problem
from optimizer.solution import Assignment, Result
from server import convert, mapping, proposals

Request = service_pb2.StreamAdmitJobsRequest
Response = service_pb2.StreamAdmitJobsResponse


class _Record:
    """The plan as it grows with the answers: what to solve on from, once the call is over."""

    def __init__(self, problem: Problem, plan: Result | PricedPlan) -> None:
        self._plan = PricedPlan.of(plan) if isinstance(plan, Result) else plan
        self._problem = problem
        self._jobs: list[Job] = []
        self._placed = list(self._plan.assignments)
        self._objective_micros = 0

    @property
    def problem(self) -> Problem:
        """The problem with every job placed so far."""
        return replace(self._problem, jobs=(*self._problem.jobs, *self._jobs))

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """The plan with them: feasible for `problem`."""
        return tuple(self._placed)

    @property
    def objective_micros(self) -> int:
        """What that plan is worth."""
        return self._objective_micros

    def _opening(self) -> Request:
        certificate = convert.certificate_to_proto(self._plan.certificate)
        assignments = [proposals.assignment_to_proto(each) for each in self._plan.assignments]
        problem = convert.problem_to_proto(self._problem)
        return Request(open=service_pb2.OpenBook(problem=problem, assignments=assignments, certificate=certificate))

    def _opened(self, response: Response) -> None:
        self._objective_micros = mapping.from_proto(BookOpened, response.opened).objective_micros

    def _admitted(self, jobs: Sequence[Job], response: Response) -> tuple[Admission, ...]:
        admissions = tuple(mapping.from_proto(Admission, each) for each in response.admitted.admissions)
        for job, admission in zip(jobs, admissions, strict=True):
            if admission.outcome is AdmissionOutcome.PLACED and admission.placement is not None:
                self._jobs.append(job)
                self._placed.append(admission.placement.assignment)
                self._objective_micros += admission.worth_micros or 0
        return admissions


def _batch(jobs: Sequence[Job], policy: AdmissionPolicy) -> Request:
    messages = [convert.job_to_proto(job) for job in jobs]
    return Request(admit=service_pb2.AdmitJobs(jobs=messages, policy=convert.policy_to_proto(policy)))


class AdmissionBook(_Record):
    """An open book; not safe to use from several threads at once. Its methods raise what the client's do.

    A job that is wrong raises nothing: its `Admission` is INVALID and says why.
    """

    def __init__(self, stub: Any, problem: Problem, plan: Result | PricedPlan, timeout_seconds: float | None) -> None:
        super().__init__(problem, plan)
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        opening = self._opening()
        self._call = stub.StreamAdmitJobs(iter(self._requests.get, None), timeout=timeout_seconds)
        try:
            self._opened(self._ask(opening))
        except BaseException:
            self._abandon()
            raise

    def quote(self, job: Job) -> Admission:
        """Where ``job`` would go, and at what price."""
        return self.admit((job,), AdmissionPolicy.QUOTE_ONLY)[0]

    def place(self, job: Job) -> Admission:
        """Place ``job`` where `quote` says, whatever its surplus."""
        return self.admit((job,), AdmissionPolicy.PLACE_WHERE_IT_FITS)[0]

    def admit(self, jobs: Sequence[Job], policy: AdmissionPolicy = AdmissionPolicy.PLACE_WITH_SURPLUS) -> tuple[Admission, ...]:
        """One job after the other, in one message."""
        return self._admitted(jobs, self._ask(_batch(jobs, policy)))

    def _ask(self, request: Request) -> Response:
        self._requests.put(request)
        try:
            response: Response = next(self._call)
        except grpc.RpcError as error:
            raise_as_here(error)
        except StopIteration:
            raise _ended() from None
        return response

    def _abandon(self) -> None:
        self._requests.put(None)
        self._call.cancel()

    def close(self) -> None:
        """End the call; the book at the service is gone."""
        self._requests.put(None)
        with suppress(grpc.RpcError):
            for _ in self._call:
                pass

    def __enter__(self) -> AdmissionBook:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            self.close()
        else:
            self._abandon()


class AsyncAdmissionBook(_Record):
    """As ``AdmissionBook``, for asyncio; entering it opens it. One request at a time."""

    def __init__(self, stub: Any, problem: Problem, plan: Result | PricedPlan, timeout_seconds: float | None) -> None:
        super().__init__(problem, plan)
        self._stub, self._timeout_seconds = stub, timeout_seconds

    async def quote(self, job: Job) -> Admission:
        return (await self.admit((job,), AdmissionPolicy.QUOTE_ONLY))[0]

    async def place(self, job: Job) -> Admission:
        return (await self.admit((job,), AdmissionPolicy.PLACE_WHERE_IT_FITS))[0]

    async def admit(
        self, jobs: Sequence[Job], policy: AdmissionPolicy = AdmissionPolicy.PLACE_WITH_SURPLUS
    ) -> tuple[Admission, ...]:
        return self._admitted(jobs, await self._ask(_batch(jobs, policy)))

    async def _ask(self, request: Request) -> Response:
        try:
            # a call that is over takes no request; reading says why
            with suppress(asyncio.InvalidStateError):
                await self._call.write(request)
            response = await self._call.read()
        except grpc.RpcError as error:
            raise_as_here(error)
        if not isinstance(response, Response):
            raise _ended()
        return response

    async def close(self) -> None:
        with suppress(grpc.RpcError, asyncio.InvalidStateError):
            await self._call.done_writing()
            while isinstance(await self._call.read(), Response):
                pass

    async def __aenter__(self) -> AsyncAdmissionBook:
        opening = self._opening()
        self._call = self._stub.StreamAdmitJobs(timeout=self._timeout_seconds)
        try:
            self._opened(await self._ask(opening))
        except BaseException:
            self._call.cancel()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            await self.close()
        else:
            self._call.cancel()


def _ended() -> ServiceError:
    return ServiceError(grpc.StatusCode.UNKNOWN, "the service ended the call without an answer")
