"""Flexible load over gRPC: a solve answers with the operation, and a stated one is held to every rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.execution.base import PIPELINE_SOLVE
from optimizer.solution import FlexibleOperation
from optimizer.validate import SizeLimits
from optimizer.verify.plan import Rule
from server import convert, requests
from tests.conformance.plant_problems import FLEXIBLE_LOAD
from tests.integration.service_harness import scripted_service
from tests.server.test_check import request


async def test_a_solve_answers_with_the_operation_and_a_stated_one_is_checked() -> None:
    async with scripted_service(function=PIPELINE_SOLVE, grace_seconds=5.0) as service:
        result = await service.client.solve(FLEXIBLE_LOAD, engine="highs", time_limit_seconds=120.0)
        plan = [placement.assignment for placement in result.placements]
        same = await service.client.check(FLEXIBLE_LOAD, plan, operations=result.operations)
        unstated = await service.client.check(FLEXIBLE_LOAD, plan)
        (operation,) = result.operations
        (mine, yard) = operation.flexible_loads
        over = replace(mine, power_w=(20_001, *mine.power_w[1:]))
        wrong = await service.client.check(FLEXIBLE_LOAD, plan, operations=[replace(operation, flexible_loads=(over, yard))])
    assert result.verified
    assert result.termination.objective_micros == same.objective_micros == unstated.objective_micros
    assert same.operations == unstated.operations == result.operations
    assert result.terms.flexible_value_micros > 0
    assert {(v.rule, v.element, v.slot, v.amount) for v in wrong.violations} >= {(Rule.OPERATION_OUT_OF_RANGE, "mine", 0, 1)}


def test_a_load_may_be_stated_to_draw_nothing() -> None:
    asked = request(FLEXIBLE_LOAD, None, None)
    assert requests.check(asked, SizeLimits()).objective_micros > 0
    asked.operations.add(site="s")
    assert requests.check(asked, SizeLimits()).objective_micros == 0


def test_an_operation_without_a_site_is_an_invalid_argument() -> None:
    asked = request(FLEXIBLE_LOAD, None, None)
    asked.operations.add()
    with pytest.raises(InvalidProblemError) as caught:
        requests.check(asked, SizeLimits())
    assert caught.value.violations[0].path == "operations[0].site"


def test_numbers_of_an_operation_survive_the_wire() -> None:
    stated = FlexibleOperation(name="mine", power_w=(0, 2**40, 3))
    asked = request(FLEXIBLE_LOAD, None, None)
    asked.operations.add(site="s").flexible_loads.add(name=stated.name, power_w=stated.power_w)
    (read,) = convert.operations_from_proto(asked.operations)
    assert read.flexible_loads == (stated,)
