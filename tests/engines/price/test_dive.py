from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from optimizer.engines.price.bound.dual import DualAscent
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.plans import dive as dive_module
from optimizer.engines.price.plans.dive import dive, job_sizes, size_classes, unmerge_residual
from optimizer.engines.price.plans.schedule import NO_BUDGET_PRICES, Plan, list_schedule, schedule
from optimizer.engines.price.tables import build_tables
from tests.engines.brute_force import assert_keeps_every_rule
from tests.engines.price.instances import optimum, random_columns


@pytest.mark.parametrize("seed", range(3))
def test_a_dive_keeps_every_rule(seed):
    columns = random_columns(seed, job_count=6)
    table = pricing_table(columns)
    ascent = DualAscent(table)
    ascent.run(40)
    plan = dive(Plan.empty(build_tables(columns)), table, ascent.best_point, evaluation_count=10)
    assert_keeps_every_rule(columns, plan.selection(), plan.objective)
    assert 0 < plan.objective <= optimum(columns)


def test_a_dive_told_to_stop_still_places_jobs():
    columns = random_columns(1, job_count=6)
    table = pricing_table(columns)
    ascent = DualAscent(table)
    ascent.run(40)
    plan = dive(Plan.empty(build_tables(columns)), table, ascent.best_point, share=lambda: 1.0)
    assert_keeps_every_rule(columns, plan.selection(), plan.objective)
    assert plan.objective > 0


def test_a_dive_ends_unfinished_once_it_is_proved_to_find_nothing_better():
    columns = random_columns(9, job_count=200)
    columns = replace(columns, budget_capacity=20 * columns.budget_capacity)
    table = pricing_table(columns)
    ascent = DualAscent(table)
    ascent.run(40)
    begin = Plan.empty(build_tables(columns))
    whole = dive(begin, table, ascent.best_point, evaluation_count=10)
    # what it finds is no more than any bound on the way
    same = dive(begin, table, ascent.best_point, evaluation_count=10, least=whole.objective - 1)
    assert same.objective == whole.objective
    ended = dive(begin, table, ascent.best_point, evaluation_count=10, least=1.001 * ascent.best_bound)
    assert 0 < np.count_nonzero(ended.window >= 0) < np.count_nonzero(whole.window >= 0)
    assert_keeps_every_rule(columns, ended.selection(), ended.objective)


def test_size_classes_hold_every_job_once_largest_first():
    tables = build_tables(random_columns(7, job_count=30))
    classes = size_classes(tables)
    assert sorted(np.concatenate(classes).tolist()) == np.flatnonzero(job_sizes(tables) > 0).tolist()
    sizes = job_sizes(tables)
    for larger, smaller in pairwise(classes):
        assert sizes[larger].min() > sizes[smaller].max()


def test_the_unmerged_residual_is_capacity_less_use():
    columns = random_columns(8, job_count=6)
    plan = schedule(columns)
    expected = columns.capacity.copy()
    for window, start in zip(plan.window, plan.start, strict=True):
        if window >= 0:
            limits, amounts = columns.uses(int(window))
            expected[limits, start : start + columns.duration[window]] -= amounts[:, None]
    residual = unmerge_residual(plan, columns.capacity)
    bound = plan.tables.merged >= 0
    assert (residual[bound] == expected[bound]).all()
    assert (residual[~bound] == columns.capacity[~bound]).all()


def test_a_dive_that_runs_late_still_offers_every_job_a_place():
    columns = random_columns(9, job_count=40)
    table = pricing_table(columns)
    ascent = DualAscent(table)
    ascent.run(40)
    shares = iter(np.linspace(0.0, 2.0, 15))
    plan = dive(Plan.empty(build_tables(columns)), table, ascent.best_point, share=lambda: float(next(shares, 2.0)))
    assert_keeps_every_rule(columns, plan.selection(), plan.objective)
    left = schedule_of_the_rest(plan)
    assert left == plan.objective


def test_a_dive_beside_a_plan_of_most_jobs_still_reprices(monkeypatch):
    """As many evaluations as a fleet has jobs, not as few as there are left to place."""
    columns, steps = random_columns(2, job_count=40), []
    columns = replace(columns, capacity=50 * columns.capacity, budget_capacity=50 * columns.budget_capacity)
    plan, table = schedule(columns), pricing_table(columns)
    for job in np.flatnonzero(plan.window >= 0)[:3]:
        plan.remove(int(job))
    assert (plan.window == -1).sum() < 10
    monkeypatch.setattr(dive_module, "BATCH_COUNT", 10)
    monkeypatch.setattr(DualAscent, "drift", lambda self, count, step: steps.append(count))
    dive(plan, table, DualAscent(table).best_point)
    assert sum(steps) - dive_module.WARM_UP_EVALUATIONS >= 40 // 10


def schedule_of_the_rest(plan):
    """The objective after every job left out has been offered what is left."""
    more = plan.copy()
    out = np.flatnonzero(plan.window < 0).astype(np.int32)
    list_schedule(more, out, np.zeros(plan.residual.shape), NO_BUDGET_PRICES)
    return more.objective
