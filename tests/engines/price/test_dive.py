from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from optimizer.engines.price import run
from optimizer.engines.price.bound.dual import DualAscent
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.plans import dive as dive_module
from optimizer.engines.price.plans.dive import dive, job_sizes, size_classes, unmerge_residual
from optimizer.engines.price.plans.schedule import NO_BUDGET_PRICES, Plan, list_schedule, schedule
from optimizer.engines.price.rows.slot_rows import slot_rows
from optimizer.engines.price.tables import build_tables
from optimizer.params import SolveParams
from tests.engines.brute_force import assert_keeps_every_rule
from tests.engines.price.instances import optimum, random_columns
from tests.engines.recorder import Recorder


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


@pytest.mark.parametrize("is_fleet", [True, False])
def test_a_fleet_lists_plans_soon_and_before_the_dive_and_others_at_all_prices(monkeypatch, is_fleet):
    monkeypatch.setattr(run, "DIVE_JOB_COUNT", 1 if is_fleet else 1_000)
    seen, listed = [], []
    stages = run.bound_stages

    def followed(*given, **named):
        for stage in stages(*given, **named):
            seen.append(stage.name)
            yield stage
        seen.append("rows")
        yield replace(stage, rows=slot_rows([], table.profiles.count, columns.slot_count))

    monkeypatch.setattr(run, "bound_stages", followed)
    monkeypatch.setattr(run.PriceRun, "_list", lambda self, point: listed.append(seen[-1]))
    columns = random_columns(5, job_count=40)
    table = pricing_table(columns)
    params = run.BoundingParams(sample_shares=(0.1, 0.3), least_sample=3, row_rounds=0)
    run.PriceRun(columns, SolveParams(thread_count=1), None, Recorder()).bound(lambda: False, params)
    assert seen == ["sample 0.1", "sample 0.3", "all jobs", "rows"]
    assert listed == (["sample 0.1", "all jobs"] if is_fleet else seen)


def schedule_of_the_rest(plan):
    """The objective after every job left out has been offered what is left."""
    more = plan.copy()
    out = np.flatnonzero(plan.window < 0).astype(np.int32)
    list_schedule(more, out, np.zeros(plan.residual.shape), NO_BUDGET_PRICES)
    return more.objective
