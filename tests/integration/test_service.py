"""The service over a real connection: answers, streams, and the status of everything that can be wrong with a call."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from loadstone.client import EngineInfo, Event, Incumbent, PlacementClient, ServiceError
from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import problem_pb2

from optimizer.certificates import Certificate
from optimizer.errors import EngineUnavailableError, InvalidProblemError, VerificationError, WorkerError
from optimizer.execution.base import PIPELINE_SOLVE
from optimizer.features import PLACED_FEATURES, Feature
from optimizer.monitor import Progress
from optimizer.problem import FlexibleLoad, GpuPool, Hall, Job, Mode, Problem, Site
from optimizer.solution import Assignment, Result, StoppedBy, TerminationReason
from optimizer.validate import SizeLimits
from server import convert
from tests.execution import fakes
from tests.execution.support import advance_clock_once, figures
from tests.integration.service_harness import (
    CHECK,
    SOLVE,
    Service,
    call_with_bytes,
    details_of,
    request_bytes,
    scripted_service,
)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with scripted_service() as running:
        yield running


async def test_a_certificate_to_start_from_reaches_the_worker(service: Service) -> None:
    problem = fakes.problem("nothing")
    result = await service.client.solve(problem, initial_certificate=fakes.CERTIFICATE)
    assert result.certificate == fakes.CERTIFICATE
    *_, last = [event async for event in service.client.stream(problem, initial_certificate=fakes.CERTIFICATE)]
    assert isinstance(last, Result)
    assert last.certificate == fakes.CERTIFICATE
    assert (await service.client.solve(problem)).certificate is None


async def test_a_solve_is_answered(service: Service) -> None:
    result = await service.client.solve(
        fakes.problem("echo"), seed=3, initial=[Assignment(job="a", mode="m", pool="p", start_slot=0)]
    )
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert result.verified
    assert figures(result)["seed"] == 3
    assert figures(result)["initial_count"] == 1


async def test_the_blocking_client_gives_the_same(service: Service) -> None:
    def solve() -> tuple[Result, list[Event]]:
        with PlacementClient(service.server.address) as client:
            client.validate(fakes.problem("x"))
            return client.solve(fakes.problem("echo"), seed=3), list(client.stream(fakes.problem("plan=5+echo")))

    result, events = await asyncio.to_thread(solve)
    assert figures(result)["seed"] == 3
    assert isinstance(events[0], Incumbent)
    assert isinstance(events[-1], Result)


async def test_an_instance_file_can_be_solved_by_its_path(service: Service, tmp_path: Path) -> None:
    from optimizer.io.files import write_problem

    write_problem(fakes.problem("echo"), tmp_path / "instance.json")
    assert (await service.client.solve(tmp_path / "instance.json")).verified


async def test_a_stream_tells_progress_plans_and_last_the_result(service: Service, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    events: list[Event] = []
    async for event in service.client.stream(fakes.problem(f"report=1+await={first}+plan=5+await={second}+echo")):
        events.append(event)
        (first if isinstance(event, Progress) else second).touch()
    assert [type(event) for event in events] == [Progress, Incumbent, Result]
    assert isinstance(events[0], Progress)
    assert events[0].bound_micros == 1000
    assert isinstance(events[1], Incumbent)
    assert events[1].objective_micros == 5
    assert events[1].assignments == (fakes.placement(0).assignment,)


@pytest.mark.parametrize(("asked", "kinds"), [(True, [Certificate, Result]), (False, [Result])])
async def test_a_stream_tells_proofs_where_they_are_asked_for(service: Service, asked: bool, kinds: list[type]) -> None:
    events = [event async for event in service.client.stream(fakes.problem("proof=9+echo"), certificates=asked)]
    assert [type(event) for event in events] == kinds
    assert (replace(fakes.CERTIFICATE, bound_micros=9) in events) is asked


async def test_an_error_in_a_stream_is_a_status(service: Service) -> None:
    with pytest.raises(WorkerError, match="SIGSEGV"):
        async for _ in service.client.stream(fakes.problem("report=1+segfault")):
            pass


async def test_validate_only_solves_nothing(service: Service, tmp_path: Path) -> None:
    answer = await call_with_bytes(service.channel, SOLVE, request_bytes("segfault", validate_only=True))
    assert not service_pb2.SolvePlacementResponse.FromString(answer).HasField("result")
    stream = service.channel.unary_stream("/loadstone.v1.PlacementService/StreamSolvePlacement")
    request = service_pb2.StreamSolvePlacementRequest.FromString(request_bytes("segfault", validate_only=True))
    assert [event async for event in stream(request.SerializeToString())] == []


@pytest.mark.parametrize("method", [SOLVE, CHECK, "/grpc.health.v1.Health/Check"])
@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"\x0a\xff", b"\x0a\x04\x0a\x02\xff\xfe"])
async def test_malformed_bytes_are_an_invalid_argument(service: Service, method: str, data: bytes) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call_with_bytes(service.channel, method, data)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("method", [SOLVE, CHECK])
async def test_an_empty_request_names_what_is_missing(service: Service, method: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call_with_bytes(service.channel, method, b"")
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    [violation] = details_of(caught.value)["BadRequest"].field_violations  # type: ignore[attr-defined]
    assert violation.field == "problem"


async def test_every_violation_is_told_at_once_with_path_and_reason(service: Service) -> None:
    message = service_pb2.SolvePlacementRequest(
        problem=convert.problem_to_proto(fakes.problem("")), parameters={"relative_gap": 2.0, "seed": -1}
    )
    message.problem.sites.add(name="a", region_code="GB", import_limit_kw=[math.nan])
    message.problem.sites.add(name="a", region_code="GB", pue=[0.5])
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call_with_bytes(service.channel, SOLVE, message.SerializeToString())
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    found = {v.field: v.reason for v in details_of(caught.value)["BadRequest"].field_violations}  # type: ignore[attr-defined]
    assert found["parameters.relative_gap"] == "OUT_OF_RANGE"
    assert found["parameters.seed"] == "OUT_OF_RANGE"
    assert found["problem.sites[0].import_limit_kw[0]"] == "NOT_FINITE"
    assert found["problem.sites[1].pue[0]"] == "OUT_OF_RANGE"
    assert found["problem.sites[1].name"] == "DUPLICATE_NAME"


async def test_the_client_rebuilds_the_violations_as_local_checks_give_them(service: Service) -> None:
    bad = replace(fakes.problem("x"), sites=(Site(name="a", region_code="GB", pue=(0.5,)),))
    with pytest.raises(InvalidProblemError) as caught:
        await service.client.solve(bad)
    [violation] = caught.value.violations
    assert (violation.path, violation.reason) == ("sites[0].pue[0]", "OUT_OF_RANGE")


async def test_thousands_of_violations_still_arrive(service: Service) -> None:
    sites = tuple(Site(name="s" * 120 + str(n), region_code="GB", pue=(0.5,)) for n in range(3000))
    data = service_pb2.SolvePlacementRequest(
        problem=convert.problem_to_proto(replace(fakes.problem("x"), sites=sites))
    ).SerializeToString()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call_with_bytes(service.channel, SOLVE, data)
    details = details_of(caught.value)
    told = len(details["BadRequest"].field_violations)  # type: ignore[attr-defined]
    metadata = details["ErrorInfo"].metadata  # type: ignore[attr-defined]
    assert 10 <= told <= 50
    assert metadata["violation_count"] == "3000"
    assert metadata["omitted_count"] == str(3000 - told)


async def test_what_the_engine_asked_for_cannot_carry_is_refused_by_name() -> None:
    mine = FlexibleLoad(name="m", power_kw=(1.0,), value_per_mwh=(9.0,))
    site = Site(name="a", region_code="GB", flexible_loads=(mine,))
    async with scripted_service(function=PIPELINE_SOLVE, grace_seconds=5.0) as real:
        with pytest.raises(InvalidProblemError) as caught:
            await real.client.solve(replace(fakes.problem("x"), sites=(site,), jobs=()), engine="greedy", time_limit_seconds=60)
    (found,) = caught.value.violations
    assert (found.path, found.reason) == ("sites[0].flexible_loads[0]", "FEATURE_NOT_SUPPORTED")


@pytest.mark.parametrize(
    ("step", "error", "text"),
    [
        ("violations", InvalidProblemError, "a job needs a name"),
        ("unavailable", EngineUnavailableError, "pyomo"),
        ("unverified", VerificationError, "withheld"),
        ("segfault", WorkerError, "SIGSEGV"),
        ("bug", WorkerError, "KeyError"),
    ],
)
async def test_errors_of_a_worker_reach_the_caller(service: Service, step: str, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        await service.client.solve(fakes.problem(step))


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("violations", grpc.StatusCode.INVALID_ARGUMENT),
        ("unavailable", grpc.StatusCode.FAILED_PRECONDITION),
        ("unverified", grpc.StatusCode.INTERNAL),
        ("exit=9", grpc.StatusCode.INTERNAL),
    ],
)
async def test_statuses_of_a_worker_carry_an_error_info(service: Service, step: str, code: grpc.StatusCode) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call_with_bytes(service.channel, SOLVE, request_bytes(step))
    assert caught.value.code() is code
    assert details_of(caught.value)["ErrorInfo"].domain == "loadstone"  # type: ignore[attr-defined]


async def test_the_plan_found_before_a_crash_is_the_answer(service: Service) -> None:
    result = await service.client.solve(fakes.problem("plan=5+segfault"))
    assert result.termination.stopped_by is StoppedBy.WORKER_LOST
    assert result.termination.objective_micros == 5


async def test_out_of_memory_harms_its_own_call_only() -> None:
    async with scripted_service(memory_limit_bytes=2 * 2**30) as service:
        greedy, fine = await asyncio.gather(
            service.client.solve(fakes.problem("eat")),
            service.client.solve(fakes.problem("sleep=0.2+echo")),
            return_exceptions=True,
        )
    assert isinstance(greedy, WorkerError)
    assert isinstance(fine, Result)


async def test_a_hung_worker_is_killed_and_the_call_answered(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "worker"
    advance_clock_once(note.exists, monkeypatch)
    result = await service.client.solve(fakes.problem(f"plan=5+note={note}+hang"), time_limit_seconds=60.0)
    assert result.termination.objective_micros == 5
    assert result.termination.stopped_by is StoppedBy.TIME_LIMIT


async def test_a_problem_past_the_size_limits_is_refused_before_work() -> None:
    async with scripted_service(size_limits=SizeLimits(max_job_count=1)) as service:
        jobs = tuple(Job(name=f"j{n}", value=1.0, modes=(Mode(duration=timedelta(hours=1)),)) for n in range(2))
        with pytest.raises(ServiceError) as caught:
            await service.client.solve(replace(fakes.problem("segfault"), jobs=jobs))
    assert caught.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert caught.value.reason == "TOO_LARGE"
    assert caught.value.violations[0].path == "jobs"


async def test_a_message_past_the_limit_is_refused() -> None:
    async with scripted_service(max_message_mib=1) as service:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call_with_bytes(service.channel, SOLVE, b"\x0a\x80\x80\x80\x01" + bytes(2 * 2**20))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def two_jobs_one_node() -> tuple[Problem, list[Assignment]]:
    """Two jobs of two hours each that take turns on the only node; and the plan in which they do."""
    pool = GpuPool(name="p", gpu_model="H100", node_count=(1,), gpus_per_node=8)
    site = Site(name="s", region_code="GB", halls=(Hall(name="h", pools=(pool,)),))
    mode = Mode(name="m", gpu_model="H100", gpu_count=8, duration=timedelta(hours=2))
    jobs = tuple(Job(name=name, value=5.0, modes=(mode,)) for name in "ab")
    plan = [Assignment(job=job, mode="m", pool="p", start_slot=slot) for job, slot in (("a", 0), ("b", 2))]
    return replace(fakes.problem("two jobs, one node"), sites=(site,), jobs=jobs), plan


async def test_a_plan_can_be_checked(service: Service) -> None:
    problem, plan = two_jobs_one_node()
    good = await service.client.check(problem, plan)
    assert good.feasible
    assert good.objective_micros == 10_000_000
    bad = await service.client.check(problem, [plan[0], replace(plan[1], start_slot=1)])
    assert not bad.feasible
    assert bad.violations[0].element == "p"


@pytest.mark.parametrize(("claimed", "feasible"), [(10_000_000, True), (10_000_001, False)])
async def test_a_claimed_worth_is_held_to_the_plan(service: Service, claimed: int, feasible: bool) -> None:
    problem, plan = two_jobs_one_node()
    request = service_pb2.CheckPlacementRequest(
        problem=convert.problem_to_proto(problem),
        assignments=[{"job": a.job, "mode": a.mode, "pool": a.pool, "start_slot": a.start_slot} for a in plan],
        objective_micros=claimed,
    )
    answer = service_pb2.CheckPlacementResponse.FromString(
        await call_with_bytes(service.channel, CHECK, request.SerializeToString())
    )
    assert answer.feasible is feasible
    assert [violation.rule for violation in answer.violations] == [service_pb2.RULE_CLAIM_DIFFERS] * (not feasible)


async def test_a_real_solve_comes_back_verified_and_holds_its_own_check() -> None:
    problem, _ = two_jobs_one_node()
    async with scripted_service(function=PIPELINE_SOLVE, grace_seconds=5.0) as service:
        result = await service.client.solve(problem, engine="greedy", time_limit_seconds=120.0)
        checked = await service.client.check(problem, [placement.assignment for placement in result.placements])
    assert result.verified
    assert result.termination.objective_micros == checked.objective_micros == 10_000_000
    assert checked.feasible


async def test_the_engines_are_listed(service: Service) -> None:
    engines = {engine.name: engine for engine in await service.client.engines()}
    assert {"auto", "greedy", "highs", "cp_sat", "pyomo"} <= engines.keys()
    assert all(isinstance(engine, EngineInfo) and (engine.detail or engine.available) for engine in engines.values())
    assert engines["greedy"].available
    assert engines["auto"].features >= PLACED_FEATURES, "what a dispatcher may ask for, before it sends"
    assert Feature.HEAT_OFFTAKE not in engines["greedy"].features


@pytest.mark.parametrize("engine", ["abacus", "", "pyomo:asl", "pyomo:/bin/sh"])
async def test_an_engine_not_in_the_list_is_an_invalid_argument(service: Service, engine: str) -> None:
    with pytest.raises(InvalidProblemError) as caught:
        await service.client.solve(fakes.problem("x"), engine=engine)
    assert caught.value.violations[0].path == "parameters.engine"


async def test_an_unknown_method_is_unimplemented(service: Service) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call_with_bytes(service.channel, "/loadstone.v1.PlacementService/Guess", b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("name", ["", "loadstone.v1.PlacementService"])
async def test_health_says_serving(service: Service, name: str) -> None:
    stub = health_pb2_grpc.HealthStub(service.channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(service=name))
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    watch = stub.Watch(health_pb2.HealthCheckRequest(service=name))
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()


async def test_health_of_a_stranger_is_not_found(service: Service) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await health_pb2_grpc.HealthStub(service.channel).Check(health_pb2.HealthCheckRequest(service="x"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_reflection_describes_the_service(service: Service) -> None:
    call = reflection_pb2_grpc.ServerReflectionStub(service.channel).ServerReflectionInfo()
    await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
    names = {each.name for each in (await call.read()).list_services_response.service}
    assert {"loadstone.v1.PlacementService", "grpc.health.v1.Health"} <= names
    await call.write(reflection_pb2.ServerReflectionRequest(file_containing_symbol=problem_pb2.Problem.DESCRIPTOR.full_name))
    assert (await call.read()).file_descriptor_response.file_descriptor_proto
    await call.done_writing()
