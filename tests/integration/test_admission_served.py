"""Jobs admitted one by one over a real connection, by books in processes of their own."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace

import grpc
import pytest
from loadstone.client import PlacementClient, ServiceError

from optimizer import pipeline
from optimizer.admission import Admission, AdmissionOutcome, AdmissionPolicy, NoPricesError
from optimizer.errors import InvalidProblemError, WorkerError
from optimizer.generate.uk_no import generate_uk_no
from optimizer.insertion import PriceBook
from optimizer.params import SolveParams
from optimizer.problem import Commitment, Job, Problem
from optimizer.solution import Result
from tests.execution.support import is_running
from tests.integration.service_harness import Service, scripted_service

WHOLE = generate_uk_no(60, 5)
KNOWN = replace(WHOLE, jobs=WHOLE.jobs[:30])
NEW = WHOLE.jobs[30:]


@pytest.fixture(scope="module")
def plan() -> Result:
    return pipeline.solve(KNOWN, SolveParams(engine="price", work_limit=1_000, thread_count=1))


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with scripted_service() as running:
        yield running


def child_processes() -> set[int]:
    return {child.pid for child in multiprocessing.active_children() if child.pid is not None}


async def until_gone(process_id: int) -> None:
    while is_running(process_id):
        await asyncio.sleep(0.01)


def wrong(job: Job) -> Job:
    return replace(job, name="wrong", modes=(replace(job.modes[0], gpu_count=-1),))


async def test_the_service_answers_as_a_book_here_does_and_its_plan_holds(service: Service, plan: Result) -> None:
    here = PriceBook(KNOWN, plan)
    others = child_processes()
    async with service.client.admission(KNOWN, plan) as book:
        assert book.objective_micros == plan.terms.objective_micros
        assert await book.quote(NEW[0]) == here.admit(NEW[0], AdmissionPolicy.QUOTE_ONLY)
        assert await book.place(NEW[0]) == here.admit(NEW[0], AdmissionPolicy.PLACE_WHERE_IT_FITS)
        jobs = (*NEW[1:15], wrong(NEW[1]), *NEW[15:], KNOWN.jobs[0])
        answers = await book.admit(jobs)
        assert answers == tuple(here.admit(job, AdmissionPolicy.PLACE_WITH_SURPLUS) for job in jobs)
        assert [each.job for each in answers if each.outcome is AdmissionOutcome.INVALID] == ["wrong", KNOWN.jobs[0].name]
        assert "job.modes[0].gpu_count" in {violation.path for violation in answers[14].violations}
        assert (await book.quote(replace(NEW[0], name="after"))).outcome is not AdmissionOutcome.INVALID
    assert len(book.assignments) > len(plan.placements)
    checked = await service.client.check(book.problem, book.assignments)
    assert checked.feasible, checked.violations
    assert checked.objective_micros == book.objective_micros
    for process_id in child_processes() - others:
        await until_gone(process_id)


async def test_the_blocking_client_gives_the_same(service: Service, plan: Result) -> None:
    def admit() -> tuple[Admission, Admission]:
        with PlacementClient(service.server.address) as client, client.admission(KNOWN, plan) as book:
            return book.quote(NEW[0]), book.place(NEW[0])

    here = PriceBook(KNOWN, plan)
    assert await asyncio.to_thread(admit) == (
        here.admit(NEW[0], AdmissionPolicy.QUOTE_ONLY),
        here.admit(NEW[0], AdmissionPolicy.PLACE_WHERE_IT_FITS),
    )


async def test_a_plan_that_breaks_a_rule_opens_no_book(service: Service, plan: Result) -> None:
    twice = replace(plan, placements=(*plan.placements, plan.placements[0]))
    with pytest.raises(InvalidProblemError, match=r"^assignments: .* \[JOB_PLACED_TWICE\]"):
        async with service.client.admission(KNOWN, twice):
            pass


async def test_what_a_book_cannot_carry_is_refused_by_name(service: Service, plan: Result) -> None:
    first, *rest = KNOWN.sites
    switched = replace(first, halls=(replace(first.halls[0], commitment=Commitment(standby_power_kw=1.0)), *first.halls[1:]))
    problem: Problem = replace(KNOWN, sites=(switched, *rest))
    with pytest.raises(InvalidProblemError, match=r"^sites\[0\]\.halls\[0\]\.commitment: HALL_COMMITMENT is not supported by"):
        async with service.client.admission(problem, plan):
            pass


async def test_without_prices_nothing_is_sent(service: Service, plan: Result) -> None:
    with pytest.raises(NoPricesError):
        service.client.admission(KNOWN, replace(plan, certificate=None))


async def test_leaving_ends_the_process_even_one_that_hangs(service: Service, plan: Result) -> None:
    stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    others = child_processes()

    async def ask_for_ever() -> None:
        async with service.client.admission(KNOWN, plan) as book:
            [process_id] = child_processes() - others
            os.kill(process_id, signal.SIGSTOP)
            stopped.set_result(process_id)
            await book.quote(NEW[0])

    asking = asyncio.ensure_future(ask_for_ever())
    process_id = await stopped
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until_gone(process_id)


async def test_a_lost_process_ends_its_call_only(service: Service, plan: Result) -> None:
    others = child_processes()
    async with service.client.admission(KNOWN, plan) as lost:
        [process_id] = child_processes() - others
        os.kill(process_id, signal.SIGKILL)
        with pytest.raises(WorkerError, match="SIGKILL"):
            await lost.quote(NEW[0])
    assert await service.client.engines()


async def test_a_stopping_service_closes_its_books(plan: Result) -> None:
    async with scripted_service(drain_seconds=60.0) as service, service.client.admission(KNOWN, plan) as book:
        await service.server.stop()
        with pytest.raises(ServiceError) as caught:
            await book.quote(NEW[0])
        assert caught.value.code is grpc.StatusCode.UNAVAILABLE
