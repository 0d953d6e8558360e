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
from optimizer.solution import Assignment
from optimizer.validate import SizeLimits
from optimizer.verify.rules import Rule
from server import convert, requests
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
