"""DiffPlacements: the difference of two plans over the wire, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer import comparison
from optimizer.changes.change import ChangeKind
from optimizer.comparison import compare
from optimizer.errors import InvalidProblemError
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import Assignment, CostBreakdown
from optimizer.validate import SizeLimits
from optimizer.verify.rules import Rule
from server import convert, requests
from tests.conformance.battery_problems import RIDE_THROUGH
from tests.conformance.running_problems import SNAPSHOT_UNDER_A_CAP
from tests.integration.service_harness import Service, scripted_service
from tests.server.endless import Endless

AFTER = (
    Assignment(job="keeps", mode="H100x8", pool="p", start_slot=0),
    Assignment(job="shrinks", mode="H100x4", pool="p", start_slot=0),
    Assignment(job="moves", mode="H100x8", pool="q", start_slot=0),
)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with scripted_service() as running:
        yield running


async def test_the_client_gives_what_the_library_gives(service: Service) -> None:
    found = await service.client.diff(SNAPSHOT_UNDER_A_CAP, AFTER)
    assert found == compare(SNAPSHOT_UNDER_A_CAP, AFTER)
    assert [change.kind for change in found.changes] == [ChangeKind.LEFT_OUT, ChangeKind.MOVED, ChangeKind.RESIZED]
    between = await service.client.diff(SNAPSHOT_UNDER_A_CAP, AFTER, AFTER[:2])
    assert [change.kind for change in between.changes] == [ChangeKind.PLACED]


async def test_two_snapshots_are_compared_by_the_clock(service: Service) -> None:
    grid = SNAPSHOT_UNDER_A_CAP.time_grid
    later = replace(SNAPSHOT_UNDER_A_CAP, time_grid=replace(grid, start_time=grid.start_time + 4 * grid.slot_duration))
    found = await service.client.diff(later, (), AFTER, earlier_problem=SNAPSHOT_UNDER_A_CAP)
    assert [change.kind for change in found.changes] == [ChangeKind.FINISHED] * 3


async def test_a_later_plan_that_breaks_a_rule_is_refused_by_name(service: Service) -> None:
    with pytest.raises(InvalidProblemError) as caught:
        await service.client.diff(SNAPSHOT_UNDER_A_CAP, (replace(AFTER[0], start_slot=3),))
    assert (caught.value.violations[0].path, caught.value.violations[0].reason) == ("after", Rule.ENDS_TOO_LATE)


async def test_a_comparison_ends_with_its_call(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = Endless()
    monkeypatch.setattr(comparison, "verify", endless)
    assert await endless.ends_with(service.client.diff(SNAPSHOT_UNDER_A_CAP, AFTER))


def test_what_runs_and_an_earlier_plan_are_one_too_many() -> None:
    message = service_pb2.DiffPlacementsRequest(
        problem=convert.problem_to_proto(SNAPSHOT_UNDER_A_CAP),
        before=[{"job": "keeps", "mode": "H100x8", "pool": "p", "start_slot": 0}],
        before_is_running=True,
    )
    with pytest.raises(InvalidProblemError) as caught:
        requests.diff(message, SizeLimits())
    assert [v.path for v in caught.value.violations] == ["before_is_running"]


def test_an_empty_request_names_what_is_missing() -> None:
    with pytest.raises(InvalidProblemError) as caught:
        requests.diff(service_pb2.DiffPlacementsRequest(), SizeLimits())
    assert [v.path for v in caught.value.violations] == ["problem"]


async def test_a_plan_that_a_battery_carries_is_compared_as_it_states_itself(service: Service) -> None:
    plan = solve(RIDE_THROUGH, SolveParams(engine="highs", time_limit_seconds=30))
    same = await service.client.diff(RIDE_THROUGH, plan, plan)
    assert same == compare(RIDE_THROUGH, plan, plan)
    assert (same.changes, same.earlier_violations, same.terms) == ((), (), CostBreakdown())
    with pytest.raises(InvalidProblemError) as caught:
        await service.client.diff(RIDE_THROUGH, [placement.assignment for placement in plan.placements], plan)
    assert {violation.reason for violation in caught.value.violations} == {Rule.LIMIT_EXCEEDED}


def test_each_part_of_a_request_is_named_in_what_is_wrong_with_it() -> None:
    problem = convert.problem_to_proto(SNAPSHOT_UNDER_A_CAP)
    request = service_pb2.DiffPlacementsRequest(problem=problem, earlier_problem=problem)
    request.earlier_problem.time_grid.slot_count = 0
    with pytest.raises(InvalidProblemError) as caught:
        requests.diff(request, SizeLimits())
    assert {violation.path for violation in caught.value.violations} >= {"earlier_problem.time_grid.slot_count"}
    request = service_pb2.DiffPlacementsRequest(problem=problem, before_is_running=True)
    request.before_operations.add(site="s")
    with pytest.raises(InvalidProblemError) as caught:
        requests.diff(request, SizeLimits())
    assert caught.value.violations[0].path == "before_is_running"
