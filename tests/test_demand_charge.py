"""A charge on the peak of a connection: which peak pays best, what a plan pays, and what prices prove of it."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from optimizer.accounting.operation import best_operations
from optimizer.accounting.usage import usage
from optimizer.certificates import Certificate, SlotPrices
from optimizer.columns.candidates import candidates
from optimizer.errors import InvalidProblemError
from optimizer.exact.problem import ExactProblem, exact
from optimizer.formulation.peak_prices import best_of_peaks
from optimizer.limits import LimitKind
from optimizer.problem import FlexibleLoad, Problem
from optimizer.solution import Assignment, FlexibleOperation, Result, SiteOperation, Termination, TerminationReason
from optimizer.validate import check
from optimizer.verify.bound import prove
from optimizer.verify.plan import Verification, verify, verify_result
from optimizer.verify.rules import Rule
from tests.certificates import reference_bound
from tests.fleet import hall, job, mode, pool, problem, site

RUN = Assignment(job="a", mode="H100x8", pool="p", start_slot=1)


def fleet(**fields: object) -> Problem:
    """A job of 10 kW; 2 kW of overhead, PUE 1.5 in slot 1; 0.03 a kilowatt of peak."""
    own = {
        "import_limit_kw": (40.0,),
        "overhead_kw": (2.0,),
        "pue": (1.0, 1.5, 1.0, 1.0),
        "demand_charge_per_kw": 0.03,
        "flexible_loads": (FlexibleLoad(name="mine", power_kw=(30.0,), value_per_mwh=(20.0, 10.0, 9.0, 0.0)),),
    }
    return problem(job("a", mode(8, 2, 10.0), value=5.0), sites=(site("s", hall("h", pool("p")), **{**own, **fields}),))


def result_of(checked: Verification) -> Result:
    return Result(
        termination=Termination(reason=TerminationReason.FEASIBLE, objective_micros=checked.objective_micros),
        engine="hand",
        placements=checked.placements,
        terms=checked.terms,
        operations=checked.operations,
    )


def test_the_peak_goes_up_while_the_slots_below_it_gain_more_than_it_is_charged() -> None:
    (idle,) = verify(exact(fleet()), []).operations
    # 20 + 10 / 1.5 a MWh is less than 0.03 a kW and 9 more is not: up to 32 kW, all that the load draws in slots 0 and 2
    assert idle.flexible_loads == (FlexibleOperation(name="mine", power_w=(30_000, 20_000, 30_000, 0)),)
    assert idle.peak_w == 32_000
    assert idle.terms.demand_charge_micros == 960_000
    (dear,) = verify(exact(fleet(demand_charge_per_kw=0.04)), []).operations
    assert dear.flexible_loads == (FlexibleOperation(name="mine", power_w=(0, 0, 0, 0)),)
    assert dear.terms.demand_charge_micros == 80_000


def test_below_the_peak_that_jobs_reach_load_runs_at_no_charge() -> None:
    (beside,) = verify(exact(fleet(demand_charge_per_kw=0.04)), [RUN]).operations
    assert beside.peak_w == 17_000
    assert beside.flexible_loads == (FlexibleOperation(name="mine", power_w=(15_000, 0, 5_000, 0)),)


def test_a_plan_is_charged_whether_it_states_an_operation_or_not() -> None:
    inside = exact(fleet())
    for operations in ([], [SiteOperation(site="s")]):
        checked = verify(inside, [RUN], operations=operations)
        assert checked.feasible
        assert checked.terms.demand_charge_micros == 510_000
    over = SiteOperation(site="s", flexible_loads=(FlexibleOperation(name="mine", power_w=(15_001, 0, 0, 0)),))
    assert verify(inside, [RUN], operations=[over]).terms.demand_charge_micros == 510_030


def test_a_charge_is_rounded_up_once_and_said_in_whole_watts() -> None:
    drawn = SiteOperation(site="s", flexible_loads=(FlexibleOperation(name="mine", power_w=(0, 1, 0, 0)),))
    (operation,) = verify(exact(fleet(demand_charge_per_kw=0.0005)), [], operations=[drawn]).operations
    assert operation.peak_w == 2_002
    assert operation.terms.demand_charge_micros == 1_001  # of 1,000.75


@pytest.mark.parametrize("less", [{"peak_w": 16_999}, {"charge": 1}])
def test_a_plan_that_states_less_than_it_is_charged_is_refused(less: dict[str, int]) -> None:
    inside = exact(fleet(demand_charge_per_kw=0.04))
    plan = result_of(verify(inside, [RUN]))
    assert verify_result(inside, plan).feasible
    (operation,) = plan.operations
    terms = replace(operation.terms, demand_charge_micros=operation.terms.demand_charge_micros - less.get("charge", 0))
    claim = replace(operation, peak_w=less.get("peak_w", operation.peak_w), terms=terms)
    found = verify_result(inside, replace(plan, operations=(claim,))).violations
    assert [v.rule for v in found] == [Rule.CLAIM_DIFFERS]


def test_a_charge_needs_a_connection_with_a_limit() -> None:
    with pytest.raises(InvalidProblemError) as caught:
        check(fleet(import_limit_kw=()))
    assert [(v.path, v.reason) for v in caught.value.violations] == [("sites[0].import_limit_kw", "MISSING")]


def drawn_at_random(seed: int) -> ExactProblem:
    """A few watts, whole rates of all sizes, PUEs that do not divide each other."""
    draw = random.Random(seed)
    inside = exact(fleet())
    slots = range(inside.slot_count)
    (known,) = inside.sites[0].flexible_loads
    loads = tuple(
        replace(
            known,
            name=name,
            power_w=tuple(draw.randrange(4) for _ in slots),
            value_rate=tuple(draw.randrange(-2, 9) * 10**10 for _ in slots),
        )
        for name in ("one", "other")
    )
    drawn = replace(
        inside.sites[0],
        flexible_loads=loads,
        overhead_w=tuple(draw.randrange(3) for _ in slots),
        pue_ppm=tuple(draw.choice((1_000_000, 1_250_000, 1_370_000, 2_000_000)) for _ in slots),
        import_limit_w=tuple(draw.randrange(2, 12) for _ in slots),
        demand_charge_micros_per_kw=draw.randrange(1, 12) * 10**9,
        energy_rate=(0,) * len(slots),
    )
    return replace(inside, sites=(drawn,), jobs=())


@pytest.mark.parametrize("seed", range(25))
def test_the_best_operation_gains_what_enumeration_finds_to_within_a_watt_a_slot(seed: int) -> None:
    inside = drawn_at_random(seed)
    (site_,) = inside.sites
    (found,) = best_operations(inside, usage(inside, []), {})
    slots = range(inside.slot_count)
    best = -(10**18)
    # one number a slot: how much is drawn in all, the load that gains more first
    for totals in product(range(7), repeat=len(slots)):
        power: list[list[int]] = [[0] * len(slots), [0] * len(slots)]
        for t in slots:
            left = totals[t]
            for k in sorted((0, 1), key=lambda k: -site_.flexible_loads[k].value_rate[t]):
                power[k][t] = min(left, site_.flexible_loads[k].power_w[t])
                left -= power[k][t]
        if any(totals[t] > max(0, site_.it_limit_w(t) or 0) for t in slots):
            continue
        peak = max(site_.draw_uw(t, power[0][t] + power[1][t]) for t in slots)
        earned = sum(load.value_rate[t] * power[k][t] for k, load in enumerate(site_.flexible_loads) for t in slots)
        best = max(best, earned // 10_000 + -(site_.demand_charge_micros_per_kw * peak) // 10**9)
    a_watt = sum(max(0, *(load.value_rate[t] for load in site_.flexible_loads)) for t in slots) // 10_000
    assert best - a_watt <= found.terms.objective_micros <= best
    plant = candidates(inside).columns.plant
    capacity = candidates(inside).columns.capacity
    assert plant.micros(capacity) == found.terms.objective_micros
    assert plant.rounding_micros >= best - found.terms.objective_micros


@pytest.mark.parametrize("seed", range(10))
def test_any_prices_prove_a_bound_and_all_who_add_it_up_agree(seed: int) -> None:
    inside, draw = drawn_at_random(seed), random.Random(seed)
    price = tuple(draw.randrange(0, 2 * 10**6) << 4 for _ in range(inside.slot_count))
    certificate = Certificate(10**15, 4, (SlotPrices(LimitKind.GRID_IMPORT, "s", price),))
    proof = prove(inside, certificate)
    assert proof.bound_micros == reference_bound(inside, certificate)
    assert proof.bound_micros is not None
    assert proof.bound_micros >= verify(inside, []).objective_micros
    peaks = candidates(inside).columns.plant.peaks
    (site_,) = inside.sites
    rates = [(load, t) for load in site_.flexible_loads for t in range(inside.slot_count)]
    loads = sum(load.power_w[t] * max(0, -(-load.value_rate[t] * 16 // 10_000) - price[t]) for load, t in rates)
    limits = sum(p * max(0, site_.it_limit_w(t) or 0) for t, p in enumerate(price))
    assert proof.bound_micros == (limits + loads + best_of_peaks(peaks, np.array([price]), 4)) >> 4
