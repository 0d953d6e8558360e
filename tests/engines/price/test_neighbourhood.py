from __future__ import annotations

import numpy as np
import pytest

from optimizer.engines.price.neighbourhood import NeighbourhoodParams, choose_jobs, improve
from optimizer.engines.price.ranking import build_scores
from optimizer.engines.price.schedule import NO_BUDGET_PRICES, NO_PRICES, JobOrder, Plan, schedule
from optimizer.engines.price.tables import build_tables
from tests.engines.brute_force import assert_keeps_every_rule
from tests.engines.price.instances import optimum, random_columns

PARAMS = NeighbourhoodParams()


def improved(plan, seed=0, params=PARAMS):
    ranked, table = build_scores(plan.tables, NO_PRICES, NO_BUDGET_PRICES)
    return improve(plan, ranked, table, NO_PRICES, params, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(8))
def test_freeing_every_job_finds_the_optimum(seed):
    columns = random_columns(seed, job_count=5)
    best = improved(Plan.empty(build_tables(columns)), seed)
    assert_keeps_every_rule(columns, best.selection(), best.objective)
    assert best.objective == optimum(columns)


@pytest.mark.parametrize("seed", range(5))
def test_a_neighbourhood_never_makes_a_plan_worse_nor_breaks_a_rule(seed):
    columns = random_columns(seed, job_count=25)
    plan = schedule(columns, orders=[JobOrder.SIZE])
    before = plan.objective
    better = improved(plan, seed, NeighbourhoodParams(job_count=4, absent_count=3, column_count=10))
    assert better.objective >= before
    assert plan.objective == before
    assert_keeps_every_rule(columns, better.selection(), better.objective)


def test_a_mandatory_job_is_worth_more_than_any_other():
    for seed in range(6):
        columns = random_columns(seed, job_count=5, mandatory=True)
        plan = improved(Plan.empty(build_tables(columns)))
        assert (plan.missing == 0) == (optimum(columns) is not None)


def test_freed_jobs_are_placed_and_absent_ones_in_the_numbers_asked():
    columns = random_columns(9, job_count=40)
    plan = schedule(columns)
    params = NeighbourhoodParams(job_count=3, absent_count=2)
    jobs = choose_jobs(plan, NO_PRICES, params, np.random.default_rng(0))
    assert len(set(jobs.tolist())) == 5
    assert (plan.window[jobs] >= 0).sum() == 3
