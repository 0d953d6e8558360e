"""Node numbers over gRPC: in the answer where asked for, and held to the plan by CheckPlacement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.execution.base import PIPELINE_SOLVE
from optimizer.node_numbers import Binding, NodeRange, SpareNodes
from optimizer.solution import Result
from optimizer.verify.rules import Rule
from tests.conformance.topology_problems import TOPOLOGY
from tests.integration.service_harness import Service, scripted_service

FIRST = NodeRange(first_node=0, node_count=1)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with scripted_service(function=PIPELINE_SOLVE) as running:
        yield running


async def test_asked_for_a_plan_comes_bound_and_check_holds_the_binding_to_it(service: Service) -> None:
    result = await service.client.solve(TOPOLOGY, engine="greedy", bind=True)
    assert result.binding is not None
    assert {run.job for run in result.binding.runs} == {placement.job for placement in result.placements}
    assert result.binding.spares
    assert [event.binding async for event in service.client.stream(TOPOLOGY, engine="greedy") if isinstance(event, Result)] == [
        None
    ]
    plan = [placement.assignment for placement in result.placements]

    async def rules(binding: Binding) -> set[Rule]:
        checked = await service.client.check(TOPOLOGY, plan, binding=binding)
        return {violation.rule for violation in checked.violations}

    assert await rules(result.binding) == set()
    assert await rules(replace(result.binding, runs=result.binding.runs[1:])) == {Rule.BINDING_MALFORMED}
    vast = replace(FIRST, node_count=2**31 - 1)
    first = replace(result.binding.runs[0], nodes=(vast,))
    assert Rule.NODE_OUTSIDE in await rules(replace(result.binding, runs=(first, *result.binding.runs[1:])))
    # the first node is in maintenance in the last slot
    spare = SpareNodes(pool="p", start_slot=3, end_slot=4, nodes=(FIRST,))
    assert Rule.NODE_IN_MAINTENANCE in await rules(replace(result.binding, spares=(*result.binding.spares, spare)))
    beyond = replace(spare, start_slot=-(2**31), end_slot=2**31 - 1)
    assert await rules(replace(result.binding, spares=(*result.binding.spares, beyond))) == {Rule.BINDING_MALFORMED}


async def test_a_binding_that_is_none_is_refused_with_its_path(service: Service) -> None:
    binding = Binding(spares=(SpareNodes(pool="p", start_slot=0, end_slot=1, nodes=(FIRST,)),))
    with pytest.raises(InvalidProblemError) as caught:
        await service.client.check(TOPOLOGY, [], binding=replace(binding, spares=(replace(binding.spares[0], pool=None),)))  # type: ignore[arg-type]
    assert caught.value.violations[0].path.startswith("spares[0]")
