from __future__ import annotations

import numpy as np
import pytest

from optimizer.columns.table import Selection
from optimizer.engines.price.plans.schedule import JobOrder, Plan, first_plan, list_schedule, schedule
from optimizer.engines.price.tables import build_tables
from tests.engines.brute_force import assert_keeps_every_rule
from tests.engines.price.instances import optimum, random_columns


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("order", JobOrder)
def test_a_schedule_keeps_every_rule_and_its_objective_is_exact(seed, order):
    columns = random_columns(seed, job_count=5)
    plan = schedule(columns, orders=[order])
    assert plan.missing == 0
    assert_keeps_every_rule(columns, plan.selection(), plan.objective)
    assert plan.objective <= optimum(columns)


@pytest.mark.parametrize("seed", range(5))
def test_prices_guide_and_never_break_a_rule(seed):
    columns = random_columns(seed, job_count=5)
    random = np.random.default_rng(seed)
    plan = schedule(columns, random.uniform(0, 50, columns.capacity.shape), random.uniform(0, 9, len(columns.budgets)))
    assert_keeps_every_rule(columns, plan.selection(), plan.objective)


def test_a_priced_slot_is_avoided():
    tables = build_tables(random_columns(2, job_count=12))
    order = np.zeros(1, np.int32)
    free, moved = Plan.empty(tables), Plan.empty(tables)
    list_schedule(free, order, np.zeros(tables.capacity.shape), np.zeros(2))
    window, start = int(free.window[0]), int(free.start[0])
    prices = np.zeros(tables.capacity.shape)
    prices[tables.use_limit[tables.use_first[window] : tables.use_first[window + 1]], start] = 1e6
    list_schedule(moved, order, prices, np.zeros(2))
    assert moved.window[0] >= 0
    assert (int(moved.window[0]), int(moved.start[0])) != (window, start)


def test_mandatory_jobs_come_first():
    for seed in range(10):
        columns = random_columns(seed, job_count=6, mandatory=True)
        assert schedule(columns, orders=[JobOrder.SIZE]).window[0] >= 0


def test_the_best_order_wins():
    columns = random_columns(4, job_count=6)
    each = [schedule(columns, orders=[order]).objective for order in JobOrder]
    assert schedule(columns, orders=list(JobOrder)).objective == max(each)


def test_a_plan_of_a_selection_is_the_same_plan():
    columns = random_columns(5, job_count=6)
    plan = schedule(columns)
    again = Plan.of(plan.tables, plan.selection())
    assert again.objective == plan.objective
    assert (again.residual == plan.residual).all()
    assert (again.budget_left == plan.budget_left).all()


def test_an_infeasible_selection_is_refused():
    columns = random_columns(5, job_count=6)
    tables = build_tables(columns)
    window = columns.job_first[:-1].astype(np.int32)
    with pytest.raises(ValueError, match="does not fit"):
        Plan.of(tables, Selection(window, columns.start_first[window]))


@pytest.mark.parametrize("seed", range(6))
def test_the_first_plan_keeps_every_rule(seed):
    columns = random_columns(seed, job_count=6, mandatory=True)
    plan = first_plan(columns)
    assert plan.window[0] >= 0
    assert_keeps_every_rule(columns, plan.selection(), plan.objective)
    assert plan.objective >= 0
