"""What tenants get of their share floors, in whole GPU-slots, and what a shortfall costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.certificates import Certificate, FloorPrice
from optimizer.exact import ExactFloor, exact
from optimizer.problem import Problem, ShareFloor, Tenant
from optimizer.runs import Run
from optimizer.solution import Assignment
from optimizer.tenancy import shares
from optimizer.verify import Rule, verify
from optimizer.verify_bound import prove
from tests.fleet import job, mode, problem


def floored(gpu_hours: float, cost: float, **fields: object) -> Problem:
    """The lab's jobs a (8 GPUs, 2 slots, worth 10) and b (16 GPUs, 1 slot, worth 12), and one of nobody's."""
    lab = Tenant(name="lab", share_floor=ShareFloor(gpu_hours=gpu_hours, shortfall_cost_per_gpu_hour=cost))
    jobs = (
        job("a", mode(8, 2), tenant="lab", value=10.0),
        job("b", mode(16, 1), tenant="lab", value=12.0),
        job("c", mode(16, 4), value=20.0),
    )
    return problem(*jobs, tenants=(lab,), **fields)


def test_targets_are_rounded_up_and_costs_to_the_nearest() -> None:
    grid = problem().time_grid
    thirds = replace(grid, slot_duration=timedelta(minutes=20), slot_count=12)
    inside = exact(replace(floored(10.1, 0.000_002), time_grid=thirds))
    assert inside.floors == (ExactFloor("lab", 31, 1),)  # 30.3 slots of a GPU; 2/3 of a micro-unit
    inside = exact(replace(floored(10.1, 0.000_001), time_grid=thirds))
    assert inside.floors == (), "a third of a micro-unit is nothing"
    assert exact(floored(0.0, 5.0)).floors == ()


@pytest.mark.parametrize(
    ("starts", "placed", "cost"),
    [({}, 0, 40.0), ({"a": 0}, 16, 8.0), ({"b": 0}, 16, 8.0), ({"a": 0, "b": 2}, 32, 0.0), ({"c": 0}, 0, 40.0)],
)
def test_what_is_short_costs_and_what_is_over_does_not(starts: dict[str, int], placed: int, cost: float) -> None:
    instance = floored(20.0, 2.0)
    modes = {"a": "H100x8", "b": "H100x16", "c": "H100x16"}
    plan = [Assignment(job=name, mode=modes[name], pool="pool", start_slot=start) for name, start in starts.items()]
    checked = verify(exact(instance), plan)
    assert checked.feasible
    assert checked.terms.shortfall_cost_micros == round(cost * 1e6)
    assert checked.objective_micros == checked.terms.value_micros - checked.terms.shortfall_cost_micros
    inside = exact(instance)
    jobs = {found.name: found for found in inside.jobs}
    runs = [Run(jobs[name], jobs[name].modes[0], inside.pools[0], start) for name, start in starts.items()]
    assert shares(inside, runs) == [(inside.floors[0], placed)]


def bare(*prices: FloorPrice, bits: int = 0) -> Certificate:
    return Certificate(bound_micros=2**62, unit_bits=bits, slot_prices=(), floor_prices=prices)


def test_a_floor_price_moves_the_bound_by_what_it_says() -> None:
    """Every job at its best: 10 + 12 + 20, each of the lab's 16 GPU-slots counting the price, less price times the target."""
    inside = exact(floored(40.0, 2.0))
    for price in (0, 1, 1_000_000, 2_000_000):
        proof = prove(inside, bare(FloorPrice("lab", price)))
        assert proof.violations == ()
        assert proof.bound_micros == 42_000_000 + 32 * price - 40 * price
    assert prove(inside, bare(FloorPrice("lab", 4_000_000), bits=1)).bound_micros == 42_000_000 - 8 * 2_000_000


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        (bare(FloorPrice("lab", 2_000_001)), "the price 2000001 is above the 2000000 that a GPU-slot short costs"),
        (bare(FloorPrice("lab", 4_000_001), bits=1), "above the 4000000"),
        (bare(FloorPrice("lab", -1)), "negative"),
        (bare(FloorPrice("lob", 1)), "no such floor"),
        (bare(FloorPrice("lab", 1), FloorPrice("lab", 1)), "has a price already"),
    ],
)
def test_a_floor_price_outside_its_range_is_refused(certificate: Certificate, said: str) -> None:
    (violation,) = prove(exact(floored(40.0, 2.0)), certificate).violations
    assert violation.rule is Rule.CERTIFICATE_MALFORMED
    assert said in violation.message
