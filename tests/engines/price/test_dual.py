"""Dual ascent: every bound holds, ascent repeats itself, and prices settle near the relaxation's optimum."""

from __future__ import annotations

from itertools import count

import highspy
import numpy as np
import pytest

from optimizer.columns.candidates import candidates
from optimizer.columns.table import Columns
from optimizer.engines.price.bound import kernel
from optimizer.engines.price.bound.bounding import BoundingParams, bound_stages
from optimizer.engines.price.bound.dual import AscentParams, DualAscent
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.rows.strengthen import Strengthening
from optimizer.exact.problem import exact
from optimizer.generate.uk_no import generate_uk_no
from tests.engines.price.instances import even_activity, optimum, random_columns


def relaxation(columns: Columns) -> float:
    """The time-indexed linear relaxation, column by column, by a simplex method."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    limits = len(columns.limits) * columns.slot_count
    for upper in [*columns.capacity.ravel(), *columns.budget_capacity]:
        solver.addRow(-highspy.kHighsInf, float(upper), 0, np.zeros(0, dtype=np.int32), np.zeros(0))
    for job in range(columns.job_count):
        solver.addRow(1.0 if columns.mandatory[job] else 0.0, 1.0, 0, np.zeros(0, dtype=np.int32), np.zeros(0))
    for window in range(columns.window_count):
        for offset, worth in enumerate(columns.worth(window)):
            start = int(columns.start_first[window]) + offset
            entries = {limits + len(columns.budgets) + int(columns.job[window]): 1.0}
            for limit, amount in zip(*columns.uses(window), strict=True):
                for t in range(start, start + int(columns.duration[window])):
                    entries[int(limit) * columns.slot_count + t] = float(amount)
            for b, use in columns.budget_uses(window, start):
                entries[limits + b] = float(use)
            index = np.array(list(entries), dtype=np.int32)
            solver.addCol(-float(worth), 0.0, 1.0, len(index), index, np.array(list(entries.values())))
    solver.run()
    return -float(solver.getInfo().objective_function_value)


@pytest.mark.parametrize("seed", range(5))
def test_the_ascent_ends_near_the_relaxation_and_never_below_the_optimum(seed: int) -> None:
    columns = random_columns(seed, job_count=4)
    ascent = DualAscent(pricing_table(columns))
    bound = ascent.run(1500)
    best = optimum(columns)
    assert best is not None
    assert bound >= best - 5.0
    # Metered use is priced unrounded, so the ascent may end a little above or below the relaxation.
    assert bound == pytest.approx(relaxation(columns), rel=0.02)


def test_where_time_is_short_steps_are_small_and_do_not_overshoot() -> None:
    columns = candidates(exact(generate_uk_no(3_000, 1))).columns
    free, large, small = (DualAscent(pricing_table(columns)) for _ in range(3))
    passed = count()
    large.run(20)
    small.run(1_000, stopping=lambda: small.evaluation_count >= 20, share=lambda: (next(passed) + 1) / 20)
    assert small.best_bound < 0.97 * free.run(1)
    assert small.best_bound < 0.97 * large.best_bound


def test_the_same_evaluations_give_the_same_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "WINDOWS_WORTH_A_THREAD", 1)
    columns = random_columns(7, job_count=12)
    points = []
    for threads in (1, 1, 2):
        ascent = DualAscent(pricing_table(columns, thread_count=threads))
        ascent.run(60)
        points.append((ascent.best_bound, ascent.best_point.limit.tobytes()))
    assert points[0] == points[1] == points[2]


def test_a_start_is_never_left_for_a_worse_point() -> None:
    table = pricing_table(random_columns(2, job_count=10))
    first = DualAscent(table)
    bound = first.run(300)
    again = DualAscent(table, start=first.best_point, params=AscentParams(first_step=0.5, final_step=0.4))
    assert again.run(5) <= bound * (1 + 1e-12)


def test_stopping_is_asked_before_every_evaluation() -> None:
    ascent = DualAscent(pricing_table(random_columns(2)))
    asked = iter([False, False, True])
    before = ascent.evaluation_count
    ascent.run(1000, lambda: next(asked))
    assert ascent.evaluation_count == before + 2


def test_prices_are_never_negative_and_free_limits_cost_nothing() -> None:
    columns = random_columns(4, job_count=3)
    roomy = columns.capacity * 100
    ascent = DualAscent(pricing_table(columns), capacity=roomy, budget_capacity=columns.budget_capacity * 100)
    ascent.run(400)
    assert (ascent.best_point.limit >= 0).all()
    assert float((ascent.best_point.limit * roomy).sum()) < 1e-3 * ascent.best_bound


def test_activity_counts_the_runs_of_the_relaxed_plan() -> None:
    columns = random_columns(4, job_count=6)
    ascent = DualAscent(pricing_table(columns), keep_activity=True)
    ascent.run(50)
    activity = ascent.activity()
    assert activity.count.shape == (pricing_table(columns).profiles.count, columns.slot_count)
    every = np.arange(len(activity.count))
    assert 0.0 < activity.mean(every, slice(None)).sum(axis=0).max() <= columns.job_count
    with pytest.raises(ValueError, match="not asked"):
        DualAscent(pricing_table(columns)).activity()


def test_samples_come_before_all_jobs_and_a_warm_start_skips_them() -> None:
    table = pricing_table(random_columns(5, job_count=40))
    params = BoundingParams(sample_shares=(0.02, 0.1, 0.3), least_sample=3, row_rounds=1, last_evaluations=50)
    stages = list(bound_stages(table, params))
    assert [stage.name for stage in stages][:3] == ["sample 0.1", "sample 0.3", "all jobs"]
    assert [stage.whole for stage in stages][:3] == [False, False, True]
    warm = list(bound_stages(table, params, start=stages[2].point))
    assert warm[0].name == "all jobs"
    assert warm[0].bound <= stages[2].bound * (1 + 1e-12)


def test_a_narrowed_ascent_bounds_what_is_left():
    columns = random_columns(3, job_count=8)
    table = pricing_table(columns)
    ascent = DualAscent(table)
    ascent.run(60)
    rest = np.arange(4, 8)
    ascent.narrow(table.restricted(rest), columns.capacity, columns.budget_capacity, columns.floors.target)
    ascent.drift(200, 0.002)
    fresh = DualAscent(table.restricted(rest))
    fresh.run(600)
    assert ascent.best_bound >= fresh.best_bound - 1e-6 * abs(fresh.best_bound) - 1.0
    assert ascent.best_bound <= 1.05 * fresh.best_bound + 1.0


def test_an_ascent_with_slot_rows_is_not_narrowed():
    columns = random_columns(3, job_count=8)
    table = pricing_table(columns)
    strengthening = Strengthening(table)
    strengthening.add_dual_feasible_rows(even_activity(strengthening, 10))
    ascent = DualAscent(table, strengthening.rows())
    assert ascent.rows.count
    with pytest.raises(ValueError, match="slot rows"):
        ascent.narrow(table, columns.capacity, columns.budget_capacity, columns.floors.target)


def test_it_asks_before_each_evaluation_whether_to_give_way() -> None:
    asked: list[int] = []
    ascent = DualAscent(pricing_table(random_columns(3, job_count=12)), give_way=lambda: asked.append(1))
    before = len(asked)
    ascent.run(7)
    assert len(asked) - before >= 7
