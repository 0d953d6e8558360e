"""Plants in the price engine: bounds that others recompute, kernels that count what load earns, plans that leave load room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns.candidates import candidates
from optimizer.columns.table import Columns
from optimizer.engines.highs_program import HighsProgram, Stop
from optimizer.engines.price.bound.certificate import certify
from optimizer.engines.price.bound.dual import DualAscent, DualPoint
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.plans.dive import unmerge_residual
from optimizer.engines.price.plans.plan import Plan
from optimizer.engines.price.plans.plant_guide import displacement, guided_by, level_peaks
from optimizer.engines.price.plans.plant_value import plant_value, scratch
from optimizer.engines.price.plans.recreate import Search
from optimizer.engines.price.plans.schedule import schedule
from optimizer.engines.price.tables import build_tables
from optimizer.exact.problem import ExactProblem, exact
from optimizer.formulation.duality import price_out
from optimizer.formulation.milp import worthwhile
from optimizer.formulation.selections import value_of
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import FlexibleLoad, Problem
from optimizer.units import RATE_SCALE
from optimizer.verify.bound import prove
from tests.certificates import reference_bound
from tests.conformance import battery_problems
from tests.conformance.brute_force import optimum_micros
from tests.conformance.plant_problems import PROBLEMS
from tests.fleet import hall, job, mode, pool, problem, site

WITH_BATTERIES = PROBLEMS | battery_problems.PROBLEMS


def in_one_piece(given: Problem) -> Problem:
    return replace(given, jobs=tuple(replace(job, priority_tier=None, preemption=None) for job in given.jobs))


def relaxation(columns: Columns) -> float:
    milp = worthwhile(columns)
    program = HighsProgram(milp, milp.rows, integral=False, thread_count=1, seed=0)
    program.run(Stop(lambda: False, 10.0))
    priced = price_out(
        milp, milp.rows, program.price(milp.rows), columns.mandatory, program.floor_price(), stored_price=program.stored_price()
    )
    assert priced is not None
    return float(priced.bound)


def proved(inside: ExactProblem, columns: Columns, point: DualPoint) -> int:
    """The bound of the prices, which the checker and the reference by the letter find as well."""
    stated = certify(pricing_table(columns), point).certificate
    proof = prove(inside, replace(stated, bound_micros=stated.bound_micros + columns.constant))
    assert not proof.violations
    assert proof.bound_micros == reference_bound(inside, stated) == stated.bound_micros
    return stated.bound_micros


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_ascent_ends_near_the_relaxation_and_its_certificate_holds(name: str) -> None:
    inside = exact(in_one_piece(PROBLEMS[name]))
    columns = candidates(inside).columns
    ascent = DualAscent(pricing_table(columns))
    bound = ascent.run(1_500)
    best = optimum_micros(in_one_piece(PROBLEMS[name]))
    assert best is not None
    assert bound == pytest.approx(relaxation(columns), rel=0.02)
    assert proved(inside, columns, ascent.best_point) >= best - columns.constant
    assert proved(inside, columns, ascent.best_point) == pytest.approx(bound, abs=5)


@pytest.mark.parametrize("name", WITH_BATTERIES)
def test_any_prices_are_proved_as_the_checker_finds_them(name: str) -> None:
    inside = exact(in_one_piece(WITH_BATTERIES[name]))
    columns = candidates(inside).columns
    rng = np.random.default_rng(3)
    for scale in (0.0, 10.0, 300.0):
        limit = rng.random(columns.capacity.shape) * scale * (rng.random(columns.capacity.shape) < 0.6)
        ascent, point = DualAscent(pricing_table(columns)), DualPoint(limit, np.zeros(len(columns.budgets)), np.zeros(0))
        assert proved(inside, columns, point) == pytest.approx(ascent.evaluate(point).bound, abs=20)


@pytest.mark.parametrize("name", WITH_BATTERIES)
def test_the_subgradient_is_what_the_bound_does_when_a_price_moves(name: str) -> None:
    columns = candidates(exact(in_one_piece(WITH_BATTERIES[name]))).columns
    ascent, budget = DualAscent(pricing_table(columns)), np.zeros(len(columns.budgets))
    limit = np.random.default_rng(5).random(columns.capacity.shape) * 50.0
    here = ascent.evaluate(DualPoint(limit, budget, np.zeros(0)))
    slope = here.subgradient[: limit.size].reshape(limit.shape) * np.maximum(columns.capacity, 1)
    for row, slot in np.ndindex(limit.shape):
        moved = limit.copy()
        moved[row, slot] += 20.0
        there = ascent.evaluate(DualPoint(moved, budget, np.zeros(0)))
        assert there.bound >= here.bound + 20.0 * slope[row, slot] - 1e-3


@pytest.mark.parametrize("name", PROBLEMS)
def test_kernels_count_what_the_plant_earns_beside_a_plan(name: str) -> None:
    columns = candidates(exact(in_one_piece(PROBLEMS[name]))).columns
    tables = build_tables(columns)
    rng = np.random.default_rng(1)
    for _ in range(20):
        plan = schedule(columns, rng.random(columns.capacity.shape) * 20.0, tables=tables)
        for placed in np.flatnonzero(plan.window >= 0)[:: int(rng.integers(1, 4))].tolist():
            plan.remove(placed)
        free = unmerge_residual(plan, columns.capacity)
        levelled = level_peaks(columns, tables, free).plant
        exactly = columns.plant.micros(free)
        # each slot's load is rounded, and below a peak cut to whole watts
        error = columns.plant.rounding_micros + len(columns.plant.site) * columns.slot_count
        assert abs(int(plant_value(levelled, plan.residual, scratch(levelled))) - exactly) <= error
        if not plan.missing and not PROBLEMS[name].precedences:
            assert plan.objective + exactly == value_of(columns, plan.selection())


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_search_counts_the_plant_after_every_move(name: str) -> None:
    columns = candidates(exact(in_one_piece(PROBLEMS[name]))).columns
    search = Search(schedule(columns), seed=2)
    search.run(3_000)
    assert search.best.rank == search.rank


def test_a_run_pays_for_the_load_it_displaces_and_no_more() -> None:
    """The load gains 90 a MWh; the connection carries 20 kW, of which the load fills 15: the first 5 kW displace nothing."""
    mining = FlexibleLoad(name="mine", power_kw=(15.0,), value_per_mwh=(100.0,))
    given = problem(
        job("poor", mode(8, 4, 20.0), value=4.0),
        job("small", mode(8, 3, 5.0), value=0.3),
        job("rich", mode(8, 1, 20.0), value=3.0),
        sites=(
            site(
                "s",
                hall("h", pool("p", (8,))),
                import_limit_kw=(20.0,),
                energy_price_per_mwh=(10.0,),
                flexible_loads=(mining,),
            ),
        ),
    )
    columns = candidates(exact(given)).columns
    grid = int(columns.plant.limit[0, 0])
    price = np.zeros(columns.capacity.shape)
    price[grid] = [0.0, 1.0, 1e9, 40.0]
    paid = displacement(columns, price)
    rate = columns.plant.rate[0, 0] / RATE_SCALE
    assert paid[grid].tolist() == pytest.approx([0.0, 1.0, rate, 40.0])
    assert not paid[np.arange(len(columns.limits)) != grid].any()
    tables, rest = guided_by(columns, build_tables(columns), DualPoint(price, np.zeros(len(columns.budgets)), np.zeros(0)))
    assert (rest.limit + paid == price).all()
    charged = np.diff(tables.cost_prefix[0] - build_tables(columns).cost_prefix[0])
    assert charged.tolist() == pytest.approx(paid[grid].tolist())
    answer = solve(given, SolveParams(engine="price", work_limit=5_000, thread_count=1))
    assert {placement.job for placement in answer.placements} == {"small", "rich"}
    assert answer.termination.objective_micros == optimum_micros(given)


@pytest.mark.parametrize("name", PROBLEMS)
def test_small_plants_are_planned_near_the_optimum(name: str) -> None:
    """A search holds peaks where they are best beside the plan it starts from, so that it may miss the best one."""
    given = in_one_piece(PROBLEMS[name])
    found = solve(given, SolveParams(engine="price", work_limit=5_000, thread_count=1)).termination.objective_micros
    best = optimum_micros(given)
    assert found is not None
    assert best is not None
    assert best - found <= (0.02 * abs(best) if "charge" in name or "together" in name else 0.0)


def test_a_plan_from_which_all_is_taken_out_has_its_load_back() -> None:
    columns = candidates(exact(in_one_piece(PROBLEMS["flexible_load"]))).columns
    plan = schedule(columns)
    empty = Plan.empty(plan.tables).rank
    assert plan.rank != empty
    for placed in np.flatnonzero(plan.window >= 0).tolist():
        plan.remove(placed)
    assert plan.rank == empty
