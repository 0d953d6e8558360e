"""What tenants get of their share floors, in whole GPU-slots, and what a shortfall costs."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.accounting.runs import Run
from optimizer.accounting.tenancy import shares
from optimizer.certificates import Certificate, FloorPrice
from optimizer.cli.console import Console
from optimizer.cli.tenancy_text import print_tenancy
from optimizer.exact.problem import ExactFloor, ExactProblem, exact
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Preemption, Problem, Reservation, ShareFloor, Tenant
from optimizer.report.page import render_report
from optimizer.report.tenancy import share_sentence
from optimizer.solution import Assignment, Result, TenancyUsage, Termination, TerminationReason
from optimizer.verify.bound import prove
from optimizer.verify.plan import Rule, verify, verify_result
from tests.fleet import hall, job, mode, pool, problem, site


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


def lent_plan() -> tuple[ExactProblem, list[Assignment]]:
    """Four nodes: two held by a (lent), one by b (lent, reclaimed sooner), one by nobody; fees of both."""

    def holder(name: str, nodes: int, minutes: int, fee: float) -> Tenant:
        reclaim = timedelta(minutes=minutes)
        held = Reservation(pool="pool", node_count=(nodes,), reclaim_duration=reclaim, fee_per_node_hour=fee)
        return Tenant(name=name, reservations=(held,))

    quick = Preemption(max_pause_count=1)
    jobs = (
        job("own", mode(8, 2), tenant="a"),
        job("own too", mode(16, 1), tenant="b"),
        job("guest", mode(8, 3), preemption=quick),
        job("guest too", mode(8, 1), preemption=quick),
    )
    sites = (site("s", hall("h", pool(node_count=(4,)))),)
    instance = problem(*jobs, sites=sites, tenants=(holder("a", 2, 60, 3.0), holder("b", 1, 10, 1.5)))
    starts = {"own": ("H100x8", 0), "own too": ("H100x16", 2), "guest": ("H100x8", 0), "guest too": ("H100x8", 2)}
    return exact(instance), [
        Assignment(job=name, mode=mode_name, pool="pool", start_slot=start) for name, (mode_name, start) in starts.items()
    ]


def test_reserved_nodes_are_used_lent_or_idle_slot_by_slot() -> None:
    """Slot 0 and 1: a uses one of two, the guest stands on the free node. Slot 2: b has its node and one of nobody's, two
    guests borrow, from a first, who reclaims later. Slot 3: nothing runs."""
    checked = verify(*lent_plan())
    assert checked.feasible
    assert checked.tenancy == (
        TenancyUsage(
            tenant="a", pool="pool", reserved_node_slots=8, used_node_slots=2, lent_node_slots=2, fee_micros=24_000_000
        ),
        TenancyUsage(
            tenant="b", pool="pool", reserved_node_slots=4, used_node_slots=1, lent_node_slots=0, fee_micros=6_000_000
        ),
    )
    assert [usage.idle_node_slots for usage in checked.tenancy] == [4, 3]
    assert checked.objective_micros == 400_000_000, "the fee is in no objective"


def test_a_plan_that_states_other_figures_of_tenancy_is_refused() -> None:
    inside, plan = lent_plan()
    checked = verify(inside, plan)
    end = Termination(reason=TerminationReason.FEASIBLE, objective_micros=checked.objective_micros)
    stated = Result(termination=end, engine="e", placements=checked.placements, terms=checked.terms, tenancy=checked.tenancy)
    assert verify_result(inside, stated).violations == ()
    assert verify_result(inside, replace(stated, tenancy=())).violations == (), "what is not stated is not held to anything"
    wrong = (replace(checked.tenancy[0], lent_node_slots=3), checked.tenancy[1])
    (violation,) = verify_result(inside, replace(stated, tenancy=wrong)).violations
    assert (violation.rule, violation.element) == (Rule.CLAIM_DIFFERS, "lent_node_slots")
    assert "lent_node_slots = 3, it is 2" in violation.message


def test_solve_reports_them_and_words_say_them() -> None:
    result = solve(floored(40.0, 2.0), SolveParams(engine="highs", time_limit_seconds=30))
    (share,) = result.shares
    assert (share.target_gpu_slots, share.placed_gpu_slots, share.shortfall_gpu_slots) == (40, 32, 8)
    assert share_sentence(floored(40.0, 2.0), share) == (
        "lab gets 32.0 GPU-hours of a floor of 40.0: 8.0 short, which costs £16.00."
    )
    assert "Reservations and share floors" in render_report(floored(40.0, 2.0), result)
    assert "Short of share floors" in render_report(floored(40.0, 2.0), result)
    lines = io.StringIO()
    print_tenancy(floored(40.0, 2.0), result, Console(lines))
    assert "8.0 short" in lines.getvalue()
