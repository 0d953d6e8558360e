"""Rows of a hall that may be switched off allow only as much as the hall is on: a small run keeps a whole hall on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.engines.price.bound.bounding import BoundingParams, bound_stages
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.rows.slot_hull import scopes, violated_cut
from optimizer.engines.price.rows.slot_rows import Activity
from optimizer.engines.price.rows.strengthen import DualFeasibleRow, Strengthening
from optimizer.exact.problem import exact
from optimizer.problem import Commitment, Problem
from optimizer.verify.bound import prove
from tests.conformance.brute_force import optimum_micros
from tests.engines.price.test_hall_search import columns_of
from tests.fleet import hall, job, mode, pool, problem, site

PRICE = (100.0, 900.0, 100.0, 100.0, 300.0, 50.0)


def small_beside_its_halls(hall_count: int) -> Problem:
    """Halls of ten nodes and two jobs, one of a node and one of two, that must run."""
    rules = Commitment(standby_power_kw=30.0, start_up_cost=4.0, shut_down_cost=1.0)
    halls = (hall(f"h{k}", pool(f"p{k}", (10,)), commitment=rules) for k in range(hall_count))
    jobs = (job("small", mode(8, 3, 5.0), value=None), job("double", mode(16, 2, 5.0), value=None))
    return problem(*jobs, sites=(site("s", *halls, energy_price_per_mwh=PRICE),), slot_count=6)


def best_in_halls(hall_count: int) -> int:
    """Of one hall or two, which share no limit and cost nothing while off: both jobs in one, or each in its own."""
    one = small_beside_its_halls(1)
    worths = [optimum_micros(replace(one, jobs=jobs)) for jobs in (one.jobs, one.jobs[:1], one.jobs[1:])]
    together, *apart = [worth for worth in worths if worth is not None]
    return together if hall_count == 1 else max(together, sum(apart))


@pytest.mark.parametrize("hall_count", [1, 2])
def test_a_small_run_pays_for_the_whole_hall(hall_count: int) -> None:
    meant = small_beside_its_halls(hall_count)
    table, optimum = pricing_table(columns_of(meant)), best_in_halls(hall_count)
    stages = list(bound_stages(table, BoundingParams(rounds_before_cuts=0, row_rounds=10)))
    limits_alone, with_rows = stages[0].certify(table).certificate, stages[-1].certify(table).certificate
    assert with_rows.pattern_rows
    cost = -optimum
    assert -limits_alone.bound_micros < 0.6 * cost
    assert 0.98 * cost < -with_rows.bound_micros <= cost
    assert not prove(exact(meant), with_rows).violations
    assert prove(exact(meant), replace(with_rows, bound_micros=with_rows.bound_micros - 1_000)).violations


def test_a_run_that_is_there_more_than_its_hall_breaks_its_own_row() -> None:
    columns = columns_of(small_beside_its_halls(1))
    gangs = Strengthening(pricing_table(columns)).gangs
    (scope,) = scopes(gangs)
    half = Activity(np.full(gangs.job_count.shape, 5, dtype=np.int32), 10, np.full((1, 6), 2, dtype=np.int32))
    cut = violated_cut(columns, gangs, scope, half, half.on(0), 2, 0.01)
    assert cut is not None
    assert cut.rhs == cut.coefficient.max() == 1
    assert 2 in cut.slots
    # both fit into a hall that is on throughout
    assert half.on(-1).tolist() == [1.0] * 6
    assert violated_cut(columns, gangs, scope, half, half.on(-1), 2, 0.01) is None


def test_a_dual_feasible_row_is_broken_by_more_than_the_hall_is_on() -> None:
    rules = Commitment(standby_power_kw=30.0)
    jobs = (job(f"j{j}", mode(8 * 6, 2, 5.0), value=None) for j in range(2))
    halls = (hall("h", pool("p", (10,)), commitment=rules),)
    columns = columns_of(problem(*jobs, sites=(site("s", *halls, energy_price_per_mwh=PRICE),), slot_count=6))
    strengthening = Strengthening(pricing_table(columns))
    runs = np.full(strengthening.gangs.job_count.shape, 6, dtype=np.int32)
    assert strengthening.add_dual_feasible_rows(Activity(runs, 10, np.full((1, 6), 7, dtype=np.int32))) == 0
    on = np.array([[7, 5, 7, 7, 7, 7]], dtype=np.int32)
    assert strengthening.add_dual_feasible_rows(Activity(runs, 10, on)) > 0
    assert {row.slot for row in strengthening.labels if isinstance(row, DualFeasibleRow)} == {1}
