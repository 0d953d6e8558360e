"""Calls that admit jobs, as the desk serves them: order, limits and faults, with a book that takes every job."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer.admission import Admission, AdmissionOutcome, AdmissionPolicy, BookOpened, PricedPlan
from optimizer.errors import InvalidProblemError, WorkerError
from optimizer.execution.book_process import BookProcess
from optimizer.problem import Job, Problem
from optimizer.validate import SizeLimits
from server import convert
from server.admission import AdmissionDesk, Request, Response
from server.config import ServerConfig
from server.errors import BookIdleError, BookLimitError, StoppingError, TooLargeError
from tests import fleet
from tests.execution.fakes import CERTIFICATE


@dataclass(eq=False)
class FakeBook(BookProcess):
    """Places every job; of one named ``stuck`` it hears nothing until it is killed."""

    killed: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)

    def open(self, problem: Problem, plan: PricedPlan) -> BookOpened:
        return BookOpened(objective_micros=plan.certificate.bound_micros, placed_count=len(plan.assignments))

    def admit(self, jobs: Sequence[Job], policy: AdmissionPolicy) -> tuple[Admission, ...]:
        self.asked.set()
        if any(job.name == "stuck" for job in jobs):
            self.killed.wait()
            raise WorkerError("the worker was ended by signal 9 (SIGKILL)")
        return tuple(Admission(job=job.name, outcome=AdmissionOutcome.PLACED) for job in jobs)

    def kill(self) -> None:
        self.killed.set()

    def end(self) -> None:
        self.kill()
        self.ended.set()


class Call:
    """One call at a desk, seen from the caller."""

    def __init__(self, desk: AdmissionDesk) -> None:
        self._requests: asyncio.Queue[Request | None] = asyncio.Queue()
        self._responses: asyncio.Queue[Response] = asyncio.Queue()
        self.served = asyncio.ensure_future(desk.serve(self._incoming(), self._responses.put))

    async def _incoming(self) -> AsyncIterator[Request]:
        while (request := await self._requests.get()) is not None:
            yield request

    def send(self, request: Request | None) -> None:
        self._requests.put_nowait(request)

    async def ask(self, request: Request) -> Response:
        self.send(request)
        reading = asyncio.ensure_future(self._responses.get())
        await asyncio.wait((reading, self.served), return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            reading.cancel()
            await self.served
        return await reading

    async def close(self) -> None:
        self.send(None)
        await self.served


class Desk(AdmissionDesk):
    """A desk of fake books, all of which can be seen."""

    def __init__(self, **settings: object) -> None:
        self.made: list[FakeBook] = []
        super().__init__(ServerConfig(**settings), self._make)  # type: ignore[arg-type]

    def _make(self, memory_limit_bytes: int | None) -> FakeBook:
        self.made.append(FakeBook())
        return self.made[-1]


def opening(**changes: object) -> Request:
    fields = {
        "problem": convert.problem_to_proto(fleet.problem(fleet.job("busy"))),
        "certificate": convert.certificate_to_proto(CERTIFICATE),
    }
    return Request(open=service_pb2.OpenBook(**{**fields, **changes}))  # type: ignore[arg-type]


def batch(*names: str, policy: AdmissionPolicy = AdmissionPolicy.PLACE_WITH_SURPLUS) -> Request:
    jobs = [convert.job_to_proto(fleet.job(name)) for name in names]
    return Request(admit=service_pb2.AdmitJobs(jobs=jobs, policy=convert.policy_to_proto(policy)))


async def opened(desk: Desk) -> Call:
    call = Call(desk)
    response = await call.ask(opening())
    assert response.opened == service_pb2.BookOpened(objective_micros=CERTIFICATE.bound_micros, placed_count=0)
    return call


def names(response: Response) -> list[tuple[str, str]]:
    return [(each.job, service_pb2.AdmissionOutcome.Name(each.outcome)[18:]) for each in response.admitted.admissions]


async def test_each_request_is_answered_once_in_order() -> None:
    call = await opened(Desk())
    for request in (batch("a"), batch("b", "c"), batch()):
        call.send(request)
    assert names(await call.ask(batch("d"))) == [("a", "PLACED")]
    assert names(await call.ask(batch("e"))) == [("b", "PLACED"), ("c", "PLACED")]
    assert names(await call.ask(batch("f"))) == []
    assert names(await call.ask(batch())) == [("d", "PLACED")]
    await call.close()


async def test_a_job_that_cannot_be_read_is_answered_in_its_place() -> None:
    call = await opened(Desk())
    request = batch("a", "odd", "b")
    request.admit.jobs[1].modes[0].ClearField("duration")
    request.admit.jobs[1].modes[0].allocation_granularity = 77
    response = await call.ask(request)
    assert names(response) == [("a", "PLACED"), ("odd", "INVALID"), ("b", "PLACED")]
    violations = response.admitted.admissions[1].violations
    assert {(each.path, each.reason) for each in violations} >= {("job.modes[0].allocation_granularity", "UNKNOWN_VALUE")}
    assert names(await call.ask(batch("c"))) == [("c", "PLACED")]


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        pytest.param(Request(), "open", id="nothing"),
        pytest.param(batch("a"), "open", id="jobs before a book"),
        pytest.param(Request(open=service_pb2.OpenBook()), "open.problem", id="no problem"),
        pytest.param(opening(certificate=None), "open.certificate", id="no prices"),
        pytest.param(
            opening(assignments=[service_pb2.ProposedAssignment(job="busy", mode="m")]),
            "open.assignments[0].pool",
            id="half a plan",
        ),
        pytest.param(
            opening(problem=convert.problem_to_proto(fleet.problem(fleet.job("busy"), fleet.job("busy")))),
            "open.problem.jobs[1].name",
            id="no problem of ours",
        ),
    ],
)
async def test_a_malformed_opening_is_told_by_its_path(request_: Request, path: str) -> None:
    desk = Desk()
    with pytest.raises(InvalidProblemError) as caught:
        await Call(desk).ask(request_)
    assert path in {violation.path for violation in caught.value.violations}
    assert await asyncio.to_thread(desk.made[0].ended.wait, 30)


async def test_a_problem_past_the_size_limits_opens_no_book() -> None:
    desk = Desk(size_limits=SizeLimits(max_job_count=0))
    with pytest.raises(TooLargeError) as caught:
        await Call(desk).ask(opening())
    assert [violation.path for violation in caught.value.violations] == ["open.problem.jobs"]


@pytest.mark.parametrize("request_", [opening(), Request()])
async def test_only_jobs_follow_the_opening(request_: Request) -> None:
    call = await opened(Desk())
    with pytest.raises(InvalidProblemError, match=r"^admit: "):
        await call.ask(request_)


async def test_a_policy_must_be_stated() -> None:
    call = await opened(Desk())
    request = batch("a")
    request.admit.ClearField("policy")
    with pytest.raises(InvalidProblemError, match=r"^admit\.policy: 0 is no admission policy; state one of QUOTE_ONLY, "):
        await call.ask(request)


async def test_past_the_limit_calls_are_refused_and_places_come_free() -> None:
    desk = Desk(book_limit=1, retry_after_seconds=2.5)
    first = await opened(desk)
    with pytest.raises(BookLimitError) as caught:
        await Call(desk).ask(opening())
    assert caught.value.retry_after_seconds == 2.5
    await first.close()
    while True:
        try:
            await opened(desk)
            break
        except BookLimitError:
            await asyncio.sleep(0.01)


async def test_an_idle_book_is_closed() -> None:
    desk = Desk(book_idle_seconds=0.01)
    with pytest.raises(BookIdleError, match=r"nothing was asked or read for 0\.01 s"):
        await Call(desk).served
    assert await asyncio.to_thread(desk.made[0].ended.wait, 30)


async def test_a_cancelled_call_kills_its_book_while_it_works() -> None:
    desk = Desk()
    call = await opened(desk)
    call.send(batch("stuck"))
    assert await asyncio.to_thread(desk.made[0].asked.wait, 30)
    call.served.cancel()
    assert await asyncio.to_thread(desk.made[0].ended.wait, 30)


async def test_what_ends_a_book_ends_the_call() -> None:
    desk = Desk()
    call = await opened(desk)
    call.send(batch("stuck"))
    assert await asyncio.to_thread(desk.made[0].asked.wait, 30)
    await asyncio.to_thread(desk.close)
    with pytest.raises(WorkerError, match="SIGKILL"):
        await call.served


async def test_a_service_that_stops_closes_idle_books_and_opens_no_more() -> None:
    desk = Desk()
    call = await opened(desk)
    desk.stop()
    with pytest.raises(StoppingError):
        await call.served
    with pytest.raises(StoppingError):
        await Call(desk).ask(opening())
