"""Links over a real connection: transfers in answers, ways in plans to check, and a full link refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from optimizer.exact.problem import exact
from optimizer.execution.base import PIPELINE_SOLVE
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.verify.plan import verify
from optimizer.verify.rules import Rule
from tests.conformance.link_problems import LINK_BY_SLOT
from tests.integration.service_harness import Service, scripted_service

PARAMS = SolveParams(engine="highs", work_limit=10_000, thread_count=1)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with scripted_service(function=PIPELINE_SOLVE) as running:
        yield running


async def test_the_answer_states_every_transfer(service: Service) -> None:
    result = await service.client.solve(LINK_BY_SLOT, PARAMS)
    assert result == solve(LINK_BY_SLOT, PARAMS)
    moved = {placement.job: placement.transfers for placement in result.placements}
    assert {job: transfers[0].from_site for job, transfers in moved.items()} == {"a": "s", "b": "s", "c": "s", "d": "u"}
    assert all(transfer.end_slot == p.start_slot for p in result.placements for transfer in p.transfers)


async def test_a_plan_says_where_data_comes_from_and_a_full_link_is_refused(service: Service) -> None:
    plan = [placement.assignment for placement in solve(LINK_BY_SLOT, PARAMS).placements]
    assert (await service.client.check(LINK_BY_SLOT, plan)).feasible
    crowded = [replace(item, data_from="") for item in plan]
    told = await service.client.check(LINK_BY_SLOT, crowded)
    assert told.violations == verify(exact(LINK_BY_SLOT), crowded).violations
    assert [(v.rule, v.element, v.slot, v.amount) for v in told.violations] == [(Rule.LIMIT_EXCEEDED, "s -> n", 0, 40_000)]
