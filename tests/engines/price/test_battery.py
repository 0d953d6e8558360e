"""Batteries in the price engine: bounds that others recompute, plans that run them, searches that go on beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns.candidates import candidates
from optimizer.engines.price.bound.dual import DualAscent
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.plans.battery_plan import BatteryPlans
from optimizer.exact.problem import exact
from optimizer.formulation.selections import empty_selection, value_of
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Battery
from optimizer.solution import TerminationReason
from optimizer.verify.bound import prove, verify_with_bound
from optimizer.verify.plan import Rule
from tests.conformance.battery_problems import PROBLEMS, RIDE_THROUGH
from tests.conformance.brute_force import optimum_micros
from tests.conformance.hall_problems import PLANTS_BESIDE_A_SWITCHED_HALL
from tests.engines.price.test_plant import in_one_piece, proved, relaxation
from tests.fleet import at, hall, job, mode, pool, problem, site

WORK = SolveParams(engine="price", work_limit=5_000, thread_count=1)


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_ascent_ends_near_the_relaxation_and_its_certificate_holds(name: str) -> None:
    inside = exact(in_one_piece(PROBLEMS[name]))
    columns = candidates(inside).columns
    ascent = DualAscent(pricing_table(columns))
    bound = ascent.run(1_000)
    assert bound == pytest.approx(relaxation(columns), rel=0.03)
    assert proved(inside, columns, ascent.best_point) == pytest.approx(bound, abs=10)
    best = optimum_micros(in_one_piece(PROBLEMS[name]))
    assert best is not None
    assert bound >= best - columns.constant
    assert ascent.mean_net_w is not None
    own = columns.plant.batteries
    assert (-own.discharge_w - 1e-6 <= ascent.mean_net_w).all()
    assert (ascent.mean_net_w <= own.charge_w + 1e-6).all()


@pytest.mark.parametrize("name", PROBLEMS)
def test_small_problems_are_planned_at_the_optimum_and_their_certificates_are_held_to_the_unit(name: str) -> None:
    given = in_one_piece(PROBLEMS[name])
    found, inside = solve(given, WORK), exact(given)
    assert found.termination.objective_micros == optimum_micros(given)
    assert verify_with_bound(inside, found).violations == ()
    stated = found.certificate
    assert stated is not None
    assert [prices.site for prices in stated.stored_energy_prices] == ["s"]
    lower = prove(inside, replace(stated, bound_micros=stated.bound_micros - 1))
    assert [violation.rule for violation in lower.violations] == [Rule.BOUND_NOT_PROVED]


def test_plans_are_searched_in_what_batteries_leave_and_worth_what_they_save() -> None:
    columns = candidates(exact(RIDE_THROUGH)).columns
    plans, own = BatteryPlans(columns, None), columns.plant.batteries
    assert not len(plans.beside.plant.batteries)
    plans.follow(np.array([[4_000.0, 4_000.0, -4_000.0, 0.0]]))
    assert plans.net_w.tolist() == [[4_000, 4_000, -4_000, 0]]
    left = plans.beside.capacity[own.limit[0]]
    assert left.tolist() == [12_000, 12_000, 8_000, 10_000]
    alone = empty_selection(columns)
    kept, worth = plans.kept(alone)
    assert kept.net_w is not None
    assert kept.net_w.tolist() == [[4_000, 4_000, 0, 0]], "nothing is drawn that the battery could stand for"
    assert worth == value_of(columns, kept)
    assert (worth or 0) < 0
    joined, more = plans.joined(alone, 1_000_000)
    assert more == 1_600_000 == value_of(columns, joined)
    assert joined.window[0] >= 0


def test_a_battery_elsewhere_is_run_beside_halls_that_are_switched() -> None:
    battery = Battery(energy_capacity_kwh=8.0, charge_limit_kw=4.0, discharge_limit_kw=4.0)
    switched, plain = PLANTS_BESIDE_A_SWITCHED_HALL.sites
    plain = replace(plain, battery=battery, energy_price_per_mwh=(20.0, 300.0, 20.0))
    given = replace(PLANTS_BESIDE_A_SWITCHED_HALL, sites=(switched, plain))
    found, best = solve(given, WORK), solve(given, SolveParams(engine="highs", time_limit_seconds=30, thread_count=1))
    assert verify_with_bound(exact(given), found).violations == ()
    assert found.termination.objective_micros is not None
    assert best.termination.objective_micros is not None
    assert found.termination.bound_micros is not None
    assert found.termination.objective_micros <= best.termination.objective_micros <= found.termination.bound_micros


def test_where_no_job_has_a_way_to_run_none_joins_a_plan() -> None:
    columns = candidates(exact(replace(RIDE_THROUGH, jobs=(job("too wide", mode(8_000)),)))).columns
    assert columns.window_count == 0
    alone = empty_selection(columns)
    assert BatteryPlans(columns, None).joined(alone, 0) == (alone, None)


def test_while_a_job_that_must_run_is_missing_plans_go_on_beside_the_batteries_there_are() -> None:
    """Batteries are planned anew beside prices; what stood beside the earlier ones may not fit any more."""
    battery = Battery(
        energy_capacity_kwh=40.0,
        charge_limit_kw=50.0,
        discharge_limit_kw=20.0,
        round_trip_efficiency=0.9,
        initial_energy_kwh=40.0,
        least_final_energy_kwh=40.0,
    )
    empty = Battery(energy_capacity_kwh=0.0, charge_limit_kw=0.0, discharge_limit_kw=20.0, round_trip_efficiency=0.5)
    here = hall("h", pool("p", (1,), gpu_model="GB200"))
    there = hall("k", pool("q", (4,), gpus_per_node=1), it_power_limit_kw=(33.3,))
    dear = (60.0, 60.0, 60.0, -12.5, 33.0, 60.0, 60.0, -12.5)
    overhead = (2.0, 0.0001, 5.5, 30.0, 2.0, 5.5, 30.0, 2.0)
    sites = (
        site("dark", here, energy_price_per_mwh=(33.0,), import_limit_kw=(0.0,), overhead_kw=(2.0,), battery=empty),
        site(
            "lit", there, energy_price_per_mwh=dear, import_limit_kw=(45.0,), pue=(2.0,), overhead_kw=overhead, battery=battery
        ),
    )
    never = job("never", mode(1, 2, 20.0, gpu_model="GB200"), value=None, latest_end_time=at(7))
    may = job("may", mode(1, 1, 10.5), value=0.5)
    given = problem(never, may, sites=sites, slot_count=8)
    for seed in range(3):
        found = solve(given, replace(WORK, seed=seed))
        assert found.termination.reason is TerminationReason.NO_PLAN_FOUND
