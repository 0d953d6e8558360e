"""EvaluateLimitChange: what a change is worth over the wire, as the library says it, and everything that is refused."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp
from loadstone.client import PlacementClient, ServiceError
from loadstone.client_requests import what_if_request
from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import problem_pb2

from benchmarks.fuzz_requests import Seed, mutated
from optimizer.certificates import Certificate
from optimizer.cli.exit_codes import ExitCode
from optimizer.cli.main import main
from optimizer.errors import InvalidProblemError, WorkerError
from optimizer.execution.base import PIPELINE_SOLVE
from optimizer.explain import starting_plan
from optimizer.explain.limit_change import LimitChange
from optimizer.explain.sensitivity import range_of
from optimizer.interrupt import Interrupted
from optimizer.io.files import write_plan, write_problem
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import Assignment, BoundSource, Result, TerminationReason
from optimizer.validate import SizeLimits
from server import whatif
from server.errors import request_path
from server.limit_changes import AMOUNT_FIELDS, change_from_proto, change_to_proto
from tests.certificates import priced_result
from tests.conformance.plant_problems import FLEXIBLE_LOAD
from tests.conformance.problems import BUDGETS, NODES
from tests.execution import fakes
from tests.integration.service_harness import call_with_bytes, details_of, scripted_service
from tests.integration.test_service_load import noted_worker, until_gone
from tests.server.endless import Endless

METHOD = "/loadstone.v1.PlacementService/EvaluateLimitChange"
MONEY = 1_000_000
PARAMS = SolveParams(engine="highs", work_limit=10_000, thread_count=1)
#: Three jobs of two nodes and two hours, worth 100, 90 and 80, in a pool of two nodes and four hours.
NODE_MORE = LimitChange(kind=LimitKind.POOL_NODES, element="pool", amount=1, first_slot=0, last_slot=3)
Request = service_pb2.EvaluateLimitChangeRequest


def request(problem: Problem = NODES, change: LimitChange = NODE_MORE, multiples: Sequence[int] = (1,)) -> Request:
    return what_if_request(problem, priced_result("nodes"), change, multiples, PARAMS, {})


def violations(message: Request) -> dict[str, str]:
    """Reason by path of what is wrong with a request."""
    with pytest.raises(InvalidProblemError) as caught:
        whatif.read(message, SizeLimits(), None)
    return {violation.path: violation.reason for violation in caught.value.violations}


async def test_the_client_gives_what_the_library_gives() -> None:
    plan = priced_result("nodes")

    def again(problem: Problem, *, initial: Sequence[Assignment], initial_certificate: Certificate | None) -> Result:
        return solve(problem, PARAMS, initial=initial, initial_certificate=initial_certificate)

    async with scripted_service(function=PIPELINE_SOLVE, grace_seconds=5.0) as service:
        found = await service.client.what_if(NODES, plan, NODE_MORE, (1, 2), PARAMS)
    assert found.effects == tuple(range_of(NODES, plan, NODE_MORE, (1, 2), again))
    assert (found.before.objective_micros, found.before.bound_micros) == (190 * MONEY, plan.termination.bound_micros)
    assert found.before.bound_source is BoundSource.CERTIFICATE
    one, two = found.effects
    assert (one.difference_micros, two.difference_micros) == (0, 80 * MONEY)
    assert two.after.objective_micros == two.after.bound_micros == 270 * MONEY
    assert (one.change.amount, two.change.amount, two.change.unit) == (1, 2, "nodes")
    assert (one.engine, one.after.reason) == ("highs", TerminationReason.OPTIMAL)


async def test_a_plant_is_run_as_the_plan_says() -> None:
    plan = solve(FLEXIBLE_LOAD, PARAMS)
    change = LimitChange(
        kind=LimitKind.GRID_IMPORT,
        element="s",
        amount=1_000,
        first_slot=0,
        last_slot=FLEXIBLE_LOAD.time_grid.slot_count - 1,
    )
    resting = replace(plan, operations=tuple(replace(each, flexible_loads=()) for each in plan.operations))
    for told in (plan, resting):
        message = what_if_request(FLEXIBLE_LOAD, replace(told, certificate=None), change, (1,), PARAMS, {})
        asked = whatif.read(message, SizeLimits(), None)
        assert asked.plan.operations[0].flexible_loads == told.operations[0].flexible_loads
        assert (asked.plan.termination.objective_micros == plan.termination.objective_micros) == (told is plan)


async def test_a_solve_starts_from_the_plan_and_its_certificate() -> None:
    asked = whatif.read(request(multiples=(1, 3)), SizeLimits(), 7.5)
    plan = priced_result("nodes")
    assert [call.problem.sites[0].halls[0].pools[0].node_count for call in asked.calls] == [(3,), (5,)]
    for call in asked.calls:
        assert call.initial == tuple(placement.assignment for placement in plan.placements)
        assert call.initial_certificate == plan.certificate
        assert call.params == PARAMS
        assert call.deadline == 7.5


def test_nodes_are_not_numbered_in_vain() -> None:
    message = request()
    message.parameters.bind = True
    assert not whatif.read(message, SizeLimits(), None).calls[0].params.bind


def test_a_bound_is_taken_at_its_word_where_it_says_more_than_the_certificate() -> None:
    message = request()
    proved = message.certificate.bound_micros
    for said in (proved, proved + 1):
        message.bound_micros = said
        before = whatif.read(message, SizeLimits(), None).plan.termination
        assert (before.bound_micros, before.bound_source) == (proved, BoundSource.CERTIFICATE)
    message.ClearField("certificate")
    message.bound_micros = 191 * MONEY
    asked = whatif.read(message, SizeLimits(), None)
    assert (asked.plan.termination.bound_micros, asked.plan.termination.bound_source) == (191 * MONEY, BoundSource.ENGINE)
    assert asked.plan.shadow_prices == ()
    message.ClearField("bound_micros")
    assert whatif.read(message, SizeLimits(), None).plan.termination.bound_source is BoundSource.NONE


@pytest.mark.parametrize("kind", list(LimitKind))
def test_a_change_of_any_kind_survives_the_wire(kind: LimitKind) -> None:
    change = LimitChange(kind=kind, element="a -> b", amount=-7, first_slot=1, last_slot=2)
    message = change_to_proto(change)
    assert getattr(message, AMOUNT_FIELDS[kind.unit]) == -7
    assert change_from_proto(message, NODES.time_grid) == change


def test_moments_are_the_slots_they_bound_and_none_are_the_whole_horizon() -> None:
    grid = NODES.time_grid
    message = service_pb2.ProposedLimitChange(kind="LIMIT_KIND_POOL_NODES", element="pool", node_count=1)
    assert change_from_proto(message, grid) == NODE_MORE
    message.start_time.FromDatetime(grid.start_time + grid.slot_duration)
    message.end_time.FromDatetime(grid.start_time + 3 * grid.slot_duration)
    change = change_from_proto(message, grid)
    assert (change.first_slot, change.last_slot) == (1, 2)
    message.ClearField("start_time")
    assert change_from_proto(message, grid).first_slot == 0


def _time(after: timedelta) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(NODES.time_grid.start_time + after)
    return message


def _set(**fields: Any) -> Callable[[Request], None]:
    """Puts fields of the change in place of those that are there."""

    def put(message: Request) -> None:
        message.change.MergeFrom(service_pb2.ProposedLimitChange(**fields))

    return put


def _clear(*names: str) -> Callable[[Request], None]:
    def clear(message: Request) -> None:
        for name in names:
            message.change.ClearField(name)

    return clear


@pytest.mark.parametrize(
    ("alter", "path", "reason"),
    [
        (_clear("kind"), "change.kind", "MISSING_FIELD"),
        (_set(kind=99), "change.kind", "UNKNOWN_VALUE"),
        (_clear("element"), "change.element", "MISSING_FIELD"),
        (_clear("amount"), "change.node_count", "MISSING_FIELD"),
        (_set(power_w=5), "change.power_w", "INCONSISTENT"),
        (_set(element="pond"), "change.element", "UNKNOWN_NAME"),
        (_set(kind="LIMIT_KIND_RESERVATION"), "change.element", "UNKNOWN_NAME"),
        (_set(node_count=0), "change.node_count", "OUT_OF_RANGE"),
        (_set(node_count=-3), "change.node_count", "OUT_OF_RANGE"),
        (_set(node_count=2**63 - 1), "change.node_count", "OUT_OF_RANGE"),
        (_set(node_count=10_000_000), "change.node_count", "OUT_OF_RANGE"),
        (_set(first_slot=-1), "change.first_slot", "OUT_OF_RANGE"),
        (_set(last_slot=4), "change.last_slot", "OUT_OF_RANGE"),
        (_set(first_slot=3, last_slot=2), "change.last_slot", "OUT_OF_RANGE"),
        (_set(start_time=_time(timedelta(minutes=1))), "change.start_time", "INCONSISTENT"),
        (_set(start_time=_time(timedelta(hours=9))), "change.start_time", "OUT_OF_RANGE"),
        (_set(end_time=_time(timedelta(0))), "change.end_time", "OUT_OF_RANGE"),
        (_set(end_time=Timestamp(seconds=2**62)), "change.end_time", "OUT_OF_RANGE"),
        (lambda message: message.ClearField("change"), "change", "MISSING_FIELD"),
        (lambda message: message.multiples.append(0), "multiples[1]", "OUT_OF_RANGE"),
        (lambda message: message.multiples.extend([1] * 100), "multiples", "OUT_OF_RANGE"),
        (lambda message: message.ClearField("problem"), "problem", "MISSING"),
        (lambda message: setattr(message.parameters, "engine", "abacus"), "parameters.engine", "UNKNOWN_NAME"),
        (lambda message: setattr(message.parameters, "seed", -1), "parameters.seed", "OUT_OF_RANGE"),
        (lambda message: setattr(message, "bound_micros", 190 * MONEY - 1), "bound_micros", "INCONSISTENT"),
        (lambda message: message.assignments.add(job="a"), "assignments[2].mode", "MISSING_FIELD"),
        (lambda message: message.assignments.append(message.assignments[0]), "assignments", "JOB_PLACED_TWICE"),
        (lambda message: message.operations.add(), "operations[0].site", "MISSING_FIELD"),
        (lambda message: message.hall_schedules.add(), "hall_schedules[0].hall", "MISSING_FIELD"),
        (lambda message: message.hall_schedules.add(hall="hall"), "assignments", "UNKNOWN_HALL"),
        (lambda message: message.certificate.ClearField("unit_bits"), "certificate.unit_bits", "MISSING_FIELD"),
        (lambda message: setattr(message.certificate, "bound_micros", 7), "certificate", "BOUND_NOT_PROVED"),
    ],
)
def test_what_cannot_be_asked_is_told_at_its_field(alter: Callable[[Request], None], path: str, reason: str) -> None:
    message = request()
    alter(message)
    assert violations(message)[path] == reason


def test_everything_wrong_is_told_at_once() -> None:
    message = request()
    message.parameters.seed = -1
    message.change.element = "pond"
    message.assignments[0].job = "nobody"
    assert violations(message).keys() == {"parameters.seed", "change.element", "assignments"}


def test_a_limit_with_one_number_moves_over_the_whole_horizon() -> None:
    change = LimitChange(kind=LimitKind.ENERGY_BUDGET, element="s", amount=1, first_slot=1, last_slot=3)
    message = what_if_request(BUDGETS, priced_result("budgets"), change, (1,), PARAMS, {})
    assert violations(message) == {"change.first_slot": "OUT_OF_RANGE"}


def test_mutated_requests_are_read_or_refused() -> None:
    chance = random.Random(5)
    original = Seed(METHOD, request(multiples=(1, 2)))
    refused_count = 0
    for _ in range(400):
        data = mutated(original, chance)
        try:
            whatif.read(Request.FromString(data), SizeLimits(), None)
        except InvalidProblemError:
            refused_count += 1
        except DecodeError:
            continue
    assert refused_count > 100


async def test_a_refusal_is_an_invalid_argument_with_its_path_on_the_wire() -> None:
    async with scripted_service() as service:
        message = request(change=replace(NODE_MORE, amount=-1), multiples=(2, 3))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call_with_bytes(service.channel, METHOD, message.SerializeToString())
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    (told,) = details_of(caught.value)["BadRequest"].field_violations  # type: ignore[attr-defined]
    assert (told.field, told.reason) == ("change.node_count", "OUT_OF_RANGE")
    assert "would be -1" in told.description


async def test_the_blocking_client_asks_the_same() -> None:
    def ask(address: str) -> list[int]:
        with PlacementClient(address) as client:
            found = client.what_if(NODES, priced_result("nodes"), NODE_MORE, (1, 2), engine="greedy", work_limit=1)
            return [effect.change.amount for effect in found.effects]

    async with scripted_service() as service:
        assert await asyncio.to_thread(ask, service.server.address) == [1, 2]


async def test_the_command_asks_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_problem(NODES, tmp_path / "nodes.json")
    write_plan(priced_result("nodes"), tmp_path / "plan.json")
    files = (str(tmp_path / "nodes.json"), str(tmp_path / "plan.json"))
    async with scripted_service() as service:
        command = ["whatif", *files, "pool_nodes:pool:+1", "--times", "1,2", "--server", service.server.address]
        assert await asyncio.to_thread(main, [*command, "--json"]) == ExitCode.SOLVED
        told = json.loads(capsys.readouterr().out)
        assert await asyncio.to_thread(main, command) == ExitCode.SOLVED
        assert "What if: GPU nodes at pool" in capsys.readouterr().out
        command[3] = "pool_nodes:pool:-3"
        assert await asyncio.to_thread(main, command) == ExitCode.INVALID_INPUT
        assert capsys.readouterr().err.startswith("error: change.node_count: the limit would be -1")
    assert [(each["amount"], each["engine"], each["objective"]) for each in told] == [(1, "fake", 7e-6), (2, "fake", 7e-6)]
    assert {(each["objective_before"], each["bound_source_before"]) for each in told} == {(190.0, "CERTIFICATE")}


async def test_cancelling_the_call_ends_its_worker_and_solves_no_more(tmp_path: Path) -> None:
    note = tmp_path / "w"
    async with scripted_service(worker_count=1) as service:
        hanging = replace(NODES, name=f"note={note}+hang")
        call = asyncio.ensure_future(service.client.what_if(hanging, priced_result("nodes"), NODE_MORE, (1, 2, 3)))
        worker = await noted_worker(note)
        call.cancel()
        await until_gone(worker)
        assert (await service.client.solve(fakes.problem("echo"))).verified
    assert note.read_text(encoding="ascii").split() == [str(worker)]


async def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    async with scripted_service(worker_count=1, queue_length=0, retry_after_seconds=2.5) as service:
        first = asyncio.ensure_future(service.client.solve(fakes.problem(f"note={tmp_path / 'w'}+hang")))
        await noted_worker(tmp_path / "w")
        with pytest.raises(ServiceError) as caught:
            await service.client.what_if(NODES, priced_result("nodes"), NODE_MORE)
        assert caught.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (caught.value.reason, caught.value.retry_after_seconds) == ("QUEUE_FULL", 2.5)
        first.cancel()


async def test_a_worker_that_dies_is_an_error_of_the_call() -> None:
    async with scripted_service() as service:
        with pytest.raises(WorkerError, match="SIGSEGV"):
            await service.client.what_if(replace(NODES, name="segfault"), priced_result("nodes"), NODE_MORE)


async def test_a_problem_past_the_size_limits_is_refused_before_work() -> None:
    async with scripted_service(size_limits=SizeLimits(max_job_count=1)) as service:
        with pytest.raises(ServiceError) as caught:
            await service.client.what_if(replace(NODES, name="segfault"), priced_result("nodes"), NODE_MORE)
    assert caught.value.reason == "TOO_LARGE"


def test_paths_of_the_request_are_told_from_those_of_its_problem() -> None:
    for field in Request.DESCRIPTOR.fields:
        assert request_path(field.name) == field.name
    for field in problem_pb2.Problem.DESCRIPTOR.fields:
        assert request_path(f"{field.name}[0]") == f"problem.{field.name}[0]"


async def test_the_check_of_plan_and_certificate_ends_with_its_call(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = Endless()
    monkeypatch.setattr(starting_plan, "prove", endless)
    async with scripted_service() as service:
        assert await endless.ends_with(service.client.what_if(NODES, priced_result("nodes"), NODE_MORE))


def test_a_request_is_given_up_between_pieces_of_its_check() -> None:
    asked = 0

    def give_way() -> None:
        nonlocal asked
        asked += 1
        if asked == last:
            raise Interrupted

    last = -1
    whatif.read(request(), SizeLimits(), None, give_way)
    whole = asked
    # both checks ask, the one of the certificate before each job
    assert whole > 2 * len(NODES.jobs)
    for last in (1, whole):
        asked = 0
        with pytest.raises(Interrupted):
            whatif.read(request(), SizeLimits(), None, give_way)
        assert asked == last
